import type { Extension, LegId } from "../calls/ids.ts";
import type { FreezeReason } from "../calls/outgoing.ts";
import type { OutsideCall, OutsideCallHistory } from "../calls/outside-call.ts";
import type { RoutingConfiguration, RoutingTrunk } from "../calls/routing-configuration.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import type { PhoneNow } from "../flows/routing/decide-route.ts";
import { type OutsideNumber, readOutsideNumber } from "../flows/routing/outside-number.ts";
import { addUp, billedMinutes, NOTHING_SPENT, type PaidCall, type Spent } from "../flows/routing/spending.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface LedgerParts {
  configuration: () => RoutingConfiguration<unknown>;
  nowMs: () => number;
  /** When the site's day and month began, Unix ms. */
  periodOf: (atMs: number) => { dayFromMs: number; monthFromMs: number };
  /** When a trunk was last unfrozen by hand, Unix ms; null: never. */
  unfrozenAtMs: (gateway: string) => number | null;
}

/**
 * What calls to the outside have used of minutes, money and patience. Known from the log at the start, from the calls under way since: so it
 * is right again after any crash, and goes on while the database is away.
 */
export class OutgoingLedger {
  readonly #parts: LedgerParts;
  /** Of the month; those that were not answered are here only as long as they go on. */
  readonly #calls = new Map<LegId, OutsideCall>();
  readonly #attempts = new Map<Extension, number[]>();
  readonly #numbers = new Map<string, OutsideNumber | null>();
  readonly #sums = new Map<string, { key: string; trunk: RoutingTrunk; spent: Spent }>();
  readonly #listeners = new Set<() => void>();
  #numbersFor = "";

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Takes what the log says; of a call that both know the log knows more, as long as it has ended there. */
  restore({ calls, attempts }: OutsideCallHistory): void {
    for (const call of calls) {
      const known = this.#calls.get(call.legId);
      if (!known || call.endedAtMs !== null) this.#calls.set(call.legId, call);
    }
    this.#sums.clear();
    for (const { extension, atMs } of attempts) {
      const known = this.#attempts.get(extension) ?? [];
      if (!known.includes(atMs))
        this.#attempts.set(
          extension,
          [...known, atMs].toSorted((one, other) => one - other),
        );
    }
    this.#changed();
  }

  /** All that a later life should know when it cannot ask the log. */
  get history(): OutsideCallHistory {
    const attempts = [...this.#attempts].flatMap(([extension, times]) => times.map((atMs) => ({ extension, atMs })));
    return { calls: [...this.#calls.values()].filter(({ answeredAtMs }) => answeredAtMs !== null), attempts };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A phone called somebody outside, whatever came of it. */
  attempted(extension: Extension): void {
    const now = this.#parts.nowMs();
    const recent = (this.#attempts.get(extension) ?? []).filter((atMs) => atMs > now - HOUR_MS);
    this.#attempts.set(extension, [...recent, now]);
  }

  dialled(call: Pick<OutsideCall, "legId" | "gateway" | "number" | "extension">): void {
    const startedAtMs = this.#parts.nowMs();
    this.#calls.set(call.legId, { ...call, startedAtMs, answeredAtMs: null, endedAtMs: null });
    this.#changed();
  }

  answered(legId: LegId, atMs: number): void {
    const call = this.#calls.get(legId);
    if (!call || call.answeredAtMs !== null) return;
    this.#calls.set(legId, { ...call, answeredAtMs: atMs });
    this.#changed();
  }

  ended(legId: LegId, atMs: number): void {
    const call = this.#calls.get(legId);
    if (!call || call.endedAtMs !== null) return;
    if (call.answeredAtMs === null) this.#calls.delete(legId);
    else this.#calls.set(legId, { ...call, endedAtMs: Math.max(atMs, call.answeredAtMs) });
    this.#sums.delete(call.gateway);
    this.#changed();
  }

  /** All channels of the switch: those that left without us, and those that ended meanwhile, whose end the log will tell better. */
  adopt(legs: readonly LegSnapshot[]): void {
    const there = new Map(legs.map((leg) => [leg.legId, leg]));
    const now = this.#parts.nowMs();
    for (const { legId, endedAtMs } of [...this.#calls.values()])
      if (endedAtMs === null && !there.has(legId)) this.ended(legId, now);
    for (const leg of legs) {
      const { legId, gateway, direction, answeredAtMs } = leg;
      if (direction !== "outbound" || gateway === null) continue;
      const caller = legs.find((one) => one.callId === leg.callId && one.origin === "phone");
      const number = caller?.dialled ?? leg.dialled;
      const extension = caller?.extension ?? null;
      const known = this.#calls.get(legId) ?? { legId, gateway, number, extension, startedAtMs: leg.createdAtMs };
      this.#calls.set(legId, { ...known, answeredAtMs, endedAtMs: null });
    }
    this.#changed();
  }

  spent(gateway: string): Spent {
    const trunk = this.#parts.configuration().trunks.find((one) => one.gateway === gateway);
    if (!trunk) return NOTHING_SPENT;
    const { site } = this.#parts.configuration();
    const nowMs = this.#parts.nowMs();
    const period = { ...this.#parts.periodOf(nowMs), dayFromMs: this.countedFromMs(gateway), nowMs };
    const finished = this.#finished(trunk, period);
    const live = this.#of(gateway, (call) => call.endedAtMs === null);
    return live.length === 0 ? finished : addUp(live, trunk.costs, site.country, period, finished);
  }

  /** Since when the trunk's limits count: the site's day, or the moment in which it was unfrozen by hand. */
  countedFromMs(gateway: string): number {
    const { dayFromMs } = this.#parts.periodOf(this.#parts.nowMs());
    return Math.max(dayFromMs, this.#parts.unfrozenAtMs(gateway) ?? 0);
  }

  /** Which limit has been reached; null: none. */
  frozen(gateway: string): FreezeReason | null {
    const limits = this.#parts.configuration().trunks.find((one) => one.gateway === gateway)?.limits;
    if (!limits || (limits.minutesPerDay === null && limits.moneyPerDayMinor === null)) return null;
    const { minutesToday, moneyTodayMinor } = this.spent(gateway);
    if (limits.minutesPerDay !== null && minutesToday >= limits.minutesPerDay) return "minutes";
    return limits.moneyPerDayMinor !== null && moneyTodayMinor >= limits.moneyPerDayMinor ? "money" : null;
  }

  phone(extension: Extension): PhoneNow {
    const now = this.#parts.nowMs();
    const { dayFromMs } = this.#parts.periodOf(now);
    const times = this.#attempts.get(extension) ?? [];
    let atOnce = 0;
    let minutesToday = 0;
    for (const call of this.#calls.values()) {
      if (call.extension !== extension) continue;
      if (call.endedAtMs === null) atOnce += 1;
      if (call.answeredAtMs !== null && call.answeredAtMs >= dayFromMs)
        minutesToday += billedMinutes((call.endedAtMs ?? now) - call.answeredAtMs, 1);
    }
    return {
      atOnce,
      lastMinute: times.filter((atMs) => atMs > now - MINUTE_MS).length,
      lastHour: times.filter((atMs) => atMs > now - HOUR_MS).length,
      minutesToday,
    };
  }

  #finished(trunk: RoutingTrunk, period: { dayFromMs: number; monthFromMs: number; nowMs: number }): Spent {
    const { country } = this.#parts.configuration().site;
    const key = `${period.dayFromMs} ${period.monthFromMs} ${country}`;
    const known = this.#sums.get(trunk.gateway);
    if (known?.key === key && known.trunk === trunk) return known.spent;
    this.#forgetBefore(Math.min(period.dayFromMs, period.monthFromMs));
    const calls = this.#of(trunk.gateway, ({ endedAtMs }) => endedAtMs !== null);
    const spent = addUp(calls, trunk.costs, country, period);
    this.#sums.set(trunk.gateway, { key, trunk, spent });
    return spent;
  }

  #of(gateway: string, isWanted: (call: OutsideCall) => boolean): PaidCall[] {
    const calls: PaidCall[] = [];
    for (const call of this.#calls.values()) {
      const { answeredAtMs, endedAtMs } = call;
      if (call.gateway !== gateway || answeredAtMs === null || !isWanted(call)) continue;
      calls.push({ number: this.#read(call.number), answeredAtMs, endedAtMs });
    }
    return calls;
  }

  #read(dialled: string): OutsideNumber | null {
    const { site, outgoing } = this.#parts.configuration();
    const home = { country: site.country, areaCode: outgoing.areaCode };
    const key = `${home.country} ${home.areaCode ?? ""}`;
    if (key !== this.#numbersFor) this.#numbers.clear();
    this.#numbersFor = key;
    const known = this.#numbers.get(dialled);
    if (known !== undefined) return known;
    const number = readOutsideNumber(dialled, home);
    this.#numbers.set(dialled, number);
    return number;
  }

  #forgetBefore(fromMs: number): void {
    for (const [legId, { endedAtMs }] of this.#calls)
      if (endedAtMs !== null && endedAtMs < fromMs) this.#calls.delete(legId);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
