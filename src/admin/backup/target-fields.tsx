import { Autocomplete, Button, NativeSelect, NumberInput, PasswordInput, TextInput } from "@mantine/core";
import { useBackupFolders, useSshKey } from "../api/backup.ts";
import type { BackupTargetInput } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import classes from "./backup.module.css";

const EMPTY: Record<BackupTargetInput["kind"], BackupTargetInput> = {
  path: { kind: "path", path: "" },
  sftp: { kind: "sftp", host: "", port: 22, user: "", path: "hotline" },
  s3: { kind: "s3", endpoint: "https://", bucket: "", prefix: "", keyId: "" },
};
const KINDS = ["path", "sftp", "s3"] as const;

interface Props {
  target: BackupTargetInput;
  s3Key: string;
  /** A secret key is kept already. */
  isKept: boolean;
  isFirstStart: boolean;
  onChange: (target: BackupTargetInput) => void;
  onS3Key: (key: string) => void;
  errorOf: (field: string) => string | undefined;
}

/** Where backups lie: another disk, another server, a cloud. */
export function TargetFields({ target, s3Key, isKept, isFirstStart, onChange, onS3Key, errorOf }: Props) {
  const t = useWords();
  return (
    <>
      <NativeSelect
        label={t("backup.kind")}
        value={target.kind}
        onChange={(event) => {
          const kind = KINDS.find((one) => one === event.currentTarget.value);
          if (kind !== undefined) onChange(EMPTY[kind]);
        }}
        data={KINDS.map((value) => ({ value, label: t(`backup.kind.${value}`) }))}
      />
      {target.kind === "path" && (
        <PathField
          path={target.path}
          error={errorOf("target.path")}
          isFirstStart={isFirstStart}
          onChange={(path) => onChange({ ...target, path })}
        />
      )}
      {target.kind === "sftp" && (
        <>
          <TextInput
            label={t("backup.host")}
            value={target.host}
            error={errorOf("target.host")}
            onChange={(event) => onChange({ ...target, host: event.currentTarget.value })}
          />
          <NumberInput
            label={t("backup.port")}
            value={target.port}
            min={1}
            max={65_535}
            allowDecimal={false}
            thousandSeparator={false}
            error={errorOf("target.port")}
            onChange={(port) => {
              if (typeof port === "number") onChange({ ...target, port });
            }}
          />
          <TextInput
            label={t("backup.user")}
            value={target.user}
            autoComplete="off"
            error={errorOf("target.user")}
            onChange={(event) => onChange({ ...target, user: event.currentTarget.value })}
          />
          <TextInput
            label={t("backup.path")}
            value={target.path}
            error={errorOf("target.path")}
            onChange={(event) => onChange({ ...target, path: event.currentTarget.value })}
          />
          <SshKey isFirstStart={isFirstStart} />
        </>
      )}
      {target.kind === "s3" && (
        <>
          <TextInput
            label={t("backup.endpoint")}
            value={target.endpoint}
            error={errorOf("target.endpoint")}
            onChange={(event) => onChange({ ...target, endpoint: event.currentTarget.value })}
          />
          <TextInput
            label={t("backup.bucket")}
            value={target.bucket}
            error={errorOf("target.bucket")}
            onChange={(event) => onChange({ ...target, bucket: event.currentTarget.value })}
          />
          <TextInput
            label={t("backup.prefix")}
            value={target.prefix ?? ""}
            error={errorOf("target.prefix")}
            onChange={(event) => onChange({ ...target, prefix: event.currentTarget.value })}
          />
          <TextInput
            label={t("backup.keyId")}
            value={target.keyId}
            autoComplete="off"
            error={errorOf("target.keyId")}
            onChange={(event) => onChange({ ...target, keyId: event.currentTarget.value })}
          />
          <PasswordInput
            label={t("backup.s3Key")}
            description={isKept ? t("backup.s3KeyHint") : undefined}
            value={s3Key}
            autoComplete="off"
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            onChange={(event) => onS3Key(event.currentTarget.value)}
          />
        </>
      )}
    </>
  );
}

interface PathProps {
  path: string;
  error: string | undefined;
  isFirstStart: boolean;
  onChange: (path: string) => void;
}

/** Of disks that are plugged in one is chosen; any other folder is typed. */
function PathField({ path, error, isFirstStart, onChange }: PathProps) {
  const t = useWords();
  const found = useBackupFolders({ isFirstStart });
  return (
    <Autocomplete
      label={t("backup.path")}
      description={t("backup.pathHint")}
      value={path}
      error={error}
      data={found.data?.folders ?? []}
      // Whatever is typed already, each disk can be chosen.
      filter={({ options }) => options}
      onChange={onChange}
    />
  );
}

function SshKey({ isFirstStart }: { isFirstStart: boolean }) {
  const t = useWords();
  const ask = useSshKey({ isFirstStart });
  if (ask.data === undefined)
    return (
      <div className={classes["wide"]}>
        <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate()}>
          {t("backup.showKey")}
        </Button>
        <FormError error={ask.error} />
      </div>
    );
  return (
    <div className={classes["wide"]}>
      {t("backup.sshKey")}
      <code className={classes["key"]}>{ask.data.key}</code>
    </div>
  );
}
