import { Select } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useLanguage, useWords } from "../messages/language.tsx";
import { countryChoices } from "./countries.ts";

interface Props {
  value: string;
  onChange: (country: string) => void;
  error?: ReactNode;
}

export function CountrySelect({ value, onChange, error }: Props) {
  const t = useWords();
  const { language } = useLanguage();
  const countries = useMemo(() => countryChoices(language, t), [language, t]);
  return (
    <Select
      label={t("site.country")}
      description={t("site.countryHint")}
      data={countries}
      value={value}
      onChange={(country) => {
        if (country !== null) onChange(country);
      }}
      searchable
      allowDeselect={false}
      nothingFoundMessage={t("state.nothingFound")}
      maxDropdownHeight={260}
      error={error}
    />
  );
}
