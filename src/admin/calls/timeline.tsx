import { isLanguage } from "../../calls/language.ts";
import { LOOK_UP_FAILURES, type LookUpFailure } from "../../flows/ivr/ivr-types.ts";
import { REFUSE_REASONS, type RefuseReason } from "../../flows/routing/decide-route.ts";
import type { TimelineEntry } from "../api/client.ts";
import { LANGUAGE_NAMES, useWords } from "../messages/language.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./calls.module.css";

/** What matters when one only glances: it has a stronger dot. */
const STRONG: ReadonlySet<TimelineEntry["kind"]> = new Set(["talking", "fallback", "daemon-restarted", "hung-up"]);

/** The course of a call in words, as it happened. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const t = useWords();
  const { clockSeconds } = useSiteTime();
  const textOf = ({ kind, data }: TimelineEntry) => {
    const values: Record<string, string | number> = {};
    for (const [name, value] of Object.entries(data)) values[name] = value ?? "";
    if (kind === "look-up-failed") values["reason"] = t(`lookUpFailure.${knownFailure(data["reason"])}`);
    if (kind === "collected" && data["digits"] === null) values["digits"] = "secret";
    const language = values["language"];
    if (typeof language === "string" && isLanguage(language)) values["language"] = LANGUAGE_NAMES[language];
    if (kind === "not-answered") values["reason"] = t(`reason.${knownReason(data["reason"])}`);
    if (kind === "refused") values["reason"] = t(`refused.${refusal(data["reason"])}`);
    return t(`timeline.${kind}`, { ...NOTHING_KNOWN, ...values });
  };
  return (
    <ol className={classes["timeline"]} data-testid="timeline">
      {entries.map((entry, index) => (
        // Entries are only ever appended.
        <li key={index}>
          <time dateTime={entry.at}>{clockSeconds(entry.at)}</time>
          <span className={classes["timelineText"]} data-strong={STRONG.has(entry.kind)}>
            {textOf(entry)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function knownFailure(reason: unknown): LookUpFailure {
  return LOOK_UP_FAILURES.find((known) => known === reason) ?? "unreachable";
}

const REASONS = ["busy", "no-answer", "refused", "not-registered", "cancelled"] as const;

/** Why an operator's phone did not take the call, as far as it needs its own words. */
function knownReason(reason: unknown): (typeof REASONS)[number] | "unreachable" {
  return REASONS.find((known) => known === reason) ?? "unreachable";
}

/** Why somebody's call out was not even tried. */
function refusal(reason: unknown): RefuseReason {
  return REFUSE_REASONS.find((known) => known === reason) ?? "no-trunk-now";
}

/** Every text finds its values, whatever an entry of an older version lacks. */
const NOTHING_KNOWN = {
  language: "",
  digit: "",
  digits: "",
  meaning: "",
  operatorName: "",
  trunkName: "",
  extension: "",
  reason: "",
  state: "",
  by: "",
  count: 0,
  number: "",
  ms: 0,
  flow: "",
  tag: "",
};
