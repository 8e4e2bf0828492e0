/** Calls the firm's own numbers at the times that the owner chose, or at once when asked to, and says what was found. */
import type { AlertSettings, SyntheticOutcome } from "../calls/alert.ts";
import type { DialTarget } from "../calls/call-command.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { Db } from "../database/schema.ts";
import { claimSyntheticRun, insertSyntheticCall } from "../database/synthetic-calls.ts";
import { listNumbers } from "../database/trunks.ts";
import type { RoutingWorld } from "../flows/routing/decide-route.ts";
import { syntheticTarget } from "../flows/routing/synthetic-target.ts";
import type { AlertDesk } from "./alert-desk.ts";

type Configuration = Pick<RoutingConfiguration<unknown>, "site" | "operators" | "trunks" | "numbers" | "outgoing">;
type OwnNumber = Configuration["numbers"][number];

interface Found {
  outcome: SyntheticOutcome;
  arrivedAs: string | null;
  arrivedBy: RoutingConfiguration<unknown>["trunks"][number]["trunkId"] | null;
  cause: string | null;
  status: number | null;
}

interface SyntheticRunParts {
  db: Db;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  caller: {
    call(order: {
      number: OwnNumber;
      target: Extract<DialTarget, { kind: "gateway" }>;
      shown: readonly string[];
    }): Promise<Found>;
  };
  configuration: () => Configuration;
  world: RoutingWorld;
  /** Names of the account by which a trunk signs in: some operators show them. */
  accountNames: (gateway: string) => readonly string[];
  settings: () => AlertSettings;
  /** On the site's wall clock: `09:30`. */
  clock: () => string;
  isSwitchThere: () => boolean;
  desk: Pick<AlertDesk, "raise" | "settle" | "flush">;
  onChanged: () => void;
  nowMs: () => number;
}

const LOOK_MS = 5_000;
const MINUTE_MS = 60_000;
/** The trunks tell of themselves, and a busy line works. */
const NO_ALERT: readonly SyntheticOutcome[] = ["no-second-trunk", "no-trunk-now", "busy"];
const NOT_TRIED: Pick<Found, "arrivedAs" | "arrivedBy" | "cause" | "status"> = {
  ...{ arrivedAs: null, arrivedBy: null, cause: null, status: null },
};

export class SyntheticRun {
  readonly #parts: SyntheticRunParts;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #isStopped = false;
  /** The minute of the last run, so that the database is not asked again and again. */
  #lastMinuteMs = 0;

  constructor(parts: SyntheticRunParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#look().catch((error: unknown) =>
        this.#parts.log.warn({ err: error }, "our own numbers could not be called at their time"),
      );
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** A call that is under way is left alone: it ends by itself. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearInterval(this.#timer);
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** There are two trunks that are switched on. */
  get hasSecondTrunk(): boolean {
    return this.#parts.configuration().trunks.filter(({ isEnabled }) => isEnabled).length > 1;
  }

  /** Calls this number, or all. @returns false when it is being done already, or there is no switch to do it */
  begin(numberId: number | null): boolean {
    if (this.#running !== null || !this.#parts.isSwitchThere()) return false;
    this.#running = this.#run(numberId)
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, "our own numbers could not be called"))
      .finally(() => {
        this.#running = null;
        this.#parts.onChanged();
      });
    return true;
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #look(): Promise<void> {
    const { settings, clock, nowMs, db, isSwitchThere } = this.#parts;
    const minuteMs = Math.floor(nowMs() / MINUTE_MS) * MINUTE_MS;
    if (this.#lastMinuteMs === minuteMs || !settings().syntheticCallTimes.includes(clock()) || !isSwitchThere()) return;
    if (this.#running !== null) return;
    this.#lastMinuteMs = minuteMs;
    if (await claimSyntheticRun(db, new Date(minuteMs))) this.begin(null);
  }

  async #run(only: number | null): Promise<void> {
    const { db, configuration, onChanged } = this.#parts;
    const rows = (await listNumbers(db)).filter(({ numberId }) => only === null || numberId === only);
    onChanged();
    for (const { numberId, number } of rows) {
      if (this.#isStopped) return;
      const own = configuration().numbers.find((one) => one.number === number);
      if (own !== undefined) await this.#try(numberId, own);
      onChanged();
    }
  }

  async #try(numberId: number, number: OwnNumber): Promise<void> {
    const { db, log, caller, configuration, world, accountNames, nowMs } = this.#parts;
    const plan = syntheticTarget(number, configuration(), world);
    const found: Found =
      plan.type === "none"
        ? { ...NOT_TRIED, outcome: plan.why }
        : await caller.call({ number, target: plan.target, shown: accountNames(plan.target.gateway) });
    const from =
      plan.type === "none" ? undefined : configuration().trunks.find(({ gateway }) => gateway === plan.target.gateway);
    log.info({ numberId, outcome: found.outcome, from: from?.gateway }, "one of our numbers was called");
    const fromTrunkId = from?.trunkId ?? null;
    await insertSyntheticCall(db, { numberId, at: new Date(nowMs()), fromTrunkId, ...found });
    this.#tell(numberId, number, found, from?.name ?? "");
    await this.#parts.desk.flush();
  }

  #tell(numberId: number, { number, name }: OwnNumber, { outcome, arrivedAs }: Found, trunkName: string): void {
    const { desk, nowMs } = this.#parts;
    const about = { kind: "synthetic-call-failed", subject: `number:${numberId}` } as const;
    if (outcome === "arrived") desk.settle(about, nowMs(), { isSaid: true });
    else if (!NO_ALERT.includes(outcome))
      desk.raise({ ...about, params: { number, name, outcome, trunkName, arrivedAs: arrivedAs ?? "" } }, nowMs());
  }
}
