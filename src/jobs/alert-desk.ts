/** Writes down what the owner is to be told, in order, as soon as the database takes it; the sending is alert-notices.ts's. */
import type { AlertFact, AlertSettings } from "../calls/alert.ts";
import { closeAlert, openAlert } from "../database/alerts.ts";
import { isPassing } from "../database/failure.ts";
import type { AlertWay, Db } from "../database/schema.ts";

interface AlertDeskParts {
  db: Db;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  settings: () => AlertSettings;
  /** Something to send may be there. */
  onNotice: () => void;
  onChanged: () => void;
}

type About = Pick<AlertFact, "kind" | "subject">;
type Work = { type: "open"; fact: AlertFact; at: Date } | { type: "close"; about: About; at: Date; isSaid: boolean };

/** While the database is away so much is remembered at most. */
const MOST_WORK = 500;

export class AlertDesk {
  readonly #parts: AlertDeskParts;
  readonly #work: Work[] = [];
  /** Being written at the moment. */
  #inHand: Work | null = null;
  #flushing: Promise<void> | null = null;

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
  }

  /** Of one thing there is one open alert: a second changes its words, and nobody is told again. */
  raise(fact: AlertFact, atMs: number): void {
    const last = this.#work.at(-1);
    // Calls for unknown numbers may come by the hundred.
    const isMore =
      last !== undefined && last !== this.#inHand && last.type === "open" && last.fact.subject === fact.subject;
    if (isMore && last.fact.kind === "unknown-number" && fact.kind === "unknown-number") {
      last.fact = { ...fact, params: { ...fact.params, count: last.fact.params.count + fact.params.count } };
      return;
    }
    this.#add({ type: "open", fact, at: new Date(atMs) });
  }

  /** `isSaid`: whoever was told of it is told that it is over. */
  settle(about: About, atMs: number, { isSaid }: { isSaid: boolean }): void {
    this.#add({ type: "close", about, at: new Date(atMs), isSaid });
  }

  /** @throws what the database throws; what it did not take is kept */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  #add(work: Work): void {
    this.#work.push(work);
    if (this.#work.length > MOST_WORK) this.#work.shift();
  }

  async #flushAll(): Promise<void> {
    for (;;) {
      const [work] = this.#work;
      if (work === undefined) return;
      this.#inHand = work;
      try {
        await this.#do(work);
      } catch (error) {
        if (isPassing(error)) throw error;
        // It would fail again, and hold up all others.
        this.#parts.log.warn({ err: error }, "an alert could not be written down");
      } finally {
        this.#inHand = null;
      }
      // Unless it was dropped meanwhile, for there was too much.
      if (this.#work[0] === work) this.#work.shift();
    }
  }

  async #do(work: Work): Promise<void> {
    const { db, log, settings, onNotice, onChanged } = this.#parts;
    const ways = waysOf(settings());
    if (work.type === "open") {
      const { kind, subject } = work.fact;
      if (await openAlert(db, work.fact, work.at, ways)) log.warn({ kind, subject }, "alert");
    } else if (await closeAlert(db, work.about, work.at, work.isSaid ? ways : []))
      log.info({ ...work.about }, "alert is over");
    onNotice();
    onChanged();
  }
}

function waysOf({ emails, webhookUrl }: AlertSettings): AlertWay[] {
  return [...(emails.length > 0 ? (["mail"] as const) : []), ...(webhookUrl === null ? [] : (["webhook"] as const))];
}
