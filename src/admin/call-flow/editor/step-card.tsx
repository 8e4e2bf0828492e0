import { VisuallyHidden } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowDown,
  IconCornerDownRight,
  IconExclamationCircle,
  IconPlus,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { NodeId } from "../../../calls/ids.ts";
import { type FlowNode, nodeOf } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import classes from "./canvas.module.css";
import { useCanvasLook } from "./canvas-look.ts";
import { STEP_ICONS } from "./step-kinds.ts";
import { useStepWords } from "./step-words.ts";
import type { TreeBranch, TreeStep } from "./tree.ts";

interface Props {
  step: TreeStep;
  /** What a drawing puts at the foot of each branch: where its line begins. */
  renderEnd?: (branch: TreeBranch) => ReactNode;
}

/** One step as it is drawn: what it is and does, and its branches below. */
export function StepCard({ step, renderEnd }: Props) {
  const t = useWords();
  const words = useStepWords();
  const look = useCanvasLook();
  const node = nodeOf(look.document, step.id);
  if (node === undefined) return null;
  const { state, problem, problemText, foot } = look.step(step.id);
  const Icon = STEP_ICONS[node.type];
  const kind = t(`step.${node.type}`);
  const name = words.name(step.id, node);
  const summary = words.summary(node);
  const isSelected = look.selected === step.id;
  return (
    <div
      className={classes["card"]}
      data-testid="step"
      data-step={step.id}
      data-state={state}
      data-problem={problem}
      data-selected={isSelected}
    >
      <button
        type="button"
        className={classes["head"]}
        data-step-button={step.id}
        aria-pressed={isSelected}
        onClick={() => look.select(step.id)}
      >
        <span className={classes["icon"]} data-type={node.type}>
          <Icon size={18} stroke={1.8} aria-hidden />
        </span>
        <span className={classes["words"]}>
          <span className={classes["name"]}>{name}</span>
          {name !== kind && <VisuallyHidden>{kind}</VisuallyHidden>}
          {summary !== "" && <span className={classes["summary"]}>{summary}</span>}
          {step.id === look.document.operators && <span className={classes["zero"]}>{t("editor.zeroLeadsHere")}</span>}
        </span>
        {problem !== undefined && (
          <span className={classes["problem"]} data-severity={problem} title={problemText}>
            {problem === "error" ? (
              <IconExclamationCircle size={18} aria-hidden />
            ) : (
              <IconAlertTriangle size={18} aria-hidden />
            )}
            <VisuallyHidden>{problemText}</VisuallyHidden>
          </span>
        )}
      </button>
      {foot}
      {step.branches.length > 0 && (
        <div className={classes["branches"]}>
          {step.branches.map((branch) => (
            <BranchEnd key={branch.via} from={step.id} node={node} branch={branch}>
              {renderEnd?.(branch)}
            </BranchEnd>
          ))}
        </div>
      )}
    </div>
  );
}

interface BranchProps {
  from: NodeId;
  node: FlowNode;
  branch: TreeBranch;
  children: ReactNode;
}

function BranchEnd({ from, node, branch: { via, to, kind }, children }: BranchProps) {
  const t = useWords();
  const words = useStepWords();
  const { document, branch, edit, goTo } = useCanvasLook();
  const { isLit, note } = branch(from, via);
  const word = words.branch(node, via);
  const label =
    via === "next" ? (
      <>
        <IconArrowDown size={14} aria-hidden />
        <VisuallyHidden>{word}</VisuallyHidden>
      </>
    ) : (
      word
    );
  const target = kind === "open" ? t("editor.nowhere") : words.nameIn(document, to);
  return (
    <div className={classes["branch"]} data-kind={kind} data-via={via} data-lit={isLit}>
      {edit === null ? (
        <span className={classes["label"]}>{label}</span>
      ) : (
        <button
          type="button"
          className={classes["label"]}
          aria-label={t("editor.branchOf", { branch: word, step: words.name(from, node), target })}
          onClick={() => edit.openBranch({ from, via })}
        >
          {kind === "open" ? <IconPlus size={14} aria-hidden /> : null}
          {kind === "open" && via === "next" ? null : label}
        </button>
      )}
      {note !== undefined && <span className={classes["note"]}>{note}</span>}
      {kind === "elsewhere" && (
        <button
          type="button"
          className={classes["elsewhere"]}
          title={target}
          aria-label={t("editor.goToStep", { step: target })}
          onClick={() => goTo(to)}
        >
          <IconCornerDownRight size={13} aria-hidden />
          <span>{target}</span>
        </button>
      )}
      {children}
    </div>
  );
}
