import { describe, expect, test } from "vitest";
import { type CallId, newCallId, newLegId, operatorId } from "../calls/ids.ts";
import type { RedialOutcome } from "../calls/redial.ts";
import { applyFacts } from "../database/apply-facts.ts";
import { claimAttempt, giveUp, listOpenTickets, markDialled } from "../database/redial-attempts.ts";
import type { Db } from "../database/schema.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import { usualSimpleFlow } from "../flows/ivr/simple-flow.ts";
import { talkedCall } from "../testing/call-facts.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { type TestApi, withApi } from "../testing/test-api.ts";

/** What people do with missed callers; that they are really called is seen in engine/redial-*.e2e.test.ts. */
const MINUTE_MS = 60_000;
/** How long a call of `talkedCall` lasts. */
const CALL_MS = 67_000;
const CALLER = { callerNumber: "599110001", callerE164: "+995599110001" };
const PASSWORD = "a long enough password";

interface Ticket {
  ticketId: number;
  state: string;
  dueAt: string | null;
  waitsFor: string | null;
  tries: number;
  lastTry: { outcome: string | null } | null;
  owner: { name: string } | null;
  reopened: { by: string | null } | null;
  closedReason: string | null;
  attempts: { outcome: string | null; isTry: boolean }[];
}

interface Firm extends TestApi {
  /** Signed in as Nino, whose phone is 101. */
  nino: PanelClient;
  ninosPhone: number;
}

async function withFirm(work: (firm: Firm) => Promise<void>): Promise<void> {
  await withApi(async (api) => {
    const { panel, board } = api;
    const hours = { ...usualHours(), alwaysOpen: true };
    await panel.put("/flow", usualSimpleFlow(hours));
    await panel.post("/trunks", { name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: 5070 });
    const [trunk] = await panel.get<{ trunkId: number }[]>("/trunks");
    board.trunkStates = [{ id: trunk?.trunkId ?? 0, state: "idle", since: new Date().toISOString() }];
    const operators = await panel.get<{ operatorId: number; extension: string }[]>("/operators");
    const ninosPhone = operators.find(({ extension }) => extension === "101")?.operatorId ?? 0;
    await panel.patch(`/operators/${ninosPhone}`, { login: "nino", password: PASSWORD });
    const nino = api.newPanel();
    await nino.post("/session", { login: "nino", password: PASSWORD });
    await work({ ...api, nino, ninosPhone });
  });
}

/** A call that nobody answered, ended so long ago; gives the ticket's id. */
async function missed(db: Db, minutesAgo: number): Promise<number> {
  const startMs = Date.now() - minutesAgo * MINUTE_MS - CALL_MS;
  const { facts } = talkedCall({ ...CALLER, startMs, outcome: "no-answer", gateway: null });
  await db.transaction().execute(
    async (tx) =>
      await applyFacts(
        tx,
        facts.filter(({ type }) => !type.startsWith("talk-")),
      ),
  );
  const [ticket] = await listOpenTickets(db);
  if (!ticket) throw new Error("no ticket");
  return ticket.ticketId;
}

/** An attempt in which the caller's phone rang; ended now. */
async function attempted(db: Db, ticketId: number, outcome: RedialOutcome): Promise<CallId> {
  const [operator] = await db.selectFrom("operators").select("id").execute();
  const attempt = {
    callId: newCallId(),
    operatorLegId: newLegId(),
    calleeLegId: newLegId(),
    operatorId: operator?.id ?? operatorId(0),
  };
  expect(await claimAttempt(db, ticketId, attempt, () => true)).toBe(true);
  expect(await markDialled(db, attempt.callId)).toBe(true);
  const ended = { type: "redial-ended", callId: attempt.callId, atMs: Date.now(), outcome } as const;
  await db.transaction().execute((tx) => applyFacts(tx, [ended]));
  return attempt.callId;
}

const ticketOf = async ({ panel }: TestApi, id: number) => await panel.get<Ticket>(`/tickets/${id}`);
const minutesUntil = (time: string | null) => (Date.parse(time ?? "") - Date.now()) / MINUTE_MS;

describe("who works on a missed caller", () => {
  test("takes them over, and nobody else does until they are released", async () => {
    await withFirm(async ({ db, panel, nino }) => {
      const id = await missed(db, 3);
      expect(await nino.post(`/tickets/${id}/take`)).toMatchObject({
        owner: { name: "Nino" },
        dueAt: null,
        waitsFor: "taken",
      });
      for (const act of ["take", "call-now"])
        await expect(panel.post(`/tickets/${id}/${act}`)).rejects.toThrow(/409.*ticket-taken.*Nino/);
      expect(await panel.post(`/tickets/${id}/release`)).toMatchObject({ owner: null, waitsFor: null });
      expect(await panel.post(`/tickets/${id}/take`)).toMatchObject({ owner: { name: "Owner" } });
    });
  });

  test("has them called at once from their own phone first, and they stay theirs", async () => {
    await withFirm(async ({ db, nino, ninosPhone }) => {
      const id = await missed(db, 3);
      await nino.post(`/tickets/${id}/take`);
      const asked = await nino.post<Ticket>(`/tickets/${id}/call-now`);
      expect(asked).toMatchObject({ owner: { name: "Nino" }, waitsFor: null });
      expect(minutesUntil(asked.dueAt)).toBeLessThan(0.1);
      expect(await listOpenTickets(db)).toMatchObject([{ callNowOperatorId: ninosPhone, isTaken: true }]);
      await attempted(db, id, "caller-busy");
      expect(await nino.get(`/tickets/${id}`)).toMatchObject({ owner: { name: "Nino" }, waitsFor: "taken", tries: 1 });
    });
  });

  test("has them called although automatic call-back is off, or all tries are used", async () => {
    await withFirm(async (firm) => {
      const { db, panel } = firm;
      const id = await missed(db, 300);
      const settings = await panel.get<{ redial: object }>("/settings");
      const redial = { ...settings.redial, isEnabled: false, delaysMinutes: [0.01] };
      await panel.put("/settings", { ...settings, redial });
      expect(await ticketOf(firm, id)).toMatchObject({ dueAt: null, waitsFor: "switched-off" });
      expect((await panel.post<Ticket>(`/tickets/${id}/call-now`)).dueAt).not.toBeNull();
      await attempted(db, id, "caller-no-answer");
      expect(await ticketOf(firm, id)).toMatchObject({ dueAt: null, tries: 1 });
      expect((await panel.post<Ticket>(`/tickets/${id}/call-now`)).dueAt).not.toBeNull();
    });
  });

  test("sees that no line works", async () => {
    await withFirm(async (firm) => {
      const id = await missed(firm.db, 3);
      const [trunk] = firm.board.trunkStates;
      if (trunk) firm.board.trunkStates = [{ ...trunk, state: "failed" }];
      expect(await ticketOf(firm, id)).toMatchObject({ dueAt: null, waitsFor: "line-down" });
      await firm.panel.patch(`/trunks/${trunk?.id}`, { isEnabled: false });
      expect(await ticketOf(firm, id)).toMatchObject({ dueAt: null, waitsFor: "no-trunk" });
    });
  });
});

describe("a closed ticket is opened again", () => {
  test("when a machine had answered: the attempt says so, and the tries go on", async () => {
    await withFirm(async (firm) => {
      const { db, nino } = firm;
      const id = await missed(db, 10);
      const callId = await attempted(db, id, "talked");
      await talk(db, callId);
      expect(await ticketOf(firm, id)).toMatchObject({ state: "closed", closedReason: "talked" });
      const open = await nino.post<Ticket>(`/tickets/${id}/reopen`, { wasMachine: true });
      expect(open).toMatchObject({ state: "open", closedReason: null, tries: 1, reopened: { by: "Nino" } });
      expect(open.lastTry).toMatchObject({ outcome: "answering-machine" });
      // The second delay, counted from the try.
      expect(minutesUntil(open.dueAt)).toBeGreaterThan(4.5);
      expect(minutesUntil(open.dueAt)).toBeLessThanOrEqual(5);
      await expect(nino.post(`/tickets/${id}/reopen`, {})).rejects.toThrow(/409.*ticket-open/);

      // The talk with the machine stays in the log and closes nothing when more is heard of this number.
      await missed(db, 0);
      expect(await ticketOf(firm, id)).toMatchObject({ state: "open", callCount: 2 });
      await talk(db, newCallId());
      expect(await ticketOf(firm, id)).toMatchObject({ state: "closed", closedReason: "talked" });
    });
  });

  test("when all tries were used they begin anew, a minute later", async () => {
    await withFirm(async (firm) => {
      const { db, panel } = firm;
      const settings = await panel.get<{ redial: object }>("/settings");
      await panel.put("/settings", { ...settings, redial: { ...settings.redial, delaysMinutes: [1, 1] } });
      const id = await missed(db, 10);
      for (const outcome of ["caller-busy", "unreachable"] as const) await attempted(db, id, outcome);
      await giveUp(db, id);
      expect(await ticketOf(firm, id)).toMatchObject({ closedReason: "gave-up", tries: 2 });
      const open = await panel.post<Ticket>(`/tickets/${id}/reopen`, {});
      expect(open).toMatchObject({ state: "open", tries: 0 });
      expect(minutesUntil(open.dueAt)).toBeGreaterThan(0.5);
      await attempted(db, id, "caller-no-answer");
      expect((await ticketOf(firm, id)).attempts.map(({ isTry }) => isTry)).toEqual([false, false, true]);
    });
  });

  test("not while the number is blocked, and not beside a newer one of the same caller", async () => {
    await withFirm(async (firm) => {
      const { db, panel } = firm;
      const id = await missed(db, 10);
      const { caller } = await panel.get<{ caller: { e164: string } }>(`/tickets/${id}`);
      await panel.post("/blocked-numbers", { number: caller.e164 });
      await expect(panel.post(`/tickets/${id}/reopen`, {})).rejects.toThrow(/409.*number-blocked/);
      await panel.delete(`/blocked-numbers/${encodeURIComponent(caller.e164)}`);
      const newer = await missed(db, 0);
      expect(newer).not.toBe(id);
      await expect(panel.post(`/tickets/${id}/reopen`, {})).rejects.toThrow(/409.*ticket-newer/);
      await panel.post(`/tickets/${newer}/close`, { reason: "Wrote to them" });
      expect(await panel.post(`/tickets/${id}/reopen`, {})).toMatchObject({ state: "open", reopened: { by: "Owner" } });
      await expect(panel.post("/tickets/999999/reopen", {})).rejects.toThrow("404");
    });
  });
});

/** Somebody called the missed caller and spoke for a quarter of a minute; it ended now. */
async function talk(db: Db, callId: CallId): Promise<void> {
  const atMs = Date.now();
  const { facts } = talkedCall({ ...CALLER, startMs: atMs - 20_000 });
  const [opened] = facts;
  if (opened?.type !== "call-opened") throw new Error("a call begins with its opening");
  const dialled = { dialled: opened.callerE164 ?? "", dialledE164: opened.callerE164 };
  const own = { direction: "outbound", callerNumber: "101", callerE164: null, gateway: null, flow: null } as const;
  await db.transaction().execute((tx) =>
    applyFacts(tx, [
      { ...opened, ...own, ...dialled, callId },
      { type: "talk-started", callId, atMs: atMs - 15_000, operatorId: null, waitMs: 0 },
      { type: "talk-ended", callId, atMs, talkMs: 15_000 },
      { type: "call-ended", callId, atMs, outcome: "talked", cause: "NORMAL_CLEARING" },
    ]),
  );
}

test("a missed caller is found by number or name; a name with a figure in it finds no numbers", async () => {
  await withFirm(async ({ db, nino }) => {
    const id = await missed(db, 3);
    const found = async (q: string) => {
      const { tickets } = await nino.get<{ tickets: Ticket[] }>(`/tickets?q=${encodeURIComponent(q)}`);
      return tickets.map(({ ticketId }) => ticketId);
    };
    for (const number of ["599 11", "+995 599-110-001", "0599 11", "01", "\u202a599110001\u202c"])
      expect([number, await found(number)]).toEqual([number, [id]]);
    for (const other of ["Room 5", "599 12", "კაფე 1"]) expect([other, await found(other)]).toEqual([other, []]);
  });
});

test("operators are spoken to in the language that they chose for themselves", async () => {
  await withFirm(async ({ nino, configuration }) => {
    const languageOf = (extension: string) =>
      configuration.current.operators.find((operator) => operator.extension === extension)?.language;
    expect(languageOf("102")).toBeNull();
    await nino.patch("/session", { language: "ru" });
    expect(languageOf("101")).toBe("ru");
  });
});
