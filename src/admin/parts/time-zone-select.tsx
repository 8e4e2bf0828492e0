import { Select } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { serverNowMs } from "../api/server-clock.ts";
import { formatUtcOffset } from "../format/zone-time.ts";
import { useWords } from "../messages/language.tsx";

interface Props {
  value: string;
  onChange: (timeZone: string) => void;
  error?: ReactNode;
}

export function TimeZoneSelect({ value, onChange, error }: Props) {
  const t = useWords();
  const zones = useMemo(() => {
    const known = Intl.supportedValuesOf("timeZone");
    const all = known.includes(value) || value === "" ? known : [value, ...known];
    const nowMs = serverNowMs();
    return all.map((zone) => ({
      value: zone,
      label: `${zone.replaceAll("_", " ")}  (${formatUtcOffset(zone, nowMs)})`,
    }));
  }, [value]);
  return (
    <Select
      label={t("site.timeZone")}
      description={t("site.timeZoneHint")}
      data={zones}
      value={value}
      onChange={(zone) => {
        if (zone !== null) onChange(zone);
      }}
      searchable
      allowDeselect={false}
      nothingFoundMessage={t("state.nothingFound")}
      maxDropdownHeight={260}
      error={error}
    />
  );
}
