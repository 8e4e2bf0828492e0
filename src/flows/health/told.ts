import type { CheckId, CheckState, Finding } from "../../calls/health.ts";

/** Checks that have alerts of their own. */
const TELL_THEMSELVES: readonly CheckId[] = ["trunks", "synthetic-calls"];
/** What the owner knows, or what settles itself at night: it is on the page, and nobody is woken for it. */
const ON_THE_PAGE_ALONE: readonly string[] = [
  "switch lab",
  "backup not-set-up",
  "break-ins off",
  "break-ins moved",
  "updates waiting",
  "updates reboot",
  "memory low",
  "recordings without-call",
];

/** In which state somebody is told of it; null: nobody is. */
export function toldState(check: CheckId, { state, reason }: Finding): CheckState | null {
  if (TELL_THEMSELVES.includes(check) || ON_THE_PAGE_ALONE.includes(`${check} ${reason}`)) return null;
  return state === "look" || state === "broken" ? state : null;
}
