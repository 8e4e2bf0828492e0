import { Button } from "@mantine/core";
import { IconMailbox } from "@tabler/icons-react";
import { useState } from "react";
import type { VoiceMessage } from "../api/client.ts";
import { type MessageState, useMessages } from "../api/missed.ts";
import { useWords } from "../messages/language.tsx";
import { Section } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { Empty, Failure, Lines } from "../parts/states.tsx";
import { MessageItem } from "./message-item.tsx";
import classes from "./missed.module.css";

/** The messages that callers left: what nobody heard yet first. */
export function MessageLists() {
  const t = useWords();
  const fresh = useMessages("new");
  const heard = useMessages("heard");
  const [openId, setOpenId] = useState<string | null>(null);
  const failed = [fresh, heard].find(({ isError, data }) => isError && data === undefined);
  const boxClass = `${page["section"]} ${page["sectionFlush"]}`;
  if (failed !== undefined) {
    return (
      <div className={boxClass}>
        <Failure error={failed.error} retry={() => void failed.refetch()} />
      </div>
    );
  }
  if (fresh.data === undefined || heard.data === undefined) {
    return (
      <div className={boxClass}>
        <Lines count={5} height={28} />
      </div>
    );
  }
  const messagesOf = ({ pages }: NonNullable<typeof fresh.data>) => pages.flatMap(({ messages }) => messages);
  const newOnes = messagesOf(fresh.data);
  const heardOnes = messagesOf(heard.data);
  if (newOnes.length + heardOnes.length === 0) {
    return (
      <div className={boxClass}>
        <Empty icon={IconMailbox} title={t("voicemail.none")} text={t("voicemail.noneText")} />
      </div>
    );
  }
  const shared = { openId, setOpenId };
  return (
    <>
      <Section title={t("voicemail.newTitle")} isFlush>
        {newOnes.length === 0 ? (
          <div className={classes["remark"]}>{t("voicemail.noneNew")}</div>
        ) : (
          <Messages {...shared} state="new" messages={newOnes} query={fresh} />
        )}
      </Section>
      {heardOnes.length > 0 && (
        <Section title={t("voicemail.heardTitle")} isFlush>
          <Messages {...shared} state="heard" messages={heardOnes} query={heard} />
        </Section>
      )}
    </>
  );
}

interface MessagesProps {
  state: MessageState;
  messages: readonly VoiceMessage[];
  query: ReturnType<typeof useMessages>;
  openId: string | null;
  setOpenId: (recordingId: string | null) => void;
}

function Messages({ state, messages, query, openId, setOpenId }: MessagesProps) {
  const t = useWords();
  return (
    <>
      <ul className={classes["list"]} data-testid="messages" data-state={state}>
        {messages.map((message) => (
          <MessageItem
            key={message.recordingId}
            message={message}
            isOpen={message.recordingId === openId}
            setOpen={(isOpen) => setOpenId(isOpen ? message.recordingId : null)}
          />
        ))}
      </ul>
      {query.hasNextPage && (
        <div className={classes["more"]}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("calls.more")}
          </Button>
        </div>
      )}
    </>
  );
}
