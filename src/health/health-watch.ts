/** Looks at everything that keeps the hotline going, each thing as often as it is worth; says once when something changes. */
import { readFile, rename, writeFile } from "node:fs/promises";
import type { AlertFact } from "../calls/alert.ts";
import { CHECKS, type CheckId, type CheckNow, type CheckState, type Finding } from "../calls/health.ts";
import { isPassing } from "../database/failure.ts";
import { type Settled, type SettleRules, settle } from "../flows/health/settle.ts";
import { toldState } from "../flows/health/told.ts";

export interface Probe {
  check: CheckId;
  everyMs: number;
  /** The first look waits for so long after the start: what costs much does not add to it. */
  firstAfterMs?: number;
  /** What it finds does not flicker, and counts at once. */
  isSteady?: boolean;
  /** Null: nothing can be said at the moment, and what was said stays. Whatever it throws counts as null. */
  read: () => Promise<Finding | null>;
}

interface HealthWatchParts {
  probes: readonly Probe[];
  /** Keeps what was found over a restart, so that nobody is told twice. */
  file: string;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  desk: {
    raise(fact: AlertFact, atMs: number): void;
    settle(about: Pick<AlertFact, "kind" | "subject">, atMs: number, how: { isSaid: boolean }): void;
  };
  onChange: () => void;
  nowMs: () => number;
  rules?: SettleRules;
  tickMs?: number;
}

interface Known extends Settled {
  /** In which state somebody was told. */
  told: CheckState | null;
}

const USUAL_RULES: SettleRules = { worseAfterMs: 60_000, betterAfterMs: 180_000 };
const AT_ONCE: SettleRules = { worseAfterMs: 0, betterAfterMs: 0 };
const TICK_MS = 5_000;

export class HealthWatch {
  readonly #parts: HealthWatchParts;
  readonly #known = new Map<CheckId, Known>();
  readonly #dueAtMs = new Map<CheckId, number>();
  readonly #running = new Map<CheckId, Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** What an earlier life told is not known: its alerts are looked after once. */
  #isFirstLife = false;

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
  }

  /** In the order in which they are shown; those that nobody has looked at yet are left out. */
  now(): CheckNow[] {
    return CHECKS.flatMap((check) => {
      const known = this.#known.get(check);
      if (known === undefined) return [];
      const { state, reason, params, sinceMs } = known;
      return [{ check, state, reason, params, sinceMs }];
    });
  }

  async start(): Promise<void> {
    await this.#readFile();
    for (const { check, firstAfterMs = 0 } of this.#parts.probes)
      this.#dueAtMs.set(check, this.#parts.nowMs() + firstAfterMs);
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), this.#parts.tickMs ?? TICK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await Promise.all(this.#running.values());
    await this.#writing;
  }

  /** Looks at everything at once. Resolves when all have been looked at. */
  async lookNow(): Promise<void> {
    await Promise.all(this.#parts.probes.map((probe) => this.#look(probe)));
    await this.#writing;
  }

  #tick(): void {
    for (const probe of this.#parts.probes) {
      const inMs = (this.#dueAtMs.get(probe.check) ?? 0) - this.#parts.nowMs();
      // More than it ever waits: the clock was put back.
      if (inMs <= 0 || inMs > Math.max(probe.everyMs, probe.firstAfterMs ?? 0)) void this.#look(probe);
    }
  }

  async #look(probe: Probe): Promise<void> {
    const running = this.#running.get(probe.check) ?? this.#lookOnce(probe);
    this.#running.set(probe.check, running);
    await running;
  }

  async #lookOnce({ check, everyMs, read, isSteady = false }: Probe): Promise<void> {
    const { rules = USUAL_RULES } = this.#parts;
    try {
      const finding = await read();
      if (finding !== null) this.#take(check, finding, isSteady ? AT_ONCE : rules);
    } catch (error) {
      // That the database is away is a check of its own.
      if (!isPassing(error)) this.#parts.log.warn({ err: error, check }, "a check of the box could not be done");
    } finally {
      // What is in doubt is looked at again soon.
      const isDoubtful = (this.#known.get(check)?.doubt ?? null) !== null;
      this.#dueAtMs.set(check, this.#parts.nowMs() + (isDoubtful ? Math.min(everyMs, rules.worseAfterMs) : everyMs));
      this.#running.delete(check);
    }
  }

  #take(check: CheckId, finding: Finding, rules: SettleRules): void {
    const { nowMs, log, onChange } = this.#parts;
    const before = this.#known.get(check) ?? null;
    const settled = settle(before, finding, nowMs(), rules);
    const told = this.#tell(check, settled, before);
    this.#known.set(check, { ...settled, told });
    if (before?.state === settled.state && before.reason === settled.reason && before.told === told) return;
    if (before !== null && before.state !== settled.state)
      log.info({ check, state: settled.state, reason: settled.reason }, "a check of the box has changed");
    this.#writeFile();
    onChange();
  }

  #tell(check: CheckId, finding: Settled, known: Known | null): CheckState | null {
    const { desk, nowMs } = this.#parts;
    const before = known?.told ?? null;
    const wanted = toldState(check, finding);
    const { state, reason, sinceMs } = finding;
    if (known === null && wanted === null && this.#isFirstLife) {
      for (const old of ["look", "broken"] as const)
        desk.settle({ kind: "health", subject: subjectOf(check, old) }, nowMs(), { isSaid: false });
    }
    // What is worse is not the end of what was bad: only the new state is told.
    if (before !== null && before !== wanted)
      desk.settle({ kind: "health", subject: subjectOf(check, before) }, nowMs(), { isSaid: wanted === null });
    if (wanted === null) return null;
    if (before !== wanted) {
      const params = { check, state, reason, since: new Date(sinceMs).toISOString() };
      desk.raise({ kind: "health", subject: subjectOf(check, wanted), params }, nowMs());
    }
    return wanted;
  }

  async #readFile(): Promise<void> {
    try {
      const kept = JSON.parse(await readFile(this.#parts.file, "utf8")) as Record<string, Known>;
      const checked = new Set(this.#parts.probes.map(({ check }) => check));
      for (const check of CHECKS) {
        const known = kept[check];
        if (known !== undefined && checked.has(check)) this.#known.set(check, { ...known, doubt: null });
      }
    } catch (error) {
      this.#isFirstLife = true;
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
      this.#parts.log.warn({ err: error }, "what was found of the box before cannot be read");
    }
  }

  #writeFile(): void {
    this.#writing = this.#writing.then(async () => {
      const text = JSON.stringify(Object.fromEntries(this.#known));
      try {
        await writeFile(`${this.#parts.file}.new`, text, { mode: 0o600 });
        await rename(`${this.#parts.file}.new`, this.#parts.file);
      } catch (error) {
        this.#parts.log.warn({ err: error }, "what was found of the box cannot be kept");
      }
    });
  }
}

function subjectOf(check: CheckId, state: CheckState): string {
  return `check:${check}:${state}`;
}
