import { Button, Input, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { IconRoute } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useWhere } from "../api/outgoing.ts";
import { useSession } from "../api/session.ts";
import { useOperators } from "../api/team.ts";
import { readTimeOfDay } from "../format/time-of-day.ts";
import { zoneTimeMs } from "../format/zone-time.ts";
import { useWords } from "../messages/language.tsx";
import { checkPhoneNumber } from "../parts/field-rules.ts";
import { Section } from "../parts/page.tsx";
import { FormError } from "../parts/states.tsx";
import { TimeField } from "../parts/time-field.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./outgoing.module.css";
import { WhereResult } from "./where-result.tsx";

/** Where would this go? Asked of the same code that decides for real calls. */
export function WhereForm({ currency }: { currency: string }) {
  const t = useWords();
  const fieldText = useFieldText();
  const { today } = useSiteTime();
  const { timeZone } = useSession().site;
  const operators = useOperators();
  const where = useWhere();
  const [number, setNumber] = useState("");
  const [operatorId, setOperatorId] = useState<string | null>(null);
  const [when, setWhen] = useState<"now" | "other">("now");
  const [date, setDate] = useState(today());
  const [time, setTime] = useState("12:00");
  const [isTimeWrong, setTimeWrong] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  // Somebody of the team, until another is chosen: that is what is asked most.
  const from = operatorId ?? String(operators.data?.[0]?.operatorId ?? "");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = /^[0-9*#]{1,6}$/.test(number.trim()) ? null : checkPhoneNumber(number);
    setProblem(found);
    const clock = readTimeOfDay(time);
    setTimeWrong(when === "other" && clock === null);
    if (found !== null || (when === "other" && clock === null)) return;
    const atMs = when === "now" || clock === null ? Number.NaN : zoneTimeMs(date, clock, timeZone);
    const at = Number.isNaN(atMs) ? "" : new Date(atMs).toISOString();
    where.mutate(
      { number: number.trim(), operatorId: from, at },
      {
        onError: (error) => {
          if (error instanceof ApiError) setProblem(error.fields["number"] ?? null);
        },
      },
    );
  };

  return (
    <Section title={t("where.title")} hint={t("where.hint")}>
      <form onSubmit={submit} noValidate className={classes["where"]}>
        <TextInput
          label={t("where.number")}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
          error={problem === null ? undefined : fieldText(problem)}
          inputMode="tel"
          maxLength={24}
        />
        <NativeSelect
          label={t("where.from")}
          value={from}
          onChange={(event) => setOperatorId(event.currentTarget.value)}
          data={[
            ...(operators.data ?? []).map((one) => ({
              value: String(one.operatorId),
              label: `${one.name} (${one.extension})`,
            })),
            { value: "", label: t("where.fromNobody") },
          ]}
        />
        <div>
          <Input.Label labelElement="div" id="where-when" display="block">
            {t("where.when")}
          </Input.Label>
          <SegmentedControl
            aria-labelledby="where-when"
            value={when}
            onChange={(value) => setWhen(value === "other" ? "other" : "now")}
            data={[
              { value: "now", label: t("where.now") },
              { value: "other", label: t("where.otherTime") },
            ]}
          />
        </div>
        {when === "other" && (
          <>
            <TextInput
              type="date"
              label={t("where.date")}
              value={date}
              onChange={(event) => setDate(event.currentTarget.value)}
            />
            <TimeField
              label={t("where.time")}
              value={time}
              error={isTimeWrong && fieldText("not-a-time")}
              onChange={(typed) => {
                setTime(typed);
                setTimeWrong(false);
              }}
            />
          </>
        )}
        <Button type="submit" loading={where.isPending} leftSection={<IconRoute size={18} aria-hidden />}>
          {t("where.ask")}
        </Button>
      </form>
      {problem === null && <FormError error={where.error} />}
      {where.data !== undefined && <WhereResult answer={where.data} currency={currency} />}
    </Section>
  );
}
