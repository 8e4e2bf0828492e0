import { Drawer, Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useLocation, useParams, useSearchParams } from "wouter";
import { useWaitingCounts } from "../api/missed.ts";
import { useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import { BlockedNumbers } from "./blocked-numbers.tsx";
import { MessageLists } from "./message-lists.tsx";
import classes from "./missed.module.css";
import { TicketDialogs, useTicketActions } from "./ticket-actions.tsx";
import { TicketDetail } from "./ticket-detail.tsx";
import { TicketList } from "./ticket-list.tsx";

const TABS = ["open", "closed", "voicemail"] as const;
type Tab = (typeof TABS)[number];

/** What the address bar holds: which list, and what is searched in it. */
function readPlace(search: URLSearchParams): { tab: Tab; q: string } {
  return {
    tab: TABS.find((tab) => tab === search.get("tab")) ?? "open",
    q: (search.get("q") ?? "").trim().slice(0, 100),
  };
}

function writePlace(tab: Tab, q: string): URLSearchParams {
  const search = new URLSearchParams();
  if (tab !== "open") search.set("tab", tab);
  if (q !== "") search.set("q", q);
  return search;
}

/** Callers with whom nobody spoke, until somebody has, and the messages that they left. */
export default function MissedPage() {
  const t = useWords();
  const { ticketId } = useParams<{ ticketId?: string }>();
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const waiting = useWaitingCounts();
  const actions = useTicketActions();
  const { tab, q } = readPlace(search);
  const query = writePlace(tab, q).toString();
  const suffix = query === "" ? "" : `?${query}`;
  const counts: Record<Tab, number> = { open: waiting?.callers ?? 0, closed: 0, voicemail: waiting?.messages ?? 0 };
  const change = (wanted: Tab, text: string) => setSearch(writePlace(wanted, text), { replace: true });

  return (
    <Page title={t("nav.missed")}>
      <Tabs
        value={tab}
        onChange={(value) => change(TABS.find((known) => known === value) ?? "open", "")}
        keepMounted={false}
        classNames={{ tab: classes["tab"] ?? "", panel: classes["panel"] ?? "" }}
      >
        <Tabs.List aria-label={t("missed.tabs")} className={classes["tabs"] ?? ""}>
          {TABS.map((name) => (
            <Tabs.Tab
              key={name}
              value={name}
              rightSection={counts[name] > 0 ? <span className={classes["count"]}>{counts[name]}</span> : undefined}
            >
              {t(`missed.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(["open", "closed"] as const).map((state) => (
          <Tabs.Panel key={state} value={state}>
            <TicketList
              state={state}
              q={q}
              search={(text) => change(state, text)}
              openTicketId={ticketId}
              linkTo={(id) => `/missed/${id}${suffix}`}
              actions={actions}
            />
            {state === "closed" && <BlockedNumbers />}
          </Tabs.Panel>
        ))}
        <Tabs.Panel value="voicemail">
          <MessageLists />
        </Tabs.Panel>
      </Tabs>
      <Drawer
        opened={ticketId !== undefined}
        onClose={() => navigate(`/missed${suffix}`)}
        position="right"
        size={isNarrow ? "100%" : 620}
        title={t("missed.detail")}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {ticketId !== undefined && <TicketDetail key={ticketId} ticketId={ticketId} actions={actions} />}
      </Drawer>
      <TicketDialogs actions={actions} />
    </Page>
  );
}
