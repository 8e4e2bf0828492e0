import { Hono } from "hono";
import { isUuid } from "../../calls/ids.ts";
import { writeAudit } from "../../database/audit.ts";
import { hasRecordedOperator } from "../../database/call-log.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { fileResponse } from "../send-file.ts";
import type { SignedInUser } from "../sessions.ts";
import { dateTimeIn } from "../zone-day.ts";

/** Admins hear everything, operators the calls in which they took part. */
async function assertMayHear(deps: RouteDeps, user: SignedInUser, recordingId: string): Promise<void> {
  if (!isUuid(recordingId)) throw notFound();
  if (user.role === "admin") return;
  const isOwn = user.operatorId !== null && (await hasRecordedOperator(deps.db, recordingId, user.operatorId));
  if (!isOwn) throw new ApiError(403, "not-allowed");
}

export const recordingRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/:id/audio", async (c) => {
      const id = c.req.param("id");
      const user = c.get("user");
      await assertMayHear(deps, user, id);
      const recording = await deps.recordings.file(id);
      const range = c.req.header("range");
      const isDownload = c.req.query("download") === "1";
      const { timeZone } = deps.configuration.current.site;
      const response =
        recording &&
        (await fileResponse(recording.path, {
          range,
          contentType: "audio/ogg",
          isHead: c.req.method === "HEAD",
          headers: isDownload
            ? { "content-disposition": `attachment; filename="${fileName(timeZone, recording.startedAt)}"` }
            : {},
        }));
      if (!response) throw notFound();
      // A player asks for parts; the first one is the listening.
      if (isDownload || range === undefined || range.startsWith("bytes=0-"))
        await writeAudit(deps.db, {
          userId: user.userId,
          action: isDownload ? "recording-downloaded" : "recording-played",
          subject: `recording:${id}`,
        });
      return response;
    })
    .get("/:id/peaks", async (c) => {
      const id = c.req.param("id");
      await assertMayHear(deps, c.get("user"), id);
      const peaks = await deps.recordings.peaks(id);
      if (!peaks) throw notFound();
      return c.json(peaks);
    });

function fileName(timeZone: string, startedAt: Date): string {
  return `call-${dateTimeIn(timeZone, startedAt).replace(" ", "-").replaceAll(":", "")}.ogg`;
}
