import { Button } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconMailCheck,
  IconMailForward,
  IconMessage2,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
} from "@tabler/icons-react";
import { Link } from "wouter";
import type { VoiceMessage } from "../api/client.ts";
import { useMarkMessage } from "../api/missed.ts";
import { Player } from "../calls/player.tsx";
import { NotReady } from "../calls/recordings.tsx";
import { formatDuration } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";
import { mailProblemText } from "../parts/mail-problems.ts";
import { Mark } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { PartyName, Untrusted } from "../parts/party-name.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./missed.module.css";
import { numberOf } from "./ticket-words.ts";

interface Props {
  message: VoiceMessage;
  isOpen: boolean;
  setOpen: (isOpen: boolean) => void;
}

export function MessageItem({ message, isOpen, setOpen }: Props) {
  const t = useWords();
  const { dayName, dayInSentence, clock } = useSiteTime();
  const mark = useMarkMessage();
  const { failed } = useNotice();
  const { recordingId, recordingState, durationMs } = message;
  const number = numberOf(message, t);
  const isNew = message.state === "new";
  return (
    <li className={classes["message"]} data-testid="message" data-recording-id={recordingId}>
      <div className={classes["row"]}>
        <div className={classes["who"]}>
          <PartyName party={message.caller} />
          {isNew && (
            <Mark icon={IconMessage2} tone="accent">
              {t("voicemail.new")}
            </Mark>
          )}
        </div>
        <div className={classes["cell"]}>
          <span className="numeric">
            {dayName(message.startedAt)}, {clock(message.startedAt)}
            {durationMs !== null && ` · ${formatDuration(durationMs / 1000)}`}
          </span>
          <span className={classes["soft"]}>
            <Untrusted text={message.trunkName ?? message.dialledFormatted} />
          </span>
        </div>
        <div className={classes["cell"]}>
          <MailState message={message} />
          {message.heardAt !== null && (
            <span className={classes["soft"]}>
              {t("voicemail.heardBy", {
                name: message.heardBy ?? "–",
                day: dayInSentence(message.heardAt),
                time: clock(message.heardAt),
              })}
            </span>
          )}
          <Link href={`/calls/${message.callId}`} className={classes["small"] ?? ""}>
            {t("voicemail.call")}
          </Link>
        </div>
        <div className={classes["actions"]}>
          {recordingState === "ready" && (
            <Button
              variant="light"
              size="compact-sm"
              leftSection={
                isOpen ? <IconPlayerStopFilled size={15} aria-hidden /> : <IconPlayerPlayFilled size={15} aria-hidden />
              }
              aria-expanded={isOpen}
              aria-label={isOpen ? undefined : t("voicemail.listenTo", { number })}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? t("voicemail.hide") : t("voicemail.listen")}
            </Button>
          )}
          <Button
            variant="default"
            size="compact-sm"
            loading={mark.isPending}
            leftSection={isNew ? <IconCheck size={17} aria-hidden /> : <IconMessage2 size={17} aria-hidden />}
            aria-label={`${isNew ? t("voicemail.markHeard") : t("voicemail.markNew")}: ${number}`}
            onClick={() => mark.mutate({ recordingId, state: isNew ? "heard" : "new" }, { onError: failed })}
          >
            {isNew ? t("voicemail.markHeard") : t("voicemail.markNew")}
          </Button>
        </div>
      </div>
      {recordingState !== "ready" && (
        <div className={classes["below"]}>
          <NotReady state={recordingState} problem={message.problem} />
        </div>
      )}
      {isOpen && recordingState === "ready" && (
        <div className={classes["below"]}>
          <Player recording={{ recordingId, kind: "message", bytes: null }} hasKeys isAutomatic />
        </div>
      )}
    </li>
  );
}

function MailState({ message: { mail, mailProblem } }: { message: VoiceMessage }) {
  const t = useWords();
  if (mail === "none") return null;
  // It is tried again for days; what hinders it is of use at once.
  if (mail === "failed" || (mail === "waiting" && mailProblem !== null)) {
    return (
      <Mark icon={IconAlertTriangle} tone="bad">
        {t("voicemail.mail.failed", { reason: mailProblemText(mailProblem, t) })}
      </Mark>
    );
  }
  return (
    <Mark icon={mail === "sent" ? IconMailCheck : IconMailForward} tone="calm">
      {t(`voicemail.mail.${mail}`)}
    </Mark>
  );
}
