import { Link } from "wouter";
import type { FlowLosses } from "../../api/client.ts";
import { formatDuration } from "../../format/duration.ts";
import { formatNumber } from "../../format/quantity.ts";
import { useLanguage, useWords } from "../../messages/language.tsx";
import { callsOf } from "./calls-of.ts";
import classes from "./losses.module.css";

interface Props {
  flowId: string;
  id: string;
  figures: FlowLosses["nodes"][string] | undefined;
  range: { from: string; to: string };
}

/** At the foot of a step: how many came, how many of them hung up there, how long they stayed. */
export function NodeFigures({ flowId, id, figures, range }: Props) {
  const t = useWords();
  const { language } = useLanguage();
  if (figures === undefined) return <div className={classes["figures"]}>{t("losses.nobody")}</div>;
  const { came, hungUp, medianStayMs } = figures;
  const percent = Math.round((100 * hungUp) / Math.max(1, came));
  return (
    <div className={classes["figures"]} data-testid="figures" data-came={came} data-hung-up={hungUp}>
      <Link href={callsOf({ flowId, node: id, range })} className={classes["came"] ?? ""}>
        {t("losses.came", { count: came, shown: formatNumber(came, language) })}
      </Link>
      {hungUp > 0 && (
        <Link href={callsOf({ flowId, node: id, range, ended: true })} className={classes["lost"] ?? ""}>
          {t("losses.hungUp", { count: hungUp, shown: formatNumber(hungUp, language), percent })}
        </Link>
      )}
      {medianStayMs !== null && (
        <span className={classes["share"]}>{t("losses.stayed", { time: formatDuration(medianStayMs / 1000) })}</span>
      )}
      <span className={classes["bar"]} aria-hidden>
        <span style={{ width: `${percent}%` }} />
      </span>
    </div>
  );
}
