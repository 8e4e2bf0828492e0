import type { AlertNotice } from "../api/client.ts";
import type { Translate } from "../messages/language.tsx";
import { mailProblemText } from "../parts/mail-problems.ts";

const WEB_PROBLEMS = ["address-not-allowed", "timeout", "unreachable"] as const;

/** That the owner was not told of an alert by a way that they chose, and why; null: they were, or nothing hindered it so far. */
export function noticeProblem({ about, way, state, problem }: AlertNotice, t: Translate): string | null {
  if (about !== "opened" || state === "sent" || problem === null) return null;
  const reason = way === "mail" ? mailReason(problem, t) : webReason(problem, t);
  return reason && t(way === "mail" ? "alerts.notMailed" : "alerts.notPosted", { reason });
}

function mailReason(problem: string, t: Translate): string | null {
  switch (problem) {
    case "not-wanted":
    case "too-many":
      return null;
    case "no-mail-server":
      return t("alerts.noMailServer");
    case "not-for-all":
      return t("alerts.notForAll");
    default:
      return mailProblemText(problem, t);
  }
}

function webReason(problem: string, t: Translate): string | null {
  const status = /^status-([0-9]{3})$/.exec(problem)?.[1];
  if (status !== undefined) return t("alerts.serverSaid", { status });
  const known = WEB_PROBLEMS.find((one) => one === problem);
  return known === undefined ? null : t(`lookUpFailure.${known}`);
}
