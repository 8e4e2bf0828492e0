import {
  IconCalendarStats,
  IconClockHour4,
  IconHeartbeat,
  IconPhone,
  IconPhoneX,
  IconRoute,
  IconSettings,
  IconSitemap,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";
import type { MessageKey } from "../messages/language.tsx";

export interface Destination {
  path: string;
  label: MessageKey;
  icon: TablerIcon;
  /** Shows how many missed callers and new messages wait. */
  isCounted?: boolean;
}

const EVERYDAY: Destination[] = [
  { path: "/", label: "nav.today", icon: IconCalendarStats },
  { path: "/missed", label: "nav.missed", icon: IconPhoneX, isCounted: true },
  { path: "/calls", label: "nav.calls", icon: IconPhone },
];
const TEAM: Destination = { path: "/team", label: "nav.team", icon: IconUsers };
const HOURS: Destination = { path: "/hours", label: "nav.hours", icon: IconClockHour4 };
const SETTINGS: Destination = { path: "/settings", label: "nav.settings", icon: IconSettings };
const FOR_ADMIN: Destination[] = [
  { path: "/call-flow", label: "nav.callFlow", icon: IconSitemap },
  { path: "/lines", label: "nav.lines", icon: IconRoute },
  { path: "/health", label: "nav.health", icon: IconHeartbeat },
];

/** `everyday` fits the bar of a phone; the rest goes behind its 'More'. */
export function destinationsFor(role: "admin" | "operator"): { everyday: Destination[]; rest: Destination[] } {
  return {
    everyday: EVERYDAY,
    rest: role === "admin" ? [HOURS, TEAM, ...FOR_ADMIN, SETTINGS] : [HOURS, TEAM, SETTINGS],
  };
}

export function isAt(path: string, location: string): boolean {
  return path === "/" ? location === "/" || location === "/live" : location === path || location.startsWith(`${path}/`);
}

/** Whether a link within the panel leads somewhere for this role, and not to a page that is shown to admins only. */
export function isOpenTo(role: "admin" | "operator", link: string): boolean {
  const [location = "/"] = link.split("?");
  const { everyday, rest } = destinationsFor(role);
  return [...everyday, ...rest].some(({ path }) => isAt(path, location));
}
