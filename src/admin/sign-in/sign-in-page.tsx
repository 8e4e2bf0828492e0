import { Button, Paper, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { type Language } from "../../calls/language.ts";
import { useSignIn, useStatus } from "../api/session.ts";
import iconUrl from "../app/icon.svg";
import { LANGUAGE_NAMES, LANGUAGES, useLanguage, useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import classes from "./sign-in.module.css";

export function SignInPage({ language }: { language: Language }) {
  const t = useWords();
  const { choose } = useLanguage();
  const { data: status } = useStatus();
  const signIn = useSignIn();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");

  useEffect(() => {
    document.title = `${t("signIn.title")} · Hotline`;
  }, [t]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ login: login.trim(), password }, { onError: () => setPassword("") });
  };

  return (
    <main className={classes["page"]}>
      <Paper component="form" className={classes["card"] ?? ""} onSubmit={submit} withBorder radius="lg">
        <Stack gap="md">
          <div className={classes["head"]}>
            <img src={iconUrl} alt="" width={40} height={40} />
            <Title order={1} size="h1">
              {t("signIn.title")}
            </Title>
          </div>
          <TextInput
            label={t("signIn.login")}
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            size="md"
            required
            withAsterisk={false}
            autoFocus
          />
          <PasswordInput
            label={t("signIn.password")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            size="md"
            required
            withAsterisk={false}
          />
          <FormError error={signIn.error} />
          <Button type="submit" size="md" loading={signIn.isPending}>
            {t("signIn.submit")}
          </Button>
        </Stack>
      </Paper>
      <div className={classes["languages"]} role="group" aria-label={t("account.language")}>
        {LANGUAGES.map((value) => (
          <Button
            key={value}
            size="compact-sm"
            variant={value === language ? "light" : "subtle"}
            color={value === language ? "petrol" : "gray"}
            aria-pressed={value === language}
            lang={value}
            onClick={() => choose(value)}
          >
            {LANGUAGE_NAMES[value]}
          </Button>
        ))}
      </div>
      <div className={classes["version"]}>{status === undefined ? "" : `Hotline ${status.version}`}</div>
    </main>
  );
}
