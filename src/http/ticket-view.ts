import type { SiteConfiguration } from "../database/configuration-snapshot.ts";
import type { TicketRow } from "../database/redial-tickets.ts";
import { decideCallBack, openingAfter } from "../flows/redial/call-back.ts";
import { dueAt, hasGivenUp, isWantedNow } from "../flows/redial/due.ts";
import type { RoutingWorld } from "../flows/routing/decide-route.ts";
import { iso } from "./call-view.ts";
import { partyView } from "./number-view.ts";

/** Why an open ticket has no time at which it is due. */
export type TicketWait = "in-progress" | "taken" | "switched-off" | "abroad" | "no-trunk" | "line-down" | "never-open";

const isoOrNull = (time: Date | null) => (time === null ? null : iso(time));

/** What is known of the present: the settings in force, and the lines. */
export interface TicketSurroundings {
  configuration: SiteConfiguration;
  world: RoutingWorld;
}

export function ticketView(ticket: TicketRow, around: TicketSurroundings) {
  const { site } = around.configuration;
  const lastTry = ticket.attempts.at(-1);
  const due = ticket.closedAt === null ? dueOf(ticket, around) : { dueAt: null, waitsFor: null };
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
    tries: ticket.attempts.filter(({ isTry }) => isTry).length,
    lastTry: lastTry ? { at: iso(lastTry.claimedAt), outcome: lastTry.outcome } : null,
    owner: ticket.owner,
    reopened: ticket.reopenedAt === null ? null : { at: iso(ticket.reopenedAt), by: ticket.reopenedBy },
    closedAt: isoOrNull(ticket.closedAt),
    closedReason: ticket.closedReason,
    closedText: ticket.closedText,
    closedBy: ticket.closedBy,
  };
}

function dueOf(
  ticket: TicketRow,
  { configuration, world }: TicketSurroundings,
): { dueAt: string | null; waitsFor: TicketWait | null } {
  const { site } = configuration;
  const waiting = (waitsFor: TicketWait) => ({ dueAt: null, waitsFor });
  if (ticket.attempts.some(({ endedAt }) => endedAt === null)) return waiting("in-progress");
  const times = {
    lastCallAtMs: ticket.lastCallAt.getTime(),
    callNowAtMs: ticket.callNowAt?.getTime() ?? null,
    reopenedAtMs: ticket.reopenedAt?.getTime() ?? null,
    isTaken: ticket.owner !== null,
    attempts: ticket.attempts.flatMap(({ isTry, endedAt }) =>
      endedAt === null ? [] : [{ isTry, endedAtMs: endedAt.getTime() }],
    ),
  };
  if (!isWantedNow(times)) {
    if (ticket.owner !== null) return waiting("taken");
    if (!site.redial.isEnabled) return waiting("switched-off");
  }
  const decision = decideCallBack(ticket.number, configuration, world);
  if (decision.type === "refuse") return waiting(decision.reason);
  const atMs = dueAt(times, site.redial, (from) => openingAfter(configuration, from));
  // All tries used: it is about to be closed.
  if (atMs === null) return waiting(hasGivenUp(times, site.redial) ? "in-progress" : "never-open");
  return { dueAt: new Date(atMs).toISOString(), waitsFor: null };
}

export function attemptView(attempt: TicketRow["attempts"][number]) {
  return {
    number: attempt.number,
    callId: attempt.callId as string,
    operatorName: attempt.operatorName,
    at: iso(attempt.claimedAt),
    wasDialled: attempt.dialledAt !== null,
    isTry: attempt.isTry,
    endedAt: isoOrNull(attempt.endedAt),
    outcome: attempt.outcome,
  };
}
