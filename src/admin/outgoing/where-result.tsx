import { IconCircleX, IconPhoneOutgoing } from "@tabler/icons-react";
import type { WhereAnswer } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { useCountryName, useMoney } from "./number-words.ts";
import classes from "./outgoing.module.css";

/** By which lines a call would be tried, or why not at all, and why each other line is passed over. */
export function WhereResult({ answer, currency }: { answer: WhereAnswer; currency: string }) {
  const t = useWords();
  const countryName = useCountryName();
  const { number, taken, passedOver, colleague, reason, rule } = answer;
  const isRefused = answer.type === "refuse";
  const title = isRefused
    ? t(`where.refused.${reason ?? "not-a-number"}`, {
        country: countryOf(answer, countryName, t("where.unknownCountry")),
      })
    : colleague === null
      ? t("where.goesBy", { trunk: taken[0]?.trunkName ?? "" })
      : t("where.colleague", { name: colleague.name, extension: colleague.extension });
  return (
    <div className={classes["answer"]} role="status" data-testid="where-answer" data-type={answer.type}>
      <Callout tone={isRefused ? "bad" : "calm"} icon={isRefused ? IconCircleX : IconPhoneOutgoing} title={title}>
        {number !== null && (
          <div>
            {t(`numberKind.one.${number.kind}`)}
            {number.country !== null && ` · ${countryName(number.country)}`} ·{" "}
            <bdi className="numeric">{number.formatted}</bdi>
            {rule !== null && ` · ${t("where.byRule", { name: rule })}`}
          </div>
        )}
      </Callout>
      {taken.length > 0 && (
        <>
          <h3 className={classes["answerTitle"]}>{t("where.order")}</h3>
          <ol className={classes["list"]}>
            {taken.map((one, index) => (
              <Taken key={one.trunkName} one={one} place={index + 1} currency={currency} />
            ))}
          </ol>
        </>
      )}
      {passedOver.length > 0 && colleague === null && (
        <>
          <h3 className={classes["answerTitle"]}>{t("where.passedOver")}</h3>
          <ul className={classes["list"]}>
            {passedOver.map(({ trunkName, reason: why }) => (
              <li key={trunkName} className={classes["passed"]} data-reason={why}>
                <bdi className={classes["name"]}>{trunkName}</bdi>
                <span className={classes["soft"]}>{t(`where.passed.${why}`)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function countryOf({ country }: WhereAnswer, nameOf: (code: string) => string, unknown: string): string {
  return country === null ? unknown : nameOf(country);
}

function Taken({ one, place, currency }: { one: WhereAnswer["taken"][number]; place: number; currency: string }) {
  const t = useWords();
  const money = useMoney(currency);
  const { trunkName, because, perMinuteMinor, freeMinutesLeft, sent, callerNumber, isCallerHidden } = one;
  const price =
    perMinuteMinor === null
      ? t("where.priceNotSaid")
      : perMinuteMinor === 0
        ? t("where.free")
        : t("where.perMinute", { price: money(perMinuteMinor) });
  const shown = isCallerHidden
    ? t("where.shownHidden")
    : callerNumber === null
      ? t("where.shownByCompany")
      : t("where.shown", { number: callerNumber });
  return (
    <li className={classes["taken"]} data-trunk={trunkName}>
      <span className={classes["place"]} aria-hidden>
        {place}
      </span>
      <div className={classes["cell"]}>
        <bdi className={classes["name"]}>{trunkName}</bdi>
        <div className={classes["soft"]}>{t(`where.because.${because}`)}</div>
      </div>
      <div className={classes["cell"]}>
        <div>
          {price}
          {freeMinutesLeft !== null && ` · ${t("where.freeLeft", { minutes: Math.floor(freeMinutesLeft) })}`}
        </div>
        <div className={classes["soft"]}>
          {t("where.sent", { number: sent })} · {shown}
        </div>
      </div>
    </li>
  );
}
