import { Button, Drawer, SegmentedControl } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { IconBinaryTree2, IconListTree, IconRowInsertTop } from "@tabler/icons-react";
import { type Dispatch, type ReactNode, useCallback, useMemo, useState } from "react";
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import type { Finding } from "../../../flows/ivr/check-flow.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import { BranchDialog } from "./branch-dialog.tsx";
import { Canvas } from "./canvas.tsx";
import { type CanvasLook, CanvasLookContext, type StepLook } from "./canvas-look.ts";
import { insert, lead, type Place } from "./edit-document.ts";
import classes from "./editor.module.css";
import { type Editor, EditorContext } from "./editor-context.ts";
import type { EditorAction } from "./editor-state.ts";
import { useFindingText } from "./finding-list.tsx";
import { FindingsButton } from "./findings-button.tsx";
import { FlowOverview } from "./flow-overview.tsx";
import { StepList } from "./step-list.tsx";
import { StepPanel } from "./step-panel.tsx";
import type { FlowTree } from "./tree.ts";

interface Props {
  document: FlowContent;
  tree: FlowTree;
  selected: NodeId | null;
  findings: readonly Finding[];
  dispatch: Dispatch<EditorAction>;
}

const NARROW = "(max-width: 61.9375em)";

/** The steps of a flow, drawn or listed, and beside them the one that is open. */
export function StepsView({ document, tree, selected, findings, dispatch }: Props) {
  const t = useWords();
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false }) ?? false;
  const [place, setPlace] = useState<Place | null>(null);
  const [showing, setShowing] = useState<NodeId | null>(null);
  const [isOverviewOpen, setOverviewOpen] = useState(false);

  const select = useCallback(
    (id: NodeId | null) => {
      setShowing(id);
      dispatch({ type: "selected", id });
    },
    [dispatch],
  );
  const goTo = useCallback(
    (id: NodeId) => {
      select(id);
      window.document.querySelector(`[data-step="${id}"]`)?.scrollIntoView({ block: "nearest" });
    },
    [select],
  );
  const apply = useCallback<Editor["apply"]>((edit, group) => dispatch({ type: "edited", edit, group }), [dispatch]);
  const editor = useMemo<Editor>(
    () => ({ apply, openBranch: setPlace, goTo, close: () => select(null), findings }),
    [apply, goTo, select, findings],
  );
  const stepLook = useFindingLook(document, findings);
  const look = useMemo<CanvasLook>(
    () => ({
      document,
      tree,
      selected,
      select,
      goTo,
      step: stepLook,
      branch: () => ({}),
      edit: { openBranch: setPlace, lead: (from, to) => apply((before) => lead(before, from, to)) },
    }),
    [document, tree, selected, select, goTo, stepLook, apply],
  );
  const node = selected === null ? undefined : nodeOf(document, selected);
  const panel =
    selected !== null && node !== undefined ? (
      <StepPanel key={selected} id={selected} node={node} />
    ) : isOverviewOpen ? (
      <FlowOverview close={() => setOverviewOpen(false)} />
    ) : null;
  return (
    <CanvasLookContext value={look}>
      <EditorContext value={editor}>
        <div className={classes["work"]}>
          <Stage look={look} showing={showing ?? selected} isNarrow={isNarrow}>
            <FindingsButton findings={findings} open={() => setOverviewOpen(!isOverviewOpen || selected !== null)} />
            <InsertAtStart open={() => setPlace("start")} />
          </Stage>
          {!isNarrow && panel !== null && <aside className={classes["aside"]}>{panel}</aside>}
        </div>
        {isNarrow && (
          <Drawer
            opened={panel !== null}
            onClose={() => {
              select(null);
              setOverviewOpen(false);
            }}
            position="bottom"
            size="85%"
            padding={0}
            withCloseButton={false}
            aria-label={t("editor.step")}
          >
            {panel}
          </Drawer>
        )}
        {place !== null && (
          <BranchDialog
            place={place}
            document={document}
            tree={tree}
            close={() => setPlace(null)}
            insert={(type) => {
              const { id } = insert(document, place, type);
              dispatch({ type: "edited", edit: (before) => insert(before, place, type).document, select: id });
              setShowing(id);
              setPlace(null);
            }}
            lead={(to) => {
              apply((before) => lead(before, place, to ?? nodeId("")));
              setPlace(null);
            }}
          />
        )}
      </EditorContext>
    </CanvasLookContext>
  );
}

/** What callers meet first comes before all that is there. */
function InsertAtStart({ open }: { open: () => void }) {
  const t = useWords();
  return (
    <Button variant="default" size="compact-md" leftSection={<IconRowInsertTop size={18} aria-hidden />} onClick={open}>
      {t("editor.insertAtStart")}
    </Button>
  );
}

interface StageProps {
  look: CanvasLook;
  showing: NodeId | null;
  isNarrow: boolean;
  children?: ReactNode;
}

/** Drawn or as a list, as this browser was asked last; on a narrow screen a list at first. */
export function Stage({ look, showing, isNarrow, children }: StageProps) {
  const t = useWords();
  const [chosen, setChosen] = useLocalStorage<"drawing" | "list" | "">({
    key: "hotline-flow-view",
    defaultValue: "",
    getInitialValueInEffect: false,
  });
  const shown = chosen === "" ? (isNarrow ? "list" : "drawing") : chosen;
  return (
    <div className={classes["stage"]} data-testid="flow-stage" data-shown={shown}>
      <div className={classes["stageBar"]}>
        <div className={classes["stageActions"]}>{children}</div>
        <SegmentedControl
          size="xs"
          aria-label={t("editor.look")}
          value={shown}
          onChange={(value) => setChosen(value === "list" ? "list" : "drawing")}
          data={[
            { value: "drawing", label: <IconBinaryTree2 size={16} aria-label={t("editor.drawing")} /> },
            { value: "list", label: <IconListTree size={16} aria-label={t("editor.list")} /> },
          ]}
        />
      </div>
      {shown === "drawing" ? (
        <Canvas look={look} label={t("editor.drawing")} showing={showing} />
      ) : (
        <div className={classes["stageList"]}>
          <StepList look={look} label={t("editor.list")} />
        </div>
      )}
    </div>
  );
}

function useFindingLook(document: FlowContent, findings: readonly Finding[]): (id: NodeId) => StepLook {
  const textOf = useFindingText(document);
  return useCallback(
    (id) => {
      const own = findings.filter(({ node }) => node === id);
      if (own.length === 0) return {};
      const problem = own.some(({ severity }) => severity === "error") ? "error" : "warning";
      return { problem, problemText: own.map(textOf).join(" ") };
    },
    [findings, textOf],
  );
}
