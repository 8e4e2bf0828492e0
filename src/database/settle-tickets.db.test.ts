import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallFact, Outcome } from "../calls/call-fact.ts";
import { type CallId, newCallId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { applyFacts } from "./apply-facts.ts";
import { closeTicket } from "./redial-tickets.ts";
import type { Db } from "./schema.ts";
import { UNCONFIGURED, writeSiteSettings } from "./site-settings.ts";

const T = Date.parse("2026-11-22T10:00:00Z");
const MINUTE = 60_000;
const CALLER = "+995599112233" as E164;

interface Call {
  /** Minutes after ten. */
  at: number;
  outcome: Outcome;
  talkSeconds?: number;
  direction?: "inbound" | "outbound";
  number?: E164;
  isHidden?: boolean;
  cause?: string;
}

function factsOf(call: Call): { callId: CallId; facts: CallFact[] } {
  const callId = newCallId();
  const startMs = T + call.at * MINUTE;
  const talkMs = (call.talkSeconds ?? 0) * 1000;
  const endMs = startMs + 5_000 + talkMs;
  const direction = call.direction ?? "inbound";
  const number = call.number ?? CALLER;
  const isIn = direction === "inbound";
  const opened: CallFact = {
    type: "call-opened",
    callId,
    atMs: startMs,
    direction,
    callerNumber: isIn ? number : "101",
    callerName: "",
    callerE164: isIn ? number : null,
    isCallerHidden: call.isHidden ?? false,
    gateway: null,
    flow: null,
    dialled: isIn ? "100" : number,
    dialledE164: isIn ? null : number,
    language: null,
  };
  const talk: CallFact[] =
    talkMs === 0
      ? []
      : [
          { type: "talk-started", callId, atMs: startMs + 5_000, operatorId: null, waitMs: 0 },
          { type: "talk-ended", callId, atMs: endMs, talkMs },
        ];
  const ended: CallFact = {
    type: "call-ended",
    callId,
    atMs: endMs,
    outcome: call.outcome,
    cause: call.cause ?? "NORMAL_CLEARING",
  };
  return { callId, facts: [opened, ...talk, ended] };
}

const apply = async (db: Db, facts: readonly CallFact[]) =>
  await db.transaction().execute(async (tx) => await applyFacts(tx, facts));

/** What is owed, and to how many calls that goes back; without ids. */
async function openTickets(db: Db, number: E164 = CALLER) {
  const tickets = await db
    .selectFrom("redial_tickets")
    .innerJoin("redial_ticket_calls", "redial_ticket_calls.ticket_id", "redial_tickets.id")
    .select((count) => ["opened_at", "last_call_at", "last_call_id", count.fn.countAll<number>().as("calls")])
    .where("closed_at", "is", null)
    .where("caller_e164", "=", number)
    .groupBy(["redial_tickets.id"])
    .execute();
  return tickets;
}

const missed = (at: number): Call => ({ at, outcome: "abandoned-while-ringing" });
const talked = (at: number, talkSeconds: number): Call => ({ at, outcome: "talked", talkSeconds });

async function owed(calls: readonly Call[]): Promise<number[]> {
  return await withTestDatabase(async ({ db }) => {
    for (const call of calls) await apply(db, factsOf(call).facts);
    return (await openTickets(db)).map((ticket) => ticket.calls);
  });
}

describe("a ticket is owed", () => {
  test.each<[string, Call[], number[]]>([
    ["who gave up while it rang, once however often they call", [missed(0), missed(1), missed(2)], [3]],
    ["who left a message", [{ at: 0, outcome: "voicemail" }], [1]],
    ["who called after hours", [{ at: 0, outcome: "after-hours" }], [1]],
    ["who was cut off before anybody spoke with them", [{ at: 0, outcome: "cut-off" }], [1]],
    ["who was cut off in the middle of a talk", [{ at: 0, outcome: "talked", talkSeconds: 60, cause: "LOST" }], [1]],
    ["nobody who heard the information", [{ at: 0, outcome: "information-heard" }], []],
    ["nobody with whom somebody talked for 10 s", [missed(0), talked(1, 10)], []],
    ["whoever was talked with for less", [missed(0), talked(1, 9.999)], [1]],
    ["nobody whom an operator called", [missed(0), { ...talked(1, 12), direction: "outbound" }], []],
    ["nobody who talked in the static fallback", [missed(0), { ...talked(1, 12), outcome: "fallback-talked" }], []],
    ["who was missed again after a talk, for the new call only", [missed(0), talked(1, 30), missed(3)], [1]],
    ["nobody who hides their number", [{ ...missed(0), isHidden: true }], []],
  ])("%s", async (_, calls, expected) => {
    expect(await owed(calls)).toEqual(expected);
  });

  test("to no number of ours and to no blocked one", async () => {
    await withTestDatabase(async ({ db }) => {
      await db.transaction().execute((tx) => writeSiteSettings(tx, { ...UNCONFIGURED, country: "GE" }));
      await db
        .insertInto("numbers")
        .values({ number: "0322112233", name: "", trunk_id: null, language: null })
        .execute();
      await db.insertInto("blocked_numbers").values({ number: CALLER, note: null, created_by: null }).execute();
      await apply(db, factsOf(missed(0)).facts);
      await apply(db, factsOf({ ...missed(1), number: "+995322112233" as E164 }).facts);
      expect(await db.selectFrom("redial_tickets").selectAll().execute()).toEqual([]);
    });
  });

  test("once: what was closed by hand stays closed when its facts come again, and opens anew by a new call", async () => {
    await withTestDatabase(async ({ db }) => {
      const first = factsOf(missed(0)).facts;
      await apply(db, first);
      const { id } = await db.selectFrom("redial_tickets").select("id").executeTakeFirstOrThrow();
      const { id: userId } = await db
        .insertInto("users")
        .values({
          login: "nino",
          name: "Nino",
          password_hash: "-",
          role: "operator",
          language: "ka",
          operator_id: null,
        })
        .returning("id")
        .executeTakeFirstOrThrow();
      const closing = { at: new Date(T), reason: "closed-by-operator" as const, text: "Wrote to them", userId };
      await db.transaction().execute((tx) => closeTicket(tx, id, closing));
      await apply(db, first);
      expect(await openTickets(db)).toEqual([]);
      await apply(db, factsOf(missed(2)).facts);
      expect(await openTickets(db)).toMatchObject([{ calls: 1 }]);
    });
  });
});

const anyCall: fc.Arbitrary<Omit<Call, "at">> = fc.oneof(
  fc.constantFrom<Omit<Call, "at">>(
    { outcome: "abandoned-in-menu" },
    { outcome: "no-answer" },
    { outcome: "information-heard" },
    { outcome: "talked", talkSeconds: 5 },
    { outcome: "talked", talkSeconds: 15 },
    { outcome: "talked", talkSeconds: 15, direction: "outbound" },
    { outcome: "caller-busy", direction: "outbound" },
  ),
);

test("in whatever order the ends of calls are heard of, and however often, the same is owed", async () => {
  await withTestDatabase(async ({ db }) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyCall, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        async (calls, keys) => {
          run += 1;
          const number = `+9955991${String(run).padStart(5, "0")}` as E164;
          const ends = calls.map((call, at) => factsOf({ ...call, at, number }));
          // Each twice, shuffled.
          const order = [...ends, ...ends].map((end, index) => ({ end, key: keys[index] ?? 0 }));
          for (const { end } of order.toSorted((one, other) => one.key - other.key)) await apply(db, end.facts);

          const lastTalk = calls.findLastIndex(({ talkSeconds = 0 }) => talkSeconds >= 10);
          const isMissed = ({ outcome }: Omit<Call, "at">) =>
            outcome === "abandoned-in-menu" || outcome === "no-answer";
          const since = calls.filter((call, at) => at > lastTalk && isMissed(call));
          const found = await openTickets(db, number);
          expect(found.map((ticket) => ticket.calls)).toEqual(since.length === 0 ? [] : [since.length]);
          const last = calls.findLastIndex(isMissed);
          if (since.length > 0) expect(found[0]?.last_call_id).toBe(ends[last]?.callId);
        },
      ),
      { numRuns: 40 },
    );
  });
});
