import {
  IconArrowBackUp,
  IconInfoCircle,
  IconMessage2,
  IconMoon,
  IconPhoneCall,
  IconPhoneCalling,
  IconPhoneCheck,
  IconPhoneOff,
  IconPhoneX,
  IconPlugConnectedX,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Outcome } from "../../calls/call-fact.ts";
import { useWords } from "../messages/language.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";

const SIGNS: Record<Outcome, { icon: TablerIcon; tone: Tone }> = {
  talked: { icon: IconPhoneCheck, tone: "good" },
  "information-heard": { icon: IconInfoCircle, tone: "calm" },
  "abandoned-in-menu": { icon: IconArrowBackUp, tone: "bad" },
  "abandoned-while-ringing": { icon: IconPhoneX, tone: "bad" },
  "no-answer": { icon: IconPhoneX, tone: "bad" },
  "after-hours": { icon: IconMoon, tone: "warn" },
  "fallback-talked": { icon: IconPhoneCheck, tone: "good" },
  "fallback-missed": { icon: IconPhoneX, tone: "bad" },
  "cut-off": { icon: IconPlugConnectedX, tone: "bad" },
  failed: { icon: IconPlugConnectedX, tone: "bad" },
  voicemail: { icon: IconMessage2, tone: "accent" },
  "caller-busy": { icon: IconPhoneOff, tone: "calm" },
  "callback-requested": { icon: IconPhoneCalling, tone: "accent" },
};

interface Props {
  /** Null: it goes on. */
  outcome: Outcome | null;
  direction: "inbound" | "outbound" | "internal";
}

/** How a call ended. Only who called the firm can be missed by it. */
export function OutcomeMark({ outcome, direction }: Props) {
  const t = useWords();
  if (outcome === null) {
    return (
      <Mark icon={IconPhoneCall} tone="accent">
        {t("outcome.live")}
      </Mark>
    );
  }
  if (direction !== "inbound" && (outcome === "no-answer" || outcome === "abandoned-while-ringing")) {
    return (
      <Mark icon={IconPhoneOff} tone="calm">
        {t("outcome.unanswered")}
      </Mark>
    );
  }
  const { icon, tone } = SIGNS[outcome];
  return (
    <Mark icon={icon} tone={tone}>
      {t(`outcome.${outcome}`)}
    </Mark>
  );
}
