import { Switch } from "@mantine/core";
import { useAllowReboot, useSecurityUpdates } from "../api/health.ts";
import { useWords } from "../messages/language.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";

/** What comes by itself at night: when it came last, what waits, and whether the box may be restarted for it. */
export function SecurityUpdates() {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  const { data: updates } = useSecurityUpdates();
  const allow = useAllowReboot();
  const { failed } = useNotice();
  if (updates === undefined) return null;
  const at = (time: string) => `${dayInSentence(time)} ${clock(time)}`;
  const { lastRunAt, outcome, problem, installed, postponedAt, waitingSwitch, restartWaits, needsReboot } = updates;
  return (
    <Section title={t("security.title")} hint={t("security.hint")}>
      {updates.isBox ? (
        <div data-testid="security-updates">
          <p>
            {lastRunAt === null
              ? t("security.never")
              : outcome === "failed"
                ? `${t("security.failed", { time: at(lastRunAt) })} ${t(`security.problem.${problem ?? "failed"}`)}`
                : installed === 0
                  ? t("security.lastNothing", { time: at(lastRunAt) })
                  : t("security.last", { time: at(lastRunAt), count: installed })}
          </p>
          {postponedAt !== null && <p>{t("security.postponed", { time: at(postponedAt) })}</p>}
          {restartWaits && <p>{t("security.restartWaits")}</p>}
          {needsReboot && <p>{t("security.needsReboot")}</p>}
          {waitingSwitch !== null && <p>{t("security.waitingSwitch", { version: waitingSwitch })}</p>}
          <Switch
            label={t("security.mayReboot")}
            description={t("security.mayRebootHint")}
            checked={updates.mayReboot}
            disabled={allow.isPending}
            onChange={(event) => allow.mutate(event.currentTarget.checked, { onError: failed })}
          />
        </div>
      ) : (
        <p>{t("security.noBox")}</p>
      )}
    </Section>
  );
}
