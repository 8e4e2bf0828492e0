import { Button } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconFileDownload,
  IconHelpCircle,
  IconPhoneCall,
  IconRefresh,
  type TablerIcon,
} from "@tabler/icons-react";
import { useIntl } from "react-intl";
import { Link } from "wouter";
import type { HealthCheck } from "../api/client.ts";
import { useHealth, useLookAgain } from "../api/health.ts";
import { formatNumber } from "../format/quantity.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import { Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./health.module.css";
import { HealthTabs } from "./health-tabs.tsx";
import { SecurityUpdates } from "./security-updates.tsx";

const SIGNS: Record<HealthCheck["state"], { icon: TablerIcon; tone: Tone }> = {
  ok: { icon: IconCircleCheck, tone: "good" },
  look: { icon: IconAlertTriangle, tone: "warn" },
  broken: { icon: IconCircleX, tone: "bad" },
  unknown: { icon: IconHelpCircle, tone: "calm" },
};
/** The worst first; those that are well keep their order. */
const RANK: Record<HealthCheck["state"], number> = { broken: 0, look: 1, ok: 2, unknown: 3 };

/** One page for one question: is my hotline healthy? */
export default function HealthPage() {
  const t = useWords();
  const query = useHealth();
  const look = useLookAgain();
  const { failed } = useNotice();
  return (
    <Page
      title={t("health.title")}
      actions={
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} aria-hidden />}
          loading={look.isPending}
          onClick={() => look.mutate(undefined, { onError: failed })}
        >
          {t("health.look")}
        </Button>
      }
    >
      <HealthTabs />
      <Loaded query={query} skeleton={<Lines count={8} height={36} />}>
        {({ checks }) => (
          <>
            <Verdict checks={checks} />
            <Section title={t("health.tab.checks")} isFlush>
              <ul className={classes["list"]} data-testid="checks">
                {checks
                  .toSorted((a, b) => RANK[a.state] - RANK[b.state])
                  .map((check) => (
                    <CheckRow key={check.check} check={check} />
                  ))}
              </ul>
            </Section>
            <SecurityUpdates />
            <Section title={t("testCall.title")} hint={t("testCall.healthHint")}>
              <Button
                component={Link}
                href="/test-call"
                variant="default"
                leftSection={<IconPhoneCall size={18} aria-hidden />}
              >
                {t("testCall.title")}
              </Button>
            </Section>
            <Section title={t("support.title")} hint={t("support.hint")}>
              <Button
                component="a"
                href="/api/support-file"
                download
                variant="default"
                leftSection={<IconFileDownload size={18} aria-hidden />}
              >
                {t("support.download")}
              </Button>
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Verdict({ checks }: { checks: readonly HealthCheck[] }) {
  const t = useWords();
  const worst = checks.some(({ state }) => state === "broken")
    ? "broken"
    : checks.some(({ state }) => state === "look")
      ? "look"
      : "ok";
  const { icon } = SIGNS[worst];
  return (
    <Callout tone={worst === "broken" ? "bad" : worst === "look" ? "warn" : "calm"} icon={icon} testId="verdict">
      {t(`health.all.${worst}`)}
    </Callout>
  );
}

function CheckRow({ check: { check, state, reason, params, since } }: { check: HealthCheck }) {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  const found = useFoundText();
  const { icon, tone } = SIGNS[state];
  const isAmiss = state === "look" || state === "broken";
  return (
    <li className={classes["row"]} data-check={check} data-state={state}>
      <div className={classes["head"]}>
        <span className={classes["name"]}>{t(`health.check.${check}`)}</span>
        <Mark icon={icon} tone={tone}>
          {t(`health.state.${state}`)}
        </Mark>
      </div>
      <div>
        <bdi>{found(check, reason, params)}</bdi>{" "}
        <span className={classes["soft"]}>{t("health.since", { day: dayInSentence(since), time: clock(since) })}</span>
      </div>
      {isAmiss && (
        <dl className={classes["advice"]}>
          <dt>{t("health.means")}</dt>
          <dd>{t(`health.means.${check}`)}</dd>
          <dt>{t("health.todo")}</dt>
          <dd>{t(`health.todo.${check}`)}</dd>
        </dl>
      )}
    </li>
  );
}

/** What was found, in a sentence; a word that this panel does not know is shown as it is. */
function useFoundText() {
  const intl = useIntl();
  const { language } = useLanguage();
  return (check: string, reason: string, params: HealthCheck["params"]) => {
    const id = `health.found.${check}.${reason}`;
    if (!(id in intl.messages)) return reason;
    const values = Object.entries(params).map(([name, value]) => {
      const text = typeof value === "number" ? formatNumber(value, language, Number.isInteger(value) ? 0 : 1) : value;
      return [name, text] as const;
    });
    return intl.formatMessage({ id }, Object.fromEntries(values));
  };
}
