import { Button, NativeSelect, PasswordInput, Progress, Stack, Title } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useBeginRestore, useFindBackups, useRestoreProgress } from "../api/backup.ts";
import type { BackupPlace } from "../api/client.ts";
import iconUrl from "../app/icon.svg";
import { TargetFields } from "../backup/target-fields.tsx";
import { formatClock, formatDate, zoneDate } from "../format/zone-time.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./first-start.module.css";

const RESTART_MS = 6_000;

/** New hardware, old hotline: where the backup is, its password, which one. */
export function Restore({ isUnderWay, onBack }: { isUnderWay: boolean; onBack: () => void }) {
  const t = useWords();
  const fieldText = useFieldText();
  const { language } = useLanguage();
  const [place, setPlace] = useState<BackupPlace>({ target: { kind: "path", path: "" }, password: "" });
  const [chosen, setChosen] = useState<string | null>(null);
  const find = useFindBackups();
  const begin = useBeginRestore();
  const [wasUnderWay] = useState(isUnderWay);
  const isBegun = begin.isSuccess || wasUnderWay;
  const progress = useRestoreProgress(isBegun);
  const isBack = progress.data?.last?.isGood === true;
  // While one runs, the last is one that failed before it.
  const running = isBegun && (isUnderWay || progress.data?.last?.isGood !== false);
  const snapshots = find.data?.snapshots ?? [];
  const snapshotId = chosen ?? snapshots[0]?.id ?? null;

  useEffect(() => {
    if (!isBack) return;
    // The daemon starts anew; the page asks it from the beginning who is there.
    const timer = setTimeout(() => window.location.assign("/"), RESTART_MS);
    return () => clearTimeout(timer);
  }, [isBack]);

  const change = (part: Partial<BackupPlace>) => {
    setPlace((before) => ({ ...before, ...part }));
    find.reset();
  };
  const fields = find.error instanceof ApiError ? find.error.fields : {};
  const errorOf = (field: string) => {
    const code = fields[field];
    return code === undefined ? undefined : fieldText(code);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (snapshotId === null) find.mutate(place);
    else begin.mutate({ ...place, snapshotId });
  };
  const words = (at: string) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return `${formatDate(zoneDate(Date.parse(at), zone), language)} ${formatClock(at, zone)}`;
  };
  const problem = progress.data?.last?.problem ?? null;

  return (
    <main className={classes["page"]}>
      <div className={classes["brand"]}>
        <img src={iconUrl} alt="" width={32} height={32} />
        Hotline
      </div>
      <form className={classes["card"]} onSubmit={submit} noValidate>
        <Title order={1} className={classes["heading"] ?? ""}>
          {t("restore.title")}
        </Title>
        <p className={classes["lead"]}>{t("restore.lead")}</p>
        {running ? (
          <div role="status" data-testid="restore-progress">
            {isBack ? t("restore.done") : t(`backup.phase.${progress.data?.running?.phase ?? "fetching"}`)}
            <Progress mt="xs" value={100} animated={!isBack} aria-label={t("restore.title")} />
          </div>
        ) : (
          <Stack gap="md">
            <TargetFields
              target={place.target}
              s3Key={place.s3Key ?? ""}
              isKept={false}
              isFirstStart
              onChange={(target) => change({ target })}
              onS3Key={(s3Key) => change({ s3Key })}
              errorOf={errorOf}
            />
            <PasswordInput
              label={t("restore.password")}
              value={place.password}
              autoComplete="off"
              error={errorOf("password")}
              visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
              onChange={(event) => change({ password: event.currentTarget.value })}
            />
            {snapshots.length > 0 && (
              <NativeSelect
                label={t("restore.choose")}
                value={snapshotId ?? ""}
                onChange={(event) => setChosen(event.currentTarget.value)}
                data={snapshots.map(({ id, at, hostName }) => ({ value: id, label: `${words(at)} · ${hostName}` }))}
              />
            )}
            {find.data?.snapshots.length === 0 && <div role="alert">{t("backup.none")}</div>}
            {problem !== null && <div role="alert">{t(`error.backup-${problem}`)}</div>}
            {Object.keys(fields).length === 0 && <FormError error={begin.error ?? find.error} />}
          </Stack>
        )}
        <div className={classes["footer"]}>
          <Button variant="default" onClick={onBack} disabled={running}>
            {t("restore.other")}
          </Button>
          {!running && (
            <Button type="submit" loading={find.isPending || begin.isPending}>
              {snapshotId === null ? t("restore.look") : t("restore.begin")}
            </Button>
          )}
        </div>
      </form>
    </main>
  );
}
