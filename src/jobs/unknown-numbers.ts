/** Calls for numbers that nobody has entered: the owner is told once per trunk, until they cease or the number is entered. */
import type { CallFact } from "../calls/call-fact.ts";
import { listOpenAlerts } from "../database/alerts.ts";
import type { Db } from "../database/schema.ts";
import type { AlertDesk } from "./alert-desk.ts";

interface UnknownNumbersParts {
  db: Db;
  log: { warn(data: Record<string, unknown>, message: string): void };
  desk: Pick<AlertDesk, "raise" | "settle">;
  trunkName: (gateway: string) => string;
  isOurs: (number: string) => boolean;
  nowMs: () => number;
}

const LOOK_MS = 60_000;
/** Nobody has called for so long: it is over. */
const QUIET_MS = 24 * 3_600_000;
const LONGEST_NUMBER = 60;

export class UnknownNumbers {
  readonly #parts: UnknownNumbersParts;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  constructor(parts: UnknownNumbersParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look()
        .catch((error: unknown) => this.#parts.log.warn({ err: error }, "alerts of unknown numbers not looked through"))
        .finally(() => {
          this.#looking = null;
        });
    }, LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#looking;
  }

  /** To be told of everything that is stated about calls. */
  hear(facts: readonly CallFact[]): void {
    const { desk, trunkName } = this.#parts;
    for (const fact of facts) {
      if (fact.type !== "call-opened" || fact.isUnknownNumber !== true) continue;
      const { gateway, dialled, atMs } = fact;
      desk.raise(
        {
          kind: "unknown-number",
          // Whoever tries numbers out must not raise an alert for each.
          subject: gateway ?? "no-trunk",
          params: {
            number: dialled.slice(0, LONGEST_NUMBER),
            trunkName: gateway === null ? "" : trunkName(gateway),
            count: 1,
            lastAt: new Date(atMs).toISOString(),
          },
        },
        atMs,
      );
    }
  }

  /** @throws what the database throws */
  async look(): Promise<void> {
    const { db, desk, isOurs, nowMs } = this.#parts;
    for (const { kind, subject, params } of await listOpenAlerts(db)) {
      if (kind !== "unknown-number") continue;
      const isQuiet = nowMs() - Date.parse(String(params["lastAt"])) > QUIET_MS;
      if (isQuiet || isOurs(String(params["number"]))) desk.settle({ kind, subject }, nowMs(), { isSaid: false });
    }
  }
}
