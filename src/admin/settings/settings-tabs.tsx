import { PageTabs } from "../parts/page-tabs.tsx";

const TABS = [
  { path: "/settings", label: "settings.tab.general" },
  { path: "/settings/box", label: "settings.tab.box" },
] as const;

/** For admins: what the firm wants, and what it stands on. */
export const SettingsTabs = () => <PageTabs label="settings.tabs" tabs={TABS} />;
