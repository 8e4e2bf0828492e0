import { Link, useLocation } from "wouter";
import { type MessageKey, useWords } from "../messages/language.tsx";
import classes from "./page-tabs.module.css";

interface Props {
  label: MessageKey;
  tabs: readonly { path: string; label: MessageKey }[];
}

/** On a phone not all of them are seen at once: those beside the open one show that they are there. */
export function showWhole(tab: HTMLLIElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** Pages that belong together, the one that is open marked. */
export function PageTabs({ label, tabs }: Props) {
  const t = useWords();
  const [location] = useLocation();
  return (
    <nav aria-label={t(label)}>
      <ul className={classes["tabs"]}>
        {tabs.map((tab) => (
          <li key={tab.path} ref={location === tab.path ? showWhole : null}>
            <Link
              href={tab.path}
              className={classes["tab"] ?? ""}
              aria-current={location === tab.path ? "page" : undefined}
            >
              {t(tab.label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
