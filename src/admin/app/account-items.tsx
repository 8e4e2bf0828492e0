import { Button, Input, NativeSelect, SegmentedControl, Stack, useMantineColorScheme } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { isLanguage } from "../../calls/language.ts";
import { useChangeOwnLanguage, useSignOut } from "../api/session.ts";
import { LANGUAGE_NAMES, LANGUAGES, useLanguage, useWords } from "../messages/language.tsx";
import { useNotice } from "../parts/notices.tsx";

export function OwnLanguage() {
  const t = useWords();
  const { language, choose } = useLanguage();
  const change = useChangeOwnLanguage();
  const { failed } = useNotice();
  return (
    <NativeSelect
      label={t("account.language")}
      value={language}
      data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
      onChange={(event) => {
        const wanted = event.currentTarget.value;
        if (!isLanguage(wanted)) return;
        choose(wanted);
        change.mutate(wanted, { onError: failed });
      }}
    />
  );
}

/** Light, dark, or as the computer is set. Kept in this browser: the wall display may differ from the desk. */
export function ColourScheme() {
  const t = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div>
      <Input.Label component="div">{t("account.colours")}</Input.Label>
      <SegmentedControl
        fullWidth
        aria-label={t("account.colours")}
        value={colorScheme}
        onChange={(value) => {
          if (value === "auto" || value === "light" || value === "dark") setColorScheme(value);
        }}
        data={[
          { value: "auto", label: t("account.coloursAuto") },
          { value: "light", label: t("account.coloursLight") },
          { value: "dark", label: t("account.coloursDark") },
        ]}
      />
    </div>
  );
}

export function SignOut() {
  const t = useWords();
  const signOut = useSignOut();
  const { failed } = useNotice();
  return (
    <Button
      variant="default"
      leftSection={<IconLogout size={18} aria-hidden />}
      loading={signOut.isPending}
      onClick={() => signOut.mutate(undefined, { onError: failed })}
    >
      {t("account.signOut")}
    </Button>
  );
}

export function AccountItems() {
  return (
    <Stack gap="sm" p="xs">
      <OwnLanguage />
      <ColourScheme />
      <SignOut />
    </Stack>
  );
}
