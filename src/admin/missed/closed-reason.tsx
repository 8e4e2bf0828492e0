import { IconBan, IconCheck, IconPhoneCheck, IconPhoneX, type TablerIcon } from "@tabler/icons-react";
import type { Ticket } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";

type Reason = NonNullable<Ticket["closedReason"]>;

const SIGNS: Record<Reason, { icon: TablerIcon; tone: Tone }> = {
  talked: { icon: IconPhoneCheck, tone: "good" },
  "closed-by-operator": { icon: IconCheck, tone: "calm" },
  "gave-up": { icon: IconPhoneX, tone: "bad" },
  blocked: { icon: IconBan, tone: "warn" },
};

/** Why a missed caller is owed no call any more. */
export function ClosedReason({ reason }: { reason: Reason }) {
  const t = useWords();
  const { icon, tone } = SIGNS[reason];
  return (
    <Mark icon={icon} tone={tone}>
      {t(`missed.closedReason.${reason}`)}
    </Mark>
  );
}
