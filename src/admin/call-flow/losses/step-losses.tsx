import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Link } from "wouter";
import type { NodeId } from "../../../calls/ids.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import type { FlowLosses } from "../../api/client.ts";
import { formatNumber } from "../../format/quantity.ts";
import { useLanguage, useWords } from "../../messages/language.tsx";
import editor from "../editor/editor.module.css";
import { useStepWords } from "../editor/step-words.ts";
import { callsOf } from "./calls-of.ts";
import classes from "./losses.module.css";
import { NodeFigures } from "./node-figures.tsx";

interface Props {
  flowId: string;
  id: NodeId;
  document: FlowContent;
  figures: FlowLosses["nodes"][string];
  range: { from: string; to: string };
  close: () => void;
}

/** One step: by which branches callers left it, each with the calls behind the figure. */
export function StepLosses({ flowId, id, document, figures, range, close }: Props) {
  const t = useWords();
  const words = useStepWords();
  const { language } = useLanguage();
  const node = nodeOf(document, id);
  const { came, talked, ended, branches } = figures;
  const share = (count: number) =>
    `${formatNumber(count, language)} (${Math.round((100 * count) / Math.max(1, came))}%)`;
  return (
    <div className={editor["panel"]} data-testid="step-losses">
      <div className={classes["head"]}>
        <h2 className={editor["panelTitle"]}>{words.nameIn(document, id)}</h2>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("action.close")} onClick={close}>
          <IconX size={20} />
        </ActionIcon>
      </div>
      <NodeFigures flowId={flowId} id={id} figures={figures} range={range} />
      <h3 className={editor["groupName"]}>{t("losses.branches")}</h3>
      <ul className={classes["branches"]}>
        {branches
          .toSorted((left, right) => right.count - left.count)
          .map(({ via, to, count }) => (
            <li key={`${via} ${to ?? ""}`}>
              <Link href={callsOf({ flowId, node: id, range, via })}>
                <span>
                  {node === undefined ? via : words.branch(node, via)}
                  {to !== null && ` → ${words.nameIn(document, to)}`}
                </span>
                <span className="numeric">{share(count)}</span>
              </Link>
            </li>
          ))}
        {talked > 0 && (
          <li>
            <span>{t("losses.talked")}</span>
            <span className="numeric">{share(talked)}</span>
          </li>
        )}
        {ended > 0 && (
          <li>
            <span>{t("losses.ended")}</span>
            <span className="numeric">{share(ended)}</span>
          </li>
        )}
      </ul>
    </div>
  );
}
