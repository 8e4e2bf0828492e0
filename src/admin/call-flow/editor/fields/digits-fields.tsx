import { Switch } from "@mantine/core";
import { useWords } from "../../../messages/language.tsx";
import classes from "../editor.module.css";
import { type FieldsProps, NumberField, RepeatsField, ThinkField, VariableField } from "./field-parts.tsx";
import { PromptField } from "./prompt-field.tsx";

export function CollectFields({ node, edit }: FieldsProps<"collect">) {
  const t = useWords();
  return (
    <>
      <PromptField value={node.prompt} onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")} />
      <VariableField
        label={t("stepField.variable")}
        hint={t("stepField.variableHint")}
        value={node.variable}
        onChange={(variable) => edit({ variable }, "variable")}
      />
      <div className={classes["pair"]}>
        <NumberField
          label={t("stepField.minDigits")}
          value={node.minDigits}
          min={1}
          max={30}
          onChange={(minDigits) => edit({ minDigits, maxDigits: Math.max(minDigits, node.maxDigits) }, "digits")}
        />
        <NumberField
          label={t("stepField.maxDigits")}
          value={node.maxDigits}
          min={1}
          max={30}
          onChange={(maxDigits) => edit({ maxDigits, minDigits: Math.min(maxDigits, node.minDigits) }, "digits")}
        />
        <ThinkField
          label={t("stepField.thinkSeconds")}
          value={node.timeoutMs}
          onChange={(timeoutMs) => edit({ timeoutMs }, "timeoutMs")}
        />
        <RepeatsField value={node.repeats} onChange={(repeats) => edit({ repeats }, "repeats")} />
      </div>
      <Switch
        label={t("stepField.endKey")}
        checked={node.endKey === "#"}
        onChange={(event) => edit({ endKey: event.currentTarget.checked ? "#" : null }, "endKey")}
      />
      <Switch
        label={t("stepField.isSecret")}
        description={t("stepField.isSecretHint")}
        checked={node.isSecret}
        onChange={(event) => edit({ isSecret: event.currentTarget.checked }, "isSecret")}
      />
      <p className={classes["hint"]}>{t("stepField.starToPerson")}</p>
    </>
  );
}

export function DialExtensionFields({ node, edit }: FieldsProps<"dial-extension">) {
  const t = useWords();
  return (
    <>
      <PromptField value={node.prompt} onChange={(prompt) => edit({ prompt: prompt ?? "" }, "prompt")} />
      <div className={classes["pair"]}>
        <NumberField
          label={t("ringing.ringSeconds")}
          value={node.ringSeconds}
          min={5}
          max={120}
          onChange={(ringSeconds) => edit({ ringSeconds }, "ringSeconds")}
        />
        <ThinkField
          label={t("stepField.thinkSeconds")}
          value={node.timeoutMs}
          onChange={(timeoutMs) => edit({ timeoutMs }, "timeoutMs")}
        />
        <RepeatsField value={node.repeats} onChange={(repeats) => edit({ repeats }, "repeats")} />
      </div>
      <p className={classes["hint"]}>{t("stepField.starToPerson")}</p>
    </>
  );
}
