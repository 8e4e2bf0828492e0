import { IconArrowDownLeft, IconArrowsLeftRight, IconArrowUpRight, type TablerIcon } from "@tabler/icons-react";
import type { CallDirection } from "../../calls/call-fact.ts";
import { useWords } from "../messages/language.tsx";

const SIGNS: Record<CallDirection, TablerIcon> = {
  inbound: IconArrowDownLeft,
  outbound: IconArrowUpRight,
  internal: IconArrowsLeftRight,
};

export function DirectionSign({ direction }: { direction: CallDirection }) {
  const t = useWords();
  const Icon = SIGNS[direction];
  const name = t(`direction.${direction}`);
  return (
    <span title={name} role="img" aria-label={name} style={{ display: "inline-flex", color: "var(--ink-soft)" }}>
      <Icon size={18} stroke={1.8} aria-hidden />
    </span>
  );
}
