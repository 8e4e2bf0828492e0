import { Button } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useState } from "react";
import type { Language } from "../../calls/language.ts";
import { takeAudioUrl, usePromptTakes, useUseTake } from "../api/prompt-takes.ts";
import { formatDuration } from "../format/duration.ts";
import { type MessageKey, useWords } from "../messages/language.tsx";
import { ClipButton } from "../parts/clip-button.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./prompt-takes.module.css";

interface Props {
  name: string;
  language: Language;
  title: string;
}

const SOURCES = {
  upload: "takes.upload",
  recording: "takes.recording",
  phone: "takes.phone",
  voice: "takes.voice",
} as const satisfies Record<string, MessageKey>;

/** The last takes of a prompt: heard again, and one of them put back. */
export function PromptTakes(props: Props) {
  const t = useWords();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="subtle"
        size="compact-md"
        aria-expanded={isOpen}
        aria-label={t("takes.of", { name: props.title })}
        leftSection={<IconHistory size={17} aria-hidden />}
        onClick={() => setOpen(!isOpen)}
      >
        {t("takes.title")}
      </Button>
      {isOpen && <TakeList {...props} />}
    </>
  );
}

function TakeList({ name, language, title }: Props) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const { tell, failed } = useNotice();
  const query = usePromptTakes(language, name);
  const put = useUseTake();
  return (
    <div className={classes["list"]} data-testid="prompt-takes">
      <Loaded query={query}>
        {(takes) =>
          takes.length === 0 ? (
            <p className={classes["empty"]}>{t("takes.none")}</p>
          ) : (
            <ul className={classes["takes"]} aria-label={t("takes.of", { name: title })}>
              {takes.map((take) => {
                const when = { day: dayName(take.madeAt), time: clock(take.madeAt) };
                return (
                  <li key={take.id} className={classes["take"]} data-take={take.id}>
                    <span className={classes["what"]}>
                      <span>
                        {t(SOURCES[take.source])},{" "}
                        <span className="numeric">{formatDuration(take.durationMs / 1000)}</span>
                      </span>
                      <span className={classes["when"]}>{`${when.day}, ${when.time}`}</span>
                      {take.text !== null && (
                        <span className={classes["text"]} lang={language}>
                          {take.text}
                        </span>
                      )}
                    </span>
                    <ClipButton
                      label={t("takes.listen", when)}
                      url={takeAudioUrl({ language, name, id: take.id }, take.madeAt)}
                    />
                    {take.isInUse ? (
                      <span className={classes["inUse"]}>{t("takes.inUse")}</span>
                    ) : (
                      <Button
                        variant="default"
                        size="compact-md"
                        loading={put.isPending && put.variables.id === take.id}
                        aria-label={t("takes.putBackOf", when)}
                        onClick={() =>
                          put.mutate(
                            { language, name, id: take.id },
                            { onSuccess: () => tell(t("takes.done", { name: title })), onError: failed },
                          )
                        }
                      >
                        {t("takes.putBack")}
                      </Button>
                    )}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}
