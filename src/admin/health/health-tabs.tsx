import { Link, useLocation } from "wouter";
import classes from "../lines/lines.module.css";
import { useWords } from "../messages/language.tsx";

const TABS = [
  { path: "/health", label: "health.tab.checks" },
  { path: "/health/backup", label: "health.tab.backup" },
] as const;

/** How the box stands, and what is left if it is lost. */
export function HealthTabs() {
  const t = useWords();
  const [location] = useLocation();
  return (
    <nav aria-label={t("health.tabs")}>
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
