import { Button, NativeSelect, Switch, TagsInput, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { flowId, nodeId, scheduleId } from "../../../../calls/ids.ts";
import type { CallerCondition } from "../../../../flows/ivr/document.ts";
import { useWords } from "../../../messages/language.tsx";
import classes from "../editor.module.css";
import { useFlowWorld } from "../flow-world.ts";
import { flowName } from "../step-words.ts";
import { type FieldsProps, NumberField } from "./field-parts.tsx";
import { HoursField } from "./hours-field.tsx";
import { PartActions } from "./part-actions.tsx";

const OWN = "own";

export function HoursFields({ node, edit }: FieldsProps<"hours">) {
  const t = useWords();
  const { schedules } = useFlowWorld();
  const choice = node.hours !== null ? OWN : String(node.schedule ?? "");
  return (
    <>
      <NativeSelect
        label={t("stepField.whichHours")}
        value={choice}
        data={[
          ...(choice === "" ? [{ value: "", label: t("stepField.choose") }] : []),
          { value: OWN, label: t("stepField.ownHours") },
          ...schedules.map((one) => ({ value: String(one.scheduleId), label: one.name })),
        ]}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          if (chosen === OWN) edit({ hours: node.hours ?? USUAL_HOURS, schedule: null }, "hours");
          else edit({ hours: null, schedule: chosen === "" ? null : scheduleId(Number(chosen)) }, "hours");
        }}
      />
      {node.hours !== null && <HoursField hours={node.hours} onChange={(hours) => edit({ hours }, "hours")} />}
      <Switch
        label={t("stepField.numberFirst")}
        description={t("stepField.numberFirstHint")}
        checked={node.numberFirst}
        onChange={(event) => edit({ numberFirst: event.currentTarget.checked }, "numberFirst")}
      />
    </>
  );
}

const workingDay = () => [{ from: "09:00", to: "18:00" }];
const USUAL_HOURS = {
  alwaysOpen: false,
  monday: workingDay(),
  tuesday: workingDay(),
  wednesday: workingDay(),
  thursday: workingDay(),
  friday: workingDay(),
  saturday: [],
  sunday: [],
};

const CONDITIONS = ["known", "recent", "prefix", "category", "hidden", "blocked"] as const;

function newCondition(type: CallerCondition["type"]): CallerCondition {
  switch (type) {
    case "category":
      return { type, category: "" };
    case "prefix":
      return { type, prefixes: [] };
    case "recent":
      return { type, days: 7 };
    case "known":
    case "hidden":
    case "blocked":
      return { type };
  }
}

/** The first case that is true counts, so their order matters. */
export function CallerBranchFields({ node, edit }: FieldsProps<"caller-branch">) {
  const t = useWords();
  const { cases } = node;
  const set = (changed: typeof cases, field = "cases") => edit({ cases: changed }, field);
  return (
    <div>
      <div className={classes["legend"]}>{t("stepField.cases")}</div>
      <p className={classes["hint"]}>{t("stepField.casesHint")}</p>
      <ol className={classes["parts"]}>
        {cases.map((one, index) => (
          // A case has no identity but its place.
          <li key={index} className={classes["part"]}>
            <ConditionFields
              when={one.when}
              onChange={(when) =>
                set(
                  cases.map((other, at) => (at === index ? { ...one, when } : other)),
                  `cases.${index}`,
                )
              }
            />
            <PartActions parts={cases} index={index} set={set} />
          </li>
        ))}
      </ol>
      <Button
        size="compact-md"
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        disabled={cases.length >= 20}
        onClick={() => set([...cases, { when: newCondition("known"), next: nodeId("") }])}
      >
        {t("stepField.addCase")}
      </Button>
    </div>
  );
}

function ConditionFields({ when, onChange }: { when: CallerCondition; onChange: (when: CallerCondition) => void }) {
  const t = useWords();
  return (
    <>
      <NativeSelect
        label={t("stepField.condition")}
        value={when.type}
        data={CONDITIONS.map((value) => ({ value, label: t(`condition.${value}`) }))}
        onChange={(event) =>
          onChange(newCondition(CONDITIONS.find((type) => type === event.currentTarget.value) ?? "known"))
        }
      />
      {when.type === "category" && (
        <TextInput
          label={t("stepField.category")}
          value={when.category}
          maxLength={60}
          onChange={(event) => onChange({ type: "category", category: event.currentTarget.value })}
        />
      )}
      {when.type === "recent" && (
        <NumberField
          label={t("stepField.days")}
          value={when.days}
          min={1}
          max={3650}
          onChange={(days) => onChange({ type: "recent", days })}
        />
      )}
      {when.type === "prefix" && (
        <TagsInput
          label={t("stepField.prefixes")}
          description={t("stepField.prefixesHint")}
          value={when.prefixes}
          maxTags={100}
          placeholder="+99559"
          splitChars={[",", " ", ";"]}
          onChange={(typed) =>
            onChange({ type: "prefix", prefixes: typed.map(asPrefix).filter((prefix) => prefix !== null) })
          }
        />
      )}
    </>
  );
}

function asPrefix(typed: string): string | null {
  const prefix = `+${typed.replace(/[^0-9]/g, "")}`;
  return /^\+[1-9][0-9]{0,14}$/.test(prefix) ? prefix : null;
}

export function TagFields({ node, edit }: FieldsProps<"tag">) {
  const t = useWords();
  return (
    <TextInput
      label={t("stepField.tag")}
      description={t("stepField.tagHint")}
      value={node.tag}
      maxLength={40}
      onChange={(event) => edit({ tag: event.currentTarget.value }, "tag")}
    />
  );
}

export function GoToFlowFields({ node, edit }: FieldsProps<"go-to-flow">) {
  const t = useWords();
  const world = useFlowWorld();
  const others = world.flows.filter((flow) => flow.flowId !== world.flowId);
  const isGone = node.flowId !== "" && !world.flows.some((flow) => flow.flowId === node.flowId);
  return (
    <NativeSelect
      label={t("stepField.flow")}
      description={others.length === 0 ? t("stepField.noOtherFlow") : t("stepField.flowHint")}
      value={node.flowId}
      data={[
        { value: "", label: t("stepField.choose") },
        ...(isGone ? [{ value: node.flowId, label: t("stepField.goneFlow") }] : []),
        ...others.map((flow) => ({ value: flow.flowId, label: flowName(t, world, flow.flowId) })),
      ]}
      onChange={(event) => edit({ flowId: flowId(event.currentTarget.value) }, "flowId")}
    />
  );
}
