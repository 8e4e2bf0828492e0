import { NativeSelect, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChartBar } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import type { NodeId } from "../../../calls/ids.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import type { FlowLosses, FlowRow } from "../../api/client.ts";
import { useFlowLosses, useFlowVersion, useFlowVersions } from "../../api/flows.ts";
import { daysOfPeriod, type Period } from "../../calls/filters.ts";
import { formatDuration } from "../../format/duration.ts";
import { formatNumber } from "../../format/quantity.ts";
import { useLanguage, useWords } from "../../messages/language.tsx";
import page from "../../parts/parts.module.css";
import { Empty, Loaded } from "../../parts/states.tsx";
import { useSiteTime } from "../../parts/use-site-time.ts";
import type { CanvasLook } from "../editor/canvas-look.ts";
import editor from "../editor/editor.module.css";
import { useStepWords } from "../editor/step-words.ts";
import { Stage } from "../editor/steps-view.tsx";
import { flowTree } from "../editor/tree.ts";
import { callsOf } from "./calls-of.ts";
import classes from "./losses.module.css";
import { NodeFigures } from "./node-figures.tsx";
import { StepLosses } from "./step-losses.tsx";

const PERIODS = ["today", "yesterday", "week", "month", "custom"] as const satisfies readonly Period[];

interface Range {
  from: string;
  to: string;
}

/** Where callers go in this flow, and where they are lost. */
export default function LossesView({ flow, document }: { flow: FlowRow; document: FlowContent }) {
  const t = useWords();
  const { today } = useSiteTime();
  const [period, setPeriod] = useState<Period>("week");
  const [custom, setCustom] = useState<Range>({ from: today(), to: today() });
  const [version, setVersion] = useState("");
  const versions = useFlowVersions(flow.flowId);
  const range = daysOfPeriod(period, today()) ?? custom;
  const losses = useFlowLosses(flow.flowId, range.from, range.to, version);
  const drawn = useFlowVersion(flow.flowId, version === "" ? flow.version : Number(version));
  return (
    <>
      <div className={`${page["section"]} ${classes["filters"]}`}>
        <NativeSelect
          label={t("calls.filter.period")}
          value={period}
          data={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))}
          onChange={(event) => setPeriod(PERIODS.find((one) => one === event.currentTarget.value) ?? "week")}
        />
        {period === "custom" && (
          <>
            <TextInput
              type="date"
              label={t("calls.filter.from")}
              value={custom.from}
              max={custom.to}
              onChange={(event) => setCustom({ ...custom, from: event.currentTarget.value || custom.from })}
            />
            <TextInput
              type="date"
              label={t("calls.filter.to")}
              value={custom.to}
              min={custom.from}
              onChange={(event) => setCustom({ ...custom, to: event.currentTarget.value || custom.to })}
            />
          </>
        )}
        <NativeSelect
          label={t("losses.version")}
          value={version}
          data={[
            { value: "", label: t("losses.allVersions") },
            ...(versions.data ?? []).map((one) => ({
              value: String(one.version),
              label: t("versions.number", { version: one.version }),
            })),
          ]}
          onChange={(event) => setVersion(event.currentTarget.value)}
        />
      </div>
      <Loaded query={losses}>
        {(found) => (
          <Drawn flowId={flow.flowId} document={drawn.data?.document ?? document} losses={found} range={range} />
        )}
      </Loaded>
    </>
  );
}

interface DrawnProps {
  flowId: string;
  document: FlowContent;
  losses: FlowLosses;
  range: Range;
}

function Drawn({ flowId, document, losses, range }: DrawnProps) {
  const t = useWords();
  const { language } = useLanguage();
  const isNarrow = useMediaQuery("(max-width: 61.9375em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const [selected, setSelected] = useState<NodeId | null>(null);
  const tree = useMemo(() => flowTree(document), [document]);
  const most = Math.max(1, losses.calls);
  const countOf = useCallback(
    (id: string, via: string) => losses.nodes[id]?.branches.find((branch) => branch.via === via)?.count ?? 0,
    [losses],
  );
  const look = useMemo<CanvasLook>(
    () => ({
      document,
      tree,
      selected,
      select: setSelected,
      goTo: setSelected,
      step: (id) => ({
        foot: <NodeFigures flowId={flowId} id={id} figures={losses.nodes[id]} range={range} />,
        state: losses.nodes[id] === undefined ? "dim" : undefined,
      }),
      branch: (id, via) => {
        const count = countOf(id, via);
        return { note: formatNumber(count, language), weight: count / most };
      },
      edit: null,
    }),
    [document, tree, selected, flowId, losses, range, countOf, language, most],
  );
  if (losses.calls === 0) {
    return (
      <div className={page["section"]}>
        <Empty icon={IconChartBar} title={t("losses.none")} text={t("losses.noneText")} />
      </div>
    );
  }
  return (
    <>
      <div className={classes["summary"]} role="status">
        {t("losses.calls", { count: losses.calls, shown: formatNumber(losses.calls, language) })}
      </div>
      <div className={editor["work"]}>
        <Stage look={look} showing={selected} isNarrow={isNarrow} />
        <aside className={editor["aside"]}>
          {selected !== null && losses.nodes[selected] !== undefined ? (
            <StepLosses
              flowId={flowId}
              id={selected}
              document={document}
              figures={losses.nodes[selected]}
              range={range}
              close={() => setSelected(null)}
            />
          ) : (
            <Worst flowId={flowId} document={document} losses={losses} range={range} select={setSelected} />
          )}
        </aside>
      </div>
    </>
  );
}

const MOST_SHOWN = 8;

/** The steps at which most callers hung up. */
function Worst({ flowId, document, losses, range, select }: DrawnProps & { select: (id: NodeId) => void }) {
  const t = useWords();
  const words = useStepWords();
  const { language } = useLanguage();
  const worst = Object.entries(losses.nodes)
    .filter(([, { hungUp }]) => hungUp > 0)
    .toSorted(([, left], [, right]) => right.hungUp - left.hungUp)
    .slice(0, MOST_SHOWN);
  return (
    <div className={editor["panel"]}>
      <h2 className={editor["panelTitle"]}>{t("losses.worst")}</h2>
      <p className={editor["hint"]}>{t("losses.worstHint")}</p>
      {worst.length === 0 && <p className={editor["hint"]}>{t("losses.nobodyHungUp")}</p>}
      <ol className={classes["worst"]} data-testid="worst-steps">
        {worst.map(([id, { came, hungUp, medianStayMs }]) => (
          <li key={id}>
            <button
              type="button"
              className={classes["worstName"]}
              onClick={() => {
                if (nodeOf(document, id) !== undefined) select(id as NodeId);
              }}
            >
              {words.nameIn(document, id)}
            </button>
            <Link href={callsOf({ flowId, node: id, range, ended: true })} className={classes["lost"] ?? ""}>
              {t("losses.hungUp", {
                count: hungUp,
                shown: formatNumber(hungUp, language),
                percent: Math.round((100 * hungUp) / Math.max(1, came)),
              })}
            </Link>
            <span className={classes["share"]}>
              {medianStayMs !== null && t("losses.stayed", { time: formatDuration(medianStayMs / 1000) })}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
