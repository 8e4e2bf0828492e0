import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconArrowBackUp, IconArrowForwardUp } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useMemo, useReducer, useState } from "react";
import { Link } from "wouter";
import { nodeId } from "../../../calls/ids.ts";
import { type CheckContext, checkFlow } from "../../../flows/ivr/check-flow.ts";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { FlowRow } from "../../api/client.ts";
import type { DraftIdentity } from "../../api/flows.ts";
import { type MessageKey, useWords } from "../../messages/language.tsx";
import { loadPart } from "../../parts/load-part.ts";
import { Page } from "../../parts/page.tsx";
import { showWhole } from "../../parts/page-tabs.tsx";
import { Lines } from "../../parts/states.tsx";
import { DraftConflict } from "./draft-conflict.tsx";
import classes from "./editor.module.css";
import { type EditorAction, editorStep, openEditor } from "./editor-state.ts";
import { FlowMenu } from "./flow-menu.tsx";
import { PublishDialog } from "./publish-dialog.tsx";
import { StepsView } from "./steps-view.tsx";
import { flowTree } from "./tree.ts";
import { useDraft } from "./use-draft.ts";
import { VIEWS, type View } from "./views.ts";

const WalkView = lazy(() => loadPart(() => import("../walk/walk-view.tsx")));
const LossesView = lazy(() => loadPart(() => import("../losses/losses-view.tsx")));
const VersionsView = lazy(() => loadPart(() => import("../versions/versions-view.tsx")));

const VIEW_WORDS: Record<View, MessageKey> = {
  steps: "editor.steps",
  walk: "editor.walk",
  losses: "editor.losses",
  versions: "editor.versions",
};

interface Props {
  name: string;
  flow: FlowRow;
  loaded: DraftIdentity & { document: FlowContent };
  context: CheckContext;
  view: View;
}

/** The flow while somebody works on it. It stays as it is while they look at it from its other sides. */
export function FlowEditor({ name, flow, loaded, context, view }: Props) {
  const t = useWords();
  const [state, dispatch] = useReducer(editorStep, loaded.document, openEditor);
  const { document, past, future, selected } = state;
  const draft = useDraft(flow.flowId, document, loaded);
  const [isPublishing, setPublishing] = useState(false);
  const tree = useMemo(() => flowTree(document), [document]);
  const findings = useMemo(() => checkFlow(document, context), [document, context]);
  const undo = useCallback(() => dispatch({ type: "undone" }), []);
  const redo = useCallback(() => dispatch({ type: "redone" }), []);
  useHotkeys([
    ["mod+Z", undo],
    ["mod+shift+Z", redo],
    ["mod+Y", redo],
  ]);
  const open = (action: EditorAction) => dispatch(action);
  const isPublished = draft.revision === 0 && draft.state === "saved";

  return (
    <Page
      title={name}
      actions={
        <>
          {view === "steps" && (
            <span className={classes["tools"]}>
              <Tooltip label={t("editor.undo")}>
                <ActionIcon
                  variant="default"
                  size="lg"
                  aria-label={t("editor.undo")}
                  disabled={past.length === 0}
                  onClick={undo}
                >
                  <IconArrowBackUp size={19} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label={t("editor.redo")}>
                <ActionIcon
                  variant="default"
                  size="lg"
                  aria-label={t("editor.redo")}
                  disabled={future.length === 0}
                  onClick={redo}
                >
                  <IconArrowForwardUp size={19} />
                </ActionIcon>
              </Tooltip>
            </span>
          )}
          <Button disabled={isPublished} onClick={() => setPublishing(true)}>
            {t("editor.publish")}
          </Button>
          <FlowMenu flow={flow} draft={draft} opened={(opened) => open({ type: "opened", document: opened })} />
        </>
      }
    >
      <div className={classes["bar"]}>
        <nav aria-label={t("editor.views")}>
          <ul className={classes["tabs"]}>
            {VIEWS.map((one) => (
              <li key={one} ref={one === view ? showWhole : null}>
                <Link
                  href={one === "steps" ? `/call-flow/${flow.flowId}` : `/call-flow/${flow.flowId}/${one}`}
                  className={classes["tab"] ?? ""}
                  aria-current={one === view ? "page" : undefined}
                >
                  {t(VIEW_WORDS[one])}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <span className={classes["saveState"]} role="status" data-testid="save-state" data-state={draft.state}>
          {isPublished && flow.version !== null
            ? t("editor.published", { version: flow.version })
            : t(`editor.save.${draft.state}`)}
        </span>
      </div>
      {draft.state === "changed-elsewhere" && (
        <DraftConflict draft={draft} opened={(opened) => open({ type: "opened", document: opened })} />
      )}
      {view === "steps" && (
        <StepsView document={document} tree={tree} selected={selected} findings={findings} dispatch={dispatch} />
      )}
      <Suspense fallback={<Lines count={8} />}>
        {view === "walk" && <WalkView flow={flow} document={document} tree={tree} />}
        {view === "losses" && <LossesView flow={flow} document={document} />}
        {view === "versions" && (
          <VersionsView
            flow={flow}
            document={document}
            opened={(opened, identity) => {
              draft.restart(identity, opened);
              open({ type: "opened", document: opened });
            }}
          />
        )}
      </Suspense>
      {isPublishing && (
        <PublishDialog
          flow={flow}
          document={document}
          findings={findings}
          draft={draft}
          goTo={(id) => {
            setPublishing(false);
            dispatch({ type: "selected", id: nodeId(id) });
          }}
          close={() => setPublishing(false)}
        />
      )}
    </Page>
  );
}
