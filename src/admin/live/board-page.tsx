import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import { useWords } from "../messages/language.tsx";
import { Page, Section } from "../parts/page.tsx";
import classes from "./live.module.css";
import { LiveBoard } from "./live-board.tsx";
import { PresenceList } from "./presence-list.tsx";

/** The live board alone and large, for the screen on the wall. */
export default function BoardPage() {
  const t = useWords();
  return (
    <Page
      title={t("live.title")}
      actions={
        <Anchor component={Link} href="/" size="sm">
          {t("live.back")}
        </Anchor>
      }
    >
      <div className={classes["board"]}>
        <Section title={t("live.now")} isFlush>
          <LiveBoard />
        </Section>
        <Section title={t("presence.title")} isFlush>
          <PresenceList />
        </Section>
      </div>
    </Page>
  );
}
