import type { TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./parts.module.css";

export type Tone = "good" | "bad" | "warn" | "calm" | "accent";

const toneClass: Record<Tone, string | undefined> = {
  good: classes["toneGood"],
  bad: classes["toneBad"],
  warn: classes["toneWarn"],
  calm: classes["toneCalm"],
  accent: classes["toneAccent"],
};

/** A state in words with its sign before it: the colour only repeats what sign and word say. */
export function Mark({ icon: Icon, tone, children }: { icon: TablerIcon; tone: Tone; children: ReactNode }) {
  return (
    <span className={classes["mark"]}>
      <Icon size={17} stroke={1.9} className={toneClass[tone]} aria-hidden />
      <span>{children}</span>
    </span>
  );
}
