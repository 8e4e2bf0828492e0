import type { TrunkHealth } from "../../calls/alert.ts";

/** How often a trunk that was up went down, by the day on which it did. `changes`: oldest first; `dayOf`: the site's date, `2026-11-22`. */
export function flapsPerDay(
  changes: readonly { health: TrunkHealth; atMs: number }[],
  dayOf: (atMs: number) => string,
): Map<string, number> {
  const flaps = new Map<string, number>();
  let wasUp = false;
  for (const { health, atMs } of changes) {
    if (health === "down" && wasUp) {
      const day = dayOf(atMs);
      flaps.set(day, (flaps.get(day) ?? 0) + 1);
    }
    // While nobody could say it may have been either.
    if (health === "up") wasUp = true;
    else if (health === "down" || health === "off") wasUp = false;
  }
  return flaps;
}
