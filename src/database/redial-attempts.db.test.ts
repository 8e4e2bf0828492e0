import { sql } from "kysely";
import { expect, test } from "vitest";
import type { CallFact } from "../calls/call-fact.ts";
import { type LegId, newCallId, newLegId, operatorId } from "../calls/ids.ts";
import { talkedCall } from "../testing/call-facts.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { applyFacts } from "./apply-facts.ts";
import { claimAttempt, giveUp, listOpenTickets, listUnfinishedAttempts, markDialled } from "./redial-attempts.ts";
import { callTicketNow, releaseTicket, takeTicket } from "./redial-tickets.ts";
import type { Db } from "./schema.ts";

async function withTicket(work: (db: Db, ticketId: number, again: () => Db) => Promise<void>): Promise<void> {
  await withTestDatabase(async (database) => {
    const { db } = database;
    await sql`insert into operators (id, name, extension, sip_ha1) values (7, 'Nino', '101', ${"0".repeat(32)})`.execute(
      db,
    );
    const missed = talkedCall({ outcome: "no-answer" }).facts.filter(({ type }) => !type.startsWith("talk-"));
    await db.transaction().execute((tx) => applyFacts(tx, missed));
    const [ticket] = await listOpenTickets(db);
    if (!ticket) throw new Error("no ticket");
    await work(db, ticket.ticketId, () => database.connectAgain());
  });
}

const attempt = () => ({
  callId: newCallId(),
  operatorLegId: newLegId(),
  calleeLegId: newLegId(),
  operatorId: operatorId(7),
});
const always = () => true;

async function users(db: Db, one: string, other: string): Promise<[number, number]> {
  const [first, second] = await db
    .insertInto("users")
    .values(
      [one, other].map((login) => ({
        ...{ login, name: login, password_hash: "-", role: "operator" as const, language: "ka" as const },
        operator_id: null,
      })),
    )
    .returning("id")
    .execute();
  return [first?.id ?? 0, second?.id ?? 0];
}

test("of many who claim a ticket at once, one gets it; the next only when its attempt has ended", async () => {
  await withTicket(async (db, ticketId, again) => {
    const other = again();
    const isFree = (ticket: { attempts: { endedAt: Date | null }[] }) =>
      ticket.attempts.every(({ endedAt }) => endedAt !== null);
    const tries = Array.from({ length: 8 }, (_, index) => ({ on: index % 2 === 0 ? db : other, made: attempt() }));
    const claims = await Promise.all(tries.map(({ on, made }) => claimAttempt(on, ticketId, made, isFree)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const won = tries[claims.indexOf(true)]?.made;
    if (!won) throw new Error("nobody won");
    // The database itself refuses a second one.
    await expect(claimAttempt(db, ticketId, attempt(), always)).rejects.toThrow("redial_attempts_under_way");
    const ended = { type: "redial-ended", callId: won.callId, atMs: Date.now(), outcome: "operator-refused" } as const;
    await db.transaction().execute((tx) => applyFacts(tx, [ended]));
    expect(await claimAttempt(db, ticketId, attempt(), isFree)).toBe(true);
    const numbers = await db.selectFrom("redial_attempts").select("number").orderBy("number").execute();
    expect(numbers).toEqual([{ number: 1 }, { number: 2 }]);
  });
});

test("the caller is dialled once for an attempt, and not when the ticket is taken or closed", async () => {
  await withTicket(async (db, ticketId) => {
    const first = attempt();
    await claimAttempt(db, ticketId, first, always);
    const marks = await Promise.all([markDialled(db, first.callId), markDialled(db, first.callId)]);
    expect(marks.filter(Boolean)).toHaveLength(1);
    expect(await listUnfinishedAttempts(db)).toMatchObject([{ callId: first.callId, callee: null }]);

    await giveUp(db, ticketId);
    expect(await listOpenTickets(db)).toHaveLength(1);
    const ended = { type: "redial-ended", callId: first.callId, atMs: Date.now(), outcome: "caller-busy" } as const;
    await db.transaction().execute((tx) => applyFacts(tx, [ended, { ...ended, outcome: "socket-lost" }]));
    expect((await listOpenTickets(db))[0]?.attempts).toMatchObject([{ isTry: true, outcome: "caller-busy" }]);

    const [nino, gia] = await users(db, "nino", "gia");
    const unwanted = attempt();
    await claimAttempt(db, ticketId, unwanted, always);
    await db.transaction().execute((tx) => takeTicket(tx, ticketId, nino));
    expect(await markDialled(db, unwanted.callId)).toBe(false);
    // Who took it over and asked for the call wants it; who took it from them does not.
    await db.transaction().execute((tx) => callTicketNow(tx, ticketId, { at: new Date(), userId: nino }));
    await db.transaction().execute((tx) => takeTicket(tx, ticketId, gia));
    expect(await markDialled(db, unwanted.callId)).toBe(false);
    await db.transaction().execute((tx) => callTicketNow(tx, ticketId, { at: new Date(), userId: gia }));
    expect(await markDialled(db, unwanted.callId)).toBe(true);
    const given = { type: "redial-ended", callId: unwanted.callId, atMs: Date.now(), outcome: "cancelled" } as const;
    await db.transaction().execute((tx) => applyFacts(tx, [given]));
    await db.transaction().execute((tx) => releaseTicket(tx, ticketId));

    const second = attempt();
    await claimAttempt(db, ticketId, second, always);
    await db.updateTable("redial_tickets").set({ closed_at: new Date(), closed_reason: "gave-up" }).execute();
    expect(await markDialled(db, second.callId)).toBe(false);
    expect(await claimAttempt(db, ticketId, attempt(), always)).toBe(false);
  });
});

test("a ticket and its attempts are found among more tickets than a statement has parameters", async () => {
  await withTicket(async (db, ticketId) => {
    const one = attempt();
    await claimAttempt(db, ticketId, one, always);
    await sql`
      insert into redial_tickets (caller_e164, caller_number, caller_name, opened_at, last_call_id, last_call_at)
      select '+995555' || (100000 + n), '', '', now(), last_call_id, now() from redial_tickets, generate_series(1, 70000) n
    `.execute(db);
    const tickets = await listOpenTickets(db);
    expect(tickets).toHaveLength(70_001);
    expect(tickets.find((ticket) => ticket.ticketId === ticketId)?.attempts).toMatchObject([{ endedAt: null }]);
    expect(tickets.filter(({ attempts }) => attempts.length > 0)).toHaveLength(1);
  });
});

test("of a call that went on to the next trunk, the leg that was answered counts, else the last, once the switch has recorded it", async () => {
  await withTicket(async (db, ticketId) => {
    const made = attempt();
    await claimAttempt(db, ticketId, made, always);
    const startMs = Date.parse("2026-11-22T11:00:00Z");
    const leg = (legId: LegId, second: number): CallFact => ({
      ...{ type: "leg-opened", legId, callId: made.callId, atMs: startMs + second * 1000 },
      ...{ role: "callee", origin: "daemon", number: "+995322112233", operatorId: null },
    });
    const recorded = async (legId: LegId, answeredAt: Date | null, cause: string) =>
      await db
        .updateTable("legs")
        .set({ answered_at: answeredAt, ended_at: new Date(startMs + 90_000), cause, cdr_ingested_at: new Date() })
        .where("id", "=", legId)
        .execute();
    const callee = async () => (await listUnfinishedAttempts(db))[0]?.callee;
    const [second, third] = [newLegId(), newLegId()];
    await db.transaction().execute((tx) => applyFacts(tx, [leg(made.calleeLegId, 0), leg(second, 1)]));
    await recorded(made.calleeLegId, null, "NORMAL_TEMPORARY_FAILURE");
    expect(await callee()).toBeNull();
    await recorded(second, null, "USER_BUSY");
    expect(await callee()).toMatchObject({ answeredAt: null, cause: "USER_BUSY" });
    const answeredAt = new Date(startMs + 20_000);
    await recorded(second, answeredAt, "NORMAL_CLEARING");
    await db.transaction().execute((tx) => applyFacts(tx, [leg(third, 2)]));
    await recorded(third, null, "NO_ANSWER");
    expect(await callee()).toMatchObject({ answeredAt, cause: "NORMAL_CLEARING" });
  });
});
