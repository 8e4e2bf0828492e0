import { join } from "node:path";
import type { Logger } from "pino";
import type { CallId } from "./calls/ids.ts";
import type { FreezeReason } from "./calls/outgoing.ts";
import type { TrunkNow } from "./calls/trunk-now.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import { OutsideCallFile } from "./database/outside-call-file.ts";
import { readOutsideCalls, readOutsideCallsOf } from "./database/outside-calls.ts";
import type { Db } from "./database/schema.ts";
import { OutgoingLedger } from "./engine/outgoing-ledger.ts";
import type { RoutingWorld } from "./flows/routing/decide-route.ts";
import { NOTHING_SPENT } from "./flows/routing/spending.ts";
import type { OutgoingDesk } from "./http/ports.ts";
import { dateIn, startOfDay } from "./http/zone-day.ts";

const WRITE_AFTER_MS = 1_000;

interface OutgoingParts {
  db: Db;
  dataDir: string;
  configuration: Pick<ConfigurationSnapshot, "current">;
  trunk: (gateway: string) => TrunkNow;
  log: Pick<Logger, "warn">;
}

/** When the site's day and month began. */
function periodOf(timeZone: string, atMs: number): { dayFromMs: number; monthFromMs: number } {
  const date = dateIn(timeZone, new Date(atMs));
  const monthFromMs = startOfDay(`${date.slice(0, 8)}01`, timeZone).getTime();
  return { dayFromMs: startOfDay(date, timeZone).getTime(), monthFromMs };
}

/** What calls to the outside use, kept through restarts: from the log, or while the database is away from a file. */
export class Outgoing implements OutgoingDesk {
  readonly ledger: OutgoingLedger;
  readonly world: RoutingWorld;
  readonly #parts: OutgoingParts;
  readonly #file: OutsideCallFile;
  #unsubscribe: () => void = () => undefined;
  #timer: NodeJS.Timeout | null = null;
  #isLogRead = false;

  constructor(parts: OutgoingParts) {
    const { configuration, dataDir, trunk } = parts;
    this.#parts = parts;
    this.#file = new OutsideCallFile(join(dataDir, "outside-calls.json"));
    const ledger = new OutgoingLedger({
      configuration: () => configuration.current,
      nowMs: () => Date.now(),
      periodOf: (atMs) => periodOf(configuration.current.site.timeZone, atMs),
      unfrozenAtMs: (gateway) => configuration.current.unfrozen.find((one) => one.gateway === gateway)?.atMs ?? null,
    });
    this.ledger = ledger;
    this.world = {
      get nowMs() {
        return Date.now();
      },
      trunk,
      spent: (gateway) => ledger.spent(gateway),
      isFrozen: (gateway) => ledger.frozen(gateway) !== null,
      phone: (extension) => ledger.phone(extension),
    };
  }

  worldAt(atMs: number): RoutingWorld {
    const { timeZone } = this.#parts.configuration.current.site;
    const [then, now] = [periodOf(timeZone, atMs), periodOf(timeZone, Date.now())];
    if (then.dayFromMs === now.dayFromMs) return this.world;
    const isSameMonth = then.monthFromMs === now.monthFromMs;
    return {
      nowMs: atMs,
      trunk: (gateway) => ({ gateway, isUp: true, inbound: 0, outbound: 0 }),
      spent: (gateway) => ({
        ...NOTHING_SPENT,
        bundleMinutesUsed: isSameMonth ? this.ledger.spent(gateway).bundleMinutesUsed : [],
      }),
      isFrozen: () => false,
      phone: () => ({ atOnce: 0, lastMinute: 0, lastHour: 0, minutesToday: 0 }),
    };
  }

  frozen(gateway: string): FreezeReason | null {
    return this.ledger.frozen(gateway);
  }

  countedFromMs(gateway: string): number {
    return this.ledger.countedFromMs(gateway);
  }

  /** Before the first call is decided. */
  async readFile(): Promise<void> {
    try {
      this.ledger.restore(await this.#file.read());
    } catch (error) {
      this.#parts.log.warn({ err: error }, "what calls out have used is not known until the database answers");
    }
    this.#unsubscribe = this.ledger.onChange(() => this.#writeSoon());
  }

  /** @throws what the database throws */
  async readLog(): Promise<void> {
    const now = Date.now();
    const { dayFromMs, monthFromMs } = periodOf(this.#parts.configuration.current.site.timeZone, now);
    const history = await readOutsideCalls(this.#parts.db, Math.min(dayFromMs, monthFromMs), now);
    // Attempts are counted here from the start on; told a second time they would count twice.
    this.ledger.restore(this.#isLogRead ? { ...history, attempts: [] } : history);
    this.#isLogRead = true;
  }

  /** A call whose legs the switch's own records have completed. @throws what the database throws */
  async readCall(callId: CallId): Promise<void> {
    this.ledger.restore({ calls: await readOutsideCallsOf(this.#parts.db, callId), attempts: [] });
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    await this.#file.write(this.ledger.history);
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#file.write(this.ledger.history).catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, "what calls out have used could not be written down");
      });
    }, WRITE_AFTER_MS);
  }
}
