import { type Context, Hono } from "hono";
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
      await assertMayHear(deps, c.get("user"), id);
      return await recordingAudio(deps, c, id, "call");
    })
    .get("/:id/peaks", async (c) => {
      const id = c.req.param("id");
      await assertMayHear(deps, c.get("user"), id);
      return c.json(await recordingPeaks(deps, id));
    });

/** The sound, or the part of it that is asked for; whoever asks may hear it. `name`: of a downloaded file. */
export async function recordingAudio(
  deps: RouteDeps,
  c: Context<ApiEnv>,
  id: string,
  name: "call" | "message",
): Promise<Response> {
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
        ? { "content-disposition": `attachment; filename="${name}-${fileTime(timeZone, recording.startedAt)}.ogg"` }
        : {},
    }));
  if (!response) throw notFound();
  // A player asks for parts; the first one is the listening.
  if (isDownload || range === undefined || range.startsWith("bytes=0-"))
    await writeAudit(deps.db, {
      userId: c.get("user").userId,
      action: isDownload ? "recording-downloaded" : "recording-played",
      subject: `recording:${id}`,
    });
  return response;
}

/** What its waveform is drawn from; whoever asks may hear it. */
export async function recordingPeaks(deps: RouteDeps, id: string) {
  const peaks = await deps.recordings.peaks(id);
  if (!peaks) throw notFound();
  return peaks;
}

function fileTime(timeZone: string, startedAt: Date): string {
  return dateTimeIn(timeZone, startedAt).replace(" ", "-").replaceAll(":", "");
}
