import { Button } from "@mantine/core";
import { IconShieldCheck, IconShieldOff, IconShieldX } from "@tabler/icons-react";
import { useAccess, useBans, useRevokeBan } from "../api/bans.ts";
import type { Bans } from "../api/client.ts";
import { HealthTabs } from "../health/health-tabs.tsx";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { Mark } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import { Untrusted } from "../parts/party-name.tsx";
import { Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import { AccessForm } from "./access-form.tsx";
import { BanForm } from "./ban-form.tsx";
import classes from "./bans.module.css";

/** Who guesses and is shut out, and who reaches what. */
export default function BansPage() {
  const t = useWords();
  const bans = useBans();
  const access = useAccess();
  return (
    <Page title={t("bans.title")}>
      <HealthTabs />
      <Loaded query={bans}>
        {(known) => (
          <>
            {!known.isFirewallThere && (
              <Callout tone="warn" icon={IconShieldOff} testId="no-firewall">
                {t("bans.noFirewall")}
              </Callout>
            )}
            <BannedSection banned={known.banned} />
            <Section title={t("bans.settings")} hint={t("bans.settingsHint")}>
              <BanForm key={JSON.stringify(known.settings)} saved={known.settings} yourAddress={known.yourAddress} />
            </Section>
          </>
        )}
      </Loaded>
      <Loaded query={access}>
        {(known) => (
          <Section title={t("access.title")} hint={t("access.hint")}>
            <AccessForm key={JSON.stringify(known.settings)} access={known} />
          </Section>
        )}
      </Loaded>
    </Page>
  );
}

function BannedSection({ banned }: { banned: Bans["banned"] }) {
  const t = useWords();
  return (
    <Section title={t("bans.now")} hint={t("bans.nowHint")} isFlush>
      <ul className={classes["list"]} data-testid="banned">
        {banned.length === 0 && (
          <li>
            <Mark icon={IconShieldCheck} tone="good">
              {t("bans.none")}
            </Mark>
          </li>
        )}
        {banned.map((ban) => (
          <BannedRow key={ban.address} ban={ban} />
        ))}
      </ul>
    </Section>
  );
}

function BannedRow({ ban }: { ban: Bans["banned"][number] }) {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  const revoke = useRevokeBan();
  const { failed } = useNotice();
  const { address, reach, reason, since, until, tries, times, names } = ban;
  const time = (at: string) => `${dayInSentence(at)} ${clock(at)}`;
  return (
    <li data-address={address} data-reach={reach} className={classes["row"]}>
      <div className={classes["what"]}>
        <Mark icon={IconShieldX} tone="bad">
          <bdi className="numeric">{address}</bdi>
        </Mark>
        <div>
          {t(`bans.reason.${reason}`)}{" "}
          {names.length > 0 && (
            <span className={classes["soft"]}>
              (<Untrusted text={t("bans.names", { names: names.join(", ") })} />)
            </span>
          )}
        </div>
        <div className={classes["soft"]}>
          {t("bans.row", { tries, since: time(since), until: time(until) })} · {t("bans.times", { times })}
        </div>
        {reach === "guests" && <div className={classes["soft"]}>{t("bans.guests")}</div>}
      </div>
      <Button
        variant="default"
        size="sm"
        loading={revoke.isPending}
        aria-label={t("bans.revokeOf", { address })}
        onClick={() => revoke.mutate(address, { onError: failed })}
      >
        {t("bans.revoke")}
      </Button>
    </li>
  );
}
