import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import {
  IconArrowBackUp,
  IconBan,
  IconCheck,
  IconDots,
  IconHandStop,
  IconPhoneOutgoing,
  IconUserCheck,
} from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import type { Ticket } from "../api/client.ts";
import { useActOnTicket, useBlockNumber, useCloseTicket, useReopenTicket, useUnblockNumber } from "../api/missed.ts";
import { serverNowMs } from "../api/server-clock.ts";
import { useSession } from "../api/session.ts";
import { type MessageKey, useWords } from "../messages/language.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./missed.module.css";
import { numberOf } from "./ticket-words.ts";

interface Dialog {
  name: "close" | "block" | "reopen";
  ticket: Ticket;
}
const TITLES = {
  close: "missed.closeAction",
  block: "missed.block",
  reopen: "missed.reopenTitle",
} as const satisfies Record<Dialog["name"], MessageKey>;
/** A call that is due later than this was not asked for at a time at which it can be made. */
const AT_ONCE_MS = 120_000;

/** What can be done with a missed caller; the dialogs are shown once, for list and detail alike. */
export function useTicketActions() {
  const t = useWords();
  const act = useActOnTicket();
  const reopenTicket = useReopenTicket();
  const { tell, failed } = useNotice();
  const { dayInSentence, clock } = useSiteTime();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const take = (ticket: Ticket) => act.mutate({ ticketId: ticket.ticketId, act: "take" }, { onError: failed });
  const release = (ticket: Ticket) => act.mutate({ ticketId: ticket.ticketId, act: "release" }, { onError: failed });
  const callNow = (ticket: Ticket) =>
    act.mutate(
      { ticketId: ticket.ticketId, act: "call-now" },
      { onSuccess: (asked) => tell(calledText(asked)), onError: failed },
    );
  /** When it can be called, if not now. */
  const calledText = (ticket: Ticket) => {
    const number = numberOf(ticket, t);
    const { dueAt, waitsFor } = ticket;
    if (waitsFor === "line-down") return t("missed.calledWhenUp", { number });
    if (dueAt === null || Date.parse(dueAt) - serverNowMs() < AT_ONCE_MS) return t("missed.calledNow", { number });
    return t("missed.calledAtOpening", { number, day: dayInSentence(dueAt), time: clock(dueAt) });
  };
  /** After a talk it is asked who answered; anything else is simply open again. */
  const reopen = (ticket: Ticket) =>
    ticket.closedReason === "talked"
      ? setDialog({ name: "reopen", ticket })
      : reopenTicket.mutate(
          { ticketId: ticket.ticketId, wasMachine: false },
          { onSuccess: () => tell(t("missed.reopened", { number: numberOf(ticket, t) })), onError: failed },
        );
  const busyWith = act.isPending
    ? act.variables.ticketId
    : reopenTicket.isPending
      ? reopenTicket.variables.ticketId
      : null;
  return { take, release, callNow, reopen, busyWith, dialog, setDialog };
}

export type TicketActions = ReturnType<typeof useTicketActions>;

const CANNOT_CALL: readonly Ticket["waitsFor"][] = ["in-progress", "abroad", "no-trunk", "never-open"];

/** The button of a closed ticket. */
export function ReopenButton({ ticket, actions }: { ticket: Ticket; actions: TicketActions }) {
  const t = useWords();
  return (
    <Button
      variant="default"
      size="compact-sm"
      disabled={actions.busyWith === ticket.ticketId}
      leftSection={<IconArrowBackUp size={17} aria-hidden />}
      aria-label={`${t("missed.reopen")}: ${numberOf(ticket, t)}`}
      onClick={() => actions.reopen(ticket)}
    >
      {t("missed.reopen")}
    </Button>
  );
}

/** The buttons of an open ticket. */
export function TicketButtons({ ticket, actions }: { ticket: Ticket; actions: TicketActions }) {
  const t = useWords();
  const { userId } = useSession();
  const number = numberOf(ticket, t);
  const isBusy = actions.busyWith === ticket.ticketId;
  const isOthers = ticket.owner !== null && ticket.owner.userId !== userId;
  return (
    <div className={classes["actions"]}>
      {!isOthers && (
        <Button
          variant="light"
          size="compact-sm"
          disabled={isBusy || (ticket.waitsFor !== null && CANNOT_CALL.includes(ticket.waitsFor))}
          leftSection={<IconPhoneOutgoing size={17} aria-hidden />}
          aria-label={`${t("missed.callNow")}: ${number}`}
          onClick={() => actions.callNow(ticket)}
        >
          {t("missed.callNow")}
        </Button>
      )}
      {ticket.owner === null ? (
        <Button
          variant="default"
          size="compact-sm"
          disabled={isBusy}
          leftSection={<IconUserCheck size={17} aria-hidden />}
          aria-label={`${t("missed.take")}: ${number}`}
          onClick={() => actions.take(ticket)}
        >
          {t("missed.take")}
        </Button>
      ) : (
        <Button
          variant="default"
          size="compact-sm"
          disabled={isBusy}
          leftSection={<IconHandStop size={17} aria-hidden />}
          aria-label={`${t("missed.release")}: ${number}`}
          onClick={() => actions.release(ticket)}
        >
          {t("missed.release")}
        </Button>
      )}
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("missed.actions", { number })}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconCheck size={17} aria-hidden />}
            onClick={() => actions.setDialog({ name: "close", ticket })}
          >
            {t("missed.closeAction")}
          </Menu.Item>
          {ticket.caller.e164 !== null && (
            <Menu.Item
              color="red"
              leftSection={<IconBan size={17} aria-hidden />}
              onClick={() => actions.setDialog({ name: "block", ticket })}
            >
              {t("missed.block")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

export function TicketDialogs({ actions: { dialog, setDialog } }: { actions: TicketActions }) {
  const t = useWords();
  const close = () => setDialog(null);
  return (
    <Modal
      opened={dialog !== null}
      onClose={close}
      title={dialog === null ? "" : t(TITLES[dialog.name])}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {dialog?.name === "close" && <CloseForm ticket={dialog.ticket} onDone={close} />}
      {dialog?.name === "block" && <BlockForm ticket={dialog.ticket} onDone={close} />}
      {dialog?.name === "reopen" && <ReopenForm ticket={dialog.ticket} onDone={close} />}
    </Modal>
  );
}

const QUICK_REASONS = ["called", "settled", "no-need", "wrong-number"] as const;
const MAX_REASON = 500;

function CloseForm({ ticket, onDone }: { ticket: Ticket; onDone: () => void }) {
  const t = useWords();
  const fieldText = useFieldText();
  const close = useCloseTicket();
  const reopen = useReopenTicket();
  const undoNotice = useUndoNotice();
  const [reason, setReason] = useState("");
  const [isEmpty, setEmpty] = useState(false);
  const { ticketId } = ticket;
  const number = numberOf(ticket, t);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = reason.trim();
    setEmpty(text === "");
    if (text === "") return;
    close.mutate(
      { ticketId, reason: text },
      {
        onSuccess: () => {
          undoNotice(t("missed.closed", { number }), () => reopen.mutateAsync({ ticketId, wasMachine: false }));
          onDone();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{t("missed.closeReason", { number })}</Text>
        <Group gap="xs">
          {QUICK_REASONS.map((name) => {
            const text = t(`missed.reason.${name}`);
            return (
              <Button
                key={name}
                variant={reason === text ? "light" : "default"}
                size="compact-sm"
                aria-pressed={reason === text}
                onClick={() => setReason(text)}
              >
                {text}
              </Button>
            );
          })}
        </Group>
        <TextInput
          label={t("missed.reason")}
          value={reason}
          maxLength={MAX_REASON}
          error={isEmpty && reason.trim() === "" ? fieldText("required") : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <FormError error={close.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={close.isPending}>
            {t("missed.close")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function BlockForm({ ticket, onDone }: { ticket: Ticket; onDone: () => void }) {
  const t = useWords();
  const block = useBlockNumber();
  const unblock = useUnblockNumber();
  const reopen = useReopenTicket();
  const undoNotice = useUndoNotice();
  const number = numberOf(ticket, t);
  const e164 = ticket.caller.e164 ?? ticket.caller.number;
  return (
    <Stack>
      <Text size="sm">{t("missed.blockText", { number })}</Text>
      <FormError error={block.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>
          {t("action.cancel")}
        </Button>
        <Button
          color="red"
          loading={block.isPending}
          onClick={() =>
            block.mutate(e164, {
              onSuccess: () => {
                // The number is free again, and the caller is owed the call as before.
                undoNotice(t("missed.blocked", { number }), async () => {
                  await unblock.mutateAsync(e164);
                  await reopen.mutateAsync({ ticketId: ticket.ticketId, wasMachine: false });
                });
                onDone();
              },
            })
          }
        >
          {t("missed.block")}
        </Button>
      </Group>
    </Stack>
  );
}

/** Closed by a talk that settled nothing. */
function ReopenForm({ ticket, onDone }: { ticket: Ticket; onDone: () => void }) {
  const t = useWords();
  const reopen = useReopenTicket();
  const { tell } = useNotice();
  const number = numberOf(ticket, t);
  const open = (wasMachine: boolean) =>
    reopen.mutate(
      { ticketId: ticket.ticketId, wasMachine },
      {
        onSuccess: () => {
          tell(t("missed.reopened", { number }));
          onDone();
        },
      },
    );
  return (
    <Stack>
      <Text size="sm">{t("missed.reopenText", { number })}</Text>
      <FormError error={reopen.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>
          {t("action.cancel")}
        </Button>
        <Button variant="light" disabled={reopen.isPending} onClick={() => open(false)}>
          {t("missed.reopenPerson")}
        </Button>
        <Button disabled={reopen.isPending} onClick={() => open(true)}>
          {t("missed.reopenMachine")}
        </Button>
      </Group>
    </Stack>
  );
}
