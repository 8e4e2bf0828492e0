import { ActionIcon, Button, PasswordInput, Radio, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { LANGUAGE_NAMES, LANGUAGES, useLanguage, useWords } from "../messages/language.tsx";
import { likelyTimeZone } from "../parts/countries.ts";
import { CountrySelect } from "../parts/country-select.tsx";
import { nextExtension } from "../parts/extensions.ts";
import { MIN_PASSWORD_LENGTH } from "../parts/field-rules.ts";
import { TimeZoneSelect } from "../parts/time-zone-select.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { type Business, type Draft, inCountry, type Problems } from "./draft.ts";
import classes from "./first-start.module.css";

export interface StepProps {
  draft: Draft;
  problems: Problems;
  change: (part: Partial<Draft>) => void;
  onChosen: () => void;
}

const MAX_OPERATORS = 50;

export function useErrorOf(problems: Problems): (path: string) => string | undefined {
  const fieldText = useFieldText();
  return (path) => {
    const code = problems[path];
    return code === undefined ? undefined : fieldText(code);
  };
}

export function LanguageStep({ onChosen }: StepProps) {
  const { language, choose } = useLanguage();
  return (
    <div className={classes["languages"]}>
      {LANGUAGES.map((value) => (
        <UnstyledButton
          key={value}
          lang={value}
          className={classes["language"] ?? ""}
          aria-pressed={value === language}
          onClick={() => {
            choose(value);
            onChosen();
          }}
        >
          {LANGUAGE_NAMES[value]}
        </UnstyledButton>
      ))}
    </div>
  );
}

export function FirmStep({ draft, problems, change }: StepProps) {
  const t = useWords();
  const errorOf = useErrorOf(problems);
  return (
    <>
      <TextInput
        label={t("site.firmName")}
        description={t("site.firmNameHint")}
        value={draft.firmName}
        onChange={(event) => change({ firmName: event.currentTarget.value })}
        error={errorOf("firmName")}
        autoComplete="organization"
        maxLength={100}
      />
      <CountrySelect
        value={draft.country}
        onChange={(country) =>
          change({ ...inCountry(draft, country), timeZone: likelyTimeZone(country) ?? draft.timeZone })
        }
        error={errorOf("country")}
      />
      <TimeZoneSelect
        value={draft.timeZone}
        onChange={(timeZone) => change({ timeZone })}
        error={errorOf("timeZone")}
      />
    </>
  );
}

export function AdminStep({ draft, problems, change }: StepProps) {
  const t = useWords();
  const errorOf = useErrorOf(problems);
  return (
    <>
      <TextInput
        label={t("start.admin.name")}
        value={draft.adminName}
        onChange={(event) => change({ adminName: event.currentTarget.value })}
        error={errorOf("admin.name")}
        autoComplete="name"
        maxLength={100}
      />
      <TextInput
        label={t("start.admin.login")}
        description={t("start.admin.loginHint")}
        value={draft.login}
        onChange={(event) => change({ login: event.currentTarget.value })}
        error={errorOf("admin.login")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
      />
      <PasswordInput
        label={t("start.admin.password")}
        description={t("start.admin.passwordHint", { length: MIN_PASSWORD_LENGTH })}
        value={draft.password}
        onChange={(event) => change({ password: event.currentTarget.value })}
        error={errorOf("admin.password")}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
      />
    </>
  );
}

export function OperatorsStep({ draft, problems, change }: StepProps) {
  const t = useWords();
  const errorOf = useErrorOf(problems);
  const { operators, country } = draft;
  const changeOne = (index: number, part: Partial<Draft["operators"][number]>) =>
    change({ operators: operators.map((operator, at) => (at === index ? { ...operator, ...part } : operator)) });
  const add = () => {
    const key = Math.max(0, ...operators.map((operator) => operator.key)) + 1;
    const taken = operators.map((operator) => operator.extension);
    const extension = nextExtension(taken, country);
    change({ operators: [...operators, { key, name: "", extension, isProposed: true }] });
  };
  return (
    <Stack gap="sm" align="stretch">
      {operators.map((operator, index) => (
        <fieldset
          key={operator.key}
          className={classes["operator"]}
          aria-label={t("start.operators.one", { number: index + 1 })}
        >
          <TextInput
            label={t("operator.name")}
            value={operator.name}
            onChange={(event) => changeOne(index, { name: event.currentTarget.value })}
            error={errorOf(`operators.${index}.name`)}
            maxLength={100}
          />
          <TextInput
            label={t("operator.extension")}
            value={operator.extension}
            onChange={(event) => changeOne(index, { extension: event.currentTarget.value, isProposed: false })}
            error={errorOf(`operators.${index}.extension`)}
            inputMode="numeric"
            maxLength={6}
          />
          {operators.length > 1 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("start.operators.remove", { number: index + 1 })}
              onClick={() => change({ operators: operators.filter((_, at) => at !== index) })}
            >
              <IconTrash size={18} />
            </ActionIcon>
          )}
        </fieldset>
      ))}
      {operators.length < MAX_OPERATORS && (
        <Button variant="subtle" leftSection={<IconPlus size={18} />} onClick={add} style={{ alignSelf: "flex-start" }}>
          {t("start.operators.add")}
        </Button>
      )}
    </Stack>
  );
}

const BUSINESSES = ["shop", "clinic", "service", "restaurant"] as const satisfies readonly Business[];
const SIMPLE = "simple";

/** What callers meet at first; all of it can be drawn anew later. */
export function FlowStep({ draft, change }: StepProps) {
  const t = useWords();
  return (
    <Radio.Group
      aria-label={t("start.flow.title")}
      value={draft.business ?? SIMPLE}
      onChange={(value) => change({ business: BUSINESSES.find((one) => one === value) ?? null })}
    >
      <Stack gap="md">
        {BUSINESSES.map((business) => (
          <Radio
            key={business}
            value={business}
            label={t(`template.${business}`)}
            description={t(`templateHint.${business}`)}
          />
        ))}
        <Radio value={SIMPLE} label={t("start.flow.simple")} description={t("start.flow.simpleHint")} />
      </Stack>
    </Radio.Group>
  );
}
