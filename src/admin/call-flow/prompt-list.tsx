import { SegmentedControl } from "@mantine/core";
import { IconVolumeOff } from "@tabler/icons-react";
import { useState } from "react";
import type { Language } from "../../calls/language.ts";
import type { PromptList as Prompts } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { usePrompts } from "../api/settings.ts";
import { LANGUAGE_NAMES, LANGUAGES, useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { Section } from "../parts/page.tsx";
import { Loaded } from "../parts/states.tsx";
import classes from "./call-flow.module.css";
import { hasSound } from "./has-sound.ts";
import { PromptRow } from "./prompt-row.tsx";

/** What callers hear, language by language: spoken by the machine's voice or uploaded. */
export function PromptList() {
  const t = useWords();
  const query = usePrompts();
  const [language, setLanguage] = useState<Language>(useSession().site.language);
  return (
    <Section
      title={t("prompt.title")}
      hint={t("prompt.hint")}
      isFlush
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
      <Loaded query={query}>{(prompts) => <InLanguage prompts={prompts} language={language} />}</Loaded>
    </Section>
  );
}

function InLanguage({ prompts, language }: { prompts: Prompts; language: Language }) {
  const t = useWords();
  const state = prompts.languages.find((entry) => entry.language === language);
  const missing = prompts.prompts.filter((prompt) => !hasSound(prompt, language)).length;
  const name = LANGUAGE_NAMES[language];
  return (
    <div data-testid="prompts" data-language={language}>
      {missing > 0 && (
        <div className={classes["prompt"]}>
          <Callout
            tone="warn"
            icon={IconVolumeOff}
            title={t("prompt.missing", { count: missing, language: name })}
            testId="prompts-missing"
          >
            {state?.hasVoice === false ? t("prompt.noVoice", { language: name }) : t("prompt.speakOrUpload")}
          </Callout>
        </div>
      )}
      {prompts.prompts.map((prompt) => (
        <PromptRow key={prompt.name} prompt={prompt} language={language} hasVoice={state?.hasVoice ?? true} />
      ))}
    </div>
  );
}
