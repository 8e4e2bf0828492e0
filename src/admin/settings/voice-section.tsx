import { Button, Group, PasswordInput, SegmentedControl, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import type { Language } from "../../calls/language.ts";
import { ApiError } from "../api/api-error.ts";
import type { Voice, VoiceInput } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { usePrompts } from "../api/settings.ts";
import { useSaveVoice, useTryVoice, useVoices } from "../api/voices.ts";
import { LANGUAGE_NAMES, LANGUAGES, useWords } from "../messages/language.tsx";
import { ClipButton } from "../parts/clip-button.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { FormError, Loaded } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";

const NO_SERVER: VoiceInput = { url: "", voice: null };

/** Which voice speaks to callers: ours, or a server of the owner's, language by language. */
export function VoiceSection() {
  const t = useWords();
  const query = useVoices();
  const [language, setLanguage] = useState<Language>(useSession().site.language);
  return (
    <Section
      title={t("voice.title")}
      hint={t("voice.hint")}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("prompt.language")}
          value={language}
          onChange={(value) => setLanguage(LANGUAGES.find((known) => known === value) ?? language)}
          data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        />
      }
    >
      <Loaded query={query}>
        {(voices) => {
          const saved = voices.find((voice) => voice.language === language);
          return saved && <VoiceForm key={JSON.stringify(saved)} saved={saved} />;
        }}
      </Loaded>
    </Section>
  );
}

function VoiceForm({ saved }: { saved: Voice }) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveVoice();
  const { tell } = useNotice();
  const { language, hasOwnVoice } = saved;
  const [draft, setDraft] = useState<VoiceInput | null>(
    saved.server && { url: saved.server.url, voice: saved.server.voice },
  );
  const change = (part: Partial<VoiceInput>) => setDraft((before) => ({ ...(before ?? NO_SERVER), ...part }));
  const errorOf = (field: string) => {
    const code = save.error instanceof ApiError ? save.error.fields[field] : undefined;
    return code === undefined ? undefined : fieldText(code);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Not by the callbacks of `mutate`: what is saved mounts this form anew, and they would be lost.
    save.mutateAsync({ language, server: draft }).then(
      () => tell(t("voice.saved")),
      () => undefined,
    );
  };
  const isUnchanged = draft === null && saved.server === null;
  return (
    <form onSubmit={submit} noValidate data-testid="voice-form" data-language={language}>
      <Stack>
        <Switch
          label={t("voice.byServer")}
          description={hasOwnVoice ? t("voice.ownVoice") : t("voice.noOwnVoice")}
          checked={draft !== null}
          onChange={(event) => setDraft(event.currentTarget.checked ? (saved.server ?? NO_SERVER) : null)}
        />
        {draft !== null && (
          <>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                type="url"
                label={t("voice.url")}
                description={t("voice.urlHint")}
                placeholder="https://"
                value={draft.url}
                maxLength={2_000}
                error={errorOf("url")}
                onChange={(event) => change({ url: event.currentTarget.value.trim() })}
              />
              <TextInput
                label={t("voice.name")}
                description={t("voice.nameHint")}
                value={draft.voice ?? ""}
                maxLength={100}
                error={errorOf("voice")}
                onChange={(event) => {
                  const voice = event.currentTarget.value;
                  change({ voice: voice === "" ? null : voice });
                }}
              />
              <PasswordInput
                label={t("voice.token")}
                description={saved.server?.hasToken === true ? t("voice.tokenKept") : t("voice.tokenHint")}
                value={draft.token ?? ""}
                maxLength={500}
                autoComplete="new-password"
                error={errorOf("token")}
                visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
                onChange={(event) => change({ token: event.currentTarget.value.trim() })}
              />
            </SimpleGrid>
            <Trial language={language} server={draft} />
          </>
        )}
        {errorOf("url") === undefined && errorOf("token") === undefined && <FormError error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={isUnchanged || draft?.url === ""}>
            {t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** One sentence, heard before callers hear it. */
function Trial({ language, server }: { language: Language; server: VoiceInput }) {
  const t = useWords();
  const attempt = useTryVoice();
  const prompts = usePrompts();
  const greeting = prompts.data?.prompts.find(({ name }) => name === "greeting")?.texts[language] ?? "";
  const [typed, setTyped] = useState<string | null>(null);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => () => (url === null ? undefined : URL.revokeObjectURL(url)), [url]);
  const text = typed ?? greeting;
  const run = () => {
    setUrl(null);
    attempt.mutate({ language, server, text }, { onSuccess: (sound) => setUrl(URL.createObjectURL(sound)) });
  };
  return (
    <Stack gap="xs">
      <TextInput
        label={t("voice.sentence")}
        value={text}
        lang={language}
        maxLength={300}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Group role="group" aria-label={t("voice.try")}>
        <Button
          variant="default"
          loading={attempt.isPending}
          disabled={server.url === "" || text.trim() === ""}
          onClick={run}
        >
          {t("voice.try")}
        </Button>
        {url !== null && <ClipButton key={url} url={url} label={t("voice.listen")} isPlayedAtOnce />}
      </Group>
      <FormError error={attempt.error} />
    </Stack>
  );
}
