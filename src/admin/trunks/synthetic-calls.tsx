import { Button } from "@mantine/core";
import { IconCircleCheck, IconHelpCircle, IconPhoneCall, IconPhoneOff } from "@tabler/icons-react";
import classes from "../alerts/alerts.module.css";
import { useSyntheticCalls, useTryNumbers } from "../api/alerts.ts";
import type { SyntheticCall } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Mark } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";

/** Whether callers reach each number, as far as the box can try it. */
export function SyntheticCallSection() {
  const t = useWords();
  const query = useSyntheticCalls();
  const attempt = useTryNumbers();
  const { failed } = useNotice();
  const isRunning = query.data?.isRunning === true || attempt.isPending;
  const canTry = query.data?.hasSecondTrunk === true && query.data.numbers.length > 0;
  if (query.data?.numbers.length === 0) return null;
  return (
    <Section
      title={t("syntheticCall.title")}
      hint={t("syntheticCall.hint")}
      isFlush
      actions={
        <Button
          variant="default"
          leftSection={<IconPhoneCall size={18} aria-hidden />}
          loading={isRunning}
          disabled={!canTry}
          onClick={() => attempt.mutate(undefined, { onError: failed })}
        >
          {t("syntheticCall.try")}
        </Button>
      }
    >
      <Loaded query={query} skeleton={<Lines count={2} height={28} />}>
        {({ hasSecondTrunk, numbers }) => (
          <>
            {!hasSecondTrunk && <div className={classes["note"]}>{t("syntheticCall.oneTrunk")}</div>}
            {isRunning && (
              <div className={classes["note"]} role="status">
                {t("syntheticCall.running")}
              </div>
            )}
            <ul className={classes["list"]} data-testid="synthetic-calls">
              {numbers.map((number) => (
                <NumberRow key={number.numberId} number={number} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Section>
  );
}

function NumberRow({ number: { number, name, last } }: { number: SyntheticCall }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const isGood = last?.outcome === "arrived";
  return (
    <li className={classes["row"]} data-outcome={last?.outcome ?? "none"}>
      <div>
        <bdi>{name === "" ? number : `${name} (${number})`}</bdi>
        {last === null ? (
          <div>
            <Mark icon={IconHelpCircle} tone="calm">
              {t("syntheticCall.never")}
            </Mark>
          </div>
        ) : (
          <>
            <div>
              <Mark icon={isGood ? IconCircleCheck : IconPhoneOff} tone={isGood ? "good" : "bad"}>
                {t(`syntheticCall.outcome.${last.outcome}`)}
              </Mark>
            </div>
            <div className={classes["soft"]}>
              {t("syntheticCall.from", {
                time: `${dayName(last.at)} ${clock(last.at)}`,
                name: last.fromTrunkName ?? "–",
              })}
              {!isGood && last.arrivedAs !== null && ` · ${t("syntheticCall.as", { number: last.arrivedAs })}`}
              {last.status !== null && ` · SIP ${last.status}`}
            </div>
          </>
        )}
      </div>
    </li>
  );
}
