import { Hono } from "hono";
import { z } from "zod";
import { toE164 } from "../../calls/phone-number.ts";
import { LONGEST_SEARCH } from "../../calls/text-limits.ts";
import { writeAudit } from "../../database/audit.ts";
import { listCalls } from "../../database/call-log.ts";
import {
  blockNumber,
  callTicketNow,
  closeTicket,
  findTicket,
  listBlockedNumbers,
  listTicketCalls,
  listTickets,
  lockTicket,
  type ReopenRefusal,
  releaseTicket,
  reopenTicket,
  takeTicket,
  unblockNumber,
} from "../../database/redial-tickets.ts";
import type { Tx } from "../../database/schema.ts";
import { ApiError, fieldError, notFound } from "../api-error.ts";
import { callRowView, iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { formatNumber } from "../number-view.ts";
import type { SignedInUser } from "../sessions.ts";
import { attemptView, ticketView } from "../ticket-view.ts";
import { line, numberParam, validate } from "../validate.ts";

const List = z.object({
  state: z.enum(["open", "closed"]).default("open"),
  q: z.string().trim().max(LONGEST_SEARCH).optional(),
});
const Closing = z.object({ reason: line(500) });
const Reopening = z.object({ wasMachine: z.boolean().default(false) });
const Blocking = z.object({ number: line(30), note: line(200).optional() });
const MOST_CALLS = 200;

/** Missed callers whom we owe a call; operators work them as admins do. */
export const ticketRoutes = (deps: RouteDeps) => {
  const around = () => ({
    configuration: deps.configuration.current,
    world: deps.outgoing.world,
  });
  const viewOf = async (id: number) => {
    const ticket = await findTicket(deps.db, id);
    if (!ticket) throw notFound();
    return ticketView(ticket, around());
  };
  /** `mayBeOthers`: also when somebody else has taken it. */
  const change = async (
    id: number,
    user: SignedInUser,
    action: string,
    mayBeOthers: boolean,
    work: (tx: Tx) => Promise<void>,
  ) => {
    await deps.db.transaction().execute(async (tx) => {
      const ticket = await lockTicket(tx, id);
      if (!ticket) throw notFound();
      if (ticket.isClosed) throw new ApiError(409, "ticket-closed");
      if (!mayBeOthers && ticket.owner !== null && ticket.owner.userId !== user.userId)
        throw new ApiError(409, "ticket-taken", { params: { name: ticket.owner.name } });
      await work(tx);
      await writeAudit(tx, { userId: user.userId, action, subject: `ticket:${id}` });
    });
    return await viewOf(id);
  };
  return new Hono<ApiEnv>()
    .get("/", validate("query", List), async (c) => {
      const { state, q } = c.req.valid("query");
      const { country } = deps.configuration.current.site;
      const { tickets, total } = await listTickets(deps.db, { state, ...(q ? { search: { text: q, country } } : {}) });
      const views = tickets.map((ticket) => ticketView(ticket, around()));
      if (state === "open") views.sort((one, other) => dueOrder(one.dueAt) - dueOrder(other.dueAt));
      return c.json({ tickets: views, total, maxTries: deps.configuration.current.site.redial.delaysMinutes.length });
    })
    .get("/:id", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      const ticket = await findTicket(deps.db, id);
      if (!ticket) throw notFound();
      const { current } = deps.configuration;
      const ids = await listTicketCalls(deps.db, id);
      const calls = await listCalls(deps.db, { ids }, { after: null, limit: MOST_CALLS });
      return c.json({
        ...ticketView(ticket, around()),
        calls: calls.map((call) => callRowView(call, current.site.country)),
        attempts: ticket.attempts.map(attemptView),
      });
    })
    .post("/:id/take", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      const user = c.get("user");
      return c.json(await change(id, user, "ticket-taken", false, (tx) => takeTicket(tx, id, user.userId)));
    })
    .post("/:id/release", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      return c.json(await change(id, c.get("user"), "ticket-released", true, (tx) => releaseTicket(tx, id)));
    })
    .post("/:id/close", validate("param", numberParam), validate("json", Closing), async (c) => {
      const { id } = c.req.valid("param");
      const { reason: text } = c.req.valid("json");
      const user = c.get("user");
      const closing = { at: new Date(), reason: "closed-by-operator" as const, text, userId: user.userId };
      return c.json(await change(id, user, "ticket-closed", true, (tx) => closeTicket(tx, id, closing)));
    })
    .post("/:id/call-now", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      const user = c.get("user");
      return c.json(
        await change(id, user, "ticket-called-now", false, async (tx) => {
          await callTicketNow(tx, id, { at: new Date(), userId: user.userId });
        }),
      );
    })
    .post("/:id/reopen", validate("param", numberParam), validate("json", Reopening), async (c) => {
      const { id } = c.req.valid("param");
      const { wasMachine } = c.req.valid("json");
      const { userId } = c.get("user");
      const maxTries = deps.configuration.current.site.redial.delaysMinutes.length;
      await deps.db.transaction().execute(async (tx) => {
        const refusal = await reopenTicket(tx, id, { at: new Date(), userId, wasMachine, maxTries });
        if (refusal !== null) throw refused(refusal);
        await writeAudit(tx, { userId, action: "ticket-reopened", subject: `ticket:${id}` });
      });
      return c.json(await viewOf(id));
    });
};

function refused(reason: ReopenRefusal): ApiError {
  return reason === "not-found" ? notFound() : new ApiError(409, reason);
}

/** What waits for something else than time comes last. */
function dueOrder(dueAt: string | null): number {
  return dueAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(dueAt);
}

/** Numbers that are never called back. */
export const blockedNumberRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const { country } = deps.configuration.current.site;
      const blocked = await listBlockedNumbers(deps.db);
      return c.json(
        blocked.map(({ number, note, createdAt }) => ({
          number: number as string,
          formatted: formatNumber(number, number, country),
          note,
          createdAt: iso(createdAt),
        })),
      );
    })
    .post("/", validate("json", Blocking), async (c) => {
      const { country } = deps.configuration.current.site;
      const input = c.req.valid("json");
      const number = toE164(input.number, country);
      if (number === null) throw fieldError(422, "invalid-input", "number", "not-a-number");
      const note = input.note ?? null;
      const { userId } = c.get("user");
      const at = new Date();
      await deps.db.transaction().execute(async (tx) => {
        await blockNumber(tx, { number, note, userId, at });
        await writeAudit(tx, { userId, action: "number-blocked" });
      });
      return c.json({ number, formatted: formatNumber(number, number, country), note });
    })
    .delete("/:number", async (c) => {
      const number = c.req.param("number");
      const { userId } = c.get("user");
      await deps.db.transaction().execute(async (tx) => {
        if (!(await unblockNumber(tx, number))) throw notFound();
        await writeAudit(tx, { userId, action: "number-unblocked" });
      });
      return c.json({});
    });
