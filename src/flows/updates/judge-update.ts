/** Decides whether a new system stays, and what going back needs. */

/** What was healthy before the update; `panel` always was, since the update was asked for there. */
export interface HealthyBefore {
  parts: readonly ("database" | "switch" | "trunks" | "synthetic-call")[];
  /** Names of those that could carry calls. */
  trunks: readonly string[];
}

export interface HealthyNow {
  panel: boolean;
  database: boolean;
  switch: boolean;
  trunks: readonly string[];
  /** Null: none was made yet. */
  syntheticCall: boolean | null;
}

/** @returns what was healthy and is not: `panel`, `database`, `switch`, `trunk NAME`, `synthetic-call`; empty: the new system stays */
export function missingAfterUpdate(before: HealthyBefore, now: HealthyNow): string[] {
  const wanted = new Set(before.parts);
  return [
    ...(now.panel ? [] : ["panel"]),
    ...(wanted.has("database") && !now.database ? ["database"] : []),
    ...(wanted.has("switch") && !now.switch ? ["switch"] : []),
    ...(wanted.has("trunks")
      ? before.trunks.filter((name) => !now.trunks.includes(name)).map((name) => `trunk ${name}`)
      : []),
    ...(wanted.has("synthetic-call") && now.syntheticCall !== true ? ["synthetic-call"] : []),
  ];
}

/** The old program can go on with the database as it is if the new one has not migrated it. */
export function needsCopyBack(beforeMigrations: readonly string[], nowMigrations: readonly string[]): boolean {
  return (
    nowMigrations.length !== beforeMigrations.length || nowMigrations.some((name) => !beforeMigrations.includes(name))
  );
}

export type RestartMoment = "now" | "when-free" | "at-night";
const NIGHT = { from: "02:00", until: "05:00" };

/**
 * Whether the moment for starting from the new system has come.
 * @param clock the site's wall clock, `02:30`
 * @param isInsisting conversations that go on are cut
 */
export function isRestartDue(
  moment: RestartMoment,
  { calls, clock, isInsisting }: { calls: number; clock: string; isInsisting: boolean },
): boolean {
  if (calls > 0 && !isInsisting) return false;
  return moment !== "at-night" || (clock >= NIGHT.from && clock < NIGHT.until);
}
