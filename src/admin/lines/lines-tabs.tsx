import { PageTabs } from "../parts/page-tabs.tsx";

const TABS = [
  { path: "/lines", label: "lines.tab.lines" },
  { path: "/lines/outgoing", label: "lines.tab.outgoing" },
] as const;

/** The two halves of Lines: how calls come in, and how they leave. */
export const LinesTabs = () => <PageTabs label="lines.tabs" tabs={TABS} />;
