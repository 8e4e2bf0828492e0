import { Button, Group, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useChangeOwnPassword } from "../api/session.ts";
import { SignOut } from "../app/account-items.tsx";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./sign-in.module.css";

/** For one's own password: the old one is asked for, since a panel may be left open. */
export function OwnPasswordForm({ onSaved }: { onSaved?: () => void }) {
  const t = useWords();
  const fieldText = useFieldText();
  const change = useChangeOwnPassword();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const fields = change.error instanceof ApiError ? change.error.fields : {};
  const errorOf = (field: string) => (fields[field] === undefined ? undefined : fieldText(fields[field]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current, password },
      {
        onSuccess: () => {
          setCurrent("");
          setPassword("");
          onSaved?.();
        },
      },
    );
  };
  const eye = { visibilityToggleButtonProps: { "aria-label": t("signIn.showPassword") } };
  return (
    <Stack component="form" onSubmit={submit} gap="md" maw={420}>
      <PasswordInput
        label={t("ownPassword.current")}
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        error={errorOf("current")}
        autoComplete="current-password"
        maxLength={200}
        {...eye}
      />
      <PasswordInput
        label={t("ownPassword.next")}
        description={t("ownPassword.nextHint")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={errorOf("password")}
        autoComplete="new-password"
        maxLength={200}
        {...eye}
      />
      {Object.keys(fields).length === 0 && <FormError error={change.error} />}
      <Group>
        <Button type="submit" loading={change.isPending} disabled={current === "" || password === ""}>
          {t("ownPassword.save")}
        </Button>
      </Group>
    </Stack>
  );
}

/** Instead of the panel, for who came in by a password from the box's screen. */
export function OwnPasswordPage() {
  const t = useWords();
  return (
    <main className={classes["page"]}>
      <Paper className={classes["card"] ?? ""} withBorder radius="lg">
        <Stack gap="md">
          <Title order={1} size="h1">
            {t("ownPassword.mustTitle")}
          </Title>
          <Callout tone="calm" icon={IconKey}>
            {t("ownPassword.mustText")}
          </Callout>
          <OwnPasswordForm />
          <SignOut />
        </Stack>
      </Paper>
    </main>
  );
}
