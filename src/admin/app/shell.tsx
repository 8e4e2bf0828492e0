import { Drawer, Popover, Stack, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight, IconDots, IconPlugConnected, IconPlugConnectedX, IconUserCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useWaitingCounts } from "../api/missed.ts";
import { useSession, useStatus } from "../api/session.ts";
import { useWords } from "../messages/language.tsx";
import { Mark } from "../parts/mark.tsx";
import { AccountItems } from "./account-items.tsx";
import { Banners } from "./banners.tsx";
import iconUrl from "./icon.svg";
import { type Destination, destinationsFor, isAt } from "./navigation.ts";
import classes from "./shell.module.css";

export function Shell({ isStreamLost, children }: { isStreamLost: boolean; children: ReactNode }) {
  const t = useWords();
  return (
    <>
      <a className={classes["skip"]} href="#main">
        {t("nav.skip")}
      </a>
      <div className={classes["shell"]}>
        <SideBar />
        <header className={classes["top"]}>
          <Brand />
        </header>
        <main className={classes["main"]} id="main" tabIndex={-1}>
          <Banners isStreamLost={isStreamLost} />
          <div className={classes["content"]}>{children}</div>
        </main>
        <BottomBar />
      </div>
    </>
  );
}

function Brand() {
  const { site } = useSession();
  return (
    <Link href="/" className={classes["brand"] ?? ""}>
      <img src={iconUrl} alt="" className={classes["brandMark"]} />
      <span className={classes["brandText"]}>
        <span className={classes["brandFirm"]} title={site.firmName}>
          {site.firmName}
        </span>
        <span className={classes["brandProduct"]}>Hotline</span>
      </span>
    </Link>
  );
}

function NavigationLinks({ destinations, onGo }: { destinations: Destination[]; onGo?: () => void }) {
  const t = useWords();
  const [location] = useLocation();
  return destinations.map(({ path, label, icon: Icon, isCounted }) => (
    <li key={path}>
      <Link
        href={path}
        className={classes["link"] ?? ""}
        aria-current={isAt(path, location) ? "page" : undefined}
        onClick={onGo}
      >
        <Icon size={20} stroke={1.7} aria-hidden />
        {t(label)}
        {isCounted === true && <WaitingBadge />}
      </Link>
    </li>
  ));
}

const MOST_SHOWN = 99;

/** How many missed callers and new messages wait for somebody. */
function WaitingBadge() {
  const t = useWords();
  const waiting = useWaitingCounts();
  const count = waiting === undefined ? 0 : waiting.callers + waiting.messages;
  if (count === 0) return null;
  const text = t("nav.missedCount", { count });
  return (
    <span className={classes["badge"]} title={text} data-testid="missed-count">
      <span aria-hidden>{count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}</span>
      <VisuallyHidden>{text}</VisuallyHidden>
    </span>
  );
}

function SideBar() {
  const t = useWords();
  const { name, role } = useSession();
  const { everyday, rest } = destinationsFor(role);
  const roleName = role === "admin" ? t("role.admin") : t("role.operator");
  return (
    <nav className={classes["side"]} aria-label={t("nav.label")}>
      <Brand />
      <ul className={classes["links"]}>
        <NavigationLinks destinations={everyday} />
      </ul>
      <ul className={`${classes["links"]} ${classes["linksRest"]}`}>
        <NavigationLinks destinations={rest} />
      </ul>
      <div className={classes["foot"]}>
        <SwitchState />
        <Popover position="top-start" width={280} shadow="md" trapFocus>
          <Popover.Target>
            <UnstyledButton className={classes["account"] ?? ""} data-testid="account">
              <IconUserCircle size={24} stroke={1.5} aria-hidden />
              <span className={classes["accountText"]}>
                <span>{name}</span>
                <span className={classes["accountRole"]}>{roleName}</span>
              </span>
              <IconChevronRight size={16} aria-hidden />
            </UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown aria-label={t("account.menu", { name })}>
            <AccountItems />
          </Popover.Dropdown>
        </Popover>
      </div>
    </nav>
  );
}

function SwitchState() {
  const t = useWords();
  const { data: status } = useStatus();
  if (status === undefined) return null;
  const { connected, software, isLab } = status.switch;
  const text = connected
    ? isLab
      ? t("switch.lab")
      : t("switch.connected", { software: software ?? "" })
    : t("switch.notConnected");
  return (
    <div className={classes["switchState"]} data-testid="switch-state">
      <Mark icon={connected ? IconPlugConnected : IconPlugConnectedX} tone={connected ? "calm" : "bad"}>
        {text}
      </Mark>
    </div>
  );
}

function BottomBar() {
  const t = useWords();
  const [location] = useLocation();
  const { everyday, rest } = destinationsFor(useSession().role);
  const [isOpen, { open, close }] = useDisclosure(false);
  const isElsewhere = rest.some(({ path }) => isAt(path, location));
  return (
    <nav className={classes["bottom"]} aria-label={t("nav.labelPhone")}>
      <ul>
        {everyday.map(({ path, label, icon: Icon, isCounted }) => (
          <li key={path}>
            <Link
              href={path}
              className={classes["bottomLink"] ?? ""}
              aria-current={isAt(path, location) ? "page" : undefined}
            >
              <Icon size={22} stroke={1.7} aria-hidden />
              <span>{t(label)}</span>
              {isCounted === true && <WaitingBadge />}
            </Link>
          </li>
        ))}
        <li>
          <UnstyledButton
            className={classes["bottomLink"] ?? ""}
            onClick={open}
            aria-expanded={isOpen}
            aria-current={isElsewhere ? "page" : undefined}
          >
            <IconDots size={22} stroke={1.7} aria-hidden />
            <span>{t("nav.more")}</span>
          </UnstyledButton>
        </li>
      </ul>
      <Drawer
        opened={isOpen}
        onClose={close}
        position="bottom"
        size="auto"
        title={t("nav.more")}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <Stack gap="md">
          <ul className={classes["links"]}>
            <NavigationLinks destinations={rest} onGo={close} />
          </ul>
          <AccountItems />
          <SwitchState />
        </Stack>
      </Drawer>
    </nav>
  );
}
