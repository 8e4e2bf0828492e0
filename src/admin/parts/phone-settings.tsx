import { ActionIcon, Button, Group, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import type { PhoneSettings } from "../api/client.ts";
import { type MessageKey, useWords } from "../messages/language.tsx";
import { Callout } from "./callout.tsx";
import classes from "./parts.module.css";
import { useCopy } from "./use-copy.ts";

function CopyableValue({ label, value }: { label: string; value: string }) {
  const t = useWords();
  const { isCopied, copy } = useCopy();
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span className={classes["value"]}>{value}</span>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => copy(value)}
          aria-label={isCopied ? t("copy.done") : t("copy.what", { what: label })}
        >
          {isCopied ? <IconCheck size={18} /> : <IconCopy size={18} />}
        </ActionIcon>
      </dd>
    </>
  );
}

/** What has to be typed into an operator's phone. The password is known only now: the daemon keeps no way back to it. */
export function PhoneCard({ name, extension, phone }: { name: string; extension: string; phone: PhoneSettings }) {
  const t = useWords();
  const { isCopied, copy } = useCopy();
  const rows: [MessageKey, string][] = [
    ["phone.server", phone.sipServer],
    ["phone.port", String(phone.sipPort)],
    ["phone.user", phone.sipUser],
    ["phone.password", phone.sipPassword],
  ];
  const all = [`${name} (${extension})`, ...rows.map(([key, value]) => `${t(key)}: ${value}`)].join("\n");
  return (
    <section className={classes["phoneCard"]} aria-label={`${name}, ${extension}`} data-testid="phone-card">
      <div className={classes["phoneCardHeader"]}>
        <Group gap="xs">
          <Title order={2} size="h3">
            <bdi>{name}</bdi>
          </Title>
          <Text size="sm" c="dimmed">
            {extension}
          </Text>
        </Group>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => copy(all)}
          leftSection={isCopied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        >
          {isCopied ? t("copy.done") : t("copy.all")}
        </Button>
      </div>
      <dl className={classes["values"]}>
        {rows.map(([key, value]) => (
          <CopyableValue key={key} label={t(key)} value={value} />
        ))}
      </dl>
    </section>
  );
}

export function ShownOnce() {
  const t = useWords();
  return (
    <Callout tone="warn" icon={IconAlertTriangle} title={t("phone.onceTitle")}>
      {t("phone.onceText")}
    </Callout>
  );
}
