import { IconArrowRight, IconCircleMinus, IconCirclePlus, IconPencil } from "@tabler/icons-react";
import { useMemo } from "react";
import type { FlowChanges } from "../../../flows/ivr/compare-flows.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import { useFlowWorld } from "../editor/flow-world.ts";
import { useStepWords } from "../editor/step-words.ts";
import { type ChangeWorld, fieldWord, valueWord } from "./change-words.ts";
import classes from "./versions.module.css";

interface Props {
  changes: FlowChanges;
  from: FlowContent;
  to: FlowContent;
}

/** What differs between two versions, in words. */
export function ChangeList({ changes, from, to }: Props) {
  const t = useWords();
  const words = useStepWords();
  const world = useFlowWorld();
  const change = useMemo<ChangeWorld>(() => ({ t, words, world }), [t, words, world]);
  const { start, operators, added, removed, changed } = changes;
  const isSame = start === null && operators === null && added.length + removed.length + changed.length === 0;
  if (isSame) return <p className={classes["hint"]}>{t("change.none")}</p>;
  return (
    <ul className={classes["changes"]} data-testid="changes">
      {start !== null && (
        <li>
          <IconPencil size={17} aria-hidden />
          <div>
            {t("change.start")}: <Arrow from={words.nameIn(from, start.from)} to={words.nameIn(to, start.to)} />
          </div>
        </li>
      )}
      {operators !== null && (
        <li>
          <IconPencil size={17} aria-hidden />
          <div>
            {t("change.operators")}:{" "}
            <Arrow from={words.nameIn(from, operators.from)} to={words.nameIn(to, operators.to)} />
          </div>
        </li>
      )}
      {added.map(({ node, type }) => (
        <li key={`+${node}`} data-change="added">
          <IconCirclePlus size={17} aria-hidden />
          <div>{t("change.added", { step: words.nameIn(to, node), kind: t(`step.${type}`) })}</div>
        </li>
      ))}
      {removed.map(({ node, type }) => (
        <li key={`-${node}`} data-change="removed">
          <IconCircleMinus size={17} aria-hidden />
          <div>{t("change.removed", { step: words.nameIn(from, node), kind: t(`step.${type}`) })}</div>
        </li>
      ))}
      {changed.map(({ node, fields }) => {
        const step = nodeOf(to, node);
        if (step === undefined) return null;
        return (
          <li key={node} data-change="changed">
            <IconPencil size={17} aria-hidden />
            <div>
              <div className={classes["changedStep"]}>{words.name(node, step)}</div>
              {fields.map(({ path, from: before, to: after }) => (
                <div key={path}>
                  {fieldWord(change, step, path)}:{" "}
                  <Arrow from={valueWord(change, from, path, before)} to={valueWord(change, to, path, after)} />
                </div>
              ))}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Arrow({ from, to }: { from: string; to: string }) {
  const t = useWords();
  return (
    <>
      <del className={classes["before"]}>{from}</del>
      <IconArrowRight size={14} role="img" aria-label={t("change.becomes")} className={classes["arrow"]} />
      <ins className={classes["after"]}>{to}</ins>
    </>
  );
}
