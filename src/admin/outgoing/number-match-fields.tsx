import { MultiSelect, Stack, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { NUMBER_KINDS } from "../../calls/outgoing.ts";
import type { NumberMatch } from "../api/client.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { countryChoices } from "../parts/countries.ts";
import { prefixesOf } from "./settings.ts";

interface Props {
  match: NumberMatch;
  onChange: (match: NumberMatch) => void;
  errorOf?: (path: "kinds" | "countries" | "prefixes") => string | undefined;
}

/** Which numbers are meant: what is left empty says nothing. */
export function NumberMatchFields({ match, onChange, errorOf = () => undefined }: Props) {
  const t = useWords();
  const { language } = useLanguage();
  const [typed, setTyped] = useState(match.prefixes.join(", "));
  const countries = useMemo(() => countryChoices(language, t), [language, t]);
  return (
    <Stack gap="md">
      <MultiSelect
        label={t("numberMatch.kinds")}
        placeholder={match.kinds.length === 0 ? t("numberMatch.any") : undefined}
        data={NUMBER_KINDS.map((kind) => ({ value: kind, label: t(`numberKind.${kind}`) }))}
        value={[...match.kinds]}
        onChange={(kinds) => onChange({ ...match, kinds: NUMBER_KINDS.filter((kind) => kinds.includes(kind)) })}
        error={errorOf("kinds")}
        hidePickedOptions
      />
      <MultiSelect
        label={t("numberMatch.countries")}
        placeholder={match.countries.length === 0 ? t("numberMatch.any") : undefined}
        data={countries}
        value={[...match.countries]}
        onChange={(codes) => onChange({ ...match, countries: codes })}
        error={errorOf("countries")}
        searchable
        hidePickedOptions
        nothingFoundMessage={t("state.nothingFound")}
        maxDropdownHeight={260}
      />
      <TextInput
        label={t("numberMatch.prefixes")}
        placeholder="599, 0322, +49"
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          onChange({ ...match, prefixes: prefixesOf(event.currentTarget.value) });
        }}
        error={errorOf("prefixes")}
        inputMode="tel"
      />
    </Stack>
  );
}
