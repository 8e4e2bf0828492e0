import { Anchor, Button, PasswordInput, Progress } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useInstallSwitch, useSwitchInstall } from "../api/switch-install.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./test-call.module.css";

const VENDOR = "https://id.signalwire.com/personal_access_tokens";

/** There is no switch: it is said so, and where it can be installed from here, what that takes. */
export function SwitchMissing() {
  const t = useWords();
  const { data: install } = useSwitchInstall();
  const canInstall = install?.state === "none" || install?.state === "failed";
  return (
    <>
      <Callout tone="warn" icon={IconPlugConnectedX} title={t("switch.awayTitle")} testId="no-switch">
        {canInstall ? t("switchInstall.missing") : t("testCall.noSwitch")}
        {install?.state === "no-box" && ` ${t("switchInstall.noBox")}`}
      </Callout>
      {canInstall && <TokenForm problem={install.problem} />}
      {install?.state === "running" && (
        <div role="status" data-testid="switch-installing" data-step={install.step}>
          {t(`switchInstall.step.${install.step}`)}
          <Progress
            mt="xs"
            value={install.step === "asking" || install.step === "starting" ? 100 : install.percent}
            animated
            aria-label={t("switchInstall.install")}
          />
        </div>
      )}
    </>
  );
}

function TokenForm({ problem }: { problem: string | null }) {
  const t = useWords();
  const fieldText = useFieldText();
  const [token, setToken] = useState("");
  const install = useInstallSwitch();
  const code = install.error instanceof ApiError ? install.error.fields["token"] : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    install.mutate(token, { onSuccess: () => setToken("") });
  };
  return (
    <form className={classes["token"]} onSubmit={submit} noValidate>
      {problem !== null && (
        <div role="alert" data-testid="switch-problem" data-problem={problem}>
          {t(`switchInstall.problem.${isProblem(problem) ? problem : "failed"}`)}
        </div>
      )}
      <PasswordInput
        label={t("switchInstall.token")}
        description={
          <>
            {t("switchInstall.tokenHint")}{" "}
            <Anchor href={VENDOR} target="_blank" rel="noreferrer" inherit>
              {t("switchInstall.whereToken")}
            </Anchor>
          </>
        }
        value={token}
        autoComplete="off"
        onChange={(event) => setToken(event.currentTarget.value)}
        error={code === undefined ? undefined : fieldText(code)}
        visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
      />
      {code === undefined && <FormError error={install.error} />}
      <Button type="submit" loading={install.isPending} style={{ alignSelf: "start" }}>
        {t("switchInstall.install")}
      </Button>
    </form>
  );
}

const PROBLEMS = ["wrong-token", "no-internet", "no-room", "failed"] as const;

function isProblem(word: string): word is (typeof PROBLEMS)[number] {
  return (PROBLEMS as readonly string[]).includes(word);
}
