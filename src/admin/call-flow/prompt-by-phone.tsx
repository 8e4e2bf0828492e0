import { Button, Loader, Menu } from "@mantine/core";
import { IconPhone } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Language } from "../../calls/language.ts";
import { usePresence } from "../api/calls.ts";
import { usePhoneRecording, useRecordByPhone } from "../api/phone-recording.ts";
import { keys } from "../api/query-client.ts";
import { useSession } from "../api/session.ts";
import { type MessageKey, useWords } from "../messages/language.tsx";
import { useNotice } from "../parts/notices.tsx";
import classes from "./call-flow.module.css";

interface Props {
  name: string;
  language: Language;
  title: string;
}

const STATES = {
  ringing: "byPhone.ringing",
  recording: "byPhone.recording",
  asking: "byPhone.asking",
} as const satisfies Record<string, MessageKey>;

const OUTCOMES = {
  kept: "byPhone.kept",
  "not-kept": "byPhone.notKept",
  "hung-up": "byPhone.hungUp",
  "no-answer": "byPhone.noAnswer",
} as const satisfies Record<string, MessageKey>;

/** The person's own phone rings and records; who has none chooses one of those that are there. */
export function PromptByPhone({ name, language, title }: Props) {
  const t = useWords();
  const { operatorId } = useSession();
  const presence = usePresence();
  const record = useRecordByPhone();
  const { failed } = useNotice();
  const [id, setId] = useState<string | null>(null);
  const begin = (phone?: number) =>
    record.mutate(
      { language, name, ...(phone === undefined ? {} : { operatorId: phone }) },
      { onSuccess: (begun) => setId(begun.id), onError: failed },
    );
  const phones = (presence.data ?? []).filter(({ isRegistered }) => isRegistered);
  const button = (
    <Button
      variant="default"
      size="compact-md"
      leftSection={<IconPhone size={17} aria-hidden />}
      aria-label={t("byPhone.recordOf", { name: title })}
      loading={record.isPending}
      {...(operatorId === null ? {} : { onClick: () => begin() })}
    >
      {t("byPhone.record")}
    </Button>
  );
  return (
    <>
      {operatorId === null ? (
        <Menu position="bottom-start">
          <Menu.Target>{button}</Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{phones.length === 0 ? t("byPhone.noPhones") : t("byPhone.which")}</Menu.Label>
            {phones.map((phone) => (
              <Menu.Item key={phone.operatorId} onClick={() => begin(phone.operatorId)}>
                {phone.name} ({phone.extension})
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        button
      )}
      {id !== null && <Progress key={id} id={id} />}
    </>
  );
}

function Progress({ id }: { id: string }) {
  const t = useWords();
  const client = useQueryClient();
  const { data, isError } = usePhoneRecording(id);
  const isKept = data?.outcome === "kept";
  useEffect(() => {
    if (!isKept) return;
    for (const queryKey of [keys.prompts, keys.flowContexts]) client.invalidateQueries({ queryKey }).catch(reportError);
  }, [isKept, client]);
  if (isError) return null;
  const { state, outcome } = data ?? { state: "ringing", outcome: null };
  const text = state === "done" ? OUTCOMES[outcome ?? "not-kept"] : STATES[state];
  return (
    <span className={classes["note"]} role="status" data-testid="prompt-by-phone">
      {state !== "done" && <Loader size={12} mr={6} />}
      {t(text)}
    </span>
  );
}
