import { Modal } from "@mantine/core";
import { useState } from "react";
import { useOutgoing } from "../api/outgoing.ts";
import { LinesTabs } from "../lines/lines-tabs.tsx";
import { useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import { Loaded } from "../parts/states.tsx";
import { ReachForm } from "./reach-form.tsx";
import { RuleForm } from "./rule-form.tsx";
import { RuleList } from "./rule-list.tsx";
import { TermsForm } from "./terms-form.tsx";
import { TermsList } from "./terms-list.tsx";
import { WhereForm } from "./where-form.tsx";

type Dialog = { name: "closed" } | { name: "rule"; index: number | null } | { name: "terms"; trunkId: number };

/** How calls leave: by which lines, how far, and at what cost. */
export default function OutgoingPage() {
  const t = useWords();
  const outgoing = useOutgoing();
  const [dialog, setDialog] = useState<Dialog>({ name: "closed" });
  const close = () => setDialog({ name: "closed" });

  return (
    <Page title={t("lines.outgoing")}>
      <LinesTabs />
      <Loaded query={outgoing}>
        {(data) => {
          const trunk = dialog.name === "terms" && data.trunks.find(({ trunkId }) => trunkId === dialog.trunkId);
          return (
            <>
              <WhereForm currency={data.currency} />
              <RuleList outgoing={data} edit={(index) => setDialog({ name: "rule", index })} />
              <TermsList outgoing={data} edit={(trunkId) => setDialog({ name: "terms", trunkId })} />
              <ReachForm outgoing={data} />
              <Modal
                opened={dialog.name !== "closed"}
                onClose={close}
                title={
                  dialog.name === "rule"
                    ? t(dialog.index === null ? "rules.add" : "rules.edit")
                    : t("terms.of", { name: trunk ? trunk.name : "" })
                }
                // What was typed is not lost by a touch beside the form.
                closeOnClickOutside={false}
                size="lg"
                closeButtonProps={{ "aria-label": t("action.close") }}
              >
                {dialog.name === "rule" && <RuleForm outgoing={data} index={dialog.index} onDone={close} />}
                {trunk && <TermsForm outgoing={data} trunk={trunk} onDone={close} />}
              </Modal>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
