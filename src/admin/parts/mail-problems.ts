import type { MessageKey } from "../messages/language.tsx";

const KNOWN = ["server-away", "certificate", "encryption", "sign-in-refused", "refused"] as const;

/** What hindered a mail, in the panel's words. */
export function mailProblemKey(problem: string | null): MessageKey {
  return `voicemail.mailProblem.${KNOWN.find((known) => known === problem) ?? "other"}`;
}
