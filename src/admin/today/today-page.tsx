import { Anchor, Skeleton, Stack } from "@mantine/core";
import { IconMaximize } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { AlertList } from "../alerts/alert-list.tsx";
import { useToday } from "../api/calls.ts";
import type { Today } from "../api/client.ts";
import { formatDuration } from "../format/duration.ts";
import { formatNumber } from "../format/quantity.ts";
import { LiveBoard } from "../live/live-board.tsx";
import { PresenceList } from "../live/presence-list.tsx";
import { type MessageKey, useLanguage, useWords } from "../messages/language.tsx";
import { Page, Section } from "../parts/page.tsx";
import { Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import { AttentionList } from "./attention.tsx";
import { HourChart } from "./hour-chart.tsx";
import classes from "./today.module.css";

/** What needs attention first, then today, then what goes on at the moment. */
export function TodayPage() {
  const t = useWords();
  const query = useToday();
  return (
    <Page title={t("nav.today")}>
      <div className={classes["grid"]}>
        <div className={classes["column"]}>
          <Loaded query={query} skeleton={<Outline />}>
            {(today) => (
              <>
                <AttentionList items={today.attention} />
                <AlertList />
                <Numbers today={today} />
              </>
            )}
          </Loaded>
          <Section
            title={t("live.title")}
            isFlush
            actions={
              <Anchor component={Link} href="/live" size="sm" style={{ display: "inline-flex", gap: 6 }}>
                <IconMaximize size={17} aria-hidden />
                {t("live.wall")}
              </Anchor>
            }
          >
            <LiveBoard />
          </Section>
        </div>
        <div className={classes["column"]}>
          <Section title={t("presence.title")} isFlush>
            <PresenceList />
          </Section>
          {query.data !== undefined && (
            <Section title={t("today.byHour")}>
              <HourChart byHour={query.data.byHour} />
            </Section>
          )}
        </div>
      </div>
    </Page>
  );
}

function Outline() {
  return (
    <Stack gap="lg">
      <Skeleton height={120} radius="lg" />
      <Skeleton height={170} radius="lg" />
    </Stack>
  );
}

function Figure({ name, isBad = false, children }: { name: MessageKey; isBad?: boolean; children: ReactNode }) {
  const t = useWords();
  return (
    <div className={classes["number"]}>
      <dt>{t(name)}</dt>
      <dd data-tone={isBad ? "bad" : undefined}>{children}</dd>
    </div>
  );
}

function Numbers({ today }: { today: Today }) {
  const t = useWords();
  const { language } = useLanguage();
  const { plainDate } = useSiteTime();
  const { counts } = today;
  const days = `from=${today.date}&to=${today.date}`;
  const count = (value: number) => formatNumber(value, language);
  const average = (seconds: number | null) => (seconds === null ? "–" : formatDuration(seconds));
  return (
    <Section title={t("today.numbers", { date: plainDate(today.date) })}>
      <dl className={classes["numbers"]} data-testid="today-numbers">
        <Figure name="today.inbound">
          <Link href={`/calls?${days}&direction=inbound`}>{count(counts.inbound)}</Link>
        </Figure>
        <Figure name="today.answered">
          <Link href={`/calls?${days}&outcome=answered`}>{count(counts.answered)}</Link>
        </Figure>
        <Figure name="today.missed" isBad={counts.missed > 0}>
          <Link href={`/calls?${days}&outcome=missed`}>{count(counts.missed)}</Link>
        </Figure>
        <Figure name="today.outbound">
          <Link href={`/calls?${days}&direction=outbound`}>{count(counts.outbound)}</Link>
        </Figure>
        <Figure name="today.talking">{count(counts.talking)}</Figure>
        <Figure name="today.waiting">{count(counts.waiting)}</Figure>
        <Figure name="today.averageWait">{average(today.averageWaitSeconds)}</Figure>
        <Figure name="today.averageTalk">{average(today.averageTalkSeconds)}</Figure>
      </dl>
    </Section>
  );
}
