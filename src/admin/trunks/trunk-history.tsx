import { Button } from "@mantine/core";
import { IconCircleCheck, IconCircleOff, IconHelpCircle, IconRouteOff } from "@tabler/icons-react";
import { useState } from "react";
import classes from "../alerts/alerts.module.css";
import { useTrunkHistory, useTrunkWatch } from "../api/alerts.ts";
import type { TrunkHistory, TrunkStanding } from "../api/client.ts";
import { useTrunks } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { Mark } from "../parts/mark.tsx";
import { Section } from "../parts/page.tsx";
import { Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";

const SIGNS = {
  up: { icon: IconCircleCheck, tone: "good" },
  down: { icon: IconRouteOff, tone: "bad" },
  off: { icon: IconCircleOff, tone: "calm" },
  unknown: { icon: IconHelpCircle, tone: "warn" },
} as const;
const SHOWN_CHANGES = 20;

/** How each line stands, since when and why, and how often it was down. */
export function TrunkHistorySection() {
  const t = useWords();
  const trunks = useTrunks();
  const watch = useTrunkWatch();
  if (trunks.data?.length === 0) return null;
  return (
    <Section title={t("trunkWatch.title")} hint={t("trunkWatch.hint")} isFlush>
      <Loaded query={watch} skeleton={<Lines count={2} height={28} />}>
        {(standings) => (
          <ul className={classes["list"]} data-testid="trunk-watch">
            {standings.map((standing) => (
              <TrunkRow
                key={standing.trunkId}
                standing={standing}
                name={trunks.data?.find(({ trunkId }) => trunkId === standing.trunkId)?.name ?? ""}
              />
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

function TrunkRow({ standing, name }: { standing: TrunkStanding; name: string }) {
  const t = useWords();
  const words = useStandingWords();
  const [isOpen, setOpen] = useState(false);
  const { icon, tone } = SIGNS[standing.health];
  return (
    <li className={classes["row"]} data-health={standing.health}>
      <div>
        <bdi>{name}</bdi>
        <div>
          <Mark icon={icon} tone={tone}>
            {words(standing)}
          </Mark>
        </div>
        {standing.flapsToday > 0 && (
          <div className={classes["soft"]}>{t("trunkWatch.flapsToday", { count: standing.flapsToday })}</div>
        )}
        {standing.flapsToday === 0 && standing.health === "up" && (
          <div className={classes["soft"]}>{t("trunkWatch.noFlaps")}</div>
        )}
      </div>
      <Button variant="default" size="sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t(isOpen ? "trunkWatch.hide" : "trunkWatch.show")}
      </Button>
      {isOpen && <History trunkId={standing.trunkId} />}
    </li>
  );
}

function History({ trunkId }: { trunkId: number }) {
  const t = useWords();
  const words = useStandingWords();
  const { plainDate } = useSiteTime();
  const query = useTrunkHistory(trunkId);
  return (
    <Loaded query={query} skeleton={<Lines count={2} />}>
      {({ days, changes }) => (
        <ul className={classes["history"]} data-testid="trunk-history">
          {days.toReversed().map(({ date, flaps }) => (
            <li key={date}>{t("trunkWatch.onDay", { date: plainDate(date), count: flaps })}</li>
          ))}
          {changes.slice(0, SHOWN_CHANGES).map((change, index) => (
            // Two changes may fall on one moment.
            <li key={`${change.since} ${index}`}>{words(change)}</li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}

type Change = Pick<TrunkHistory["changes"][number], "health" | "reason" | "status" | "phrase"> & {
  since: string | null;
};

function useStandingWords() {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  return ({ health, reason, status, phrase, since }: Change): string => {
    const said = [status ?? "", phrase ?? ""].join(" ").trim();
    const why = reason === null ? "" : t(`trunkWatch.reason.${reason}`);
    return t(`trunkWatch.${health}`, {
      ...(since === null ? { day: "", time: "" } : { day: dayInSentence(since), time: clock(since) }),
      reason: said === "" ? why : `${why} (${said})`,
    });
  };
}
