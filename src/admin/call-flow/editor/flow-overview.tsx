import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useWords } from "../../messages/language.tsx";
import { useCanvasLook } from "./canvas-look.ts";
import classes from "./editor.module.css";
import { useEditor } from "./editor-context.ts";
import { FindingList } from "./finding-list.tsx";

/** What the flow lacks, and how to go about it. */
export function FlowOverview({ close }: { close: () => void }) {
  const t = useWords();
  const { document } = useCanvasLook();
  const { findings, goTo } = useEditor();
  return (
    <div className={classes["panel"]} data-testid="flow-overview">
      <div className={classes["overviewHead"]}>
        <h2 className={classes["panelTitle"]}>{t("editor.overview")}</h2>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("action.close")} onClick={close}>
          <IconX size={20} />
        </ActionIcon>
      </div>
      {findings.length === 0 && <p className={classes["hint"]}>{t("editor.noFindings")}</p>}
      <FindingList document={document} findings={findings} goTo={goTo} />
      <p className={classes["hint"]}>{t("editor.overviewHint")}</p>
    </div>
  );
}
