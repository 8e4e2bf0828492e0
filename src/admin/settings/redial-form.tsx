import { ActionIcon, Button, Group, Input, NumberInput, Stack, Switch } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { SettingsInput } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";

type Redial = NonNullable<SettingsInput["redial"]>;

const MOST_TRIES = 10;
const LONGEST_DELAY_MINUTES = 1440;
const USUAL_DELAY_MINUTES = 30;

/** When missed callers are called back by themselves, and how long the phones ring then. */
export function RedialForm({ redial, onChange }: { redial: Redial; onChange: (redial: Redial) => void }) {
  const t = useWords();
  const { isEnabled, delaysMinutes } = redial;
  const setDelays = (delays: number[]) => onChange({ ...redial, delaysMinutes: delays });
  return (
    <Stack>
      <Switch
        label={t("settings.redialEnabled")}
        description={t("settings.redialEnabledHint")}
        checked={isEnabled}
        onChange={(event) => onChange({ ...redial, isEnabled: event.currentTarget.checked })}
      />
      {isEnabled && (
        <>
          <Input.Wrapper
            label={t("settings.redialDelays")}
            description={t("settings.redialDelaysHint")}
            labelElement="div"
          >
            <Group mt="xs" gap="sm" align="flex-end" data-testid="redial-delays">
              {delaysMinutes.map((minutes, index) => (
                // A try has no identity but its place.
                <Group key={index} gap={2} align="flex-end" wrap="nowrap">
                  <NumberInput
                    w={150}
                    label={t("settings.redialDelay", { number: index + 1 })}
                    value={minutes}
                    min={0.01}
                    max={LONGEST_DELAY_MINUTES}
                    decimalScale={2}
                    clampBehavior="blur"
                    onChange={(value) => {
                      if (typeof value === "number")
                        setDelays(delaysMinutes.map((other, at) => (at === index ? value : other)));
                    }}
                  />
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={36}
                    disabled={delaysMinutes.length === 1}
                    aria-label={t("settings.redialRemove", { number: index + 1 })}
                    onClick={() => setDelays(delaysMinutes.filter((_, at) => at !== index))}
                  >
                    <IconX size={17} />
                  </ActionIcon>
                </Group>
              ))}
              <Button
                variant="default"
                disabled={delaysMinutes.length >= MOST_TRIES}
                leftSection={<IconPlus size={17} aria-hidden />}
                onClick={() => setDelays([...delaysMinutes, delaysMinutes.at(-1) ?? USUAL_DELAY_MINUTES])}
              >
                {t("settings.redialAdd")}
              </Button>
            </Group>
          </Input.Wrapper>
          <Group align="flex-end">
            <Seconds
              label={t("settings.redialRingOperator")}
              value={redial.ringOperatorSeconds}
              onChange={(ringOperatorSeconds) => onChange({ ...redial, ringOperatorSeconds })}
            />
            <Seconds
              label={t("settings.redialRingCaller")}
              value={redial.ringCallerSeconds}
              onChange={(ringCallerSeconds) => onChange({ ...redial, ringCallerSeconds })}
            />
          </Group>
        </>
      )}
    </Stack>
  );
}

interface SecondsProps {
  label: string;
  value: number;
  onChange: (seconds: number) => void;
}

function Seconds({ label, value, onChange }: SecondsProps) {
  return (
    <NumberInput
      label={label}
      value={value}
      min={5}
      max={120}
      clampBehavior="blur"
      allowDecimal={false}
      onChange={(seconds) => {
        if (typeof seconds === "number") onChange(seconds);
      }}
    />
  );
}
