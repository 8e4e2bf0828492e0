import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { NodeOf } from "../../../flows/ivr/document.ts";
import type { LookUpAnswer } from "../../../flows/ivr/ivr-types.ts";
import { tryLookUp } from "../../api/flows.ts";
import { useWords } from "../../messages/language.tsx";
import { useNotice } from "../../parts/notices.tsx";
import { useFlowWorld } from "../editor/flow-world.ts";
import { operatorName } from "../editor/step-words.ts";
import { answerWith } from "./look-up-answer.ts";
import { type CallEvent, type SimulatedCall, talkingWith } from "./simulation.ts";
import classes from "./walk.module.css";

interface Props {
  call: SimulatedCall;
  tell: (event: CallEvent) => void;
}

/** Everybody but the caller: operators, a number outside, the owner's server. */
export function OtherSide({ call, tell }: Props) {
  const t = useWords();
  const world = useFlowWorld();
  const who = talkingWith(call);
  if (call.ended !== null) return null;
  return (
    <div className={classes["other"]} data-testid="other-side">
      {call.ringing.map((operatorId) => {
        const name = operatorName(world, operatorId);
        return (
          <div key={operatorId} className={classes["rings"]}>
            <span>{t("walk.rings", { name })}</span>
            <Button size="compact-md" onClick={() => tell({ type: "operator-answered", operatorId })}>
              {t("walk.answers")}
            </Button>
            <Button size="compact-md" variant="default" onClick={() => tell({ type: "operator-refused", operatorId })}>
              {t("walk.refuses")}
            </Button>
          </div>
        );
      })}
      {call.dialling !== null && (
        <div className={classes["rings"]}>
          <span>{t("walk.rings", { name: call.dialling })}</span>
          <Button size="compact-md" onClick={() => tell({ type: "outside-answered" })}>
            {t("walk.answers")}
          </Button>
          <Button size="compact-md" variant="default" onClick={() => tell({ type: "outside-failed" })}>
            {t("branch.no-answer")}
          </Button>
        </div>
      )}
      {who !== null && (
        <Button variant="default" onClick={() => tell({ type: "hung-up", by: "operator" })}>
          {t("walk.otherHangsUp")}
        </Button>
      )}
      {call.isRecording && (
        <div className={classes["rings"]}>
          <Button size="compact-md" onClick={() => tell({ type: "message-left", spokenMs: 8_000 })}>
            {t("walk.leaveMessage")}
          </Button>
          <Button size="compact-md" variant="default" onClick={() => tell({ type: "message-left", spokenMs: null })}>
            {t("walk.sayNothing")}
          </Button>
        </div>
      )}
      {call.lookUp !== null && <Server key={call.lookUp.requestId} call={call} tell={tell} />}
    </div>
  );
}

function Server({ call, tell }: Props) {
  const t = useWords();
  const { failed } = useNotice();
  const [values, setValues] = useState<Record<string, string>>({});
  const [isAsking, setAsking] = useState(false);
  const { document, stage, variables, language } = call.ivr;
  const node = "node" in stage ? document.nodes[stage.node] : undefined;
  if (node?.type !== "look-up") return null;
  const answer = (given: LookUpAnswer, tookMs = 0) => tell({ type: "look-up-ended", answer: given, tookMs });
  const ask = async ({ url, method, deadlineMs, outputs }: NodeOf<"look-up">) => {
    const { caller, dialled } = call.setup;
    const known = { caller: caller.isHidden ? "" : (caller.e164 ?? ""), dialled, language, ...variables };
    const result = await tryLookUp({ url, method, deadlineMs, outputs, variables: known });
    if (result.ok) answer({ ok: true, json: answerWith(outputs, result.values) }, result.tookMs);
    else answer({ ok: false, reason: result.reason }, result.tookMs);
  };
  return (
    <div className={classes["server"]}>
      <div className={classes["address"]}>
        {node.method} {call.lookUp?.request.url}
      </div>
      {node.outputs.map(({ variable }) => (
        <TextInput
          key={variable}
          label={`{${variable}}`}
          value={values[variable] ?? ""}
          onChange={(event) => setValues({ ...values, [variable]: event.currentTarget.value })}
        />
      ))}
      <div className={classes["rings"]}>
        {node.outputs.length > 0 && (
          <Button
            size="compact-md"
            disabled={node.outputs.some(({ variable }) => (values[variable] ?? "").trim() === "")}
            onClick={() => answer({ ok: true, json: answerWith(node.outputs, values) })}
          >
            {t("walk.answerThis")}
          </Button>
        )}
        <Button
          size="compact-md"
          variant="default"
          loading={isAsking}
          onClick={() => {
            setAsking(true);
            ask(node)
              .catch(failed)
              .finally(() => setAsking(false));
          }}
        >
          {t("walk.askServer")}
        </Button>
        <Button size="compact-md" variant="default" onClick={() => answer({ ok: false, reason: "timeout" })}>
          {t("walk.serverFails")}
        </Button>
      </div>
    </div>
  );
}
