import { Link, useLocation } from "wouter";
import { type MessageKey, useWords } from "../messages/language.tsx";
import classes from "./page-tabs.module.css";

interface Props {
  label: MessageKey;
  tabs: readonly { path: string; label: MessageKey }[];
}

/** Pages that belong together, the one that is open marked. */
export function PageTabs({ label, tabs }: Props) {
  const t = useWords();
  const [location] = useLocation();
  return (
    <nav aria-label={t(label)}>
      <ul className={classes["tabs"]}>
        {tabs.map((tab) => (
          <li key={tab.path}>
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
