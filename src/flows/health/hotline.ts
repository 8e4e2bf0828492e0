/** Judges what the hotline knows of itself. Pure. */
import type { Finding } from "../../calls/health.ts";

const HOUR_MS = 3_600_000;

const found = (state: Finding["state"], reason: string, params: Finding["params"] = {}): Finding => ({
  ...{ state, reason, params },
});

export function judgeDatabase(database: { connected: boolean; reason: string | null }): Finding {
  if (database.connected) return found("ok", "answers");
  // At the start it is not known yet.
  return database.reason === "starting" ? found("unknown", "starting") : found("broken", "away");
}

/** Who tries to get in. That somebody is banned is as it should be; many who guess slowly are not stopped by bans. */
export function judgeBreakIns(reading: {
  isOn: boolean;
  isFirewallThere: boolean;
  banned: number;
  guessedAt: readonly { name: string; addresses: number; tries: number }[];
  /** Own networks that are let in, although the owner has chosen others. */
  letIn: readonly string[];
}): Finding {
  const { isOn, isFirewallThere, banned, guessedAt, letIn } = reading;
  const [worst] = guessedAt;
  if (worst !== undefined) return found("look", "guessed-at", { ...worst });
  if (isFirewallThere && letIn.length > 0) return found("look", "moved", { networks: letIn.join(", ") });
  if (!isOn) return found("look", "off");
  if (!isFirewallThere) return found("unknown", "no-firewall", { count: banned });
  return banned > 0 ? found("ok", "banned", { count: banned }) : found("ok", "quiet");
}

export function judgeSwitch({
  connected,
  isLab,
  reason,
}: {
  connected: boolean;
  isLab: boolean;
  reason: string | null;
}): Finding {
  if (!connected) return reason === "starting" ? found("unknown", "starting") : found("broken", "away");
  return isLab ? found("look", "lab") : found("ok", "connected");
}

/** @param trunks those that are to work, with how the trunk watch found them; null: not known yet */
export function judgeTrunks(
  trunks: readonly { name: string; health: "up" | "down" | "unknown" | "off" | null }[],
): Finding {
  const wanted = trunks.filter(({ health }) => health !== "off");
  if (wanted.length === 0) return found("unknown", "none");
  const down = wanted.filter(({ health }) => health === "down").map(({ name }) => name);
  const params = { count: wanted.length, down: down.length, names: down.slice(0, 5).join(", ") };
  if (down.length === wanted.length) return found("broken", "all-down", params);
  if (down.length > 0) return found("look", "some-down", params);
  return wanted.some(({ health }) => health === "up") ? found("ok", "up", params) : found("unknown", "not-told");
}

/** What was found when each number was last called by the box itself; numbers that could not be tried are left out. */
export function judgeSyntheticCalls(
  calls: readonly { number: string; outcome: string }[],
  { isPlanned }: { isPlanned: boolean },
): Finding {
  const NOT_TRIED = ["no-second-trunk", "no-trunk-now", "busy"];
  const tried = calls.filter(({ outcome }) => !NOT_TRIED.includes(outcome));
  const failed = tried.filter(({ outcome }) => outcome !== "arrived").map(({ number }) => number);
  if (failed.length > 0)
    return found("broken", "failed", { count: failed.length, numbers: failed.slice(0, 3).join(", ") });
  if (tried.length === 0) return found("unknown", isPlanned ? "not-yet" : "not-planned");
  return found("ok", "arrived", { count: tried.length });
}

export interface RecordingsReading {
  /** Calls of the last week whose recording, or a part of it, is missing; but for those that were to be deleted. */
  lost: number;
  /** Recordings that are ready in the ledger, and whose file is gone. */
  withoutFile: number;
  /** Files that no row of the ledger names, and calls of which nothing is left but their recording. */
  withoutCall: number;
  /** Waiting to be encoded for over an hour. */
  stuck: number;
}

export function judgeRecordings({ lost, withoutFile, withoutCall, stuck }: RecordingsReading): Finding {
  if (withoutFile > 0) return found("broken", "files-gone", { count: withoutFile });
  if (lost > 0) return found("look", "lost", { count: lost });
  if (stuck > 0) return found("look", "stuck", { count: stuck });
  if (withoutCall > 0) return found("look", "without-call", { count: withoutCall });
  return found("ok", "complete");
}

export interface BackupReading {
  isSetUp: boolean;
  nowMs: number;
  setUpMs: number | null;
  lastGoodMs: number | null;
  /** Of the last try; null: it went well, or there was none. */
  lastProblem: string | null;
  /** Of the last drill; null: there was none. */
  lastDrill: { isGood: boolean; atMs: number } | null;
}

const OLD_MS = 36 * HOUR_MS;
const TOO_OLD_MS = 4 * 24 * HOUR_MS;

export function judgeBackup({ isSetUp, nowMs, setUpMs, lastGoodMs, lastProblem, lastDrill }: BackupReading): Finding {
  if (!isSetUp) return found("look", "not-set-up");
  const ageMs = nowMs - (lastGoodMs ?? setUpMs ?? nowMs);
  const params = { hours: Math.max(0, Math.floor(ageMs / HOUR_MS)), problem: lastProblem ?? "" };
  if (lastDrill !== null && !lastDrill.isGood && lastDrill.atMs >= (lastGoodMs ?? 0) - 30 * 24 * HOUR_MS)
    return found("broken", "drill-failed", params);
  if (ageMs > TOO_OLD_MS) return found("broken", "too-old", params);
  if (lastProblem !== null) return found("look", "failed", params);
  if (ageMs > OLD_MS) return found("look", "old", params);
  return lastGoodMs === null ? found("unknown", "not-yet") : found("ok", "recent", params);
}
