import { Button, NativeSelect, SegmentedControl, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconVolumeOff } from "@tabler/icons-react";
import { useId, useState } from "react";
import { LANGUAGES, type Language } from "../../../../calls/language.ts";
import type { Prompt } from "../../../api/client.ts";
import { useCreatePrompt } from "../../../api/settings.ts";
import { LANGUAGE_NAMES, useWords } from "../../../messages/language.tsx";
import { FormError } from "../../../parts/states.tsx";
import { hasSound } from "../../has-sound.ts";
import { PromptRow } from "../../prompt-row.tsx";
import classes from "../editor.module.css";
import { useFlowWorld } from "../flow-world.ts";
import { usePromptName } from "../step-words.ts";

const NEW = "new";
/** Parts of sentences that the product puts together by itself. */
const NOT_FOR_STEPS = /^(?:digit-|redial-|choose-language-|fallback$)/;

interface Props {
  label?: string;
  value: string | null;
  /** Whether nothing may be said. */
  isOptional?: boolean;
  onChange: (prompt: string | null) => void;
}

/** Which text is said; its words and its sound are changed in place. */
export function PromptField({ label, value, isOptional = false, onChange }: Props) {
  const t = useWords();
  const { prompts } = useFlowWorld();
  const nameOf = usePromptName();
  const [isNaming, setNaming] = useState(false);
  const known = prompts.find(({ name }) => name === value);
  const fitting = prompts.filter(({ name }) => name === value || !NOT_FOR_STEPS.test(name));
  const own = fitting.filter(({ title }) => title !== null);
  const ready = fitting.filter(({ title }) => title === null);
  const optionOf = ({ name }: Prompt) => ({ value: name, label: nameOf(name) });
  return (
    <div className={classes["promptField"]}>
      <NativeSelect
        label={label ?? t("promptField.label")}
        value={isNaming ? NEW : (value ?? "")}
        data={[
          { value: "", label: isOptional ? t("promptField.nothing") : t("stepField.choose") },
          { value: NEW, label: t("promptField.new") },
          ...(value !== null && value !== "" && !known
            ? [{ value, label: t("promptField.gone", { name: value }) }]
            : []),
          ...(own.length === 0 ? [] : [{ group: t("promptField.own"), items: own.map(optionOf) }]),
          { group: t("promptField.ready"), items: ready.map(optionOf) },
        ]}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          setNaming(chosen === NEW);
          if (chosen !== NEW) onChange(chosen === "" && isOptional ? null : chosen);
        }}
      />
      {isNaming && (
        <NewPrompt
          cancel={() => setNaming(false)}
          use={(name) => {
            setNaming(false);
            onChange(name);
          }}
        />
      )}
      {!isNaming && known !== undefined && <PromptSound key={known.name} prompt={known} />}
    </div>
  );
}

function NewPrompt({ use, cancel }: { use: (name: string) => void; cancel: () => void }) {
  const t = useWords();
  const create = useCreatePrompt();
  const [title, setTitle] = useState("");
  return (
    <div className={classes["inset"]}>
      <TextInput
        label={t("promptField.title")}
        description={t("promptField.titleHint")}
        value={title}
        maxLength={80}
        data-autofocus
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <FormError error={create.error} />
      <div className={classes["row"]}>
        <Button
          size="compact-md"
          loading={create.isPending}
          disabled={title.trim() === ""}
          onClick={() => create.mutate(title.trim(), { onSuccess: ({ name }) => use(name) })}
        >
          {t("action.add")}
        </Button>
        <Button size="compact-md" variant="default" onClick={cancel}>
          {t("action.cancel")}
        </Button>
      </div>
    </div>
  );
}

/** Its words in one language at a time; languages that callers can choose and that lack a sound are marked. */
function PromptSound({ prompt }: { prompt: Prompt }) {
  const t = useWords();
  const { languages, textLanguage } = useFlowWorld();
  const [language, setLanguage] = useState<Language>(textLanguage);
  const [isOpen, setOpen] = useState(LANGUAGES.every((one) => !hasSound(prompt, one)));
  const id = useId();
  const state = languages.find((one) => one.language === language);
  const missing = languages.filter((one) => one.isOffered && !hasSound(prompt, one.language));
  const text = prompt.texts[textLanguage];
  return (
    <div className={classes["inset"]}>
      <UnstyledButton
        className={classes["disclosure"] ?? ""}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={classes["quote"]}>{text === "" ? t("promptField.noText") : text}</span>
        {isOpen ? <IconChevronUp size={18} aria-hidden /> : <IconChevronDown size={18} aria-hidden />}
      </UnstyledButton>
      {missing.length > 0 && (
        <div className={classes["missing"]}>
          <IconVolumeOff size={16} aria-hidden />
          {t("promptField.missing", { languages: missing.map((one) => LANGUAGE_NAMES[one.language]).join(", ") })}
        </div>
      )}
      {isOpen && (
        <div id={id}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label={t("prompt.language")}
            value={language}
            onChange={(value) => setLanguage(languages.find((one) => one.language === value)?.language ?? language)}
            data={languages.map((one) => ({ value: one.language, label: LANGUAGE_NAMES[one.language] }))}
          />
          <PromptRow prompt={prompt} language={language} hasVoice={state?.hasVoice ?? true} isWithin />
          {state?.hasVoice === false && (
            <p className={classes["hint"]}>{t("promptField.noVoice", { language: LANGUAGE_NAMES[language] })}</p>
          )}
        </div>
      )}
    </div>
  );
}
