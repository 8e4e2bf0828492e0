/** Follows how trunks stand: keeps the history of it, and says when somebody is to be told. A fault here never reaches a call. */
import type { AlertSettings } from "../calls/alert.ts";
import type { TrunkId } from "../calls/ids.ts";
import type { FreezeReason } from "../calls/outgoing.ts";
import type { RoutingTrunk } from "../calls/routing-configuration.ts";
import { listOpenAlerts } from "../database/alerts.ts";
import { isPassing } from "../database/failure.ts";
import type { Db } from "../database/schema.ts";
import { insertChanges, readLastChanges, type TrunkChange } from "../database/trunk-history.ts";
import {
  type Answering,
  isSameStanding,
  type LineReport,
  type Standing,
  standingOf,
} from "../flows/trunk-watch/health.ts";
import { type Outage, stepOutage, toldOutage, WELL } from "../flows/trunk-watch/outage.ts";
import type { AlertDesk } from "./alert-desk.ts";

type WatchedTrunk = Pick<RoutingTrunk, "trunkId" | "gateway" | "name" | "isEnabled">;

export interface TrunkWatchParts {
  db: Db;
  log: { warn(data: Record<string, unknown>, message: string): void };
  trunks: () => readonly WatchedTrunk[];
  isSwitchThere: () => boolean;
  /** What the switch says of a gateway; null: it does not have it. */
  line: (gateway: string) => LineReport | null;
  /** Why nobody knows where its server is; null: it is known. */
  unresolved: (gateway: string) => "no-such-name" | "no-answer" | null;
  answering: (gateway: string) => Answering | null;
  frozen: (gateway: string) => FreezeReason | null;
  settings: () => AlertSettings;
  desk: Pick<AlertDesk, "raise" | "settle" | "flush">;
  nowMs: () => number;
  /** What is not known for so long is a state of its own; a start of the daemon or of the switch is none. */
  unknownAfterMs?: number;
}

/** How a trunk stands now, and since when, Unix ms. */
export interface TrunkStanding extends Standing {
  sinceMs: number;
}

const TICK_MS = 500;
const USUAL_UNKNOWN_AFTER_MS = 15_000;
/** While the database is away so many changes are remembered at most. */
const MOST_PENDING = 2_000;
const LONGEST_PHRASE = 120;

export class TrunkWatch {
  readonly #parts: TrunkWatchParts;
  readonly #standings = new Map<TrunkId, TrunkStanding>();
  /** Since when nobody can say how a trunk stands, Unix ms. */
  readonly #unknownSince = new Map<TrunkId, number>();
  readonly #outages = new Map<TrunkId, Outage>();
  readonly #frozen = new Map<TrunkId, FreezeReason>();
  #pending: TrunkChange[] = [];
  #isRestored = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #isAway = false;

  constructor(parts: TrunkWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.look();
      this.#writing ??= this.#writeAndReport().finally(() => {
        this.#writing = null;
      });
    }, TICK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#writing;
  }

  /** Null: it is not known yet. */
  now(trunkId: TrunkId): TrunkStanding | null {
    return this.#standings.get(trunkId) ?? null;
  }

  /** To be called when something may have changed, and from time to time; it does not wait for anything. */
  look(): void {
    try {
      this.#look();
    } catch (error) {
      // No call is to suffer from it.
      this.#parts.log.warn({ err: error }, "how the trunks stand was not looked at");
    }
  }

  #look(): void {
    const trunks = this.#parts.trunks();
    for (const trunk of trunks) {
      this.#lookAt(trunk);
      if (this.#isRestored) this.#lookForFreeze(trunk);
    }
    for (const trunkId of [...this.#outages.keys(), ...this.#frozen.keys()])
      if (!trunks.some((trunk) => trunk.trunkId === trunkId)) this.#forget(trunkId);
  }

  /** Writes down what has changed. @throws what the database throws; what it did not take is kept */
  async write(): Promise<void> {
    if (!this.#isRestored) await this.#restore();
    const pending = this.#pending;
    if (pending.length > 0) {
      await insertChanges(this.#parts.db, pending);
      this.#pending = this.#pending.filter((change) => !pending.includes(change));
    }
    await this.#parts.desk.flush();
  }

  async #writeAndReport(): Promise<void> {
    try {
      await this.write();
      this.#isAway = false;
    } catch (error) {
      // That the database is away others say.
      if (!this.#isAway && !isPassing(error))
        this.#parts.log.warn({ err: error }, "how the trunks stand is not written down at the moment");
      this.#isAway = true;
      // What can never be written must not be tried for ever: a trunk that is gone, say.
      if (!isPassing(error)) this.#pending = [];
    }
  }

  #lookAt(trunk: WatchedTrunk): void {
    const { trunkId, gateway, isEnabled } = trunk;
    const { nowMs, isSwitchThere, line, unresolved, answering } = this.#parts;
    const before = this.#standings.get(trunkId) ?? null;
    const now = nowMs();
    const standing = standingOf(
      {
        isEnabled,
        isSwitchThere: isSwitchThere(),
        line: line(gateway),
        unresolved: unresolved(gateway),
        answering: answering(gateway),
      },
      before?.health ?? "unknown",
    );
    this.#followOutage(trunk, standing, now);
    if (standing.health === "unknown") {
      const since = this.#unknownSince.get(trunkId) ?? now;
      this.#unknownSince.set(trunkId, since);
      if (now - since < (this.#parts.unknownAfterMs ?? USUAL_UNKNOWN_AFTER_MS)) return;
      if (before === null || !isSameStanding(before, standing)) this.#change(trunkId, standing, since);
      return;
    }
    this.#unknownSince.delete(trunkId);
    if (before === null || !isSameStanding(before, standing)) this.#change(trunkId, standing, now);
  }

  #change(trunkId: TrunkId, standing: Standing, sinceMs: number): void {
    const phrase = standing.phrase?.replaceAll(/\p{C}+/gu, " ").slice(0, LONGEST_PHRASE) ?? null;
    const before = this.#standings.get(trunkId);
    // Another reason for the same trouble does not begin it anew.
    const began = before?.health === standing.health ? before.sinceMs : sinceMs;
    this.#standings.set(trunkId, { ...standing, phrase, sinceMs: began });
    this.#pending.push({ trunkId, ...standing, phrase, since: new Date(sinceMs) });
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
  }

  #followOutage({ trunkId, name }: WatchedTrunk, standing: Standing, nowMs: number): void {
    const { settings, desk } = this.#parts;
    const subject = subjectOf(trunkId);
    const before = this.#outages.get(trunkId) ?? WELL;
    const isTold = before.name === "troubled" && before.isTold;
    if (standing.health === "off" && isTold) {
      this.#outages.delete(trunkId);
      return desk.settle({ kind: "trunk-down", subject }, nowMs, { isSaid: false });
    }
    const { outage, effect } = stepOutage(before, standing.health, nowMs, {
      afterMs: settings().trunkDownSeconds * 1_000,
    });
    if (outage.name === "well") this.#outages.delete(trunkId);
    else this.#outages.set(trunkId, outage);
    if (effect === null) return;
    if (effect.type === "tell-back") return desk.settle({ kind: "trunk-down", subject }, nowMs, { isSaid: true });
    const { reason, status, phrase } = standing;
    const since = new Date(effect.sinceMs).toISOString();
    const params = { name, reason: reason ?? ("" as const), status: status ?? 0, phrase: phrase ?? "", since };
    desk.raise({ kind: "trunk-down", subject, params }, nowMs);
  }

  #lookForFreeze({ trunkId, gateway, name }: WatchedTrunk): void {
    const { frozen, desk, nowMs } = this.#parts;
    const reason = frozen(gateway);
    const before = this.#frozen.get(trunkId) ?? null;
    if (reason !== null && before === null) {
      this.#frozen.set(trunkId, reason);
      desk.raise({ kind: "trunk-frozen", subject: subjectOf(trunkId), params: { name, reason } }, nowMs());
    } else if (reason === null && before !== null) {
      this.#frozen.delete(trunkId);
      desk.settle({ kind: "trunk-frozen", subject: subjectOf(trunkId) }, nowMs(), { isSaid: false });
    }
  }

  /** Deleted: its alerts mean nothing any more. */
  #forget(trunkId: TrunkId): void {
    const { desk, nowMs } = this.#parts;
    const subject = subjectOf(trunkId);
    if (this.#outages.delete(trunkId)) desk.settle({ kind: "trunk-down", subject }, nowMs(), { isSaid: false });
    if (this.#frozen.delete(trunkId)) desk.settle({ kind: "trunk-frozen", subject }, nowMs(), { isSaid: false });
    this.#standings.delete(trunkId);
    this.#unknownSince.delete(trunkId);
  }

  /** What an earlier life of the daemon knew and told. */
  async #restore(): Promise<void> {
    const { db } = this.#parts;
    const [last, alerts] = [await readLastChanges(db), await listOpenAlerts(db)];
    for (const change of last) this.#restoreStanding(change);
    for (const { kind, subject, openedAt, params } of alerts) {
      const trunkId = Number(/^trunk:([0-9]+)$/.exec(subject)?.[1]) as TrunkId;
      if (kind === "trunk-down") {
        const since = Date.parse(String(params["since"]));
        this.#outages.set(trunkId, toldOutage(Number.isNaN(since) ? openedAt.getTime() : since));
      } else if (kind === "trunk-frozen") this.#frozen.set(trunkId, params["reason"] === "money" ? "money" : "minutes");
    }
    this.#isRestored = true;
  }

  #restoreStanding({ trunkId, since, ...standing }: TrunkChange): void {
    const now = this.#standings.get(trunkId);
    const first = this.#pending.find((change) => change.trunkId === trunkId);
    // Seen before the database could be asked: no change if it is as it was.
    if (first !== undefined && isSameStanding(first, standing)) {
      this.#pending = this.#pending.filter((change) => change !== first);
      if (now?.sinceMs !== first.since.getTime()) return;
    } else if (now !== undefined) return;
    this.#standings.set(trunkId, { ...standing, sinceMs: since.getTime() });
    const outage = this.#outages.get(trunkId);
    if (standing.health !== "down" || (outage?.name === "troubled" && outage.isTold)) return;
    const sinceMs = since.getTime();
    this.#outages.set(trunkId, {
      ...{ name: "troubled", sinceMs, downMs: 0, downSinceMs: sinceMs, upSinceMs: null, isTold: false },
    });
  }
}

function subjectOf(trunkId: TrunkId): string {
  return `trunk:${trunkId}`;
}
