/**
 * When an address is banned, and for how long. Pure.
 *
 *   quiet --(so many tries within the window)--> banned --(time is up, revoked, never to be banned)--> quiet
 *
 * Whoever shares an address with an attacker (an office behind one router) must go on working, and whoever has one good account must not
 * guess at the others for ever. So: where somebody belongs here a ban hits guests alone and is short; and a good sign takes back only the
 * tries in the same name.
 */
import type { AddressRecord, BanReason, BanTry } from "../../calls/ban.ts";

export interface BanRules {
  /** So many within the window bring a ban. */
  tries: number;
  windowMs: number;
  /** The first, the second, ... ban; the last counts on. */
  lengthsMs: readonly number[];
  /** After so long without a ban the next one is a first one. */
  forgetAfterMs: number;
}

/**
 * `never`: loopback, the trunks, the list of those who are never banned. `known`: a phone is registered there, or was within a day, or
 * somebody signed in.
 */
export type Standing = "never" | "known" | "unknown";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Two fewer than are promised: what is on its way when the ban falls is answered still. */
export const USUAL_RULES: BanRules = {
  tries: 8,
  windowMs: HOUR_MS,
  lengthsMs: [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS],
  forgetAfterMs: 7 * DAY_MS,
};

/** More are not needed to decide, and each is kept for a day. */
const MOST_KEPT = 30;

/** These were answered to our challenge or over TCP; the others may carry somebody else's address (RFC 2827), so they bring short bans only. */
const PROVEN: ReadonlySet<BanReason> = new Set<BanReason>(["wrong-password", "panel-password", "api-token"]);

const isProven = (reason: BanReason): boolean => PROVEN.has(reason);

/** Nothing is known of it yet. */
export function newRecord(address: string): AddressRecord {
  return { address, tries: [], ban: null, timesBanned: 0, lastEndMs: null };
}

/** Counts one try. `isBanned` tells that it brought a ban. */
export function countTry(
  record: AddressRecord,
  one: BanTry,
  standing: Standing,
  rules: BanRules = USUAL_RULES,
): { record: AddressRecord; isBanned: boolean } {
  if (standing === "never") return { record: lifted(record), isBanned: false };
  const before = settled(record, one.atMs) ?? newRecord(record.address);
  const tries = [...before.tries, one].slice(-MOST_KEPT);
  if (before.ban !== null) {
    const ban = { ...before.ban, tries: before.ban.tries + 1 };
    return { record: { ...before, tries, ban }, isBanned: false };
  }
  const counted = tries.filter(({ atMs }) => atMs > one.atMs - rules.windowMs && atMs > (before.lastEndMs ?? 0));
  if (counted.length < rules.tries) return { record: { ...before, tries }, isBanned: false };
  const isShort = standing === "known" || !counted.some(({ reason }) => isProven(reason));
  const isForgotten = before.lastEndMs !== null && one.atMs - before.lastEndMs > rules.forgetAfterMs;
  const times = isForgotten ? 0 : before.timesBanned;
  const step = isShort ? 0 : Math.min(times, rules.lengthsMs.length - 1);
  const untilMs = one.atMs + (rules.lengthsMs[step] ?? 0);
  const ban = {
    reach: standing === "known" ? ("guests" as const) : ("all" as const),
    reason: one.reason,
    ...{ sinceMs: one.atMs, untilMs, tries: counted.length },
  };
  return {
    record: { ...before, tries, ban, timesBanned: isShort ? times : times + 1, lastEndMs: untilMs },
    isBanned: true,
  };
}

/** Somebody showed that this name is theirs: their own tries (a phone with the old password) are taken back, no others. */
export function forgiven(record: AddressRecord, name: string): AddressRecord {
  return { ...record, tries: record.tries.filter((one) => one.name !== name || !isProven(one.reason)) };
}

/** Taken back by hand, or because it is never to be banned: as if it had never been. */
export function lifted(record: AddressRecord): AddressRecord {
  return newRecord(record.address);
}

/** Clocks are set right by so much without anybody seeing it. */
const SLACK_MS = MINUTE_MS;

/** As it stands now. What is said to be later was written down while the clock was ahead. Null: there is nothing left to know. */
export function settled(record: AddressRecord, nowMs: number, rules: BanRules = USUAL_RULES): AddressRecord | null {
  const hasBeen = (atMs: number) => atMs <= nowMs + SLACK_MS;
  const ban = record.ban !== null && record.ban.untilMs > nowMs && hasBeen(record.ban.sinceMs) ? record.ban : null;
  const tries = record.tries.filter(({ atMs }) => atMs > nowMs - DAY_MS && hasBeen(atMs));
  const isEnded = ban !== null || record.lastEndMs === null || hasBeen(record.lastEndMs);
  const lastEndMs = isEnded ? record.lastEndMs : null;
  const isForgotten = lastEndMs === null || nowMs - lastEndMs > rules.forgetAfterMs;
  if (ban === null && tries.length === 0 && isForgotten) return null;
  const isSame = ban === record.ban && tries.length === record.tries.length && lastEndMs === record.lastEndMs;
  return isSame ? record : { ...record, ban, tries, lastEndMs };
}

/** Many addresses, few tries each: nobody of them is banned, and the name is worth a look. */
export interface GuessedAt {
  name: string;
  addresses: number;
  tries: number;
}

const MANY_ADDRESSES = 5;
const MANY_TRIES = 20;

/** Names at whose password many addresses guessed within a day, the worst first. */
export function guessedAt(records: Iterable<AddressRecord>, nowMs: number): GuessedAt[] {
  const found = new Map<string, GuessedAt>();
  for (const { tries } of records) {
    const own = new Map<string, number>();
    for (const { name, reason, atMs } of tries)
      if (isProven(reason) && reason !== "api-token" && atMs > nowMs - DAY_MS) own.set(name, (own.get(name) ?? 0) + 1);
    for (const [name, count] of own) {
      const known = found.get(name) ?? { name, addresses: 0, tries: 0 };
      found.set(name, { name, addresses: known.addresses + 1, tries: known.tries + count });
    }
  }
  return [...found.values()]
    .filter(({ addresses, tries }) => addresses >= MANY_ADDRESSES && tries >= MANY_TRIES)
    .sort((a, b) => b.tries - a.tries);
}
