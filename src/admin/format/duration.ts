/** Whole seconds as people read them on a phone bill: `0:07`, `2:05`, `1:02:05`. Negative and broken values count as 0. */
export function formatDuration(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Whole seconds between two ISO times; never negative. */
export function secondsBetween(from: string, toMs: number): number {
  return Math.max(0, Math.floor((toMs - Date.parse(from)) / 1000));
}
