import { Button } from "@mantine/core";
import { IconSitemap, IconTag } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { CallFilters } from "../api/calls.ts";
import { useFlows, useFlowVersion } from "../api/flows.ts";
import { useSession } from "../api/session.ts";
import { nameOfFlow } from "../call-flow/name-of-flow.ts";
import { type Translate, useWords } from "../messages/language.tsx";
import classes from "./calls.module.css";

interface Props {
  filters: CallFilters;
  change: (part: CallFilters) => void;
}

const NO_PLACE = { flow: "", node: "", via: "", ended: "" } as const;

/** Where in a call flow the shown calls came by, when somebody opened them from its losses; and their tag. */
export function PlaceFilter({ filters, change }: Props) {
  const t = useWords();
  const isAdmin = useSession().role === "admin";
  const { flow, node, tag } = filters;
  return (
    <>
      {flow !== undefined && (
        <Chip icon={<IconSitemap size={18} aria-hidden />} drop={() => change(NO_PLACE)}>
          {/* Flows are the admin's; for everybody else the id has to do. */}
          {isAdmin ? <Place filters={filters} flow={flow} /> : t("calls.place.flow", { flow: node ?? flow })}
        </Chip>
      )}
      {tag !== undefined && (
        <Chip icon={<IconTag size={18} aria-hidden />} drop={() => change({ tag: "" })}>
          {t("calls.place.tag", { tag })}
        </Chip>
      )}
    </>
  );
}

function Chip({ icon, drop, children }: { icon: ReactNode; drop: () => void; children: ReactNode }) {
  const t = useWords();
  return (
    <div className={classes["place"]} data-testid="call-place">
      {icon}
      <span>{children}</span>
      <Button variant="subtle" size="compact-sm" onClick={drop}>
        {t("calls.place.drop")}
      </Button>
    </div>
  );
}

function Place({ filters: { node, via, ended }, flow }: { filters: CallFilters; flow: string }) {
  const t = useWords();
  const flows = useFlows();
  const row = flows.data?.find(({ flowId }) => flowId === flow);
  const version = useFlowVersion(flow, row?.version ?? null);
  const name = row === undefined ? flow : nameOfFlow(t, row);
  const found = node === undefined ? undefined : version.data?.document.nodes[node];
  const step = found === undefined ? (node ?? "") : (found.name ?? t(`step.${found.type}`));
  return (
    <>
      {whatOf(t, step, via, ended)} · {t("number.flow")}:{" "}
      <Link href={`/call-flow/${encodeURIComponent(flow)}`}>
        <bdi>{name}</bdi>
      </Link>
    </>
  );
}

function whatOf(t: Translate, step: string, via: string | undefined, ended: string | undefined): string {
  if (step === "") return t("calls.place.through");
  if (ended === "here") return t("calls.place.endedAt", { step });
  if (via === undefined) return t("calls.place.cameTo", { step });
  return t("calls.place.left", { step, branch: branchText(t, via) });
}

/** Keys are their own word; branches that mean something else at each step are only told as such. */
function branchText(t: Translate, via: string): string {
  switch (via) {
    case "next":
    case "open":
    case "closed":
    case "no-answer":
    case "saved":
    case "none":
    case "hidden":
    case "answered":
    case "ended":
    case "taken-back":
    case "flow":
    case "start":
    case "flow-fault":
      return t(`branch.${via}`);
    case "otherwise":
      return t("calls.place.otherwise");
    case "failed":
      return t("calls.place.failed");
    default:
      return via;
  }
}
