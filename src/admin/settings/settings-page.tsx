import { Checkbox, Group, NativeSelect, NumberInput, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { isLanguage, type Language } from "../../calls/language.ts";
import { AlertForm } from "../alerts/alert-form.tsx";
import { ApiError } from "../api/api-error.ts";
import type { PromptList, Settings, SettingsInput } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { usePrompts, useSaveSettings, useSettings } from "../api/settings.ts";
import { ColourScheme, OwnLanguage, SignOut } from "../app/account-items.tsx";
import { ConnectionSection } from "../certificate/connection-section.tsx";
import { LANGUAGE_NAMES, LANGUAGES, useWords } from "../messages/language.tsx";
import { CountrySelect } from "../parts/country-select.tsx";
import { isToldBeside } from "../parts/field-problems.ts";
import { checkName } from "../parts/field-rules.ts";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import { SaveRow } from "../parts/save-row.tsx";
import { Loaded } from "../parts/states.tsx";
import { TimeZoneSelect } from "../parts/time-zone-select.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { OwnPasswordForm } from "../sign-in/own-password.tsx";
import { MailForm } from "./mail-form.tsx";
import { RedialForm } from "./redial-form.tsx";
import { SettingsTabs } from "./settings-tabs.tsx";
import { VoiceSection } from "./voice-section.tsx";

/** Fields that show their own mistake; what is wrong elsewhere is said above the button. */
const SHOWN_BESIDE = ["firmName", "country", "timeZone", "voicemailEmail", "smtp.host", "smtp.port", "smtp.user"];

export default function SettingsPage() {
  const t = useWords();
  const { role, name, login } = useSession();
  const { tell } = useNotice();
  return (
    <Page title={t("nav.settings")}>
      {role === "admin" && <SettingsTabs />}
      <Section title={t("settings.own")} hint={t("settings.ownHint", { name, login })}>
        <Stack maw={420}>
          <OwnLanguage />
          <ColourScheme />
          <Group>
            <SignOut />
          </Group>
        </Stack>
      </Section>
      <Section title={t("ownPassword.title")}>
        <OwnPasswordForm onSaved={() => tell(t("ownPassword.saved"))} />
      </Section>
      {role === "admin" && (
        <>
          <SiteSettings />
          <VoiceSection />
          <ConnectionSection />
        </>
      )}
    </Page>
  );
}

function SiteSettings() {
  const query = useSettings();
  const prompts = usePrompts();
  return (
    <Loaded query={query}>
      {(settings) => <SettingsForm key={JSON.stringify(settings)} saved={settings} prompts={prompts.data} />}
    </Loaded>
  );
}

/** As it is typed; what may be left out of a change is there all the same. */
type Draft = SettingsInput & Omit<Settings, "voicemailEmail" | "smtp" | "redial" | "alerts">;

/** Only what was changed here: what somebody else has changed meanwhile stays. */
function changesOf(saved: Settings, draft: Draft): SettingsInput {
  const before = new Map(Object.entries(saved).map(([key, value]) => [key, JSON.stringify(value)]));
  return Object.fromEntries(Object.entries(draft).filter(([key, value]) => JSON.stringify(value) !== before.get(key)));
}

function SettingsForm({ saved, prompts }: { saved: Settings; prompts: PromptList | undefined }) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveSettings();
  const { tell } = useNotice();
  const [draft, setDraft] = useState<Draft>(saved);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const errorOf = (field: string) => {
    const code = problems[field];
    return code === undefined ? undefined : fieldText(code);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const problem = checkName(draft.firmName);
    setProblems(problem === null ? {} : { firmName: problem });
    if (problem !== null) return;
    // Not by the callbacks of `mutate`: the saved settings mount this form anew, and they would be lost.
    save.mutateAsync(changesOf(saved, { ...draft, firmName: draft.firmName.trim() })).then(
      () => tell(t("settings.saved")),
      (error: unknown) => {
        if (error instanceof ApiError) setProblems({ ...error.fields });
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        <Section title={t("settings.site")}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label={t("site.firmName")}
              description={t("site.firmNameHint")}
              value={draft.firmName}
              onChange={(event) => change({ firmName: event.currentTarget.value })}
              error={errorOf("firmName")}
              maxLength={100}
            />
            <NativeSelect
              label={t("site.language")}
              description={t("site.languageHint")}
              value={draft.language}
              onChange={(event) => {
                const language = event.currentTarget.value;
                if (isLanguage(language)) change({ language });
              }}
              data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
            />
            <CountrySelect
              value={draft.country}
              onChange={(country) => change({ country })}
              error={errorOf("country")}
            />
            <TimeZoneSelect
              value={draft.timeZone}
              onChange={(timeZone) => change({ timeZone })}
              error={errorOf("timeZone")}
            />
          </SimpleGrid>
        </Section>
        <Section title={t("settings.callers")} hint={t("settings.callersHint")}>
          <CallerLanguages
            chosen={draft.callerLanguages}
            prompts={prompts}
            onChange={(callerLanguages) => change({ callerLanguages })}
          />
        </Section>
        <Section title={t("settings.recording")}>
          <Stack>
            <Switch
              label={t("settings.recordCalls")}
              description={t("settings.recordCallsHint")}
              checked={draft.recordCalls}
              onChange={(event) => change({ recordCalls: event.currentTarget.checked })}
            />
            <Retention days={draft.retentionDays} onChange={(retentionDays) => change({ retentionDays })} />
          </Stack>
        </Section>
        {draft.redial !== undefined && (
          <Section title={t("settings.redial")}>
            <RedialForm redial={draft.redial} onChange={(redial) => change({ redial })} />
          </Section>
        )}
        <Section title={t("settings.mail")} hint={t("settings.mailHint")}>
          <MailForm
            email={draft.voicemailEmail ?? null}
            server={draft.smtp ?? null}
            hasPassword={saved.smtp?.hasPassword ?? false}
            change={change}
            errorOf={errorOf}
          />
        </Section>
        {draft.alerts !== undefined && (
          <Section title={t("alerts.settings")} hint={t("alerts.settingsHint")}>
            <AlertForm
              alerts={draft.alerts}
              onChange={(alerts) => change({ alerts })}
              errorOf={(field) => errorOf(`alerts.${field}`)}
            />
          </Section>
        )}
        <SaveRow save={save} isToldAbove={isToldBeside(SHOWN_BESIDE, problems)} />
      </Stack>
    </form>
  );
}

interface LanguagesProps {
  chosen: readonly Language[];
  prompts: PromptList | undefined;
  onChange: (languages: Language[]) => void;
}

/** The first one is what a caller hears who chose none. A language can be offered once all its prompts are there. */
function CallerLanguages({ chosen, prompts, onChange }: LanguagesProps) {
  const t = useWords();
  const toggle = (language: Language, isOn: boolean) =>
    onChange(isOn ? [...chosen, language] : chosen.filter((other) => other !== language));
  const [first] = chosen;
  return (
    <Stack gap="sm">
      {LANGUAGES.map((language) => {
        const known = prompts?.languages.find((entry) => entry.language === language);
        const isChosen = chosen.includes(language);
        const isReady = known?.isComplete ?? isChosen;
        const isOnly = isChosen && chosen.length === 1;
        return (
          <Checkbox
            key={language}
            label={LANGUAGE_NAMES[language]}
            description={
              isReady ? (language === first ? t("settings.firstLanguage") : undefined) : t("settings.needsPrompts")
            }
            checked={isChosen}
            disabled={isOnly || (!isChosen && !isReady)}
            onChange={(event) => toggle(language, event.currentTarget.checked)}
          />
        );
      })}
      {chosen.length > 1 && (
        <NativeSelect
          maw={420}
          label={t("settings.defaultLanguage")}
          value={first}
          onChange={(event) => {
            const wanted = event.currentTarget.value;
            if (isLanguage(wanted)) onChange([wanted, ...chosen.filter((language) => language !== wanted)]);
          }}
          data={chosen.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        />
      )}
    </Stack>
  );
}

const USUAL_RETENTION_DAYS = 180;

function Retention({ days, onChange }: { days: number | null; onChange: (days: number | null) => void }) {
  const t = useWords();
  return (
    <Group align="flex-end">
      <NativeSelect
        label={t("settings.retention")}
        value={days === null ? "forever" : "days"}
        onChange={(event) => onChange(event.currentTarget.value === "forever" ? null : USUAL_RETENTION_DAYS)}
        data={[
          { value: "forever", label: t("settings.retentionForever") },
          { value: "days", label: t("settings.retentionLimited") },
        ]}
      />
      {days !== null && (
        <NumberInput
          label={t("settings.retentionDays")}
          value={days}
          min={1}
          max={3650}
          allowDecimal={false}
          w={140}
          onChange={(value) => {
            if (typeof value === "number") onChange(value);
          }}
        />
      )}
    </Group>
  );
}
