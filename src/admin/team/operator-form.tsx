import { Button, Fieldset, Group, NativeSelect, PasswordInput, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { DIAL_RIGHTS, type DialRight } from "../../calls/outgoing.ts";
import { ApiError } from "../api/api-error.ts";
import type { Operator, PhoneSettings } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useAddOperator, useChangeOperator, useOperators } from "../api/team.ts";
import { useWords } from "../messages/language.tsx";
import { nextExtension } from "../parts/extensions.ts";
import { checkExtension, checkLogin, checkName, checkPassword, MIN_PASSWORD_LENGTH } from "../parts/field-rules.ts";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";

interface Props {
  /** Null to add one. */
  operator: Operator | null;
  /** With the settings of the phone when it got a new password (a new operator, another extension): they are shown this once. */
  onSaved: (operator: Operator, phone: PhoneSettings | null) => void;
  onCancel: () => void;
}

export function OperatorForm({ operator, onSaved, onCancel }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const add = useAddOperator();
  const change = useChangeOperator();
  const { country } = useSession().site;
  const proposed = useProposed(country);
  const [name, setName] = useState(operator?.name ?? "");
  const [typed, setTyped] = useState(operator?.extension);
  const extension = typed ?? proposed;
  const [mayDial, setMayDial] = useState<DialRight>(operator?.mayDial ?? "abroad");
  const [isEnabled, setEnabled] = useState(operator?.isEnabled ?? true);
  const [wantsLogin, setWantsLogin] = useState(operator?.hasLogin ?? false);
  const [login, setLogin] = useState(operator?.login ?? "");
  const [password, setPassword] = useState("");
  const [problems, setProblems] = useState<Record<string, string>>({});
  const hadLogin = operator?.hasLogin ?? false;
  const error = add.error ?? change.error;
  const errorOf = (field: string) => {
    const code = problems[field];
    return code === undefined ? undefined : fieldText(code);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    const note = (field: string, problem: string | null) => {
      if (problem !== null) found[field] = problem;
    };
    note("name", checkName(name));
    note("extension", checkExtension(extension, country));
    if (wantsLogin) {
      note("login", checkLogin(login));
      // An empty password leaves the one that is there.
      if (!hadLogin || password !== "") note("password", checkPassword(password));
    }
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    setTyped(extension);
    const account = wantsLogin ? { login: login.trim(), ...(password === "" ? {} : { password }) } : {};
    const body = { name: name.trim(), extension: extension.trim(), mayDial, ...account };
    const onError = (failure: Error) => {
      if (failure instanceof ApiError) setProblems(problemsOf(failure));
    };
    if (operator === null) {
      add.mutate(body, { onSuccess: (added) => onSaved(added.operator, added.phone), onError });
    } else {
      change.mutate(
        { operatorId: operator.operatorId, change: { ...body, isEnabled } },
        { onSuccess: (saved) => onSaved(saved, saved.phone), onError },
      );
    }
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t("operator.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errorOf("name")}
          maxLength={100}
          data-autofocus
        />
        <TextInput
          label={t("operator.extension")}
          description={t("operator.extensionHint")}
          value={extension}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={errorOf("extension")}
          inputMode="numeric"
          maxLength={6}
        />
        <NativeSelect
          label={t("operator.mayDial")}
          description={t("operator.mayDialHint")}
          value={mayDial}
          onChange={(event) => setMayDial(DIAL_RIGHTS.find((right) => right === event.currentTarget.value) ?? "abroad")}
          data={DIAL_RIGHTS.map((value) => ({ value, label: t(`operator.mayDial.${value}`) }))}
        />
        {operator !== null && (
          <Switch
            label={t("operator.enabled")}
            description={t("operator.enabledHint")}
            checked={isEnabled}
            onChange={(event) => setEnabled(event.currentTarget.checked)}
          />
        )}
        <Switch
          label={t("operator.wantsLogin")}
          description={t("operator.wantsLoginHint")}
          checked={wantsLogin}
          disabled={hadLogin}
          onChange={(event) => setWantsLogin(event.currentTarget.checked)}
        />
        {wantsLogin && (
          <Fieldset legend={t("operator.account")}>
            <Stack>
              <TextInput
                label={t("signIn.login")}
                value={login}
                onChange={(event) => setLogin(event.currentTarget.value)}
                error={errorOf("login")}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={64}
              />
              <PasswordInput
                label={t("signIn.password")}
                description={
                  hadLogin ? t("operator.passwordKept") : t("start.admin.passwordHint", { length: MIN_PASSWORD_LENGTH })
                }
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                error={errorOf("password")}
                autoComplete="new-password"
                visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
              />
            </Stack>
          </Fieldset>
        )}
        {Object.keys(problems).length === 0 && <FormError error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={add.isPending || change.isPending}>
            {operator === null ? t("action.add") : t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The extension of somebody new, until another is typed. */
function useProposed(country: string): string {
  const taken = useOperators().data?.map(({ extension }) => extension);
  return taken === undefined ? "" : nextExtension(taken, country);
}

/** Some refusals name no field though they are about one. */
function problemsOf(failure: ApiError): Record<string, string> {
  if (failure.code === "extension-taken") return { extension: failure.code };
  if (failure.code === "login-taken") return { login: failure.code };
  return { ...failure.fields };
}
