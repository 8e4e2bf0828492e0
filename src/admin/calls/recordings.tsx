import { Title } from "@mantine/core";
import { IconAlertTriangle, IconHourglass, IconPlayerRecord, IconTrash } from "@tabler/icons-react";
import { Fragment } from "react";
import type { Recording } from "../api/client.ts";
import { formatDuration } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";
import { Mark } from "../parts/mark.tsx";
import { Player } from "./player.tsx";

export function Recordings({ recordings }: { recordings: readonly Recording[] }) {
  const t = useWords();
  // The keys of the keyboard go to the first one that can be played.
  const first = recordings.find(({ state }) => state === "ready");
  const parts = [
    { title: t("recording.title"), own: recordings.filter(({ kind }) => kind === "conversation") },
    { title: t("recording.message"), own: recordings.filter(({ kind }) => kind === "message") },
  ].filter(({ own }) => own.length > 0);
  return parts.map(({ title, own }) => (
    <section key={title} aria-label={title}>
      <Title order={2} mb="xs">
        {title}
      </Title>
      {own.map((recording) => (
        <Fragment key={recording.recordingId}>
          {recording.state === "ready" ? (
            <Player recording={recording} hasKeys={recording === first} />
          ) : (
            <NotReady state={recording.state} problem={recording.problem} />
          )}
          {recording.missingMs !== null && recording.problem !== "deleted" && (
            <Mark icon={IconAlertTriangle} tone="warn">
              {t("recording.shorter", { duration: formatDuration(recording.missingMs / 1000) })}
            </Mark>
          )}
        </Fragment>
      ))}
    </section>
  ));
}

interface NotReadyProps {
  state: Exclude<Recording["state"], "ready">;
  problem: Recording["problem"];
}

/** What became of a recording that cannot be played. */
export function NotReady({ state, problem }: NotReadyProps) {
  const t = useWords();
  if (problem === "deleted") {
    return (
      <Mark icon={IconTrash} tone="calm">
        {t("recording.deleted")}
      </Mark>
    );
  }
  if (state === "recording") {
    return (
      <Mark icon={IconPlayerRecord} tone="accent">
        {t("recording.running")}
      </Mark>
    );
  }
  if (state === "missing" || state === "failed") {
    return (
      <Mark icon={IconAlertTriangle} tone="bad">
        {state === "missing" ? t("recording.missing") : t("recording.failed")}
      </Mark>
    );
  }
  return (
    <Mark icon={IconHourglass} tone="calm">
      {t("recording.preparing")}
    </Mark>
  );
}
