import { Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { TicketDetails } from "../api/client.ts";
import { useTicket } from "../api/missed.ts";
import calls from "../calls/calls.module.css";
import { DirectionSign } from "../calls/direction.tsx";
import { OutcomeMark } from "../calls/outcome.tsx";
import { useWords } from "../messages/language.tsx";
import { PartyName, Untrusted } from "../parts/party-name.tsx";
import { Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import { ClosedReason } from "./closed-reason.tsx";
import classes from "./missed.module.css";
import { ReopenButton, type TicketActions, TicketButtons } from "./ticket-actions.tsx";
import { Due, Owner } from "./ticket-list.tsx";
import { gaveUpText, tryText } from "./ticket-words.ts";

/** Everything about one missed caller: their calls, and what was tried to reach them. */
export function TicketDetail({ ticketId, actions }: { ticketId: string; actions: TicketActions }) {
  const query = useTicket(ticketId);
  return (
    <Loaded query={query} skeleton={<Lines count={8} />}>
      {(ticket) => (
        <Stack gap="xl" data-testid="ticket-detail">
          <div className={classes["head"]}>
            <PartyName party={ticket.caller} />
          </div>
          {ticket.state === "open" ? (
            <TicketButtons ticket={ticket} actions={actions} />
          ) : (
            <div className={classes["actions"]}>
              <ReopenButton ticket={ticket} actions={actions} />
            </div>
          )}
          <Facts ticket={ticket} />
          <Attempts ticket={ticket} />
          <Calls ticket={ticket} />
        </Stack>
      )}
    </Loaded>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ ticket }: { ticket: TicketDetails }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const at = (iso: string) => `${dayName(iso)}, ${clock(iso)}`;
  return (
    <dl className={calls["facts"]}>
      <Fact name={t(ticket.state === "open" ? "missed.opened" : "missed.openedThen")}>{at(ticket.openedAt)}</Fact>
      <Fact name={t("missed.lastCall")}>
        {at(ticket.lastCallAt)}
        <div className={classes["soft"]}>{t("missed.callCount", { count: ticket.callCount })}</div>
      </Fact>
      <Fact name={t("missed.gaveUp")}>{gaveUpText(ticket.gaveUp, t)}</Fact>
      {ticket.state === "open" && (
        <Fact name={t("missed.due")}>
          <Due ticket={ticket} />
        </Fact>
      )}
      {ticket.owner !== null && (
        <Fact name={t("missed.ownerLabel")}>
          <Owner ticket={ticket} />
        </Fact>
      )}
      <Fact name={t("missed.triesLabel")}>{t("missed.triesUsed", { count: ticket.tries })}</Fact>
      {ticket.reopened !== null && (
        <Fact name={t("missed.reopenedAt")}>
          {at(ticket.reopened.at)}
          {ticket.reopened.by !== null && (
            <div className={classes["soft"]}>
              <bdi>{ticket.reopened.by}</bdi>
            </div>
          )}
        </Fact>
      )}
      {ticket.closedAt !== null && ticket.closedReason !== null && (
        <>
          <Fact name={t("missed.closedAt")}>
            {at(ticket.closedAt)}
            {ticket.closedBy !== null && (
              <div className={classes["soft"]}>
                <bdi>{ticket.closedBy}</bdi>
              </div>
            )}
          </Fact>
          <Fact name={t("missed.reason")}>
            <ClosedReason reason={ticket.closedReason} />
            {ticket.closedText !== null && (
              <div>
                <Untrusted text={ticket.closedText} />
              </div>
            )}
          </Fact>
        </>
      )}
    </dl>
  );
}

function Attempts({ ticket: { attempts } }: { ticket: TicketDetails }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  return (
    <section aria-label={t("missed.attempts")}>
      <Title order={2} mb="xs">
        {t("missed.attempts")}
      </Title>
      {attempts.length === 0 ? (
        <div className={classes["soft"]}>{t("missed.attemptsNone")}</div>
      ) : (
        <ol className={classes["attempts"]} data-testid="attempts">
          {attempts.toReversed().map((attempt) => (
            <li key={attempt.number}>
              <Link href={`/calls/${attempt.callId}`} className="numeric">
                {dayName(attempt.at)}, {clock(attempt.at)}
              </Link>
              <div>
                <div className={classes["sentence"]}>{tryText(attempt.outcome, t)}</div>
                <div className={classes["soft"]}>
                  {attempt.operatorName !== null && <bdi>{t("missed.attempt", { name: attempt.operatorName })}</bdi>}
                </div>
                {attempt.endedAt !== null && !attempt.wasDialled && (
                  <div className={classes["soft"]}>{t("missed.attemptNotCounted")}</div>
                )}
              </div>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Calls({ ticket }: { ticket: TicketDetails }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  return (
    <section aria-label={t("missed.calls")}>
      <Title order={2} mb="xs">
        {t("missed.calls")}
      </Title>
      <ul className={classes["calls"]} data-testid="ticket-calls">
        {ticket.calls.map((call) => (
          <li key={call.callId}>
            <Link href={`/calls/${call.callId}`} className={classes["callLink"] ?? ""}>
              <DirectionSign direction={call.direction} />
              <span className="numeric">
                {dayName(call.startedAt)}, {clock(call.startedAt)}
              </span>
              <OutcomeMark outcome={call.outcome} direction={call.direction} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
