import { Button, FileInput, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { PanelCertificate } from "../api/client.ts";
import { usePanelCertificate, useSaveOwnCertificate } from "../api/panel-certificate.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { FormError, Loaded } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useSiteTime } from "../parts/use-site-time.ts";
import { AuthorityCertificate } from "./authority-certificate.tsx";
import classes from "./certificate.module.css";
import { TrustGuide } from "./trust-guide.tsx";

type Certificate = NonNullable<PanelCertificate["certificate"]>;

/** By what the panel is known to browsers, and how to make them trust it. */
export function ConnectionSection() {
  const t = useWords();
  const query = usePanelCertificate();
  return (
    <Section title={t("certificate.title")} hint={t("certificate.hint")}>
      <Loaded query={query}>
        {({ certificate }) =>
          certificate === null ? <Text size="sm">{t("certificate.none")}</Text> : <Known certificate={certificate} />
        }
      </Loaded>
    </Section>
  );
}

function Known({ certificate }: { certificate: Certificate }) {
  const t = useWords();
  const { date } = useSiteTime();
  const { acme } = certificate;
  // What the box got by itself is told there.
  const brought = acme.wanted?.validUntil ? null : certificate.own;
  return (
    <Stack gap="lg">
      <div>
        <Text size="sm" fw={600}>
          {t("certificate.names")}
        </Text>
        <Text size="sm" className={classes["names"] ?? ""} data-testid="certificate-names">
          {certificate.names.join(", ")}
        </Text>
        <Text size="sm" c="dimmed">
          {t("certificate.until", { date: date(certificate.validUntil) })}
        </Text>
      </div>
      <Stack gap="sm">
        <Title order={3}>{t("certificate.trust")}</Title>
        <TrustGuide fingerprint={certificate.authority.fingerprint} />
      </Stack>
      <AuthorityCertificate acme={acme} hasBrought={brought !== null} />
      <Own own={brought} />
    </Stack>
  );
}

function Own({ own }: { own: Certificate["own"] }) {
  const t = useWords();
  const { date } = useSiteTime();
  const fieldText = useFieldText();
  const save = useSaveOwnCertificate();
  const { tell } = useNotice();
  const [certificate, setCertificate] = useState<File | null>(null);
  const [key, setKey] = useState<File | null>(null);
  const errorOf = (field: "certificate" | "key") => {
    const code = save.error instanceof ApiError ? save.error.fields[field] : undefined;
    return code === undefined ? undefined : fieldText(code);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (certificate === null || key === null) return;
    const send = async () => {
      await save.mutateAsync({ certificate: await certificate.text(), key: await key.text() });
      setCertificate(null);
      setKey(null);
      tell(t("certificate.saved"));
    };
    // What is wrong is said at its field.
    send().catch(() => undefined);
  };
  const names = own?.names.join(", ") ?? "";
  return (
    <form onSubmit={submit} noValidate data-testid="own-certificate">
      <Stack gap="sm">
        <Title order={3}>{t("certificate.own")}</Title>
        {own === null ? (
          <Text size="sm">{t("certificate.ownHint")}</Text>
        ) : (
          <Text size="sm" className={classes["names"] ?? ""}>
            {t("certificate.ownNow", { names, issuer: own.issuer, date: date(own.validUntil) })}
          </Text>
        )}
        {own !== null && !own.isForBox && (
          <Callout tone="warn" icon={IconAlertTriangle}>
            {t("certificate.ownElsewhere", { names })}
          </Callout>
        )}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <FileInput
            label={t("certificate.ownFile")}
            placeholder={t("certificate.choose")}
            accept=".pem,.crt,.cer"
            value={certificate}
            onChange={setCertificate}
            error={errorOf("certificate")}
          />
          <FileInput
            label={t("certificate.ownKey")}
            placeholder={t("certificate.choose")}
            accept=".pem,.key"
            value={key}
            onChange={setKey}
            error={errorOf("key")}
          />
        </SimpleGrid>
        {errorOf("certificate") === undefined && errorOf("key") === undefined && <FormError error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={certificate === null || key === null}>
            {t("certificate.use")}
          </Button>
          {own !== null && (
            <Button variant="default" disabled={save.isPending} onClick={() => save.mutate(null)}>
              {t("certificate.ownRemove")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
