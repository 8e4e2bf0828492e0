import {
  IconHeadset,
  IconInfoCircle,
  IconLifebuoy,
  IconList,
  IconMessage2,
  IconMicrophone,
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPhonePause,
  type TablerIcon,
} from "@tabler/icons-react";
import { Link } from "wouter";
import { useLiveCalls } from "../api/calls.ts";
import type { LiveCall } from "../api/client.ts";
import { DirectionSign } from "../calls/direction.tsx";
import { formatDuration, secondsBetween } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";
import { PartyName } from "../parts/party-name.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import { useNow } from "../parts/use-now.ts";
import classes from "./live.module.css";

const SIGNS: Record<LiveCall["phase"], { icon: TablerIcon; tone: Tone }> = {
  greeting: { icon: IconMessage2, tone: "calm" },
  menu: { icon: IconList, tone: "calm" },
  information: { icon: IconInfoCircle, tone: "calm" },
  ringing: { icon: IconPhoneIncoming, tone: "warn" },
  talking: { icon: IconHeadset, tone: "good" },
  message: { icon: IconMicrophone, tone: "calm" },
  fallback: { icon: IconLifebuoy, tone: "bad" },
  dialling: { icon: IconPhoneOutgoing, tone: "warn" },
};

/** The calls of this moment, the longest waiting first: where each stands, since when, who rings and who talks. */
export function LiveBoard() {
  const t = useWords();
  const query = useLiveCalls();
  return (
    <Loaded query={query} skeleton={<Lines count={3} height={28} />}>
      {(calls) =>
        calls.length === 0 ? (
          <Empty icon={IconPhonePause} title={t("live.none")} text={t("live.noneText")} />
        ) : (
          <ul className={classes["list"]} data-testid="live-calls">
            {calls.map((call) => (
              <li key={call.callId}>
                <LiveRow call={call} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function LiveRow({ call }: { call: LiveCall }) {
  const t = useWords();
  const nowMs = useNow();
  const { icon, tone } = SIGNS[call.phase];
  const inPhase = formatDuration(secondsBetween(call.phaseSince, nowMs));
  const inAll = formatDuration(secondsBetween(call.startedAt, nowMs));
  return (
    <Link
      href={`/calls/${call.callId}`}
      className={classes["call"] ?? ""}
      data-testid="live-call"
      data-call-id={call.callId}
      data-phase={call.phase}
    >
      <DirectionSign direction={call.direction} />
      <PartyName
        party={call.direction === "outbound" ? { ...call.caller, formatted: call.dialled, name: "" } : call.caller}
      />
      <span className={classes["phase"]}>
        <Mark icon={icon} tone={tone}>
          {t(`phase.${call.phase}`)}
        </Mark>
        <Who call={call} />
      </span>
      <span className={classes["clock"]}>
        {inPhase}
        <span className={classes["since"]}>{t("live.total", { duration: inAll })}</span>
        {call.isRecording && (
          <span className={classes["recording"]}>
            <i aria-hidden />
            {t("live.recording")}
          </span>
        )}
      </span>
    </Link>
  );
}

function Who({ call }: { call: LiveCall }) {
  if (call.operator !== null) {
    return (
      <div className={classes["phaseWho"]}>
        <bdi>{call.operator.name}</bdi> ({call.operator.extension})
      </div>
    );
  }
  if (call.ringing.length === 0) return null;
  return <div className={classes["phaseWho"]}>{call.ringing.map(({ name }) => name).join(", ")}</div>;
}
