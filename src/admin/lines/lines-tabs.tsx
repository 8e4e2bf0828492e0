import { Link, useLocation } from "wouter";
import { useWords } from "../messages/language.tsx";
import classes from "./lines.module.css";

const TABS = [
  { path: "/lines", label: "lines.tab.lines" },
  { path: "/lines/outgoing", label: "lines.tab.outgoing" },
] as const;

/** The two halves of Lines: how calls come in, and how they leave. */
export function LinesTabs() {
  const t = useWords();
  const [location] = useLocation();
  return (
    <nav aria-label={t("lines.tabs")}>
      <ul className={classes["tabs"]}>
        {TABS.map(({ path, label }) => (
          <li key={path}>
            <Link href={path} className={classes["tab"] ?? ""} aria-current={location === path ? "page" : undefined}>
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
