import { MultiSelect, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Outgoing } from "../api/client.ts";
import { useSaveOutgoing } from "../api/outgoing.ts";
import { useSession } from "../api/session.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { countryChoices } from "../parts/countries.ts";
import { isToldBeside, problemOf } from "../parts/field-problems.ts";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { SaveRow } from "../parts/save-row.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./outgoing.module.css";
import { inputOf } from "./settings.ts";

const CURRENCIES = ["GEL", "MNT", "RUB", "USD", "EUR", "AMD", "AZN", "KZT", "TRY", "UAH"];
const PACES = ["mostAtOnce", "mostPerMinute", "mostPerHour", "minutesPerDay"] as const;
const FIELDS = ["allowedCountries", "areaCode", "currency", ...PACES.map((name) => `pace.${name}`)];

/** How far calls may reach, and how much a single phone may call. */
export function ReachForm({ outgoing }: { outgoing: Outgoing }) {
  const t = useWords();
  const { language } = useLanguage();
  const { country } = useSession().site;
  const fieldText = useFieldText();
  const save = useSaveOutgoing();
  const { tell } = useNotice();
  const [allowedCountries, setCountries] = useState(outgoing.allowedCountries);
  const [areaCode, setAreaCode] = useState(outgoing.areaCode ?? "");
  const [currency, setCurrency] = useState(outgoing.currency);
  const [pace, setPace] = useState<Record<(typeof PACES)[number], number | string>>({
    mostAtOnce: outgoing.pace.mostAtOnce ?? "",
    mostPerMinute: outgoing.pace.mostPerMinute ?? "",
    mostPerHour: outgoing.pace.mostPerHour ?? "",
    minutesPerDay: outgoing.pace.minutesPerDay ?? "",
  });
  const [problems, setProblems] = useState<Record<string, string>>({});
  const errorOf = (path: string) => {
    const code = problemOf(problems, path);
    return code === undefined ? undefined : fieldText(code);
  };
  const countries = useMemo(
    () => countryChoices(language, t).filter(({ value }) => value !== country),
    [language, t, country],
  );
  const currencies = [...new Set([outgoing.currency, ...CURRENCIES])];

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const limit = (name: (typeof PACES)[number]) => (pace[name] === "" ? null : Number(pace[name]));
    const change = {
      allowedCountries,
      areaCode: areaCode.trim().replace(/^0+/, "") || null,
      currency,
      pace: {
        mostAtOnce: limit("mostAtOnce"),
        mostPerMinute: limit("mostPerMinute"),
        mostPerHour: limit("mostPerHour"),
        minutesPerDay: limit("minutesPerDay"),
      },
    };
    save.mutate(inputOf(outgoing, change), {
      onSuccess: () => {
        setProblems({});
        tell(t("reach.saved"));
      },
      onError: (error) => {
        if (error instanceof ApiError) setProblems({ ...error.fields });
      },
    });
  };

  return (
    <Section title={t("reach.title")} hint={t("reach.hint")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Callout tone="calm" icon={IconShieldCheck}>
            {t("reach.emergency")}
          </Callout>
          <MultiSelect
            label={t("reach.countries")}
            description={t("reach.countriesHint")}
            placeholder={allowedCountries.length === 0 ? t("reach.noCountry") : undefined}
            data={countries}
            value={allowedCountries}
            onChange={setCountries}
            error={errorOf("allowedCountries")}
            searchable
            hidePickedOptions
            nothingFoundMessage={t("state.nothingFound")}
            maxDropdownHeight={260}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={t("reach.areaCode")}
              description={t("reach.areaCodeHint")}
              value={areaCode}
              onChange={(event) => setAreaCode(event.currentTarget.value)}
              error={errorOf("areaCode")}
              inputMode="numeric"
              maxLength={6}
            />
            <NativeSelect
              label={t("reach.currency")}
              description={t("reach.currencyHint")}
              value={currency}
              onChange={(event) => setCurrency(event.currentTarget.value)}
              error={errorOf("currency")}
              data={currencies}
            />
          </SimpleGrid>
          <div>
            <h3 className={classes["answerTitle"]}>{t("reach.pace")}</h3>
            <p className={classes["lead"]}>{t("reach.paceHint")}</p>
            <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} className={classes["evenFields"] ?? ""}>
              {PACES.map((name) => (
                <NumberInput
                  key={name}
                  label={t(`reach.pace.${name}`)}
                  placeholder={t("trunkForm.noLimit")}
                  value={pace[name]}
                  onChange={(value) => setPace({ ...pace, [name]: value })}
                  error={errorOf(`pace.${name}`)}
                  allowDecimal={false}
                  allowNegative={false}
                  min={1}
                />
              ))}
            </SimpleGrid>
          </div>
          <SaveRow save={save} isToldAbove={isToldBeside(FIELDS, problems)} justify="flex-end" />
        </Stack>
      </form>
    </Section>
  );
}
