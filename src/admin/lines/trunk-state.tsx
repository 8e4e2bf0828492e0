import {
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconHelpCircle,
  IconLoader2,
  IconPlayerPause,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Trunk } from "../api/client.ts";
import { type Translate, useWords } from "../messages/language.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./lines.module.css";

const SIGNS: Record<Trunk["state"], { icon: TablerIcon; tone: Tone }> = {
  registered: { icon: IconCircleCheck, tone: "good" },
  trying: { icon: IconLoader2, tone: "warn" },
  failed: { icon: IconCircleX, tone: "bad" },
  down: { icon: IconCircleX, tone: "bad" },
  idle: { icon: IconCircleDashed, tone: "calm" },
  unknown: { icon: IconHelpCircle, tone: "calm" },
};

export function TrunkState({ trunk }: { trunk: Trunk }) {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  if (!trunk.isEnabled) {
    return (
      <Mark icon={IconPlayerPause} tone="calm">
        {t("trunk.disabled")}
      </Mark>
    );
  }
  const { icon, tone } = SIGNS[trunk.state];
  return (
    <>
      <Mark icon={icon} tone={tone}>
        {t(`trunk.state.${trunk.state}`)}
      </Mark>
      <div className={classes["soft"]}>
        {t("trunk.since", { day: dayInSentence(trunk.stateSince), time: clock(trunk.stateSince) })}
      </div>
    </>
  );
}

const outgoingText = (t: Translate, count: number) =>
  count === 0 ? t("trunk.noneOutgoing") : t("trunk.mostOutgoing", { count });

/** How many calls there are on the line, of how many, and how many stay free for callers. */
export function TrunkChannels({ trunk }: { trunk: Trunk }) {
  const t = useWords();
  const { now, channels } = trunk;
  const used = now.inbound + now.outbound;
  const details = [
    ...(used > 0 ? [t("trunk.inAndOut", { inbound: now.inbound, outbound: now.outbound })] : []),
    ...(channels.mostOutgoing === null ? [] : [outgoingText(t, channels.mostOutgoing)]),
    ...(channels.keptFree === 0 || channels.mostOutgoing === 0
      ? []
      : [t("trunk.keptFree", { count: channels.keptFree })]),
  ];
  return (
    <div data-testid="trunk-channels" data-used={used}>
      {channels.total === null ? (
        <div className="numeric">{t("trunk.calls", { count: used })}</div>
      ) : (
        <>
          <div className="numeric">{t("trunk.channelsUsed", { used, total: channels.total })}</div>
          <div className={classes["meter"]} aria-hidden>
            <div
              className={classes["meterFill"]}
              data-full={used >= channels.total || undefined}
              style={{ width: `${Math.min(100, (used / channels.total) * 100)}%` }}
            />
          </div>
        </>
      )}
      {details.length > 0 && <div className={classes["soft"]}>{details.join(" · ")}</div>}
    </div>
  );
}
