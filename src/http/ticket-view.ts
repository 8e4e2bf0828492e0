import type { SiteConfiguration } from "../database/configuration-snapshot.ts";
import type { TicketRow } from "../database/redial-tickets.ts";
import { decideCallBack, openingAfter } from "../flows/redial/call-back.ts";
import { dueAt, triesOf } from "../flows/redial/due.ts";
import { iso } from "./call-view.ts";
import { partyView } from "./number-view.ts";

/** Why an open ticket has no time at which it is due. */
export type TicketWait = "in-progress" | "taken" | "switched-off" | "abroad" | "no-trunk" | "never-open";

const isoOrNull = (time: Date | null) => (time === null ? null : iso(time));

export function ticketView(ticket: TicketRow, configuration: SiteConfiguration) {
  const { site } = configuration;
  const tries = ticket.attempts.filter(({ dialledAt }) => dialledAt !== null);
  const lastTry = ticket.attempts.at(-1);
  const due = ticket.closedAt === null ? dueOf(ticket, configuration) : { dueAt: null, waitsFor: null };
  return {
    ticketId: ticket.ticketId,
    state: ticket.closedAt === null ? ("open" as const) : ("closed" as const),
    caller: partyView(
      { number: ticket.callerNumber, name: ticket.callerName, e164: ticket.number, isHidden: false },
      site.country,
    ),
    openedAt: iso(ticket.openedAt),
    lastCallAt: iso(ticket.lastCallAt),
    lastCallId: ticket.lastCallId as string,
    callCount: ticket.callCount,
    gaveUp: { outcome: ticket.lastOutcome, node: ticket.lastNode },
    ...due,
    tries: tries.length,
    lastTry: lastTry ? { at: iso(lastTry.claimedAt), outcome: lastTry.outcome } : null,
    owner: ticket.owner,
    closedAt: isoOrNull(ticket.closedAt),
    closedReason: ticket.closedReason,
    closedText: ticket.closedText,
    closedBy: ticket.closedBy,
  };
}

function dueOf(
  ticket: TicketRow,
  configuration: SiteConfiguration,
): { dueAt: string | null; waitsFor: TicketWait | null } {
  const { site, flow } = configuration;
  const waiting = (waitsFor: TicketWait) => ({ dueAt: null, waitsFor });
  if (ticket.attempts.some(({ endedAt }) => endedAt === null)) return waiting("in-progress");
  if (ticket.owner !== null) return waiting("taken");
  if (!site.redial.isEnabled) return waiting("switched-off");
  const decision = decideCallBack(ticket.number, configuration);
  if (decision.type === "refuse") return waiting(decision.reason);
  const attempts = ticket.attempts.flatMap(({ dialledAt, endedAt }) =>
    endedAt === null ? [] : [{ wasDialled: dialledAt !== null, endedAtMs: endedAt.getTime() }],
  );
  const times = {
    lastCallAtMs: ticket.lastCallAt.getTime(),
    callNowAtMs: ticket.callNowAt?.getTime() ?? null,
    attempts,
  };
  const atMs = dueAt(times, site.redial, (from) => openingAfter(flow, site.timeZone, from));
  // All tries used: it is about to be closed.
  if (atMs === null)
    return waiting(triesOf(attempts) < site.redial.delaysMinutes.length ? "never-open" : "in-progress");
  return { dueAt: new Date(atMs).toISOString(), waitsFor: null };
}

export function attemptView(attempt: TicketRow["attempts"][number]) {
  return {
    number: attempt.number,
    callId: attempt.callId as string,
    operatorName: attempt.operatorName,
    at: iso(attempt.claimedAt),
    wasDialled: attempt.dialledAt !== null,
    endedAt: isoOrNull(attempt.endedAt),
    outcome: attempt.outcome,
  };
}
