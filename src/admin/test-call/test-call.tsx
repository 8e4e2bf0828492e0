import { Button } from "@mantine/core";
import { IconCircle, IconCircleCheck, IconCircleDashed, IconClockOff, IconPhoneOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { TEST_CALL_CODE } from "../../calls/test-call.ts";
import { useLiveCalls, usePresence } from "../api/calls.ts";
import type { Presence } from "../api/client.ts";
import { useNumbers } from "../api/lines.ts";
import { useOverride, useSchedules } from "../api/schedules.ts";
import { useStatus } from "../api/session.ts";
import { PresenceMark } from "../live/presence-list.tsx";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { FormError } from "../parts/states.tsx";
import { follow, NOTHING_YET, type Progress } from "./progress.ts";
import { SwitchMissing } from "./switch-install.tsx";
import classes from "./test-call.module.css";

/** How the first call goes, as it goes: whom to call, where the call is, who answered. */
export function TestCall({ onWorks }: { onWorks?: () => void }) {
  const t = useWords();
  const { data: status } = useStatus();
  const { data: calls } = useLiveCalls();
  const [progress, setProgress] = useState<Progress>(NOTHING_YET);
  const now = calls === undefined ? progress : follow(progress, calls);
  if (now !== progress) setProgress(now);
  const works = progress.stage === "answered";
  useEffect(() => {
    if (works) onWorks?.();
  }, [works, onWorks]);

  if (status?.switch.connected === false) return <SwitchMissing />;
  return (
    <div className={classes["test"]}>
      {!works && <HowTo />}
      <Course progress={progress} />
      {progress.stage === "unanswered" && (
        <Callout tone="warn" icon={IconPhoneOff} title={t("testCall.unansweredTitle")} testId="test-unanswered">
          {t("testCall.unansweredText")}
        </Callout>
      )}
      {works && (
        <div className={classes["works"]} role="status" data-testid="hotline-works">
          <IconCircleCheck size={32} aria-hidden />
          <div>
            <strong>{t("testCall.works")}</strong>
            <div>{t("testCall.worksText", { name: progress.who[0] ?? "" })}</div>
          </div>
        </div>
      )}
    </div>
  );
}

function HowTo() {
  const t = useWords();
  const { data: numbers = [] } = useNumbers();
  const { data: people = [] } = usePresence();
  const ready = people.filter(({ isRegistered }) => isRegistered);
  const [number] = numbers;
  const [first] = ready;
  return (
    <>
      <Closed />
      {ready.length === 0 && (
        <Callout tone="warn" icon={IconPhoneOff} title={t("testCall.noPhoneTitle")} testId="no-phone">
          {t("testCall.noPhoneText")}
        </Callout>
      )}
      <ul className={classes["ways"]}>
        {number !== undefined && (
          <li data-testid="call-number">
            {t("testCall.callNumber")}
            <bdi className={classes["number"]}>{number.number}</bdi>
          </li>
        )}
        {(people.length > 1 || number === undefined) && (
          <li data-testid="call-code">
            {first === undefined
              ? t("testCall.fromAnyPhone")
              : t("testCall.fromPhone", { name: first.name, extension: first.extension })}
            <bdi className={classes["number"]}>{TEST_CALL_CODE}</bdi>
            {people.length < 2 && <span className={classes["hint"]}>{t("testCall.onePhone")}</span>}
          </li>
        )}
      </ul>
      <Phones people={people} />
    </>
  );
}

function Phones({ people }: { people: readonly Presence[] }) {
  return (
    <ul className={classes["phones"]} data-testid="test-phones">
      {people.map((person) => (
        <li key={person.operatorId}>
          <span>
            <bdi>{person.name}</bdi> {person.extension}
          </span>
          <PresenceMark presence={person} />
        </li>
      ))}
    </ul>
  );
}

/** Who tries it in the evening would only hear that nobody is there. */
function Closed() {
  const main = useSchedules().data?.find(({ isMain }) => isMain);
  if (main === undefined || main.now.isOpen) return null;
  return <OpenForIt scheduleId={main.scheduleId} until={main.touch.openUntil} />;
}

function OpenForIt({ scheduleId, until }: { scheduleId: number; until: string }) {
  const t = useWords();
  const override = useOverride(scheduleId);
  return (
    <Callout tone="warn" icon={IconClockOff} title={t("testCall.closedTitle")} testId="closed-now">
      <p className={classes["closedText"]}>{t("testCall.closedText")}</p>
      <Button variant="default" loading={override.isPending} onClick={() => override.mutate({ state: "open", until })}>
        {t("testCall.open")}
      </Button>
      <FormError error={override.error} />
    </Callout>
  );
}

const STEPS = ["in-flow", "ringing", "answered"] as const;

function Course({ progress: { stage, caller, who } }: { progress: Progress }) {
  const t = useWords();
  const reached = STEPS.findIndex((step) => step === stage);
  const names = who.join(", ");
  const text = (step: (typeof STEPS)[number], isReached: boolean) => {
    if (!isReached) return t(`testCall.${step}.wait`);
    return t(`testCall.${step}`, { caller, names: step === stage ? names : "none" });
  };
  return (
    <ol className={classes["course"]} aria-live="polite" data-testid="test-course" data-stage={stage}>
      {STEPS.map((step, index) => {
        const isReached = index <= reached;
        const isNext = index === reached + 1;
        const Icon = isReached ? IconCircleCheck : isNext ? IconCircleDashed : IconCircle;
        return (
          <li key={step} data-reached={isReached} data-next={isNext}>
            <Icon size={22} stroke={1.8} aria-hidden />
            <span>{text(step, isReached)}</span>
          </li>
        );
      })}
    </ol>
  );
}
