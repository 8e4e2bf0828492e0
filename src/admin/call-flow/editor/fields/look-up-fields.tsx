import { ActionIcon, Button, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { NodeOf } from "../../../../flows/ivr/document.ts";
import { BUILT_IN_VARIABLES, variablesIn } from "../../../../flows/ivr/look-up-request.ts";
import { useTryLookUp } from "../../../api/flows.ts";
import { useWords } from "../../../messages/language.tsx";
import { FormError } from "../../../parts/states.tsx";
import classes from "../editor.module.css";
import { useVariables } from "../use-variables.ts";
import { type FieldsProps, NumberField, VariableField } from "./field-parts.tsx";
import { PromptField } from "./prompt-field.tsx";

export function LookUpFields({ node, edit }: FieldsProps<"look-up">) {
  const t = useWords();
  const known = useVariables();
  return (
    <>
      <Textarea
        label={t("stepField.url")}
        description={t("stepField.urlHint", {
          names: known.map((name) => `{${name}}`).join(", "),
        })}
        value={node.url}
        maxLength={2000}
        autosize
        minRows={1}
        spellCheck={false}
        placeholder="https://shop.example.ge/orders/{order}"
        onChange={(event) => edit({ url: event.currentTarget.value.replace(/\s/g, "") }, "url")}
      />
      <div>
        <div className={classes["legend"]}>{t("stepField.method")}</div>
        <SegmentedControl
          fullWidth
          aria-label={t("stepField.method")}
          value={node.method}
          onChange={(value) => edit({ method: value === "POST" ? "POST" : "GET" }, "method")}
          data={[
            { value: "GET", label: t("stepField.methodGet") },
            { value: "POST", label: t("stepField.methodPost") },
          ]}
        />
      </div>
      <NumberField
        label={t("stepField.deadlineSeconds")}
        value={Math.round(node.deadlineMs / 1000)}
        min={1}
        max={10}
        onChange={(seconds) => edit({ deadlineMs: seconds * 1000 }, "deadlineMs")}
      />
      <Outputs node={node} edit={edit} />
      <PromptField
        label={t("stepField.promptMeanwhile")}
        value={node.prompt}
        isOptional
        onChange={(prompt) => edit({ prompt }, "prompt")}
      />
      <TryOut node={node} />
    </>
  );
}

function Outputs({ node: { outputs }, edit }: FieldsProps<"look-up">) {
  const t = useWords();
  const set = (changed: typeof outputs, field = "outputs") => edit({ outputs: changed }, field);
  const replace = (index: number, part: Partial<(typeof outputs)[number]>) =>
    set(
      outputs.map((one, at) => (at === index ? { ...one, ...part } : one)),
      `outputs.${index}`,
    );
  return (
    <div>
      <div className={classes["legend"]}>{t("stepField.outputs")}</div>
      <p className={classes["hint"]}>{t("stepField.outputsHint")}</p>
      <ol className={classes["parts"]}>
        {outputs.map(({ variable, path }, index) => (
          // A value has no identity but its place.
          <li key={index} className={classes["part"]}>
            <div className={classes["pair"]}>
              <TextInput
                label={t("stepField.path")}
                value={path}
                maxLength={200}
                spellCheck={false}
                placeholder="order.status"
                onChange={(event) => replace(index, { path: event.currentTarget.value })}
              />
              <VariableField
                label={t("stepField.value")}
                value={variable}
                onChange={(name) => replace(index, { variable: name })}
              />
            </div>
            <div className={classes["partActions"]}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("stepField.partRemove", { number: index + 1 })}
                onClick={() => set(outputs.filter((_, at) => at !== index))}
              >
                <IconX size={18} />
              </ActionIcon>
            </div>
          </li>
        ))}
      </ol>
      <Button
        size="compact-md"
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        disabled={outputs.length >= 12}
        onClick={() => set([...outputs, { variable: "", path: "" }])}
      >
        {t("stepField.addOutput")}
      </Button>
    </div>
  );
}

/** Asks the server as a call would, with values that are typed here. */
function TryOut({ node }: { node: NodeOf<"look-up"> }) {
  const t = useWords();
  const [values, setValues] = useState<Record<string, string>>({});
  const ask = useTryLookUp();
  const needed = [
    ...new Set(node.method === "POST" ? [...variablesIn(node.url), ...Object.keys(values)] : variablesIn(node.url)),
  ];
  const { url, method, deadlineMs, outputs } = node;
  const answer = ask.data;
  return (
    <div className={classes["tryOut"]}>
      <div className={classes["legend"]}>{t("stepField.tryOut")}</div>
      {needed.map((name) => (
        <TextInput
          key={name}
          label={`{${name}}`}
          value={values[name] ?? ""}
          maxLength={200}
          placeholder={(BUILT_IN_VARIABLES as readonly string[]).includes(name) ? t("stepField.fromTheCall") : ""}
          onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
        />
      ))}
      <Button
        variant="default"
        loading={ask.isPending}
        disabled={url === ""}
        onClick={() => ask.mutate({ url, method, deadlineMs, outputs, variables: values })}
      >
        {t("stepField.ask")}
      </Button>
      <FormError error={ask.error} />
      {answer !== undefined && (
        <div role="status" data-testid="look-up-answer">
          {answer.ok ? (
            <>
              {t("stepField.answered", { ms: answer.tookMs })}
              <dl className={classes["values"]}>
                {Object.entries(answer.values).map(([name, value]) => (
                  <div key={name}>
                    <dt>{`{${name}}`}</dt>
                    <dd>
                      <bdi>{value}</bdi>
                    </dd>
                  </div>
                ))}
              </dl>
            </>
          ) : (
            t(`lookUpFailure.${answer.reason}`)
          )}
        </div>
      )}
    </div>
  );
}
