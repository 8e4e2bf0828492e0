import { NumberInput, PasswordInput, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import type { SettingsInput } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";

type Server = NonNullable<SettingsInput["smtp"]>;

interface Props {
  email: string | null;
  server: Server | null;
  /** The daemon keeps one; it never gives it back. */
  hasPassword: boolean;
  change: (part: Pick<SettingsInput, "voicemailEmail" | "smtp">) => void;
  errorOf: (field: string) => string | undefined;
}

const USUAL_SERVER: Server = { host: "", port: 587, user: null, secure: false };

/** Where new voice messages are mailed, and by which server. */
export function MailForm({ email, server, hasPassword, change, errorOf }: Props) {
  const t = useWords();
  const isOn = email !== null || server !== null;
  const own = server ?? USUAL_SERVER;
  const changeServer = (part: Partial<Server>) => change({ smtp: { ...own, ...part } });
  return (
    <Stack>
      <Switch
        label={t("settings.mailEnabled")}
        checked={isOn}
        onChange={(event) =>
          change(event.currentTarget.checked ? { voicemailEmail: "", smtp: own } : { voicemailEmail: null, smtp: null })
        }
      />
      {isOn && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            type="email"
            label={t("settings.mailTo")}
            description={t("settings.mailToHint")}
            value={email ?? ""}
            maxLength={254}
            error={errorOf("voicemailEmail")}
            onChange={(event) => change({ voicemailEmail: event.currentTarget.value.trim() })}
          />
          <TextInput
            label={t("settings.mailHost")}
            description="smtp.example.com"
            value={own.host}
            maxLength={253}
            error={errorOf("smtp.host")}
            onChange={(event) => changeServer({ host: event.currentTarget.value.trim() })}
          />
          <NumberInput
            label={t("settings.mailPort")}
            description="587, 465, 25"
            value={own.port}
            min={1}
            max={65_535}
            allowDecimal={false}
            thousandSeparator={false}
            error={errorOf("smtp.port")}
            onChange={(port) => {
              if (typeof port === "number") changeServer({ port });
            }}
          />
          <Switch
            mt="lg"
            label={t("settings.mailSecure")}
            description={t("settings.mailSecureHint")}
            checked={own.secure}
            onChange={(event) => changeServer({ secure: event.currentTarget.checked })}
          />
          <TextInput
            label={t("settings.mailUser")}
            description={t("settings.mailUserHint")}
            value={own.user ?? ""}
            maxLength={200}
            autoComplete="off"
            error={errorOf("smtp.user")}
            onChange={(event) => {
              const user = event.currentTarget.value;
              changeServer({ user: user === "" ? null : user });
            }}
          />
          <PasswordInput
            label={t("settings.mailPassword")}
            description={hasPassword ? t("settings.mailPasswordKept") : " "}
            value={own.password ?? ""}
            maxLength={200}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            onChange={(event) => changeServer({ password: event.currentTarget.value })}
          />
        </SimpleGrid>
      )}
    </Stack>
  );
}
