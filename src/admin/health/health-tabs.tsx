import { PageTabs } from "../parts/page-tabs.tsx";

const TABS = [
  { path: "/health", label: "health.tab.checks" },
  { path: "/health/backup", label: "health.tab.backup" },
  { path: "/health/protection", label: "health.tab.bans" },
  { path: "/health/updates", label: "health.tab.updates" },
] as const;

/** How the box stands, and what is left if it is lost. */
export const HealthTabs = () => <PageTabs label="health.tabs" tabs={TABS} />;
