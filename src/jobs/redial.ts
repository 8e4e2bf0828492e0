import type { CallFact, CallLog } from "../calls/call-fact.ts";
import type { DialFailure } from "../calls/failure.ts";
import { type CallId, newCallId, newLegId, type OperatorId } from "../calls/ids.ts";
import { type E164 } from "../calls/phone-number.ts";
import type { RedialDialler, RedialOutcome } from "../calls/redial.ts";
import { isPassing } from "../database/failure.ts";
import {
  claimAttempt,
  giveUp,
  listChangedTickets,
  listOpenTickets,
  listUnfinishedAttempts,
  markDialled,
  type OpenTicket,
  type UnfinishedAttempt,
} from "../database/redial-attempts.ts";
import type { Db } from "../database/schema.ts";
import { outcomeOfCaller, talkOutcome } from "../flows/redial/attempt.ts";
import { dueAt, hasGivenUp, isWantedNow, type RedialSettings, type TicketTimes } from "../flows/redial/due.ts";

const LOOK_EVERY_MS = 1_000;
/** The engine may have stated the end a moment ago, and the journal not yet applied it. */
const HANDING_OVER_MS = 2_000;
/** The switch writes a leg's record within moments of its end; when it was killed, never. */
const RECORD_PATIENCE_MS = 15_000;
const CHANGED_WITHIN_MS = 30_000;

interface RedialLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

interface RedialParts {
  db: Db;
  log: RedialLogger;
  journal: CallLog;
  dialler: RedialDialler;
  settings: () => RedialSettings;
  nextOpening: (atMs: number) => number | null;
  /** Whether the number can be reached now: a trunk has a line for it, and its country is allowed. */
  canReach: (number: E164) => boolean;
  failureOf: (cause: string) => DialFailure;
  onChanged: (ticketId: number) => void;
  nowMs: () => number;
}

/**
 * Calls missed callers back by itself. Looks each second what is due; what it does is in the database before it is done, so another look,
 * or another life of the daemon, never does it again.
 */
export class Redial {
  readonly #parts: RedialParts;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = true;
  #isAway = false;
  /** Since when attempts are missing from the switch, Unix ms. */
  readonly #missingSince = new Map<CallId, number>();
  readonly #told = new Map<number, number>();

  constructor(parts: RedialParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isStopped = false;
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#lookAndReport().finally(() => {
        this.#looking = null;
        this.#lookLater();
      });
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async #lookAndReport(): Promise<void> {
    try {
      await this.look();
      this.#isAway = false;
    } catch (error) {
      if (!isPassing(error)) this.#parts.log.error({ err: error }, "missed callers could not be looked after");
      else if (!this.#isAway) this.#parts.log.warn({ err: error }, "the database is away; nobody is called back");
      this.#isAway = isPassing(error);
    }
  }

  /** @throws what the database throws */
  async look(): Promise<void> {
    const { db, dialler, settings, canReach } = this.#parts;
    await this.#tellChanges();
    if (!dialler.isReady) return;
    await this.#finishInterrupted();
    const waiting: OpenTicket[] = [];
    for (const ticket of await listOpenTickets(db)) {
      if (isUnderWay(ticket)) continue;
      if (hasGivenUp(timesOf(ticket), settings())) await giveUp(db, ticket.ticketId);
      else waiting.push(ticket);
    }
    for (const ticket of waiting) {
      // Looked at first: thousands may wait, and opening hours and routes of each would be worked out for nobody.
      const free = dialler.freeOperators();
      if (free.length === 0) break;
      if (!this.#isDue(ticket) || !canReach(ticket.number) || dialler.isOnLine(ticket.number)) continue;
      const operatorId = nextOperator(free, ticket);
      if (operatorId !== undefined) await this.#attempt(ticket, operatorId);
    }
  }

  async #attempt(ticket: OpenTicket, operatorId: OperatorId): Promise<void> {
    const { db, dialler, settings, log } = this.#parts;
    const attempt = { callId: newCallId(), operatorLegId: newLegId(), calleeLegId: newLegId(), operatorId };
    const isOurs = await claimAttempt(db, ticket.ticketId, attempt, (now) => !isUnderWay(now) && this.#isDue(now));
    if (!isOurs) return;
    const { ticketId, number } = ticket;
    const { ringOperatorSeconds, ringCallerSeconds } = settings();
    log.info({ ticketId, callId: attempt.callId }, "a missed caller is called back");
    dialler.begin({
      ...attempt,
      number,
      ringOperatorSeconds,
      ringCallerSeconds,
      mayDial: async () => !this.#isStopped && (await markDialled(db, attempt.callId)),
    });
  }

  #isDue(ticket: OpenTicket): boolean {
    const { settings, nextOpening, nowMs } = this.#parts;
    const times = timesOf(ticket);
    const isDueBy = (opening: typeof nextOpening) => {
      const atMs = dueAt(times, settings(), opening);
      return atMs !== null && atMs <= nowMs();
    };
    // What is not due in a firm that never closes is not due in ours; the hours are only worked out for the rest.
    return isDueBy((atMs) => atMs) && isDueBy(nextOpening);
  }

  /** Attempts that an earlier life began, or that the switch lost: what became of them says the switch's record of the caller's leg. */
  async #finishInterrupted(): Promise<void> {
    const { db, dialler, journal, nowMs } = this.#parts;
    const unfinished = (await listUnfinishedAttempts(db)).filter(({ callId }) => !dialler.hasCall(callId));
    for (const callId of [...this.#missingSince.keys()])
      if (!unfinished.some((one) => one.callId === callId)) this.#missingSince.delete(callId);
    for (const attempt of unfinished) {
      const since = this.#missingSince.get(attempt.callId) ?? nowMs();
      this.#missingSince.set(attempt.callId, since);
      const isKnown = attempt.dialledAt === null || attempt.callee !== null;
      if (nowMs() - since < (isKnown ? HANDING_OVER_MS : RECORD_PATIENCE_MS)) continue;
      journal.append(this.#endOf(attempt));
      this.#missingSince.set(attempt.callId, nowMs());
    }
  }

  #endOf({ callId, callee, operatorId }: UnfinishedAttempt): CallFact[] {
    if (callee === null) return [{ type: "redial-ended", callId, atMs: this.#parts.nowMs(), outcome: "socket-lost" }];
    const atMs = callee.endedAt.getTime();
    const { cause } = callee;
    if (callee.answeredAt === null) {
      const outcome: RedialOutcome = outcomeOfCaller(this.#parts.failureOf(cause));
      return [{ type: "redial-ended", callId, atMs, outcome }];
    }
    const sinceMs = callee.answeredAt.getTime();
    const talkMs = Math.max(0, atMs - sinceMs);
    return [
      { type: "talk-started", callId, atMs: sinceMs, operatorId, waitMs: 0 },
      { type: "talk-ended", callId, atMs, talkMs },
      { type: "redial-ended", callId, atMs, outcome: talkOutcome(talkMs) },
      { type: "call-ended", callId, atMs, outcome: "talked", cause },
    ];
  }

  async #tellChanges(): Promise<void> {
    const changed = await listChangedTickets(this.#parts.db, CHANGED_WITHIN_MS);
    const still = new Set(changed.map(({ ticketId }) => ticketId));
    for (const ticketId of [...this.#told.keys()]) if (!still.has(ticketId)) this.#told.delete(ticketId);
    for (const { ticketId, changedAt } of changed) {
      if (this.#told.get(ticketId) === changedAt.getTime()) continue;
      this.#told.set(ticketId, changedAt.getTime());
      this.#parts.onChanged(ticketId);
    }
  }
}

function isUnderWay(ticket: OpenTicket): boolean {
  return ticket.attempts.some(({ endedAt }) => endedAt === null);
}

function timesOf(ticket: OpenTicket): TicketTimes {
  return {
    lastCallAtMs: ticket.lastCallAt.getTime(),
    callNowAtMs: ticket.callNowAt?.getTime() ?? null,
    reopenedAtMs: ticket.reopenedAt?.getTime() ?? null,
    isTaken: ticket.isTaken,
    attempts: ticket.attempts.flatMap(({ isTry, endedAt }) =>
      endedAt === null ? [] : [{ isTry, endedAtMs: endedAt.getTime() }],
    ),
  };
}

/** Who asked for the call now, if they are free. Otherwise whoever was rung for it last comes last. */
function nextOperator(free: readonly OperatorId[], ticket: OpenTicket): OperatorId | undefined {
  const asking = free.find((one) => one === ticket.callNowOperatorId);
  if (asking !== undefined && isWantedNow(timesOf(ticket))) return asking;
  const last = ticket.attempts.at(-1)?.operatorId;
  return free.find((one) => one !== last) ?? free[0];
}
