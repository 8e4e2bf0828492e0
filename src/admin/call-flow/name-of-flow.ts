import type { Translate } from "../messages/language.tsx";

/** The default flow has no name of its own until somebody gives it one. */
export function nameOfFlow(t: Translate, { name }: { name: string }): string {
  return name === "" ? t("flows.default") : name;
}
