import { Button, Checkbox, Group, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { IconPhone } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { readTimeOfDay } from "../../format/time-of-day.ts";
import { useWords } from "../../messages/language.tsx";
import { useFlowWorld } from "../editor/flow-world.ts";
import classes from "./walk.module.css";

/** Who calls, as one fills it in. */
export interface CallDraft {
  who: "new" | "known" | "recent" | "hidden" | "blocked";
  number: string;
  category: string;
  days: number;
  dialled: string;
  date: string;
  time: string;
  /** Whose phones are not there. */
  away: readonly number[];
}

const WHO = ["new", "known", "recent", "hidden", "blocked"] as const;

interface Props {
  draft: CallDraft;
  numbers: readonly { number: string; name: string }[];
  problem: string | null;
  change: (part: Partial<CallDraft>) => void;
  call: () => void;
}

/** Not the browser's field: that one may ask for AM and PM. */
function ClockField({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
  const [typed, setTyped] = useState(value);
  return (
    <TextInput
      label={label}
      value={typed}
      inputMode="numeric"
      maxLength={5}
      error={readTimeOfDay(typed) === null}
      onChange={(event) => {
        const time = readTimeOfDay(event.currentTarget.value);
        setTyped(event.currentTarget.value);
        if (time !== null && time !== "24:00") onChange(time);
      }}
      onBlur={() => setTyped(value)}
    />
  );
}

export function CallSetupForm({ draft, numbers, problem, change, call }: Props) {
  const t = useWords();
  const { operators } = useFlowWorld();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    call();
  };
  return (
    <form className={classes["setup"]} onSubmit={submit} data-testid="call-setup">
      <NativeSelect
        label={t("walk.who")}
        value={draft.who}
        data={WHO.map((value) => ({ value, label: t(`walk.who.${value}`) }))}
        onChange={(event) => change({ who: WHO.find((one) => one === event.currentTarget.value) ?? "new" })}
      />
      {draft.who !== "hidden" && (
        <TextInput
          type="tel"
          label={t("walk.number")}
          value={draft.number}
          maxLength={24}
          error={problem}
          onChange={(event) => change({ number: event.currentTarget.value })}
        />
      )}
      {draft.who === "recent" && (
        <NumberInput
          label={t("walk.days")}
          value={draft.days}
          min={0}
          max={3650}
          allowDecimal={false}
          onChange={(days) => {
            if (typeof days === "number") change({ days });
          }}
        />
      )}
      {numbers.length > 1 && (
        <NativeSelect
          label={t("walk.dialled")}
          value={draft.dialled}
          data={numbers.map(({ number, name }) => ({
            value: number,
            label: name === "" ? number : `${name} (${number})`,
          }))}
          onChange={(event) => change({ dialled: event.currentTarget.value })}
        />
      )}
      <Group grow>
        <TextInput
          type="date"
          label={t("walk.date")}
          value={draft.date}
          onChange={(event) => change({ date: event.currentTarget.value || draft.date })}
        />
        <ClockField label={t("walk.time")} value={draft.time} onChange={(time) => change({ time })} />
      </Group>
      {operators.length > 0 && (
        <fieldset className={classes["there"]}>
          <legend>{t("walk.there")}</legend>
          {operators.map(({ operatorId, name, extension }) => (
            <Checkbox
              key={operatorId}
              label={`${name} (${extension})`}
              checked={!draft.away.includes(operatorId)}
              onChange={(event) =>
                change({
                  away: event.currentTarget.checked
                    ? draft.away.filter((id) => id !== operatorId)
                    : [...draft.away, operatorId],
                })
              }
            />
          ))}
        </fieldset>
      )}
      <Button type="submit" leftSection={<IconPhone size={18} aria-hidden />}>
        {t("walk.call")}
      </Button>
    </form>
  );
}
