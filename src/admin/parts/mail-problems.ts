import type { Translate } from "../messages/language.tsx";

const KNOWN = ["server-away", "certificate", "encryption", "sign-in-refused", "refused"] as const;

/** What hindered a mail, in the panel's words. */
export function mailProblemText(problem: string | null, t: Translate): string {
  return t(`voicemail.mailProblem.${KNOWN.find((known) => known === problem) ?? "other"}`);
}
