import { IconCornerDownRight } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { nodeOf } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import classes from "./canvas.module.css";
import { type CanvasLook, CanvasLookContext } from "./canvas-look.ts";
import { StepCard } from "./step-card.tsx";
import { useStepWords } from "./step-words.ts";

const DEEPEST_SHOWN = 6;

/** A flow as a list to read from top to bottom, each step below the branch that leads to it: for narrow screens and for screen readers. */
export function StepList({ look, label }: { look: CanvasLook; label: string }) {
  const t = useWords();
  const words = useStepWords();
  const { document, tree } = look;
  return (
    <CanvasLookContext value={look}>
      <ol className={classes["list"]} aria-label={label}>
        {tree.steps.map((step) => {
          const from = step.parent === null ? undefined : nodeOf(document, step.parent.id);
          const isLoose = step.parent === null && step.id !== document.start;
          const depth = Math.min(step.depth, DEEPEST_SHOWN);
          return (
            <li key={step.id} className={classes["row"]} style={{ "--depth": depth } as CSSProperties}>
              {step.parent !== null && from !== undefined && step.parent.via !== "next" && (
                <div className={classes["rowBranch"]}>
                  <IconCornerDownRight size={14} aria-hidden />
                  {words.name(step.parent.id, from)}: {words.branch(from, step.parent.via)}
                </div>
              )}
              {isLoose && <div className={classes["rowBranch"]}>{t("editor.loose")}</div>}
              <StepCard step={step} />
            </li>
          );
        })}
      </ol>
    </CanvasLookContext>
  );
}
