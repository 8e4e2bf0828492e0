import type { Ticket, TryOutcome } from "../api/client.ts";
import type { Translate } from "../messages/language.tsx";

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;

/** Where a caller gave up. A node that the panel does not know is told by how the call ended. */
export function gaveUpText({ outcome, node }: Ticket["gaveUp"], t: Translate): string {
  switch (outcome) {
    case "abandoned-in-menu":
      return t(`missed.gaveUp.${menuPlace(node)}`);
    case "abandoned-while-ringing":
      return t("missed.gaveUp.waiting");
    case "no-answer":
    case "after-hours":
    case "voicemail":
    case "fallback-missed":
    case "cut-off":
    case "failed":
      return node === "voicemail" && outcome !== "voicemail"
        ? t("missed.gaveUp.message")
        : t(`missed.gaveUp.${outcome}`);
    default:
      return t(`outcome.${outcome}`);
  }
}

function menuPlace(node: string | null): "greeting" | "information" | "message" | "menu" {
  if (node === "greeting" || node === "language") return "greeting";
  if (node === "information") return "information";
  if (node === "voicemail") return "message";
  return "menu";
}

export function tryText(outcome: TryOutcome | null, t: Translate): string {
  return outcome === null ? t("missed.try.running") : t(`missed.try.${outcome}`);
}

interface SiteTime {
  dayName: (iso: string) => string;
  clock: (iso: string) => string;
}

/** When an open ticket is called back, or why nobody calls by itself. */
export function dueText(ticket: Ticket, nowMs: number, time: SiteTime, t: Translate): string {
  const { dueAt, waitsFor } = ticket;
  if (dueAt === null) return t(`missed.wait.${waitsFor ?? "in-progress"}`);
  const leftMs = Date.parse(dueAt) - nowMs;
  if (leftMs <= 0) return t("missed.dueNow");
  if (leftMs < MINUTE_MS) return t("missed.dueSoon");
  const minutes = Math.round(leftMs / MINUTE_MS);
  if (minutes <= HOUR_MINUTES) return t("missed.dueInMinutes", { count: minutes });
  return t("missed.dueAt", { day: time.dayName(dueAt), time: time.clock(dueAt) });
}

export function numberOf({ caller }: Pick<Ticket, "caller">, t: Translate): string {
  return caller.isHidden || caller.formatted === "" ? t("party.hidden") : caller.formatted;
}
