import { Button, Collapse, Stack, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useCall } from "../api/calls.ts";
import type { Call, Leg } from "../api/client.ts";
import { formatDuration } from "../format/duration.ts";
import { showControlCharacters } from "../format/untrusted-text.ts";
import { useWords } from "../messages/language.tsx";
import { PartyName, Untrusted } from "../parts/party-name.tsx";
import { Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./calls.module.css";
import { DirectionSign } from "./direction.tsx";
import { OutcomeMark } from "./outcome.tsx";
import { Recordings } from "./recordings.tsx";
import { Timeline } from "./timeline.tsx";

export function CallDetail({ callId }: { callId: string }) {
  const t = useWords();
  const query = useCall(callId);
  return (
    <Loaded query={query} skeleton={<Lines count={8} />}>
      {(call) => (
        <Stack gap="xl" data-testid="call-detail">
          <Head call={call} />
          <Facts call={call} />
          <Recordings recordings={call.recordings} />
          <section aria-label={t("call.course")}>
            <Title order={2} mb="xs">
              {t("call.course")}
            </Title>
            <Timeline entries={call.timeline} />
          </section>
          {call.legs.length > 0 && <Legs legs={call.legs} />}
        </Stack>
      )}
    </Loaded>
  );
}

const LONG_NAME = 40;

function Head({ call }: { call: Call }) {
  const t = useWords();
  const isLong = call.caller.name.length > LONG_NAME;
  return (
    <div>
      <div className={classes["callHead"]}>
        <DirectionSign direction={call.direction} />
        <PartyName party={call.caller} />
      </div>
      {isLong && (
        <div className={classes["fullName"]} tabIndex={0} role="group" aria-label={t("call.fullName")}>
          <bdi>{showControlCharacters(call.caller.name)}</bdi>
        </div>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ call }: { call: Call }) {
  const t = useWords();
  const { dayName, clockSeconds } = useSiteTime();
  return (
    <dl className={classes["facts"]}>
      <Fact name={t("call.outcome")}>
        <OutcomeMark outcome={call.outcome} direction={call.direction} />
      </Fact>
      <Fact name={t("call.started")}>
        {dayName(call.startedAt)}, {clockSeconds(call.startedAt)}
      </Fact>
      <Fact name={t("call.dialled")}>
        <Untrusted text={call.dialledFormatted} />
      </Fact>
      {call.trunkName !== null && (
        <Fact name={t("call.line")}>
          <bdi>{call.trunkName}</bdi>
        </Fact>
      )}
      {call.operatorName !== null && (
        <Fact name={t("call.operator")}>
          <bdi>{call.operatorName}</bdi>
        </Fact>
      )}
      {call.waitSeconds !== null && <Fact name={t("call.wait")}>{formatDuration(call.waitSeconds)}</Fact>}
      {call.talkSeconds !== null && <Fact name={t("call.talk")}>{formatDuration(call.talkSeconds)}</Fact>}
      {call.durationSeconds !== null && <Fact name={t("call.duration")}>{formatDuration(call.durationSeconds)}</Fact>}
    </dl>
  );
}

function Legs({ legs }: { legs: readonly Leg[] }) {
  const t = useWords();
  const { clockSeconds } = useSiteTime();
  const [isOpen, { toggle }] = useDisclosure(false);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const time = (at: string | null) => (at === null ? "–" : clockSeconds(at));
  return (
    <section aria-label={t("call.legs")}>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<Chevron size={16} aria-hidden />}
        aria-expanded={isOpen}
        onClick={toggle}
      >
        {t("call.legs")}
      </Button>
      <Collapse expanded={isOpen}>
        <div className={classes["scroll"]} tabIndex={0} role="group" aria-label={t("call.legs")}>
          <table className={classes["legs"]}>
            <thead>
              <tr>
                <th scope="col">{t("leg.party")}</th>
                <th scope="col">{t("leg.started")}</th>
                <th scope="col">{t("leg.answered")}</th>
                <th scope="col">{t("leg.ended")}</th>
                <th scope="col">{t("leg.cause")}</th>
              </tr>
            </thead>
            <tbody>
              {legs.map((leg) => (
                <tr key={leg.legId} title={leg.legId}>
                  <td>
                    {t(`leg.role.${leg.role}`)}
                    <br />
                    <Untrusted text={leg.name ?? leg.number} />
                  </td>
                  <td className={classes["number"]}>{time(leg.startedAt)}</td>
                  <td className={classes["number"]}>{time(leg.answeredAt)}</td>
                  <td className={classes["number"]}>{time(leg.endedAt)}</td>
                  <td>
                    {leg.hangupCause}
                    {leg.sipStatus === null ? "" : ` (${leg.sipStatus})`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Collapse>
    </section>
  );
}
