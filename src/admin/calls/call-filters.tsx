import { Button, NativeSelect, Switch, TextInput } from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { LONGEST_SEARCH } from "../../calls/text-limits.ts";
import type { CallFilters } from "../api/calls.ts";
import { useOperators } from "../api/team.ts";
import { useWords } from "../messages/language.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./calls.module.css";
import { daysOfPeriod, OUTCOME_CHOICES, PERIODS, type Period, periodOf } from "./filters.ts";

const SEARCH_DELAY_MS = 300;

interface Props {
  filters: CallFilters;
  change: (part: CallFilters) => void;
}

export function CallFilterBar({ filters, change }: Props) {
  const t = useWords();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [isOpen, setOpen] = useState(false);
  const { today } = useSiteTime();
  const found = periodOf(filters, today());
  // Whoever asks for dates of their own sees the fields at once, while the dates are still those of another period.
  const [wantsCustom, setWantsCustom] = useState(false);
  const period = wantsCustom ? "custom" : found;
  const choosePeriod = (chosen: Period) => {
    setWantsCustom(chosen === "custom");
    const days = daysOfPeriod(chosen, today());
    if (days !== null) change(days);
    else if (chosen === "all") change({ from: "", to: "" });
    else change({ from: filters.from ?? today(), to: filters.to ?? today() });
  };
  const active = Object.keys(filters).filter((name) => name !== "q").length;
  const showsAll = !isNarrow || isOpen;
  return (
    <search>
      <div className={classes["filters"]}>
        <SearchField value={filters.q ?? ""} change={(q) => change({ q })} />
        {showsAll ? (
          <Choices filters={filters} change={change} period={period} choosePeriod={choosePeriod} />
        ) : (
          <Button
            variant="default"
            style={{ gridColumn: "1 / -1" }}
            leftSection={<IconAdjustmentsHorizontal size={18} aria-hidden />}
            onClick={() => setOpen(true)}
          >
            {active === 0 ? t("calls.filter.open") : t("calls.filter.openActive", { count: active })}
          </Button>
        )}
      </div>
      {showsAll && period === "custom" && <CustomDates filters={filters} change={change} />}
    </search>
  );
}

function SearchField({ value, change }: { value: string; change: (q: string) => void }) {
  const t = useWords();
  const [typed, setTyped] = useState(value);
  const changeLater = useDebouncedCallback(change, SEARCH_DELAY_MS);
  // The address changed by itself (back, or 'clear the filters'); a space just typed at the end is no change.
  const [shownFor, setShownFor] = useState(value);
  if (value !== shownFor) {
    setShownFor(value);
    if (value !== typed.trim()) setTyped(value);
  }
  return (
    <TextInput
      type="search"
      label={t("calls.filter.search")}
      placeholder={t("calls.filter.searchHint")}
      leftSection={<IconSearch size={18} aria-hidden />}
      value={typed}
      maxLength={LONGEST_SEARCH}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        changeLater(event.currentTarget.value.trim());
      }}
    />
  );
}

interface ChoicesProps extends Props {
  period: Period;
  choosePeriod: (period: Period) => void;
}

function Choices({ filters, change, period, choosePeriod }: ChoicesProps) {
  const t = useWords();
  const operators = useOperators();
  return (
    <>
      <NativeSelect
        label={t("calls.filter.period")}
        value={period}
        onChange={(event) => choosePeriod(PERIODS.find((name) => name === event.currentTarget.value) ?? "all")}
        data={PERIODS.map((name) => ({ value: name, label: t(`period.${name}`) }))}
      />
      <NativeSelect
        label={t("calls.filter.outcome")}
        value={filters.outcome ?? ""}
        onChange={(event) => change({ outcome: event.currentTarget.value })}
        data={[
          { value: "", label: t("calls.filter.any") },
          ...OUTCOME_CHOICES.map((outcome) => ({ value: outcome, label: t(`outcome.${outcome}`) })),
        ]}
      />
      <NativeSelect
        label={t("calls.filter.direction")}
        value={filters.direction ?? ""}
        onChange={(event) => change({ direction: event.currentTarget.value })}
        data={[
          { value: "", label: t("calls.filter.any") },
          { value: "inbound", label: t("direction.inbound") },
          { value: "outbound", label: t("direction.outbound") },
          { value: "internal", label: t("direction.internal") },
        ]}
      />
      <NativeSelect
        label={t("calls.filter.operator")}
        value={filters.operatorId ?? ""}
        onChange={(event) => change({ operatorId: event.currentTarget.value })}
        data={[
          { value: "", label: t("calls.filter.any") },
          ...(operators.data ?? []).map(({ operatorId, name }) => ({ value: String(operatorId), label: name })),
        ]}
      />
      <div className={classes["switches"]}>
        <Switch
          label={t("calls.filter.recorded")}
          checked={filters.hasRecording === "true"}
          onChange={(event) => change({ hasRecording: event.currentTarget.checked ? "true" : "" })}
        />
        <Switch
          label={t("calls.filter.lost")}
          checked={filters.hasLostRecording === "true"}
          onChange={(event) => change({ hasLostRecording: event.currentTarget.checked ? "true" : "" })}
        />
      </div>
    </>
  );
}

function CustomDates({ filters, change }: Props) {
  const t = useWords();
  return (
    <div className={classes["filterDates"]}>
      <TextInput
        type="date"
        label={t("calls.filter.from")}
        value={filters.from ?? ""}
        max={filters.to}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t("calls.filter.to")}
        value={filters.to ?? ""}
        min={filters.from}
        onChange={(event) => change({ to: event.currentTarget.value })}
      />
    </div>
  );
}
