import type { TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./parts.module.css";

interface Props {
  tone: "bad" | "warn" | "calm";
  icon: TablerIcon;
  title?: string;
  testId?: string;
  children: ReactNode;
}

/** A remark that stands out from the page: its sign and its words say what it is, the ground only repeats it. */
export function Callout({ tone, icon: Icon, title, testId, children }: Props) {
  return (
    <div className={classes["callout"]} data-tone={tone} data-testid={testId}>
      <Icon size={20} stroke={1.8} aria-hidden />
      <div>
        {title !== undefined && <div className={classes["calloutTitle"]}>{title}</div>}
        <div>{children}</div>
      </div>
    </div>
  );
}
