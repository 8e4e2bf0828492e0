import { ActionIcon, Checkbox, NativeSelect, Radio, Stack, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { operatorId } from "../../../../calls/ids.ts";
import { useWords } from "../../../messages/language.tsx";
import { move } from "../../hours.ts";
import classes from "../editor.module.css";
import { useFlowWorld } from "../flow-world.ts";
import { operatorName } from "../step-words.ts";
import { type FieldsProps, NumberField } from "./field-parts.tsx";
import { PromptField } from "./prompt-field.tsx";

export function RingGroupFields({ node, edit }: FieldsProps<"ring-group">) {
  const t = useWords();
  return (
    <>
      <Who node={node} edit={edit} />
      <Radio.Group
        label={t("ringing.strategy")}
        value={node.strategy}
        onChange={(value) => edit({ strategy: value === "sequential" ? "sequential" : "simultaneous" }, "strategy")}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="simultaneous" label={t("ringing.simultaneous")} />
          <Radio value="sequential" label={t("ringing.sequential")} />
        </Stack>
      </Radio.Group>
      <div className={classes["pair"]}>
        <NumberField
          label={t("ringing.ringSeconds")}
          value={node.ringSeconds}
          min={5}
          max={120}
          onChange={(ringSeconds) => edit({ ringSeconds }, "ringSeconds")}
        />
        <NumberField
          label={t("ringing.maxWaitSeconds")}
          value={node.maxWaitSeconds}
          min={10}
          max={3600}
          onChange={(maxWaitSeconds) => edit({ maxWaitSeconds }, "maxWaitSeconds")}
        />
      </div>
      <PromptField
        label={t("stepField.promptBefore")}
        value={node.prompt}
        onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")}
      />
    </>
  );
}

/** Nobody chosen: everybody, also who comes later. */
function Who({ node: { operatorIds, strategy }, edit }: FieldsProps<"ring-group">) {
  const t = useWords();
  const world = useFlowWorld();
  const { operators } = world;
  const isAll = operatorIds.length === 0;
  const known = operators.map((operator): number => operator.operatorId);
  const gone = operatorIds.filter((id) => !known.includes(id));
  const shown = [
    ...operatorIds,
    ...operators.map((one) => operatorId(one.operatorId)).filter((id) => !operatorIds.includes(id)),
  ];
  const isOrdered = strategy === "sequential" && operatorIds.length > 1;
  return (
    <div>
      <div className={classes["legend"]} id="ring-who">
        {t("stepField.who")}
      </div>
      <Checkbox
        label={t("stepField.allOperators")}
        description={t("stepField.allOperatorsHint")}
        checked={isAll}
        disabled={operators.length === 0}
        onChange={(event) => {
          const first = operators[0];
          edit(
            { operatorIds: event.currentTarget.checked || !first ? [] : [operatorId(first.operatorId)] },
            "operatorIds",
          );
        }}
        mb="xs"
      />
      {!isAll && (
        <ul className={classes["people"]} aria-labelledby="ring-who">
          {shown.map((id) => {
            const index = operatorIds.indexOf(id);
            const name = operatorName(world, id);
            return (
              <li key={id}>
                <Checkbox
                  label={gone.includes(id) ? t("stepField.goneOperator", { name }) : name}
                  checked={index >= 0}
                  onChange={(event) => {
                    const chosen = event.currentTarget.checked
                      ? [...operatorIds, id]
                      : operatorIds.filter((other) => other !== id);
                    edit({ operatorIds: chosen }, "operatorIds");
                  }}
                />
                {isOrdered && index >= 0 && (
                  <span>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      disabled={index === 0}
                      aria-label={t("ringing.up", { name })}
                      onClick={() => edit({ operatorIds: move(operatorIds, index, -1) }, "operatorIds")}
                    >
                      <IconArrowUp size={18} />
                    </ActionIcon>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      disabled={index === operatorIds.length - 1}
                      aria-label={t("ringing.down", { name })}
                      onClick={() => edit({ operatorIds: move(operatorIds, index, 1) }, "operatorIds")}
                    >
                      <IconArrowDown size={18} />
                    </ActionIcon>
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

export function OperatorFields({ node, edit }: FieldsProps<"operator">) {
  const t = useWords();
  const { operators } = useFlowWorld();
  const isGone = node.operatorId !== null && !operators.some((one) => one.operatorId === node.operatorId);
  return (
    <>
      <NativeSelect
        label={t("stepField.operator")}
        value={String(node.operatorId ?? "")}
        data={[
          { value: "", label: t("stepField.choose") },
          ...(isGone
            ? [{ value: String(node.operatorId), label: t("stepField.goneOperator", { name: `#${node.operatorId}` }) }]
            : []),
          ...operators.map((one) => ({ value: String(one.operatorId), label: `${one.name} (${one.extension})` })),
        ]}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          edit({ operatorId: chosen === "" ? null : operatorId(Number(chosen)) }, "operatorId");
        }}
      />
      <NumberField
        label={t("ringing.ringSeconds")}
        value={node.ringSeconds}
        min={5}
        max={120}
        onChange={(ringSeconds) => edit({ ringSeconds }, "ringSeconds")}
      />
      <PromptField
        label={t("stepField.promptBefore")}
        value={node.prompt}
        isOptional
        onChange={(prompt) => edit({ prompt }, "prompt")}
      />
    </>
  );
}

export function OutsideNumberFields({ node, edit }: FieldsProps<"outside-number">) {
  const t = useWords();
  return (
    <>
      <TextInput
        type="tel"
        label={t("stepField.outsideNumber")}
        description={t("stepField.outsideNumberHint")}
        value={node.number}
        maxLength={20}
        placeholder="+995 599 12 34 56"
        onChange={(event) => edit({ number: event.currentTarget.value.replace(/[^+0-9]/g, "") }, "number")}
      />
      <NumberField
        label={t("ringing.ringSeconds")}
        value={node.ringSeconds}
        min={5}
        max={120}
        onChange={(ringSeconds) => edit({ ringSeconds }, "ringSeconds")}
      />
      <PromptField
        label={t("stepField.promptBefore")}
        value={node.prompt}
        isOptional
        onChange={(prompt) => edit({ prompt }, "prompt")}
      />
    </>
  );
}

export function VoicemailFields({ node, edit }: FieldsProps<"voicemail">) {
  const t = useWords();
  return (
    <>
      <PromptField value={node.prompt} onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")} />
      <div className={classes["pair"]}>
        <NumberField
          label={t("stepField.maxSeconds")}
          value={node.maxSeconds}
          min={5}
          max={600}
          onChange={(maxSeconds) => edit({ maxSeconds }, "maxSeconds")}
        />
        <NumberField
          label={t("stepField.silenceSeconds")}
          value={node.silenceSeconds}
          min={2}
          max={30}
          onChange={(silenceSeconds) => edit({ silenceSeconds }, "silenceSeconds")}
        />
      </div>
    </>
  );
}

export function CallbackFields({ node, edit }: FieldsProps<"callback">) {
  const t = useWords();
  return (
    <>
      <p className={classes["hint"]}>{t("stepField.callbackHint")}</p>
      <PromptField value={node.prompt} onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")} />
    </>
  );
}
