import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconRefresh } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import { type Country, toE164 } from "../../../calls/phone-number.ts";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { FlowRow } from "../../api/client.ts";
import { useNumbers } from "../../api/lines.ts";
import { serverNowMs } from "../../api/server-clock.ts";
import { useSession } from "../../api/session.ts";
import { formatClock, zoneDate, zoneTimeMs } from "../../format/zone-time.ts";
import { useWords } from "../../messages/language.tsx";
import { useFieldText } from "../../parts/use-error-text.ts";
import type { CanvasLook } from "../editor/canvas-look.ts";
import editor from "../editor/editor.module.css";
import { useFlowWorld } from "../editor/flow-world.ts";
import { Stage } from "../editor/steps-view.tsx";
import type { FlowTree } from "../editor/tree.ts";
import { type CallDraft, CallSetupForm } from "./call-setup.tsx";
import { Course } from "./course.tsx";
import { OtherSide } from "./other-side.tsx";
import { Phone } from "./phone.tsx";
import { type CallEvent, type CallSetup, callStep, pathOf, type SimulatedCall, startCall } from "./simulation.ts";
import { useCallSite } from "./use-call-site.ts";
import { useSound } from "./use-sound.ts";
import classes from "./walk.module.css";

interface Props {
  flow: FlowRow;
  document: FlowContent;
  tree: FlowTree;
}

const TICK_MS = 200;

/** A call to this flow as it stands, published or not. */
export default function WalkView({ flow, document, tree }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const { site: settings } = useSession();
  const world = useFlowWorld();
  const numbers = useNumbers();
  const isNarrow = useMediaQuery("(max-width: 61.9375em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const [draft, change] = useCallDraft(settings.timeZone);
  const [problem, setProblem] = useState<string | null>(null);
  const [call, setCall] = useState<SimulatedCall | null>(null);
  const [isMuted, setMuted] = useState(false);
  const [looked, setLooked] = useState<NodeId | null>(null);
  const site = useCallSite(document);
  const tell = useCallback(
    (event: CallEvent) => {
      if (event.type !== "time-passed") setLooked(null);
      setCall((now) => (now === null ? null : callStep(now, event, site)));
    },
    [site],
  );

  useClock(call !== null && call.ended === null, tell);
  const ended = useCallback((id: number) => tell({ type: "prompt-ended", id }), [tell]);
  useSound(call?.playing ?? null, { prompts: world.prompts, languages: call?.ivr.languages ?? [], isMuted, ended });

  const begin = () => {
    const e164 = toE164(draft.number, settings.country as Country);
    const isHidden = draft.who === "hidden";
    setProblem(!isHidden && e164 === null ? fieldText("not-a-number") : null);
    if (!isHidden && e164 === null) return;
    const row = numbers.data?.find(({ number }) => number === draft.dialled) ?? numbers.data?.[0];
    const setup: CallSetup = {
      caller: { e164: isHidden ? null : e164, isHidden, facts: factsOf(draft) },
      dialled: row?.number ?? "",
      numberSchedule: (row?.scheduleId ?? null) as CallSetup["numberSchedule"],
      numberLanguage: row?.language ?? null,
      startedAtMs: zoneTimeMs(draft.date, draft.time, settings.timeZone),
      operators: world.operators.map(({ operatorId, extension }) => ({
        operatorId: operatorId as CallSetup["operators"][number]["operatorId"],
        extension: extension as CallSetup["operators"][number]["extension"],
        isThere: !draft.away.includes(operatorId),
      })),
    };
    const walked = {
      ...document,
      id: flow.flowId as SimulatedCall["ivr"]["document"]["id"],
      version: flow.version ?? 0,
    };
    setLooked(null);
    setCall(startCall(walked, setup, site));
  };

  const look = useWalkLook(document, tree, call, flow.flowId, setLooked);
  const stage = call?.ivr.stage;
  const here = stage !== undefined && "node" in stage ? stage.node : lastNode(call);
  return (
    <div className={`${editor["work"]} ${classes["work"]}`}>
      <aside className={`${editor["aside"]} ${classes["side"]}`}>
        <div className={editor["panel"]}>
          {call === null ? (
            <>
              <p className={editor["hint"]}>{t("walk.hint")}</p>
              <CallSetupForm
                draft={{ ...draft, dialled: draft.dialled || (numbers.data?.[0]?.number ?? "") }}
                numbers={numbers.data ?? []}
                problem={problem}
                change={change}
                call={begin}
              />
            </>
          ) : (
            <>
              <Phone
                call={call}
                isMuted={isMuted}
                setMuted={setMuted}
                press={(digit) => tell({ type: "key-pressed", digit })}
                skip={() => tell({ type: "skipped" })}
                hangUp={() => tell({ type: "hung-up", by: "caller" })}
              />
              <OtherSide call={call} tell={tell} />
              <div className={editor["row"]}>
                <Button
                  size="compact-md"
                  variant="default"
                  onClick={begin}
                  leftSection={<IconRefresh size={16} aria-hidden />}
                >
                  {t("walk.again")}
                </Button>
                <Button size="compact-md" variant="default" onClick={() => setCall(null)}>
                  {t("walk.otherCaller")}
                </Button>
              </div>
              <Course
                call={call}
                documentOf={(id) =>
                  id === flow.flowId ? { ...document, id: call.ivr.document.id, version: 0 } : site.flow(id as never)
                }
                goTo={setLooked}
              />
            </>
          )}
        </div>
      </aside>
      <Stage look={look} showing={looked ?? here} isNarrow={isNarrow} />
    </div>
  );
}

function useCallDraft(timeZone: string): [CallDraft, (part: Partial<CallDraft>) => void] {
  const [draft, setDraft] = useState<CallDraft>(() => {
    const now = serverNowMs();
    return {
      who: "new",
      number: "599 12 34 56",
      category: "",
      days: 3,
      dialled: "",
      date: zoneDate(now, timeZone),
      time: formatClock(new Date(now).toISOString(), timeZone),
      away: [],
    };
  });
  return [draft, (part) => setDraft((before) => ({ ...before, ...part }))];
}

function factsOf({ who, category, days }: CallDraft): CallSetup["caller"]["facts"] {
  return {
    isKnown: who === "known",
    category: category === "" ? null : category,
    isBlocked: who === "blocked",
    daysSinceLastCall: who === "recent" ? days : who === "known" ? 400 : null,
  };
}

/** Time goes by as it does outside, while a call goes on. */
function useClock(isRunning: boolean, tell: (event: CallEvent) => void): void {
  useEffect(() => {
    if (!isRunning) return undefined;
    let lastMs = performance.now();
    const timer = setInterval(() => {
      const nowMs = performance.now();
      tell({ type: "time-passed", ms: Math.round(nowMs - lastMs) });
      lastMs = nowMs;
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning, tell]);
}

function lastNode(call: SimulatedCall | null): NodeId | null {
  return call?.steps.findLast(({ node }) => node !== null)?.node ?? null;
}

function useWalkLook(
  document: FlowContent,
  tree: FlowTree,
  call: SimulatedCall | null,
  flowId: string,
  goTo: (id: NodeId) => void,
): CanvasLook {
  const stage = call?.ivr.stage;
  const here =
    call !== null && stage !== undefined && "node" in stage && call.ivr.document.id === flowId ? stage.node : null;
  const steps = call?.steps;
  const path = useMemo(() => (steps === undefined ? null : pathOf(steps, flowId)), [steps, flowId]);
  return useMemo(
    () => ({
      document,
      tree,
      selected: null,
      select: (id) => {
        if (id !== null) goTo(nodeId(id));
      },
      goTo,
      step: (id) => ({ state: id === here ? "current" : path?.nodes.has(id) === true ? "lit" : undefined }),
      branch: (id, via) => ({ isLit: path?.branches.has(`${id} ${via}`) === true }),
      edit: null,
    }),
    [document, tree, here, path, goTo],
  );
}
