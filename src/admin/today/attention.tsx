import {
  IconAlertTriangle,
  IconCalendarExclamation,
  IconChevronRight,
  IconCircleCheck,
  IconDatabaseExclamation,
  IconDeviceLandlinePhone,
  IconHeartbeat,
  IconHelpCircle,
  IconMailbox,
  IconMicrophoneOff,
  IconPhoneOff,
  IconPhoneX,
  IconPlugConnectedX,
  IconRouteOff,
  IconSnowflake,
  IconVolumeOff,
  type TablerIcon,
} from "@tabler/icons-react";
import { Link } from "wouter";
import { isCheck } from "../../calls/health.ts";
import { isLanguage } from "../../calls/language.ts";
import type { Attention } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { isOpenTo } from "../app/navigation.ts";
import { LANGUAGE_NAMES, useWords } from "../messages/language.tsx";
import { Section } from "../parts/page.tsx";
import { useMoments } from "../parts/use-moments.ts";
import classes from "./today.module.css";

const SIGNS: Record<Attention["kind"], { icon: TablerIcon; tone: "bad" | "warn" }> = {
  "switch-not-connected": { icon: IconPlugConnectedX, tone: "bad" },
  "trunk-down": { icon: IconRouteOff, tone: "bad" },
  "trunk-frozen": { icon: IconSnowflake, tone: "bad" },
  "synthetic-call-failed": { icon: IconPhoneOff, tone: "bad" },
  "recording-missing": { icon: IconMicrophoneOff, tone: "bad" },
  "no-phone-registered": { icon: IconDeviceLandlinePhone, tone: "bad" },
  "disk-full": { icon: IconDatabaseExclamation, tone: "bad" },
  "disk-filling": { icon: IconDatabaseExclamation, tone: "warn" },
  "missed-callers": { icon: IconPhoneX, tone: "bad" },
  "hours-overridden": { icon: IconCalendarExclamation, tone: "warn" },
  "new-voicemail": { icon: IconMailbox, tone: "warn" },
  "unknown-number": { icon: IconHelpCircle, tone: "warn" },
  health: { icon: IconHeartbeat, tone: "warn" },
  "prompts-missing": { icon: IconVolumeOff, tone: "warn" },
};

/** What needs somebody, first things first; each line leads to where it can be settled. */
export function AttentionList({ items }: { items: readonly Attention[] }) {
  const t = useWords();
  return (
    <Section title={t("attention.title")} isFlush>
      {items.length === 0 ? (
        <div className={classes["allWell"]}>
          <IconCircleCheck size={22} color="var(--good)" aria-hidden />
          <span>{t("attention.none")}</span>
        </div>
      ) : (
        <ul className={classes["attention"]} data-testid="attention">
          {items.map((item) => (
            <Item key={`${item.kind} ${JSON.stringify(item.params)}`} item={item} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Item({ item }: { item: Attention }) {
  const t = useWords();
  const { role } = useSession();
  const { ahead } = useMoments();
  const sign = SIGNS[item.kind] ?? { icon: IconAlertTriangle, tone: "warn" };
  const { icon: Icon } = sign;
  const tone = item.params["state"] === "broken" ? "bad" : sign.tone;
  const language = item.params["language"];
  const values: Record<string, string | number> = {
    name: "",
    count: 0,
    freeGigabytes: 0,
    hours: 0,
    state: "",
    ...item.params,
  };
  const { until } = item.params;
  values["until"] = typeof until === "string" && until !== "" ? ahead(until) : "none";
  if (item.kind === "hours-overridden" && values["name"] === "") values["name"] = "none";
  const check = item.params["check"];
  values["check"] = typeof check === "string" && isCheck(check) ? t(`health.check.${check}`) : "";
  values["language"] = typeof language === "string" && isLanguage(language) ? LANGUAGE_NAMES[language] : "";
  const told = (
    <>
      <span className={classes["attentionSign"]} data-tone={tone}>
        <Icon size={20} stroke={1.8} aria-hidden />
      </span>
      <span>
        <span className={classes["attentionTitle"]}>{t(`attention.${item.kind}`, values)}</span>
        <br />
        <span className={classes["attentionText"]}>{t(`attention.${item.kind}.todo`)}</span>
      </span>
    </>
  );
  const own = { className: classes["attentionLink"] ?? "", "data-kind": item.kind };
  // Operators know of it too; where it is settled, they may not go.
  if (!isOpenTo(role, item.link)) {
    return (
      <li>
        <div {...own}>{told}</div>
      </li>
    );
  }
  return (
    <li>
      <Link href={item.link} {...own}>
        {told}
        <IconChevronRight size={18} color="var(--ink-soft)" aria-hidden />
      </Link>
    </li>
  );
}
