import { Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { NodeOf, SpokenPart } from "../../../../flows/ivr/document.ts";
import { CURRENCIES } from "../../../../flows/speech/spoken.ts";
import { useWords } from "../../../messages/language.tsx";
import classes from "../editor.module.css";
import { useVariables } from "../use-variables.ts";
import { type FieldsProps, RepeatsField, ThinkField } from "./field-parts.tsx";
import { PartActions } from "./part-actions.tsx";
import { PromptField } from "./prompt-field.tsx";

export function SayFields({ node, edit }: FieldsProps<"say">) {
  const t = useWords();
  return (
    <>
      <PromptField value={node.prompt} onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")} />
      <NativeSelect
        label={t("stepField.purpose")}
        description={t(`stepField.purposeHint.${node.purpose}`)}
        value={node.purpose}
        data={(["notice", "greeting", "information", "closed"] as const).map((value) => ({
          value,
          label: t(`stepField.purpose.${value}`),
        }))}
        onChange={(event) => edit({ purpose: event.currentTarget.value as NodeOf<"say">["purpose"] }, "purpose")}
      />
    </>
  );
}

export function MenuFields({ node, edit }: FieldsProps<"menu">) {
  const t = useWords();
  return (
    <>
      <PromptField value={node.prompt} onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")} />
      <div className={classes["pair"]}>
        <ThinkField
          label={t("stepField.thinkSeconds")}
          value={node.timeoutMs}
          onChange={(timeoutMs) => edit({ timeoutMs }, "timeoutMs")}
        />
        <RepeatsField value={node.repeats} onChange={(repeats) => edit({ repeats }, "repeats")} />
      </div>
    </>
  );
}

export function LanguageFields({ node, edit }: FieldsProps<"language">) {
  const t = useWords();
  return (
    <>
      <p className={classes["hint"]}>{t("stepField.languageHint")}</p>
      <ThinkField
        label={t("stepField.thinkSeconds")}
        value={node.timeoutMs}
        onChange={(timeoutMs) => edit({ timeoutMs }, "timeoutMs")}
      />
    </>
  );
}

type ValuePart = Extract<SpokenPart, { variable: string }>;
const WAYS = ["text", "digits", "number", "money", "date", "time"] as const satisfies readonly ValuePart["as"][];

/** Prompts and values, said one after the other. */
export function SayValuesFields({ node, edit }: FieldsProps<"say-values">) {
  const t = useWords();
  const { parts } = node;
  const set = (changed: SpokenPart[], field = "parts") => edit({ parts: changed }, field);
  const replace = (index: number, part: SpokenPart) =>
    set(
      parts.map((one, at) => (at === index ? part : one)),
      `parts.${index}`,
    );
  return (
    <>
      <div>
        <div className={classes["legend"]}>{t("stepField.parts")}</div>
        <ol className={classes["parts"]}>
          {parts.map((part, index) => (
            // A part has no identity but its place.
            <li key={index} className={classes["part"]}>
              {"prompt" in part ? (
                <PromptField value={part.prompt} onChange={(prompt) => replace(index, { prompt: prompt ?? "" })} />
              ) : (
                <ValueFields part={part} onChange={(value) => replace(index, value)} />
              )}
              <PartActions parts={parts} index={index} set={set} />
            </li>
          ))}
        </ol>
        <div className={classes["row"]}>
          <Button
            size="compact-md"
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => set([...parts, { prompt: "" }])}
          >
            {t("stepField.addText")}
          </Button>
          <Button
            size="compact-md"
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => set([...parts, { variable: "", as: "text" }])}
          >
            {t("stepField.addValue")}
          </Button>
        </div>
      </div>
      <div>
        <div className={classes["legend"]}>{t("stepField.purpose")}</div>
        <SegmentedControl
          fullWidth
          aria-label={t("stepField.purpose")}
          value={node.purpose}
          onChange={(value) => edit({ purpose: value === "notice" ? "notice" : "information" }, "purpose")}
          data={(["information", "notice"] as const).map((value) => ({
            value,
            label: t(`stepField.purpose.${value}`),
          }))}
        />
        <p className={classes["hint"]}>{t(`stepField.purposeHint.${node.purpose}`)}</p>
      </div>
    </>
  );
}

function ValueFields({ part, onChange }: { part: ValuePart; onChange: (part: ValuePart) => void }) {
  const t = useWords();
  const known = useVariables();
  const names = known.includes(part.variable) || part.variable === "" ? known : [part.variable, ...known];
  return (
    <div className={classes["pair"]}>
      <NativeSelect
        label={t("stepField.value")}
        value={part.variable}
        data={[
          { value: "", label: t("stepField.choose") },
          ...names.map((name) => ({ value: name, label: `{${name}}` })),
        ]}
        onChange={(event) => onChange({ ...part, variable: event.currentTarget.value })}
      />
      <NativeSelect
        label={t("stepField.as")}
        value={part.as}
        data={WAYS.map((value) => ({ value, label: t(`stepField.as.${value}`) }))}
        onChange={(event) => {
          const as = WAYS.find((way) => way === event.currentTarget.value) ?? "text";
          const { variable } = part;
          onChange(as === "money" ? { variable, as, currency: part.currency ?? CURRENCIES[0] } : { variable, as });
        }}
      />
      {part.as === "money" && (
        <NativeSelect
          label={t("stepField.currency")}
          value={part.currency ?? ""}
          data={[...CURRENCIES]}
          onChange={(event) => onChange({ ...part, currency: event.currentTarget.value })}
        />
      )}
    </div>
  );
}
