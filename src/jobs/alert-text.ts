/** What a mail says of an alert. */
import type { AlertKind, SyntheticOutcome, TrunkReason } from "../calls/alert.ts";
import type { CheckId } from "../calls/health.ts";
import type { Language } from "../calls/language.ts";
import { ALERT_WORDS, type AlertWords } from "./alert-words.ts";

export interface AlertToTell {
  kind: AlertKind;
  about: "opened" | "closed";
  params: Record<string, string | number>;
  openedAt: Date;
  closedAt: Date | null;
}

interface Site {
  firmName: string;
  language: Language;
  timeZone: string;
}

export function alertText(
  alert: AlertToTell,
  { firmName, language, timeZone }: Site,
): { subject: string; text: string } {
  const words = ALERT_WORDS[language];
  const format = new Intl.DateTimeFormat(language, { timeZone, dateStyle: "long", timeStyle: "short" });
  const at = (time: Date) => format.format(time);
  const { title, lines, meaning } = bodyOf(alert, words, at);
  const since = Date.parse(textOf(alert.params, "since"));
  const times = [
    `${words.since}: ${at(Number.isNaN(since) ? alert.openedAt : new Date(since))}`,
    ...(alert.about === "closed" && alert.closedAt !== null ? [`${words.until}: ${at(alert.closedAt)}`] : []),
  ];
  const firm = oneLine(firmName);
  const text = [title, "", ...times, ...lines, ...(alert.about === "opened" && meaning ? ["", meaning] : [])].join(
    "\n",
  );
  return { subject: firm === "" ? title : `${title} (${firm})`, text };
}

function bodyOf({ kind, about, params }: AlertToTell, words: AlertWords, at: (time: Date) => string) {
  const isOver = about === "closed";
  const name = textOf(params, "name");
  const number = textOf(params, "number");
  const line = (label: string, value: string) => (value === "" ? [] : [`${label}: ${value}`]);
  switch (kind) {
    case "trunk-down": {
      const said = [textOf(params, "status").replace(/^0$/, ""), textOf(params, "phrase")].join(" ").trim();
      const reason = words.reasons[textOf(params, "reason") as TrunkReason] ?? "";
      return {
        title: isOver ? words.trunkBack(name) : words.trunkDown(name),
        lines: isOver ? [] : [...line(words.reason, reason), ...line(words.operatorSaid, said)],
        meaning: words.meansDown,
      };
    }
    case "trunk-frozen":
      return {
        title: words.trunkFrozen(name),
        lines: line(words.reason, words.frozenBy[params["reason"] === "money" ? "money" : "minutes"]),
        meaning: words.meansFrozen,
      };
    case "synthetic-call-failed": {
      const called = name === "" ? number : `${number} (${name})`;
      const outcome = words.outcomes[textOf(params, "outcome") as SyntheticOutcome] ?? "";
      return {
        title: isOver ? words.testWell(called) : words.testFailed(called),
        lines: isOver
          ? []
          : [
              ...line(words.reason, outcome),
              ...line(words.arrivedAs, textOf(params, "arrivedAs")),
              ...line(words.trunk, textOf(params, "trunkName")),
            ],
        meaning: words.meansTest,
      };
    }
    case "health": {
      const check = words.checks[textOf(params, "check") as CheckId] ?? "";
      return {
        title: isOver ? words.healthWell(check) : words.healthBad(check, params["state"] === "broken"),
        lines: [],
        meaning: words.meansHealth,
      };
    }
    case "unknown-number": {
      const last = Date.parse(textOf(params, "lastAt"));
      return {
        title: words.unknownNumber(number),
        lines: [
          ...line(words.trunk, textOf(params, "trunkName")),
          ...(isOver && !Number.isNaN(last) ? [`${words.until}: ${at(new Date(last))}`] : []),
        ],
        meaning: words.meansUnknown,
      };
    }
  }
}

function textOf(params: Record<string, string | number>, name: string): string {
  return oneLine(String(params[name] ?? ""));
}

/** Callers choose what they dial, operators what they answer: no control signs, no direction marks, and not endless. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, 120);
}
