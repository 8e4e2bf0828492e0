import { NumberInput, SimpleGrid, TextInput } from "@mantine/core";
import { useState } from "react";
import type { SettingsInput } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";

type Alerts = NonNullable<SettingsInput["alerts"]>;

interface Props {
  alerts: Alerts;
  onChange: (alerts: Alerts) => void;
  /** Of a field by its path among these, `emails.0`. */
  errorOf: (field: string) => string | undefined;
}

const wordsOf = (text: string) => text.split(/[\s,;]+/).filter((word) => word !== "");

/** Whom the box tells when something is wrong, and when it looks by itself. */
export function AlertForm({ alerts, onChange, errorOf }: Props) {
  const t = useWords();
  // As it was typed: half an address is no list yet.
  const [emails, setEmails] = useState(alerts.emails.join(", "));
  const [times, setTimes] = useState(alerts.syntheticCallTimes.join(", "));
  const firstOf = (field: string, values: readonly string[]) =>
    errorOf(field) ?? values.map((_, index) => errorOf(`${field}.${index}`)).find(Boolean);
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} data-testid="alert-settings">
      <TextInput
        label={t("alerts.emails")}
        description={t("alerts.emailsHint")}
        value={emails}
        error={firstOf("emails", alerts.emails)}
        onChange={(event) => {
          setEmails(event.currentTarget.value);
          onChange({ ...alerts, emails: wordsOf(event.currentTarget.value) });
        }}
      />
      <TextInput
        type="url"
        label={t("alerts.webhook")}
        description={t("alerts.webhookHint")}
        value={alerts.webhookUrl ?? ""}
        error={errorOf("webhookUrl")}
        onChange={(event) => {
          const address = event.currentTarget.value.trim();
          onChange({ ...alerts, webhookUrl: address === "" ? null : address });
        }}
      />
      <NumberInput
        label={t("alerts.downSeconds")}
        value={alerts.trunkDownSeconds}
        min={1}
        max={86_400}
        allowDecimal={false}
        error={errorOf("trunkDownSeconds")}
        onChange={(value) => {
          if (typeof value === "number") onChange({ ...alerts, trunkDownSeconds: value });
        }}
      />
      <TextInput
        label={t("alerts.times")}
        description={t("alerts.timesHint")}
        value={times}
        error={firstOf("syntheticCallTimes", alerts.syntheticCallTimes)}
        onChange={(event) => {
          setTimes(event.currentTarget.value);
          onChange({ ...alerts, syntheticCallTimes: wordsOf(event.currentTarget.value) });
        }}
      />
    </SimpleGrid>
  );
}
