import { Button, Group } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import { Callout } from "../../parts/callout.tsx";
import { useNotice } from "../../parts/notices.tsx";
import type { SavedDraft } from "./use-draft.ts";

/** Two have changed the same flow: one of the two stays, and a person says which. */
export function DraftConflict({ draft, opened }: { draft: SavedDraft; opened: (document: FlowContent) => void }) {
  const t = useWords();
  const { failed } = useNotice();
  const [isBusy, setBusy] = useState(false);
  const choose = (work: () => Promise<void>) => {
    setBusy(true);
    work()
      .catch(failed)
      .finally(() => setBusy(false));
  };
  return (
    <div role="alert">
      <Callout tone="bad" icon={IconUsers} title={t("editor.conflict")} testId="draft-conflict">
        {t("editor.conflictText")}
        <Group gap="xs" mt="xs">
          <Button
            variant="default"
            size="compact-md"
            loading={isBusy}
            onClick={() => choose(async () => opened(await draft.takeTheirs()))}
          >
            {t("editor.takeTheirs")}
          </Button>
          <Button variant="default" size="compact-md" loading={isBusy} onClick={() => choose(draft.keepMine)}>
            {t("editor.keepMine")}
          </Button>
        </Group>
      </Callout>
    </div>
  );
}
