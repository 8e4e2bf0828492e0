import { Anchor, Button, Checkbox, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { PanelCertificate } from "../api/client.ts";
import { useWantCertificate } from "../api/panel-certificate.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./certificate.module.css";

type Acme = NonNullable<PanelCertificate["certificate"]>["acme"];
type Authority = Acme["authority"];
type Wanted = NonNullable<Acme["wanted"]>;

/** A certificate that the box gets from an authority on the internet by itself. */
export function AuthorityCertificate({ acme, hasBrought }: { acme: Acme; hasBrought: boolean }) {
  const t = useWords();
  const { authority, wanted } = acme;
  return (
    <Stack gap="sm" data-testid="authority-certificate">
      <Title order={3}>{t("certificate.acme")}</Title>
      {wanted === null ? (
        <WantForm authority={authority} hasBrought={hasBrought} />
      ) : (
        <Standing authority={authority} wanted={wanted} />
      )}
    </Stack>
  );
}

function WantForm({ authority, hasBrought }: { authority: Authority; hasBrought: boolean }) {
  const t = useWords();
  const fieldText = useFieldText();
  const want = useWantCertificate();
  const [domain, setDomain] = useState("");
  const [email, setEmail] = useState("");
  const [hasAgreed, setHasAgreed] = useState(false);
  const fields = want.error instanceof ApiError ? want.error.fields : {};
  const errorOf = (field: string) => (fields[field] === undefined ? undefined : fieldText(fields[field]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    want.mutate({ domain, email: email.trim() === "" ? null : email.trim(), hasAgreed });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm">{t("certificate.acmeHint", { authority: authority.name })}</Text>
        {hasBrought && <Text size="sm">{t("certificate.acmeReplaces")}</Text>}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label={t("certificate.acmeDomain")}
            description={t("certificate.acmeDomainHint")}
            autoCapitalize="none"
            spellCheck={false}
            value={domain}
            onChange={(event) => setDomain(event.currentTarget.value)}
            error={errorOf("domain")}
          />
          <TextInput
            type="email"
            label={t("certificate.acmeEmail")}
            description={t("certificate.acmeEmailHint")}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={errorOf("email")}
          />
        </SimpleGrid>
        <Checkbox
          label={t("certificate.acmeAgree", { authority: authority.name })}
          checked={hasAgreed}
          onChange={(event) => setHasAgreed(event.currentTarget.checked)}
          error={errorOf("hasAgreed")}
        />
        {authority.terms !== null && (
          <Anchor size="sm" href={authority.terms} target="_blank" rel="noreferrer">
            {t("certificate.acmeTerms")}
          </Anchor>
        )}
        {Object.keys(fields).length === 0 && <FormError error={want.error} />}
        <Group>
          <Button type="submit" loading={want.isPending}>
            {t("certificate.acmeGet")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Standing({ authority, wanted }: { authority: Authority; wanted: Wanted }) {
  const t = useWords();
  const { date, clock } = useSiteTime();
  const want = useWantCertificate();
  const { domain, email, isTrying, validUntil, failure, nextTry } = wanted;
  const at = (iso: string) => ({ date: date(iso), time: clock(iso) });
  return (
    <>
      {validUntil !== null && (
        <Text size="sm" className={classes["names"] ?? ""}>
          {t("certificate.acmeGot", { domain, date: date(validUntil) })}
        </Text>
      )}
      {isTrying && (
        <Text size="sm" className={classes["names"] ?? ""} role="status">
          {t("certificate.acmeTrying", { domain, authority: authority.name })}
        </Text>
      )}
      {!isTrying && failure !== null && (
        <Callout tone="warn" icon={IconAlertTriangle} title={t("certificate.acmeFailed", at(failure.at))}>
          <div className={classes["names"]}>
            {t(`certificate.acmeWhy.${failure.reason}`, { domain, authority: authority.name })}
          </div>
          {failure.said !== "" && (
            <div className={classes["names"]}>{t("certificate.acmeSaid", { said: failure.said })}</div>
          )}
        </Callout>
      )}
      {!isTrying && (
        <Text size="sm" c="dimmed">
          {t("certificate.acmeNext", at(nextTry))}
        </Text>
      )}
      <FormError error={want.error} />
      <Group>
        {!isTrying && failure !== null && (
          <Button loading={want.isPending} onClick={() => want.mutate({ domain, email, hasAgreed: true })}>
            {t("certificate.acmeNow")}
          </Button>
        )}
        <Button variant="default" disabled={want.isPending} onClick={() => want.mutate(null)}>
          {t(validUntil === null ? "certificate.acmeStop" : "certificate.ownRemove")}
        </Button>
      </Group>
    </>
  );
}
