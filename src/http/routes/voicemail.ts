import { Hono } from "hono";
import { z } from "zod";
import { isUuid } from "../../calls/ids.ts";
import type { Country } from "../../calls/phone-number.ts";
import {
  countNewMessages,
  listMessages,
  type MessageCursor,
  type MessageRow,
  markHeard,
  markNew,
  readMessage,
} from "../../database/voicemail.ts";
import { notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { formatNumber, partyView } from "../number-view.ts";
import { validate } from "../validate.ts";
import { recordingAudio, recordingPeaks } from "./recordings.ts";

const Page = z.object({
  state: z
    .union([z.literal("").transform(() => undefined), z.enum(["new", "heard"], { error: "unknown-state" })])
    .optional(),
  cursor: z.string().max(200).optional(),
  limit: z
    .string()
    .regex(/^[0-9]{1,3}$/, { error: "not-a-number" })
    .transform(Number)
    .pipe(z.number().min(1).max(200))
    .optional(),
});

function messageView(row: MessageRow, country: Country) {
  return {
    recordingId: row.recordingId,
    callId: row.callId as string,
    state: row.heardAt === null ? ("new" as const) : ("heard" as const),
    recordingState: row.recordingState,
    startedAt: iso(row.startedAt),
    durationMs: row.durationMs,
    caller: partyView(
      { number: row.callerNumber, name: row.callerName, e164: row.callerE164, isHidden: row.isCallerHidden },
      country,
    ),
    dialled: row.dialled,
    dialledFormatted: formatNumber(row.dialled, row.dialledE164, country),
    trunkName: row.trunkName,
    language: row.language,
    problem: row.problem,
    heardAt: row.heardAt === null ? null : iso(row.heardAt),
    heardBy: row.heardBy,
    mail: row.mailState ?? ("none" as const),
    mailProblem: row.mailProblem,
  };
}

const writeCursor = ({ startedAt, recordingId }: MessageCursor) =>
  Buffer.from(`${startedAt.toISOString()} ${recordingId}`).toString("base64url");

/** Null for whatever is not a cursor of ours: the list starts at its beginning then. */
function readCursor(text: string | undefined): MessageCursor | null {
  const [time, recordingId] = Buffer.from(text ?? "", "base64url")
    .toString()
    .split(" ");
  if (!time || !recordingId || !isUuid(recordingId) || Number.isNaN(Date.parse(time))) return null;
  return { startedAt: new Date(time), recordingId };
}

async function findMessage(deps: RouteDeps, id: string): Promise<MessageRow> {
  const row = isUuid(id) ? await readMessage(deps.db, id) : null;
  if (!row) throw notFound();
  return row;
}

/** Messages are for everybody who signs in: whoever has time calls back. */
export const voicemailRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", validate("query", Page), async (c) => {
      const { state = null, cursor, limit = 50 } = c.req.valid("query");
      const { country } = deps.configuration.current.site;
      const [rows, newCount] = await Promise.all([
        listMessages(deps.db, state, { after: readCursor(cursor), limit: limit + 1 }),
        countNewMessages(deps.db),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return c.json({
        messages: page.map((row) => messageView(row, country)),
        nextCursor: rows.length > limit && last ? writeCursor(last) : null,
        newCount,
      });
    })
    .get("/:id/audio", async (c) => {
      const { recordingId } = await findMessage(deps, c.req.param("id"));
      return await recordingAudio(deps, c, recordingId, "message");
    })
    .get("/:id/peaks", async (c) => {
      const { recordingId } = await findMessage(deps, c.req.param("id"));
      return c.json(await recordingPeaks(deps, recordingId));
    })
    .post("/:id/heard", async (c) => {
      const { recordingId, callId } = await findMessage(deps, c.req.param("id"));
      await markHeard(deps.db, recordingId, c.get("user").userId);
      deps.events.voicemailChanged(callId, recordingId);
      return c.json(messageView(await findMessage(deps, recordingId), deps.configuration.current.site.country));
    })
    .post("/:id/new", async (c) => {
      const { recordingId, callId } = await findMessage(deps, c.req.param("id"));
      await markNew(deps.db, recordingId);
      deps.events.voicemailChanged(callId, recordingId);
      return c.json(messageView(await findMessage(deps, recordingId), deps.configuration.current.site.country));
    });
