import { Button } from "@mantine/core";
import { IconAlertTriangle, IconExclamationCircle } from "@tabler/icons-react";
import { useCallback } from "react";
import { useIntl } from "react-intl";
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import { isLanguage } from "../../../calls/language.ts";
import type { Finding } from "../../../flows/ivr/check-flow.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import { LANGUAGE_NAMES, useWords } from "../../messages/language.tsx";
import classes from "./editor.module.css";
import { type StepWords, useStepWords } from "./step-words.ts";

interface Props {
  document: FlowContent;
  findings: readonly Finding[];
  /** Left out where the step that they are about is open. */
  goTo?: (id: NodeId) => void;
}

export function FindingList({ document, findings, goTo }: Props) {
  const t = useWords();
  const words = useStepWords();
  const textOf = useFindingText(document);
  if (findings.length === 0) return null;
  const worstFirst = findings.toSorted(
    (left, right) => Number(left.severity === "warning") - Number(right.severity === "warning"),
  );
  return (
    <ul className={classes["findings"]} data-testid="findings">
      {worstFirst.map((finding, index) => {
        const { node, severity } = finding;
        const place = node === null ? undefined : nodeOf(document, node);
        return (
          // Findings come anew with each change.
          <li key={index} className={classes["finding"]} data-severity={severity} data-code={finding.code}>
            {severity === "error" ? (
              <IconExclamationCircle size={18} aria-label={t("editor.error")} />
            ) : (
              <IconAlertTriangle size={18} aria-label={t("editor.warning")} />
            )}
            <div>
              {goTo !== undefined && place !== undefined && node !== null && (
                <div className={classes["findingPlace"]}>{words.name(node, place)}</div>
              )}
              <div>{textOf(finding)}</div>
            </div>
            {goTo !== undefined && place !== undefined && node !== null && (
              <Button size="compact-sm" variant="default" onClick={() => goTo(nodeId(node))}>
                {t("editor.goThere")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** What is wrong, in words; ids and codes in it become names. */
export function useFindingText(document: FlowContent): (finding: Finding) => string {
  const intl = useIntl();
  const words = useStepWords();
  return useCallback(
    ({ code, node, params }) => {
      const at = node === null ? undefined : nodeOf(document, node);
      const values: Record<string, string | number> = {};
      for (const [name, value] of Object.entries(params)) values[name] = inWords(name, value, words, at);
      const general = `finding.${code}`;
      // `bad-address` and the like are told more exactly.
      const exact = `finding.bad-address.${params["problem"] ?? ""}`;
      const ids = code === "bad-address" ? [exact, general] : [general];
      const id = ids.find((one) => one in intl.messages) ?? "finding.unknown";
      return intl.formatMessage({ id }, { code, ...values });
    },
    [intl, words, document],
  );
}

function inWords(
  name: string,
  value: string | number,
  words: StepWords,
  node: ReturnType<typeof nodeOf>,
): string | number {
  if (typeof value === "number") return value;
  if (name === "prompt") return words.prompt(value);
  if ((name === "branch" || name === "via") && node !== undefined) return words.branch(node, value);
  return isLanguage(value) ? LANGUAGE_NAMES[value] : value;
}
