import { Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./parts.module.css";

/** A page with its heading. A screen reader is led to the heading when the page changes; the window is named after it. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Hotline`;
  }, [title]);
  useEffect(() => {
    // Not on the first page: there the reader starts at the top by itself.
    if (document.activeElement !== null && document.activeElement !== document.body) {
      heading.current?.focus({ preventScroll: true });
    }
    window.scrollTo(0, 0);
  }, []);
  return (
    <div className={classes["page"]}>
      <div className={classes["header"]}>
        <Title order={1} ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {actions !== undefined && <div className={classes["headerActions"]}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  hint?: string;
  actions?: ReactNode;
  /** Without inner padding, for tables and lists that reach the border. */
  isFlush?: boolean;
  children: ReactNode;
}

export function Section({ title, hint, actions, isFlush = false, children }: SectionProps) {
  return (
    <section
      className={isFlush ? `${classes["section"]} ${classes["sectionFlush"]}` : classes["section"]}
      aria-label={title}
    >
      <div className={classes["sectionHeader"]}>
        <div>
          <Title order={2}>{title}</Title>
          {hint !== undefined && <div className={classes["hint"]}>{hint}</div>}
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}
