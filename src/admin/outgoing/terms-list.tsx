import { Button } from "@mantine/core";
import { IconCoins, IconPencil, IconSnowflake } from "@tabler/icons-react";
import type { Outgoing, OutgoingTrunk } from "../api/client.ts";
import { useUnfreeze } from "../api/outgoing.ts";
import { formatNumber } from "../format/quantity.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Empty } from "../parts/states.tsx";
import { useMatchText, useMoney } from "./number-words.ts";
import classes from "./outgoing.module.css";
import { isEveryNumber, shareUsed } from "./settings.ts";

interface Props {
  outgoing: Outgoing;
  edit: (trunkId: number) => void;
}

/** What each line costs, how much of it may be used in a day, and how much was. */
export function TermsList({ outgoing, edit }: Props) {
  const t = useWords();
  return (
    <Section title={t("terms.title")} hint={t("terms.hint")} isFlush>
      {outgoing.trunks.length === 0 ? (
        <Empty icon={IconCoins} title={t("trunk.none")} text={t("rules.noneWithoutTrunks")} />
      ) : (
        <ul className={classes["list"]} data-testid="terms">
          {outgoing.trunks.map((trunk) => (
            <Row key={trunk.trunkId} trunk={trunk} currency={outgoing.currency} edit={edit} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Row({ trunk, currency, edit }: { trunk: OutgoingTrunk; currency: string; edit: Props["edit"] }) {
  const t = useWords();
  const { name, frozen } = trunk;
  return (
    <li className={classes["terms"]} data-testid="terms-row" data-frozen={frozen ?? undefined}>
      <div className={classes["termsHead"]}>
        <bdi className={classes["name"]}>{name}</bdi>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPencil size={16} aria-hidden />}
          aria-label={t("terms.editNamed", { name })}
          onClick={() => edit(trunk.trunkId)}
        >
          {t("action.edit")}
        </Button>
      </div>
      {frozen !== null && <Frozen trunk={trunk} />}
      <div className={classes["termsGrid"]}>
        <Used trunk={trunk} currency={currency} />
        <Costs trunk={trunk} currency={currency} />
      </div>
    </li>
  );
}

function Frozen({ trunk: { trunkId, frozen, limits } }: { trunk: OutgoingTrunk }) {
  const t = useWords();
  const unfreeze = useUnfreeze();
  const { failed, tell } = useNotice();
  return (
    <div className={classes["frozen"]}>
      <Callout
        tone="bad"
        icon={IconSnowflake}
        title={frozen === "money" ? t("terms.frozen.money") : t("terms.frozen.minutes")}
      >
        {t("terms.frozenText")}
        <div>
          <Button
            // Counted anew it would be frozen again at once.
            disabled={(frozen === "money" ? limits.moneyPerDayMinor : limits.minutesPerDay) === 0}
            mt="xs"
            variant="default"
            size="compact-sm"
            loading={unfreeze.isPending}
            onClick={() => unfreeze.mutate(trunkId, { onSuccess: () => tell(t("terms.unfrozen")), onError: failed })}
          >
            {t("terms.unfreeze")}
          </Button>
        </div>
      </Callout>
    </div>
  );
}

function Used({ trunk, currency }: { trunk: OutgoingTrunk; currency: string }) {
  const t = useWords();
  const { language } = useLanguage();
  const money = useMoney(currency);
  const { limits, spent } = trunk;
  const share = shareUsed(trunk);
  const minutes = formatNumber(Math.ceil(spent.minutesToday), language);
  return (
    <div className={classes["cell"]}>
      <div className="numeric">
        {limits.minutesPerDay === null
          ? t("terms.minutesToday", { minutes })
          : t("terms.minutesOf", { minutes, most: formatNumber(limits.minutesPerDay, language) })}
      </div>
      <div className="numeric">
        {limits.moneyPerDayMinor === null
          ? t("terms.moneyToday", { money: money(Math.round(spent.moneyTodayMinor)) })
          : t("terms.moneyOf", {
              money: money(Math.round(spent.moneyTodayMinor)),
              most: money(limits.moneyPerDayMinor),
            })}
      </div>
      {share !== null && (
        <div className={classes["meter"]} aria-hidden>
          <div
            className={classes["meterFill"]}
            data-full={share >= 1 || undefined}
            style={{ width: `${Math.round(share * 100)}%` }}
          />
        </div>
      )}
    </div>
  );
}

function Costs({ trunk, currency }: { trunk: OutgoingTrunk; currency: string }) {
  const t = useWords();
  const { language } = useLanguage();
  const money = useMoney(currency);
  const matchText = useMatchText();
  const { costs, spent } = trunk;
  if (costs.prices.length === 0 && costs.bundles.length === 0)
    return <div className={classes["soft"]}>{t("terms.noCosts")}</div>;
  return (
    <ul className={classes["costs"]}>
      {costs.prices.map((price, index) => (
        <li key={`price ${index}`}>
          <span>{isEveryNumber(price.numbers) ? t("terms.otherNumbers") : matchText(price.numbers)}</span>
          <span className="numeric">{t("where.perMinute", { price: money(price.perMinuteMinor) })}</span>
        </li>
      ))}
      {costs.bundles.map((bundle, index) => (
        <li key={`bundle ${index}`}>
          <span>{matchText(bundle.numbers)}</span>
          <span className="numeric">
            {t("terms.bundleUsed", {
              used: formatNumber(Math.ceil(spent.bundleMinutesUsed[index] ?? 0), language),
              minutes: formatNumber(bundle.minutesPerMonth, language),
            })}
          </span>
        </li>
      ))}
    </ul>
  );
}
