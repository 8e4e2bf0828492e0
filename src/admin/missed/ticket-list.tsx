import { Button, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import {
  IconCircleCheck,
  IconClock,
  IconPhoneCall,
  IconSearch,
  IconSearchOff,
  IconUserCheck,
} from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import { LONGEST_SEARCH } from "../../calls/text-limits.ts";
import type { Ticket, TicketPage } from "../api/client.ts";
import { type TicketState, useTickets } from "../api/missed.ts";
import { useSession } from "../api/session.ts";
import { formatNumber } from "../format/quantity.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Mark } from "../parts/mark.tsx";
import page from "../parts/parts.module.css";
import { PartyName, Untrusted } from "../parts/party-name.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import { useNow } from "../parts/use-now.ts";
import { useSiteTime } from "../parts/use-site-time.ts";
import { ClosedReason } from "./closed-reason.tsx";
import classes from "./missed.module.css";
import { ReopenButton, type TicketActions, TicketButtons } from "./ticket-actions.tsx";
import { dueText, gaveUpText, tryText } from "./ticket-words.ts";

const SEARCH_DELAY_MS = 300;

interface Props {
  state: TicketState;
  q: string;
  search: (q: string) => void;
  openTicketId: string | undefined;
  linkTo: (ticketId: number) => string;
  actions: TicketActions;
}

export function TicketList(props: Props) {
  const { state, q, search } = props;
  const query = useTickets(state, q);
  return (
    <>
      <SearchField value={q} change={search} />
      <div className={`${page["section"]} ${page["sectionFlush"]}`} aria-busy={query.isPlaceholderData}>
        <Loaded query={query} skeleton={<Lines count={6} height={28} />}>
          {(found) => <Found {...props} found={found} />}
        </Loaded>
      </div>
    </>
  );
}

function SearchField({ value, change }: { value: string; change: (q: string) => void }) {
  const t = useWords();
  const [typed, setTyped] = useState(value);
  const changeLater = useDebouncedCallback(change, SEARCH_DELAY_MS);
  // The address changed by itself (back, or 'clear the search'); a space just typed at the end is no change.
  const [shownFor, setShownFor] = useState(value);
  if (value !== shownFor) {
    setShownFor(value);
    if (value !== typed.trim()) setTyped(value);
  }
  return (
    <search className={classes["search"]}>
      <TextInput
        type="search"
        aria-label={t("missed.search")}
        placeholder={t("missed.searchHint")}
        leftSection={<IconSearch size={18} aria-hidden />}
        value={typed}
        maxLength={LONGEST_SEARCH}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          changeLater(event.currentTarget.value.trim());
        }}
      />
    </search>
  );
}

function Found({ state, q, search, openTicketId, linkTo, actions, found }: Props & { found: TicketPage }) {
  const t = useWords();
  const { language } = useLanguage();
  const { tickets, total, maxTries } = found;
  if (tickets.length === 0 && q !== "") {
    return (
      <Empty icon={IconSearchOff} title={t("missed.noneFound")} text={t("missed.noneFoundText")}>
        <Button variant="default" mt="xs" onClick={() => search("")}>
          {t("missed.searchClear")}
        </Button>
      </Empty>
    );
  }
  if (tickets.length === 0) {
    return state === "open" ? (
      <Empty icon={IconCircleCheck} title={t("missed.none")} text={t("missed.noneText")} />
    ) : (
      <Empty icon={IconPhoneCall} title={t("missed.closedNone")} text={t("missed.closedNoneText")} />
    );
  }
  return (
    <>
      <div className={classes["summary"]} role="status">
        {tickets.length < total
          ? t("missed.totalShown", {
              shown: formatNumber(tickets.length, language),
              total: formatNumber(total, language),
            })
          : t("missed.total", { count: total, shown: formatNumber(total, language) })}
      </div>
      <ul className={classes["list"]} data-testid="tickets" data-state={state}>
        {tickets.map((ticket) => (
          <li
            key={ticket.ticketId}
            className={classes["row"]}
            data-testid="ticket"
            data-ticket-id={ticket.ticketId}
            data-open={String(ticket.ticketId) === openTicketId}
          >
            <div className={classes["who"]}>
              <Link href={linkTo(ticket.ticketId)} className={classes["rowLink"] ?? ""}>
                <PartyName party={ticket.caller} />
              </Link>
              <span className={classes["soft"]}>{t("missed.callCount", { count: ticket.callCount })}</span>
            </div>
            <GaveUp ticket={ticket} />
            {state === "open" ? <Waiting ticket={ticket} maxTries={maxTries} /> : <Settled ticket={ticket} />}
            {state === "open" ? (
              <TicketButtons ticket={ticket} actions={actions} />
            ) : (
              <div className={classes["actions"]}>
                <ReopenButton ticket={ticket} actions={actions} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function GaveUp({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  return (
    <div className={classes["cell"]}>
      <span className="numeric">
        {dayName(ticket.lastCallAt)}, {clock(ticket.lastCallAt)}
      </span>
      <span className={classes["soft"]}>{gaveUpText(ticket.gaveUp, t)}</span>
    </div>
  );
}

function Waiting({ ticket, maxTries }: { ticket: Ticket; maxTries: number }) {
  const t = useWords();
  return (
    <div className={classes["cell"]}>
      <Owner ticket={ticket} />
      <Due ticket={ticket} />
      <span className={classes["soft"]}>
        {t("missed.tries", { tries: ticket.tries, max: maxTries })}
        {ticket.lastTry !== null && ` · ${t("missed.lastTry", { outcome: tryText(ticket.lastTry.outcome, t) })}`}
      </span>
    </div>
  );
}

/** When it is called back, counted down. */
export function Due({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const nowMs = useNow();
  const time = useSiteTime();
  const isCalling = ticket.waitsFor === "in-progress";
  return (
    <Mark icon={isCalling ? IconPhoneCall : IconClock} tone={isCalling ? "accent" : "calm"}>
      {dueText(ticket, nowMs, time, t)}
    </Mark>
  );
}

export function Owner({ ticket: { owner } }: { ticket: Ticket }) {
  const t = useWords();
  const { userId } = useSession();
  if (owner === null) return null;
  return (
    <Mark icon={IconUserCheck} tone="accent">
      {owner.userId === userId ? t("missed.ownerYou") : <bdi>{t("missed.owner", { name: owner.name })}</bdi>}
    </Mark>
  );
}

function Settled({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const { closedAt, closedReason, closedText, closedBy } = ticket;
  return (
    <div className={classes["cell"]}>
      {closedReason !== null && <ClosedReason reason={closedReason} />}
      {closedText !== null && <Untrusted text={closedText} />}
      <span className={classes["soft"]}>
        {closedAt !== null && `${dayName(closedAt)}, ${clock(closedAt)} · `}
        {closedBy !== null && (
          <>
            <bdi>{closedBy}</bdi>
            {" · "}
          </>
        )}
        {t("missed.triesUsed", { count: ticket.tries })}
      </span>
    </div>
  );
}
