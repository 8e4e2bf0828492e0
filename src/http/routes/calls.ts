import { Readable } from "node:stream";
import { Hono } from "hono";
import { z } from "zod";
import { OUTCOME_GROUPS, OUTCOMES } from "../../calls/call-fact.ts";
import { callId, flowId, isUuid, operatorId } from "../../calls/ids.ts";
import { LONGEST_SEARCH } from "../../calls/text-limits.ts";
import { writeAudit } from "../../database/audit.ts";
import { type CallCursor, type CallFilter, countCalls, listCalls, readCall } from "../../database/call-log.ts";
import type { SiteSettings } from "../../database/site-settings.ts";
import { notFound } from "../api-error.ts";
import { callRowView, callView } from "../call-view.ts";
import { csvHead, csvLine } from "../csv.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";
import { dateIn, dateTimeIn, isDate, startOfDay } from "../zone-day.ts";

const date = z.string().refine(isDate, { error: "not-a-date" });
/** A filter that is empty in the address bar is none. */
const filled = <Schema extends z.ZodType<unknown, string>>(schema: Schema) =>
  z
    .string()
    .transform((text) => (text === "" ? undefined : text))
    .pipe(schema.optional())
    .optional();

/** One outcome or a group of them, or several with commas between. */
const outcomes = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum([...OUTCOME_GROUPS, ...OUTCOMES], { error: "unknown-outcome" })));

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "not-an-id" });

const yesOrNo = z.string().pipe(z.enum(["true", "false"], { error: "not-a-yes-or-no" }));

const Filter = z.object({
  from: filled(date),
  to: filled(date),
  direction: filled(z.string().pipe(z.enum(["inbound", "outbound", "internal"], { error: "unknown-direction" }))),
  outcome: filled(outcomes),
  operatorId: filled(z.string().regex(/^[1-9][0-9]{0,8}$/, { error: "not-an-id" })),
  q: filled(z.string().trim().max(LONGEST_SEARCH)),
  hasRecording: filled(yesOrNo),
  hasLostRecording: filled(yesOrNo),
  /** `node`, `via` and `ended` count with a flow only. */
  flow: filled(id),
  node: filled(id),
  via: filled(z.string().max(64)),
  ended: filled(z.string().pipe(z.literal("here"))),
  tag: filled(z.string().max(40)),
});

const Page = Filter.extend({
  cursor: z.string().max(200).optional(),
  limit: filled(
    z
      .string()
      .regex(/^[0-9]{1,3}$/, { error: "not-a-number" })
      .transform(Number)
      .pipe(z.number().min(1).max(200)),
  ),
});

function asFilter(
  query: z.output<typeof Filter>,
  { timeZone, country }: Pick<SiteSettings, "timeZone" | "country">,
): CallFilter {
  return {
    ...(query.from ? { from: startOfDay(query.from, timeZone) } : {}),
    ...(query.to ? { until: startOfDay(query.to, timeZone, 1) } : {}),
    ...(query.direction ? { direction: query.direction } : {}),
    ...(query.outcome ? { outcomes: query.outcome } : {}),
    ...(query.operatorId ? { operatorId: operatorId(Number(query.operatorId)) } : {}),
    ...(query.q ? { search: { text: query.q, country } } : {}),
    ...(query.flow
      ? {
          place: {
            flow: flowId(query.flow),
            ...(query.node ? { node: query.node } : {}),
            ...(query.via ? { via: query.via } : {}),
            isLast: query.ended === "here",
          },
        }
      : {}),
    ...(query.tag ? { tag: query.tag } : {}),
    ...(query.hasRecording ? { hasRecording: query.hasRecording === "true" } : {}),
    ...(query.hasLostRecording ? { hasLostRecording: query.hasLostRecording === "true" } : {}),
  };
}

const writeCursor = ({ startedAt, id }: CallCursor) =>
  Buffer.from(`${startedAt.toISOString()} ${id}`).toString("base64url");

/** Null for whatever is not a cursor of ours: the list starts at its beginning then. */
function readCursor(text: string | undefined): CallCursor | null {
  const [time, id] = Buffer.from(text ?? "", "base64url")
    .toString()
    .split(" ");
  if (!time || !id || !isUuid(id) || Number.isNaN(Date.parse(time))) return null;
  return { startedAt: new Date(time), id: callId(id) };
}

export const callRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", validate("query", Page), async (c) => {
      const { site } = deps.configuration.current;
      const { cursor, limit = 50, ...query } = c.req.valid("query");
      const filter = asFilter(query, site);
      const [rows, total] = await Promise.all([
        listCalls(deps.db, filter, { after: readCursor(cursor), limit: limit + 1 }),
        countCalls(deps.db, filter),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return c.json({
        calls: page.map((row) => callRowView(row, site.country)),
        nextCursor: rows.length > limit && last ? writeCursor(last) : null,
        total,
      });
    })
    .get("/live", (c) => c.json(deps.live.calls()))
    .get("/:callId", async (c) => {
      const id = c.req.param("callId");
      const found = isUuid(id) ? await readCall(deps.db, callId(id)) : null;
      if (!found) throw notFound();
      return c.json(callView(found, deps.configuration.current.site.country));
    });

const CSV_COLUMNS = [
  "started",
  "direction",
  "caller_number",
  "caller_e164",
  "caller_name",
  "dialled",
  "trunk",
  "outcome",
  "operator",
  "wait_seconds",
  "talk_seconds",
  "duration_seconds",
  "recording",
  "language",
  "call_id",
];
const CSV_PAGE = 500;

/** The log as a spreadsheet, with the same filters; times on the site's wall clock. */
export const callExportRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().get("/", validate("query", Filter), async (c) => {
    const { site } = deps.configuration.current;
    const { timeZone } = site;
    const filter = asFilter(c.req.valid("query"), site);
    await writeAudit(deps.db, { userId: c.get("user").userId, action: "calls-exported" });
    c.header("content-type", "text/csv; charset=utf-8");
    c.header("content-disposition", `attachment; filename="calls-${dateIn(timeZone, new Date())}.csv"`);
    return c.body(Readable.toWeb(Readable.from(csvPages(deps, filter, timeZone))) as ReadableStream);
  });

async function* csvPages(deps: RouteDeps, filter: CallFilter, timeZone: string): AsyncGenerator<Uint8Array> {
  const { country } = deps.configuration.current.site;
  const encoder = new TextEncoder();
  yield encoder.encode(csvHead(CSV_COLUMNS));
  let after: CallCursor | null = null;
  for (;;) {
    const rows = await listCalls(deps.db, filter, { after, limit: CSV_PAGE });
    const lines = rows.map((row) => {
      const view = callRowView(row, country);
      return csvLine([
        dateTimeIn(timeZone, row.startedAt),
        view.direction,
        view.caller.number,
        view.caller.e164,
        view.caller.name,
        view.dialled,
        view.trunkName,
        view.outcome,
        view.operatorName,
        view.waitSeconds,
        view.talkSeconds,
        view.durationSeconds,
        view.recordingState,
        view.language,
        view.callId,
      ]);
    });
    if (lines.length > 0) yield encoder.encode(lines.join(""));
    const last = rows.at(-1);
    if (!last || rows.length < CSV_PAGE) return;
    after = last;
  }
}
