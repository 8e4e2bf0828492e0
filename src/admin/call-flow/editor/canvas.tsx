import "@xyflow/react/dist/base.css";
import {
  Background,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeChange,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useConnection,
  useReactFlow,
  useUpdateNodeInternals,
} from "@xyflow/react";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import { useWords } from "../../messages/language.tsx";
import classes from "./canvas.module.css";
import { type CanvasLook, CanvasLookContext, useCanvasLook } from "./canvas-look.ts";
import { layoutTree, type Point, type Size } from "./layout.ts";
import { stepBeside } from "./step-beside.ts";
import { StepCard } from "./step-card.tsx";
import type { TreeStep } from "./tree.ts";

const FIRST_GUESS: Size = { width: 240, height: 110 };
/** Nobody reads smaller words than these. */
const LEAST_READABLE = 0.7;
const MARGIN = 24;
/** The first step begins below what lies over the drawing. */
const BELOW_BUTTONS = 64;

type StepNode = Node<{ step: TreeStep }, "step">;

const nodeTypes = { step: StepOnCanvas };

/** A flow as a drawing that one moves about in: by mouse, by touch, or by the arrow keys from step to step. */
export function Canvas({ look, label, showing }: { look: CanvasLook; label: string; showing: NodeId | null }) {
  return (
    <CanvasLookContext value={look}>
      <ReactFlowProvider>
        <Drawing label={label} showing={showing} />
      </ReactFlowProvider>
    </CanvasLookContext>
  );
}

function Drawing({ label, showing }: { label: string; showing: NodeId | null }) {
  const t = useWords();
  const look = useCanvasLook();
  const { tree, edit, branch, select } = look;
  const [sizes, setSizes] = useState<ReadonlyMap<string, Size>>(new Map());
  const places = useMemo(() => layoutTree(tree, (id) => sizes.get(id) ?? FIRST_GUESS), [tree, sizes]);
  const isMeasured = tree.steps.every(({ id }) => sizes.has(id));

  const nodes = useMemo(
    () =>
      tree.steps.map((step): StepNode => {
        const measured = sizes.get(step.id);
        return {
          id: step.id,
          type: "step",
          position: places.get(step.id) ?? { x: 0, y: 0 },
          data: { step },
          ...(measured === undefined ? {} : { measured }),
        };
      }),
    [tree, sizes, places],
  );
  const edges = useMemo(
    () =>
      tree.steps.flatMap(({ id, branches }) =>
        branches
          .filter(({ kind }) => kind === "below")
          .map(({ via, to }): Edge => {
            const { isLit = false, weight } = branch(id, via);
            return {
              id: `${id} ${via}`,
              source: id,
              sourceHandle: via,
              target: to,
              type: "smoothstep",
              className: (isLit ? classes["edgeLit"] : classes["edge"]) ?? "",
              ...(weight === undefined ? {} : { style: { strokeWidth: 1.5 + weight * 8.5 } }),
            };
          }),
      ),
    [tree, branch],
  );

  const measure = useCallback((changes: NodeChange<StepNode>[]) => {
    const found = changes.flatMap((change) =>
      change.type === "dimensions" && change.dimensions ? [[change.id, change.dimensions] as const] : [],
    );
    if (found.length > 0) setSizes((before) => new Map([...before, ...found]));
  }, []);

  useShowing(showing, places, sizes, isMeasured);
  const isConnecting = useConnection(({ inProgress }) => inProgress);
  const onKeyDown = (event: KeyboardEvent) => moveFocus(event, tree, places);

  return (
    // The arrow keys lead from step to step; each step is a button by itself.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={classes["canvas"]} data-ready={isMeasured} data-connecting={isConnecting} onKeyDown={onKeyDown}>
      <ReactFlow<StepNode>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        onNodesChange={measure}
        onPaneClick={() => select(null)}
        {...(edit === null
          ? {}
          : {
              onConnect: ({ source, sourceHandle, target }) => {
                if (sourceHandle !== null && source !== target)
                  edit.lead({ from: nodeId(source), via: sourceHandle }, nodeId(target));
              },
            })}
        aria-label={label}
        nodesDraggable={false}
        nodesConnectable={edit !== null}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        deleteKeyCode={null}
        disableKeyboardA11y
        panOnScroll
        zoomOnDoubleClick={false}
        minZoom={0.15}
        maxZoom={1.4}
        connectionRadius={40}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={22} size={1.2} className={classes["ground"] ?? ""} />
        <Controls
          showInteractive={false}
          position="bottom-left"
          aria-label={t("editor.zoom")}
          fitViewOptions={{ padding: { top: `${BELOW_BUTTONS}px`, x: "8%", bottom: "8%" } }}
        />
      </ReactFlow>
    </div>
  );
}

/** Begins at the top, as large as can be read; later it brings into view what is to be shown. */
function useShowing(
  showing: NodeId | null,
  places: ReadonlyMap<NodeId, Point>,
  sizes: ReadonlyMap<string, Size>,
  isMeasured: boolean,
): void {
  const flow = useReactFlow();
  const { tree } = useCanvasLook();
  const box = useRef({ hasBegun: false });
  const root = tree.roots[0];
  useEffect(() => {
    if (!isMeasured || box.current.hasBegun || root === undefined) return;
    box.current.hasBegun = true;
    const frame = document.querySelector(`.${classes["canvas"] ?? ""}`)?.getBoundingClientRect();
    if (frame === undefined) return;
    const first = places.get(root) ?? { x: 0, y: 0 };
    const firstSize = sizes.get(root) ?? FIRST_GUESS;
    const lefts = [...places.values()].map(({ x }) => x);
    const rights = [...places].map(([id, { x }]) => x + (sizes.get(id)?.width ?? 0));
    const width = Math.max(...rights) - Math.min(...lefts);
    const zoom = Math.min(1, Math.max(LEAST_READABLE, (frame.width - 2 * MARGIN) / width));
    const fits = width * zoom <= frame.width;
    const middle = fits ? (Math.min(...lefts) + Math.max(...rights)) / 2 : first.x + firstSize.width / 2;
    void flow.setViewport({ x: frame.width / 2 - middle * zoom, y: BELOW_BUTTONS - first.y * zoom, zoom });
  }, [flow, isMeasured, places, sizes, root]);

  const place = showing === null ? undefined : places.get(showing);
  const size = showing === null ? undefined : sizes.get(showing);
  const [x, y] = [place?.x, place?.y];
  useEffect(() => {
    if (showing === null || x === undefined || y === undefined || size === undefined) return;
    const zoom = Math.max(flow.getZoom(), LEAST_READABLE);
    if (isInView(showing)) return;
    void flow.setCenter(x + size.width / 2, y + size.height / 2, { zoom, duration: 250 });
  }, [flow, showing, x, y, size]);
}

function isInView(id: NodeId): boolean {
  const frame = document.querySelector(`.${classes["canvas"] ?? ""}`)?.getBoundingClientRect();
  const card = document.querySelector(`[data-step="${id}"]`)?.getBoundingClientRect();
  if (frame === undefined || card === undefined) return false;
  return card.left >= frame.left && card.right <= frame.right && card.top >= frame.top && card.bottom <= frame.bottom;
}

function moveFocus(event: KeyboardEvent, tree: CanvasLook["tree"], places: ReadonlyMap<NodeId, Point>): void {
  const from = (event.target as HTMLElement).dataset["stepButton"];
  if (from === undefined) return;
  const next = stepBeside(tree, places, nodeId(from), event.key);
  if (next === null) return;
  event.preventDefault();
  document.querySelector<HTMLElement>(`[data-step-button="${next}"]`)?.focus();
}

function StepOnCanvas({ data: { step } }: NodeProps<StepNode>) {
  const { edit } = useCanvasLook();
  const update = useUpdateNodeInternals();
  const branches = step.branches.map(({ via, kind }) => `${via}:${kind}`).join();
  useEffect(() => {
    // Its lines begin elsewhere when its branches are others.
    if (branches !== "") update(step.id);
  }, [update, step.id, branches]);
  return (
    <>
      <Handle type="target" position={Position.Top} className={classes["target"] ?? ""} isConnectableStart={false} />
      <StepCard
        step={step}
        renderEnd={({ via }) => (
          <Handle
            type="source"
            position={Position.Bottom}
            id={via}
            className={classes["source"] ?? ""}
            isConnectable={edit !== null}
          />
        )}
      />
    </>
  );
}
