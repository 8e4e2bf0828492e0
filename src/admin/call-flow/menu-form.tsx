import { Group, NativeSelect, Stack, Switch, Text } from "@mantine/core";
import type { FlowInput } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";

type Menu = FlowInput["menu"];

/** 0 always reaches a person, so it is not to be given away. */
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export function MenuForm({ menu, onChange }: { menu: Menu; onChange: (menu: Menu) => void }) {
  const t = useWords();
  const free = (taken: string | null) => DIGITS.filter((digit) => digit !== taken);
  return (
    <Stack>
      <Switch
        label={t("menu.enabled")}
        description={t("menu.enabledHint")}
        checked={menu.isEnabled}
        onChange={(event) => onChange({ ...menu, isEnabled: event.currentTarget.checked })}
      />
      {menu.isEnabled && (
        <>
          <Group align="flex-end">
            <NativeSelect
              label={t("menu.operatorsDigit")}
              value={menu.operatorsDigit}
              data={free(menu.informationDigit)}
              onChange={(event) =>
                onChange({ ...menu, operatorsDigit: event.currentTarget.value as Menu["operatorsDigit"] })
              }
            />
            <NativeSelect
              label={t("menu.informationDigit")}
              value={menu.informationDigit ?? ""}
              data={[
                { value: "", label: t("menu.noInformation") },
                ...free(menu.operatorsDigit).map((digit) => ({ value: digit, label: digit })),
              ]}
              onChange={(event) => {
                const digit = event.currentTarget.value;
                onChange({ ...menu, informationDigit: (digit === "" ? null : digit) as Menu["informationDigit"] });
              }}
            />
          </Group>
          <Text size="sm" c="dimmed">
            {t("menu.zero")}
          </Text>
        </>
      )}
    </Stack>
  );
}
