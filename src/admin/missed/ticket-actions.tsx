import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconBan, IconCheck, IconDots, IconHandStop, IconPhoneOutgoing, IconUserCheck } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import type { Ticket } from "../api/client.ts";
import { useActOnTicket, useBlockNumber, useCloseTicket, useUnblockNumber } from "../api/missed.ts";
import { useSession } from "../api/session.ts";
import { useWords } from "../messages/language.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./missed.module.css";
import { numberOf } from "./ticket-words.ts";

interface Dialog {
  name: "close" | "block";
  ticket: Ticket;
}

/** What can be done with a missed caller; the dialogs are shown once, for list and detail alike. */
export function useTicketActions() {
  const t = useWords();
  const act = useActOnTicket();
  const { tell, failed } = useNotice();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const take = (ticket: Ticket) => act.mutate({ ticketId: ticket.ticketId, act: "take" }, { onError: failed });
  const release = (ticket: Ticket) => act.mutate({ ticketId: ticket.ticketId, act: "release" }, { onError: failed });
  const callNow = (ticket: Ticket) =>
    act.mutate(
      { ticketId: ticket.ticketId, act: "call-now" },
      { onSuccess: () => tell(t("missed.calledNow", { number: numberOf(ticket, t) })), onError: failed },
    );
  const busyWith = act.isPending ? act.variables.ticketId : null;
  return { take, release, callNow, busyWith, dialog, setDialog };
}

export type TicketActions = ReturnType<typeof useTicketActions>;

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
          disabled={isBusy || ticket.waitsFor === "in-progress" || ticket.waitsFor === "abroad"}
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
      title={dialog?.name === "block" ? t("missed.block") : t("missed.closeAction")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {dialog?.name === "close" && <CloseForm ticket={dialog.ticket} onDone={close} />}
      {dialog?.name === "block" && <BlockForm ticket={dialog.ticket} onDone={close} />}
    </Modal>
  );
}

const QUICK_REASONS = ["called", "settled", "no-need", "wrong-number"] as const;
const MAX_REASON = 500;

function CloseForm({ ticket, onDone }: { ticket: Ticket; onDone: () => void }) {
  const t = useWords();
  const fieldText = useFieldText();
  const close = useCloseTicket();
  const { tell } = useNotice();
  const [reason, setReason] = useState("");
  const [isEmpty, setEmpty] = useState(false);
  const number = numberOf(ticket, t);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = reason.trim();
    setEmpty(text === "");
    if (text === "") return;
    close.mutate(
      { ticketId: ticket.ticketId, reason: text },
      {
        onSuccess: () => {
          tell(t("missed.closed", { number }));
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
                undoNotice(t("missed.blocked", { number }), () => unblock.mutateAsync(e164));
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
