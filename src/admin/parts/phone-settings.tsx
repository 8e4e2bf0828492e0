import { ActionIcon, Button, CopyButton, Group, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import type { PhoneSettings } from "../api/client.ts";
import { type MessageKey, useWords } from "../messages/language.tsx";
import { Callout } from "./callout.tsx";
import classes from "./parts.module.css";

function CopyableValue({ label, value }: { label: string; value: string }) {
  const t = useWords();
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span className={classes["value"]}>{value}</span>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={copied ? t("copy.done") : t("copy.what", { what: label })}
            >
              {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
            </ActionIcon>
          )}
        </CopyButton>
      </dd>
    </>
  );
}

/** What has to be typed into an operator's phone. The password is known only now: the daemon keeps no way back to it. */
export function PhoneCard({ name, extension, phone }: { name: string; extension: string; phone: PhoneSettings }) {
  const t = useWords();
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
        <CopyButton value={all}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="compact-sm"
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            >
              {copied ? t("copy.done") : t("copy.all")}
            </Button>
          )}
        </CopyButton>
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
