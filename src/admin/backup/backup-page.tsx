import { Button, Group, Modal, Progress, Stack } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCloudUpload, IconHelpCircle, IconTestPipe } from "@tabler/icons-react";
import { useState } from "react";
import { useBackup, useCancelBackup, useRunBackup, useSnapshots } from "../api/backup.ts";
import type { Backup } from "../api/client.ts";
import { formatBytes, formatNumber } from "../format/quantity.ts";
import { HealthTabs } from "../health/health-tabs.tsx";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { Mark } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import { FormError, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./backup.module.css";
import { BackupForm } from "./backup-form.tsx";

/** What is left if the box is lost, and whether it can be brought back. */
export default function BackupPage() {
  const t = useWords();
  const query = useBackup();
  const [password, setPassword] = useState<string | null>(null);
  return (
    <Page title={t("backup.title")}>
      <HealthTabs />
      <Loaded query={query}>
        {(backup) => (
          <>
            {backup.isOnSameDisk && (
              <Callout tone="warn" icon={IconAlertTriangle} testId="same-disk">
                {t("backup.sameDisk")}
              </Callout>
            )}
            {backup.settings !== null && <LastSection backup={backup} />}
            <Section title={t("backup.where")} hint={t("backup.whereHint")}>
              <BackupForm key={JSON.stringify(backup.settings)} saved={backup.settings} onPassword={setPassword} />
            </Section>
            {backup.settings !== null && <SnapshotSection />}
          </>
        )}
      </Loaded>
      <Modal
        opened={password !== null}
        onClose={() => setPassword(null)}
        title={t("backup.writeDown")}
        withCloseButton={false}
        closeOnClickOutside={false}
        closeOnEscape={false}
      >
        <Stack>
          <div>{t("backup.writeDownText")}</div>
          <code className={`${classes["key"]} ${classes["password"]}`} data-testid="backup-password">
            {password}
          </code>
          <Button onClick={() => setPassword(null)}>{t("backup.writtenDown")}</Button>
        </Stack>
      </Modal>
    </Page>
  );
}

function LastSection({ backup: { running, runs } }: { backup: Backup }) {
  const t = useWords();
  const run = useRunBackup();
  const cancel = useCancelBackup();
  const { failed } = useNotice();
  const begin = (kind: "backup" | "drill") => run.mutate(kind, { onError: failed });
  const last = runs.find(({ kind }) => kind === "backup");
  const drill = runs.find(({ kind }) => kind === "drill");
  return (
    <Section
      title={t("backup.last")}
      isFlush
      actions={
        <Group gap="xs">
          <Button
            leftSection={<IconCloudUpload size={18} aria-hidden />}
            disabled={running !== null || run.isPending}
            onClick={() => begin("backup")}
          >
            {t("backup.now")}
          </Button>
          <Button
            variant="default"
            leftSection={<IconTestPipe size={18} aria-hidden />}
            disabled={running !== null || run.isPending || last === undefined}
            onClick={() => begin("drill")}
          >
            {t("backup.drill")}
          </Button>
        </Group>
      }
    >
      <ul className={classes["list"]} data-testid="last-runs">
        {running !== null && (
          <li role="status">
            <Group justify="space-between">
              {t(`backup.phase.${running.phase}`)}
              <Button variant="default" size="sm" onClick={() => cancel.mutate(undefined, { onError: failed })}>
                {t("backup.cancel")}
              </Button>
            </Group>
            <Progress
              mt="xs"
              value={running.percent ?? 100}
              animated={running.percent === null}
              aria-label={t(`backup.phase.${running.phase}`)}
            />
          </li>
        )}
        {last === undefined ? (
          <li>
            <Mark icon={IconHelpCircle} tone="calm">
              {t("backup.none")}
            </Mark>
          </li>
        ) : (
          <RunItem run={last} />
        )}
        {drill === undefined ? <li className={classes["soft"]}>{t("backup.drillNone")}</li> : <RunItem run={drill} />}
      </ul>
    </Section>
  );
}

function RunItem({ run: { kind, isGood, problem, endedAt, figures } }: { run: Backup["runs"][number] }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const { language } = useLanguage();
  const time = `${dayName(endedAt)} ${clock(endedAt)}`;
  const count = (name: string) => formatNumber(figures[name] ?? 0, language);
  const size = (name: string) => {
    const { value, unit } = formatBytes(figures[name] ?? 0, language);
    return t(`size.${unit}`, { value });
  };
  const words = () => {
    if (kind === "backup")
      return isGood
        ? t("backup.good", { time, size: size("bytes"), files: count("files"), added: size("addedBytes") })
        : t("backup.bad", { time });
    return isGood
      ? t("backup.drillGood", {
          ...{ time, rows: count("rows"), tables: count("tables") },
          ...{ compared: count("compared"), recordings: count("recordings") },
        })
      : t("backup.drillBad", { time });
  };
  return (
    <li data-kind={kind} data-good={isGood}>
      <Mark icon={isGood ? IconCircleCheck : IconAlertTriangle} tone={isGood ? "good" : "bad"}>
        {words()}
      </Mark>
      {problem !== null && <div>{t(`error.backup-${problem}`)}</div>}
    </li>
  );
}

function SnapshotSection() {
  const t = useWords();
  const { date, clock } = useSiteTime();
  const ask = useSnapshots();
  return (
    <Section
      title={t("backup.snapshots")}
      hint={t("backup.snapshotsHint")}
      isFlush
      actions={
        <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate()}>
          {t("backup.list")}
        </Button>
      }
    >
      <FormError error={ask.error} />
      {ask.data !== undefined && (
        <ul className={classes["list"]} data-testid="snapshots">
          {ask.data.snapshots.map(({ id, at, hostName }) => (
            <li key={id}>
              {date(at)} {clock(at)} <span className={classes["soft"]}>{`${hostName} · ${id.slice(0, 8)}`}</span>
            </li>
          ))}
          {ask.data.snapshots.length === 0 && <li>{t("backup.none")}</li>}
        </ul>
      )}
    </Section>
  );
}
