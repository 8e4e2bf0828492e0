import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useFlows } from "../api/flows.ts";
import { useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import { Loaded } from "../parts/states.tsx";
import { EasyFlow } from "./easy-flow.tsx";
import { FlowList } from "./flow-list.tsx";
import { NewFlowDialog } from "./new-flow-dialog.tsx";
import { PromptList } from "./prompt-list.tsx";

/** All call flows; the default one on one page, as long as it is simple; and what callers hear. */
export default function CallFlowPage() {
  const t = useWords();
  const flows = useFlows();
  const [isAdding, setAdding] = useState(false);
  return (
    <Page
      title={t("nav.callFlow")}
      actions={
        <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
          {t("flows.add")}
        </Button>
      }
    >
      <Loaded query={flows}>
        {(rows) => (
          <>
            <FlowList flows={rows} />
            {isAdding && <NewFlowDialog flows={rows} close={() => setAdding(false)} />}
          </>
        )}
      </Loaded>
      <EasyFlow />
      <PromptList />
    </Page>
  );
}
