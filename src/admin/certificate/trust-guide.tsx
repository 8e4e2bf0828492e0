import { Button, NativeSelect, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { type MessageKey, useWords } from "../messages/language.tsx";
import classes from "./certificate.module.css";

/** The daemon gives it to everybody, before anybody trusts it. */
const AUTHORITY_URL = "/ca.crt";

/** Their names are the same in every language. */
const SYSTEMS = [
  { value: "windows", label: "Windows" },
  { value: "mac", label: "macOS" },
  { value: "iphone", label: "iPhone, iPad" },
  { value: "android", label: "Android" },
  { value: "firefox", label: "Firefox" },
] as const;
type System = (typeof SYSTEMS)[number]["value"];

const STEPS: Record<System, readonly MessageKey[]> = {
  windows: ["certificate.windows.1", "certificate.windows.2", "certificate.windows.3"],
  mac: ["certificate.mac.1", "certificate.mac.2", "certificate.mac.3"],
  iphone: ["certificate.iphone.1", "certificate.iphone.2", "certificate.iphone.3"],
  android: ["certificate.android.1", "certificate.android.2"],
  firefox: ["certificate.firefox.1", "certificate.firefox.2"],
};

function ownSystem(userAgent: string): System {
  if (userAgent.includes("Firefox")) return "firefox";
  if (/iPhone|iPad/.test(userAgent)) return "iphone";
  if (userAgent.includes("Android")) return "android";
  return userAgent.includes("Mac OS") ? "mac" : "windows";
}

/** How a device learns to trust the box, and how to be sure that it is this box. */
export function TrustGuide({ fingerprint }: { fingerprint: string }) {
  const t = useWords();
  const [system, setSystem] = useState<System>(() => ownSystem(navigator.userAgent));
  return (
    <Stack gap="sm">
      <Text size="sm">{t("certificate.trustHint")}</Text>
      <div>
        <Button
          component="a"
          href={AUTHORITY_URL}
          download="hotline-ca.crt"
          variant="default"
          leftSection={<IconDownload size={17} aria-hidden />}
        >
          {t("certificate.download")}
        </Button>
      </div>
      <div>
        <Text size="sm" fw={600}>
          {t("certificate.fingerprint")}
        </Text>
        <span className={classes["fingerprint"]} data-testid="fingerprint">
          {fingerprint}
        </span>
        <Text size="sm" c="dimmed">
          {t("certificate.compare")}
        </Text>
      </div>
      <NativeSelect
        maw={420}
        label={t("certificate.system")}
        value={system}
        onChange={(event) => {
          const wanted = event.currentTarget.value;
          setSystem(SYSTEMS.find(({ value }) => value === wanted)?.value ?? system);
        }}
        data={SYSTEMS.map(({ value, label }) => ({ value, label }))}
      />
      <ol className={classes["steps"]}>
        {STEPS[system].map((step) => (
          <li key={step}>{t(step)}</li>
        ))}
      </ol>
    </Stack>
  );
}
