import type { NodeId } from "../../../calls/ids.ts";
import { nodeId } from "../../../calls/ids.ts";
import { nodeOf } from "../../../flows/ivr/document.ts";
import { formatDuration } from "../../format/duration.ts";
import { useWords } from "../../messages/language.tsx";
import { useFlowWorld } from "../editor/flow-world.ts";
import { flowName, useStepWords } from "../editor/step-words.ts";
import type { SimulatedCall } from "./simulation.ts";
import classes from "./walk.module.css";

interface Props {
  call: SimulatedCall;
  documentOf: (flowId: string) => SimulatedCall["ivr"]["document"] | null;
  goTo: (id: NodeId) => void;
}

/** Which way the call went, step by step. */
export function Course({ call, documentOf, goTo }: Props) {
  const t = useWords();
  const words = useStepWords();
  const world = useFlowWorld();
  return (
    <ol className={classes["course"]} data-testid="course">
      {call.steps.map(({ flow, node, via, atMs }, index) => {
        const before = call.steps[index - 1];
        const beforeDocument = before === undefined ? null : documentOf(before.flow);
        const from = before?.node && beforeDocument ? nodeOf(beforeDocument, before.node) : undefined;
        const document = documentOf(flow);
        const branch = from === undefined ? t("branch.start") : words.branch(from, via);
        const isHere = flow === world.flowId;
        const name =
          node === null
            ? t(via === "answered" ? "branch.answered" : "branch.ended")
            : document
              ? words.nameIn(document, node)
              : node;
        return (
          // Steps are only ever appended.
          <li key={index} data-node={node ?? ""} data-via={via}>
            <span className={classes["when"]}>{formatDuration((atMs - call.setup.startedAtMs) / 1000)}</span>
            <span>
              {via !== "next" && via !== "start" && node !== null && <span className={classes["via"]}>{branch}: </span>}
              {node !== null && isHere ? (
                <button type="button" className={classes["stepLink"]} onClick={() => goTo(nodeId(node))}>
                  {name}
                </button>
              ) : (
                <span>
                  {!isHere && `${flowName(t, world, flow)}: `}
                  {name}
                </span>
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
