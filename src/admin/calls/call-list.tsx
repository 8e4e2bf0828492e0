import { VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconMicrophone } from "@tabler/icons-react";
import { Fragment, type MouseEvent } from "react";
import { Link, useLocation } from "wouter";
import type { CallRow } from "../api/client.ts";
import { formatDuration } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";
import { PartyName, Untrusted } from "../parts/party-name.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./calls.module.css";
import { DirectionSign } from "./direction.tsx";
import { OutcomeMark } from "./outcome.tsx";

interface Props {
  calls: readonly CallRow[];
  openCallId: string | undefined;
  linkTo: (callId: string) => string;
}

/** Calls under the day on which they began, newest first: a dense table where there is room, cards on a phone. */
export function CallList(props: Props) {
  const isNarrow = useMediaQuery("(max-width: 61.9375em)") ?? false;
  const days = useDays(props.calls);
  return isNarrow ? <Cards {...props} days={days} /> : <Table {...props} days={days} />;
}

interface Day {
  name: string;
  calls: CallRow[];
}

function useDays(calls: readonly CallRow[]): Day[] {
  const { dayName } = useSiteTime();
  const days: Day[] = [];
  for (const call of calls) {
    const name = dayName(call.startedAt);
    const last = days.at(-1);
    if (last?.name === name) last.calls.push(call);
    else days.push({ name, calls: [call] });
  }
  return days;
}

const seconds = (value: number | null) => (value === null ? "" : formatDuration(value));

/** Who is at the other end: the caller, or for our own calls whom we called. */
function OtherEnd({ call }: { call: CallRow }) {
  if (call.direction === "inbound") return <PartyName party={call.caller} />;
  return (
    <PartyName
      party={{ number: call.dialled, e164: null, formatted: call.dialledFormatted, name: "", isHidden: false }}
    />
  );
}

function RecordingSign({ call }: { call: CallRow }) {
  const t = useWords();
  if (!call.hasRecording) return null;
  const isLost = call.recordingState === "missing" || call.recordingState === "failed";
  const name = isLost ? t("calls.recordingLost") : t("calls.recorded");
  return (
    <span
      title={name}
      role="img"
      aria-label={name}
      style={{ display: "inline-flex", color: isLost ? "var(--bad)" : "var(--accent)" }}
    >
      <IconMicrophone size={17} stroke={1.8} aria-hidden />
    </span>
  );
}

function Table({ days, openCallId, linkTo }: Props & { days: Day[] }) {
  const t = useWords();
  const { clock } = useSiteTime();
  const [, navigate] = useLocation();
  const open = (event: MouseEvent, callId: string) => {
    if (!(event.target instanceof Element) || event.target.closest("a") === null) navigate(linkTo(callId));
  };
  return (
    <table className={classes["table"]} data-testid="call-table">
      <colgroup>
        <col style={{ width: "4.75rem" }} />
        <col style={{ width: "2.25rem" }} />
        <col style={{ width: "21%" }} />
        <col style={{ width: "26%" }} />
        <col />
        <col />
        <col style={{ width: "5rem" }} />
        <col style={{ width: "5rem" }} />
        <col style={{ width: "3.25rem" }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("calls.column.time")}</th>
          <th scope="col">
            <VisuallyHidden>{t("calls.column.direction")}</VisuallyHidden>
          </th>
          <th scope="col">{t("calls.column.caller")}</th>
          <th scope="col">{t("calls.column.outcome")}</th>
          <th scope="col">{t("calls.column.operator")}</th>
          <th scope="col">{t("calls.column.line")}</th>
          <th scope="col" className={classes["end"]}>
            {t("calls.column.wait")}
          </th>
          <th scope="col" className={classes["end"]}>
            {t("calls.column.talk")}
          </th>
          <th scope="col">
            <VisuallyHidden>{t("calls.column.recording")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {days.map((day) => (
          <Fragment key={day.name}>
            <tr className={classes["day"]}>
              <th scope="rowgroup" colSpan={9}>
                {day.name}
              </th>
            </tr>
            {day.calls.map((call) => (
              <tr
                key={call.callId}
                className={classes["row"]}
                data-testid="call-row"
                data-call-id={call.callId}
                data-open={call.callId === openCallId}
                onClick={(event) => open(event, call.callId)}
              >
                <td className={classes["number"]}>{clock(call.startedAt)}</td>
                <td>
                  <DirectionSign direction={call.direction} />
                </td>
                <td>
                  <Link href={linkTo(call.callId)} className={classes["rowLink"] ?? ""}>
                    <OtherEnd call={call} />
                  </Link>
                </td>
                <td>
                  <OutcomeMark outcome={call.outcome} direction={call.direction} />
                </td>
                <td className={classes["cut"]}>
                  <bdi title={call.operatorName ?? undefined}>{call.operatorName}</bdi>
                </td>
                <td className={`${classes["cut"]} ${classes["soft"]}`}>
                  <Untrusted text={call.trunkName ?? (call.direction === "inbound" ? call.dialledFormatted : "")} />
                </td>
                <td className={`${classes["number"]} ${classes["end"]}`}>{seconds(call.waitSeconds)}</td>
                <td className={`${classes["number"]} ${classes["end"]}`}>{seconds(call.talkSeconds)}</td>
                <td className={classes["end"]}>
                  <RecordingSign call={call} />
                </td>
              </tr>
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Cards({ days, linkTo }: Props & { days: Day[] }) {
  const t = useWords();
  const { clock } = useSiteTime();
  return days.map((day) => (
    <section key={day.name} aria-label={day.name}>
      <div className={classes["dayHead"]}>{day.name}</div>
      <ul className={classes["cards"]}>
        {day.calls.map((call) => (
          <li key={call.callId}>
            <Link
              href={linkTo(call.callId)}
              className={classes["card"] ?? ""}
              data-testid="call-row"
              data-call-id={call.callId}
            >
              <DirectionSign direction={call.direction} />
              <OtherEnd call={call} />
              <span className={classes["cardTime"]}>
                <RecordingSign call={call} />
                {clock(call.startedAt)}
              </span>
              <span className={classes["cardBelow"]}>
                <OutcomeMark outcome={call.outcome} direction={call.direction} />
                {call.operatorName !== null && <bdi className={classes["soft"]}>{call.operatorName}</bdi>}
                {call.talkSeconds !== null && (
                  <span className={classes["soft"]}>
                    {t("calls.talkedFor", { duration: formatDuration(call.talkSeconds) })}
                  </span>
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  ));
}
