import { Button, FileButton, Textarea, Title } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useIntl } from "react-intl";
import type { Language } from "../../calls/language.ts";
import type { Prompt } from "../api/client.ts";
import { promptAudioUrl, useRemoveUpload, useSavePromptText, useUploadPrompt } from "../api/settings.ts";
import { formatDuration } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";
import { ClipButton } from "../parts/clip-button.tsx";
import { useNotice } from "../parts/notices.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./call-flow.module.css";
import { hasSound } from "./has-sound.ts";
import { OwnPromptMenu } from "./own-prompt-menu.tsx";
import { PromptByPhone } from "./prompt-by-phone.tsx";
import { PromptRecorder } from "./prompt-recorder.tsx";
import { PromptTakes } from "./prompt-takes.tsx";

const ACCEPTED = "audio/wav,audio/x-wav,audio/mpeg,audio/ogg,audio/mp4,audio/x-m4a,.wav,.mp3,.ogg,.m4a";
const MAX_BYTES = 20 * 1024 * 1024;

interface Props {
  prompt: Prompt;
  language: Language;
  hasVoice: boolean;
  /** Stands under a heading that names it. */
  isWithin?: boolean;
}

/** A prompt of the owner's has its title; the panel knows the names of the product's own. */
function usePromptTitle(): (prompt: Prompt) => string {
  const intl = useIntl();
  return ({ name, title }) => {
    const id = `promptName.${name}`;
    return title ?? (id in intl.messages ? intl.formatMessage({ id }) : name);
  };
}

export function PromptRow({ prompt, language, hasVoice, isWithin = false }: Props) {
  const t = useWords();
  const titleOf = usePromptTitle();
  const { dayInSentence, clock } = useSiteTime();
  const take = prompt.takes[language];
  const title = titleOf(prompt);
  const state = (() => {
    if (take === null) return t("prompt.none");
    const values = {
      duration: formatDuration(take.durationMs / 1000),
      day: dayInSentence(take.updatedAt),
      time: clock(take.updatedAt),
    };
    return take.source === "upload" ? t("prompt.uploaded", values) : t("prompt.spoken", values);
  })();
  const problemOf = ({ problem, durationMs }: NonNullable<typeof take>) => {
    const why = problem === null || problem === "voice-failed" ? t("prompt.voiceFailed") : t(`error.${problem}`);
    return durationMs === 0 ? why : `${why} ${t("prompt.takeBeforeStays")}`;
  };
  return (
    <div
      className={isWithin ? classes["promptWithin"] : classes["prompt"]}
      role="group"
      aria-label={title}
      data-testid="prompt"
      data-prompt={prompt.name}
    >
      <div className={classes["promptHead"]}>
        {!isWithin && <Title order={3}>{title}</Title>}
        <span className={classes["promptState"]}>
          {take === null || take.problem === null ? state : problemOf(take)}
          {prompt.title !== null && !isWithin && <OwnPromptMenu name={prompt.name} title={prompt.title} />}
        </span>
      </div>
      <PromptText
        key={`${language} ${prompt.texts[language]}`}
        prompt={prompt}
        language={language}
        hasVoice={hasVoice}
      />
      <div className={classes["promptActions"]}>
        {take !== null && hasSound(prompt, language) && (
          <ClipButton
            key={take.updatedAt}
            label={t("prompt.listen", { name: title })}
            url={promptAudioUrl({ language, name: prompt.name }, take.updatedAt)}
          />
        )}
        <Upload prompt={prompt} language={language} title={title} />
        {take?.source === "upload" && hasVoice && <BackToVoice prompt={prompt} language={language} />}
        {take !== null && (
          <PromptTakes key={`takes ${language} ${prompt.name}`} name={prompt.name} language={language} title={title} />
        )}
      </div>
    </div>
  );
}

function PromptText({ prompt, language, hasVoice }: Props) {
  const t = useWords();
  const save = useSavePromptText();
  const { tell, failed } = useNotice();
  const saved = prompt.texts[language];
  const [text, setText] = useState(saved);
  return (
    <>
      <Textarea
        label={hasVoice ? t("prompt.text") : t("prompt.textToRead")}
        value={text}
        lang={language}
        autosize
        minRows={1}
        maxRows={6}
        maxLength={2000}
        readOnly={!hasVoice}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {text !== saved && (
        <div className={classes["promptActions"]}>
          <Button
            size="compact-sm"
            loading={save.isPending}
            disabled={text.trim() === ""}
            onClick={() => {
              // Not by the callbacks of `mutate`: the saved text mounts this field anew, and they would be lost.
              save
                .mutateAsync({ language, name: prompt.name, text: text.trim() })
                .then(() => tell(t("prompt.textSaved")), failed);
            }}
          >
            {t("prompt.saveText")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setText(saved)}>
            {t("action.cancel")}
          </Button>
        </div>
      )}
    </>
  );
}

function Upload({ prompt, language, title }: { prompt: Prompt; language: Language; title: string }) {
  const t = useWords();
  const upload = useUploadPrompt();
  const { tell, failed } = useNotice();
  const [isTooLarge, setTooLarge] = useState(false);
  const forgetFile = useRef<() => void>(null);
  const take = (audio: File | null, source: "upload" | "recording") => {
    if (audio === null) return;
    setTooLarge(audio.size > MAX_BYTES);
    if (audio.size > MAX_BYTES) return;
    upload.mutate(
      { language, name: prompt.name, audio, source },
      { onSuccess: () => tell(t("prompt.uploadDone", { name: title })), onError: failed },
    );
  };
  return (
    <>
      <FileButton
        onChange={(file) => {
          take(file, "upload");
          // Browsers tell of no file that is chosen already: who has changed it and takes it again would wait for nothing.
          forgetFile.current?.();
        }}
        resetRef={forgetFile}
        accept={ACCEPTED}
        inputProps={{ "aria-label": t("prompt.uploadFor", { name: title }) }}
      >
        {(props) => (
          <Button
            {...props}
            variant="default"
            size="compact-md"
            loading={upload.isPending}
            leftSection={<IconUpload size={17} aria-hidden />}
            aria-label={t("prompt.uploadFor", { name: title })}
          >
            {t("prompt.upload")}
          </Button>
        )}
      </FileButton>
      <PromptRecorder
        key={`${language} ${prompt.name}`}
        title={title}
        isSaving={upload.isPending}
        use={(file) => take(file, "recording")}
      />
      <PromptByPhone key={`phone ${language} ${prompt.name}`} name={prompt.name} language={language} title={title} />
      {isTooLarge && <span role="alert">{t("error.too-large")}</span>}
    </>
  );
}

function BackToVoice({ prompt, language }: { prompt: Prompt; language: Language }) {
  const t = useWords();
  const remove = useRemoveUpload();
  const { failed } = useNotice();
  return (
    <Button
      variant="subtle"
      size="compact-md"
      loading={remove.isPending}
      onClick={() => remove.mutate({ language, name: prompt.name }, { onError: failed })}
    >
      {t("prompt.backToVoice")}
    </Button>
  );
}
