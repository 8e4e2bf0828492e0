/** What became of callers at each node of a call flow, from the steps that the engine stated. */
import { type RawBuilder, sql } from "kysely";
import type { FlowId } from "../calls/ids.ts";
import type { Db } from "./schema.ts";

export interface FlowLosses {
  /** Calls that came into the flow at all. */
  calls: number;
  nodes: Record<string, NodeLosses>;
}

interface NodeLosses {
  /** Calls that came here, each counted once. */
  came: number;
  /** How often callers came here; the branches add up to it, but for those who are here now or hung up here. */
  visits: number;
  hungUp: number;
  /** We hung up. */
  ended: number;
  talked: number;
  medianStayMs: number | null;
  branches: {
    via: string;
    /** Null: it left the flow. */
    to: string | null;
    count: number;
  }[];
}

/** On rows of `calls`: the caller hung up where they were last, without having talked with anybody. */
export const hungUpInFlow: RawBuilder<boolean> = sql<boolean>`(calls.ended_at is not null
  and calls.outcome not in ('talked', 'fallback-talked', 'fallback-missed', 'cut-off'))`;

/** Steps of a call with what came after each; who was taken back after a restart goes on where they were. */
export function stepsWithNext(where: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select call_steps.call_id, call_steps.id, call_steps.at, call_steps.flow_id, call_steps.version, call_steps.node,
      lead(call_steps.id) over later as next_id,
      lead(call_steps.at) over later as next_at,
      lead(call_steps.via) over later as next_via,
      lead(call_steps.flow_id) over later as next_flow_id,
      lead(call_steps.node) over later as next_node
    from call_steps
    where call_steps.via <> 'taken-back' and ${where}
    window later as (partition by call_steps.call_id order by call_steps.id))`;
}

interface Row {
  node: string;
  via: string | null;
  to: string | null;
  count: number;
  hungUp: number;
}

/** Of calls that began in `[from, until)`; `version` null: all versions together. */
export async function readFlowLosses(
  db: Db,
  flow: FlowId,
  { from, until, version }: { from: Date; until: Date; version: number | null },
): Promise<FlowLosses> {
  const began = sql`call_steps.call_id in (select id from calls where started_at >= ${from} and started_at < ${until})`;
  const here = sql`steps.flow_id = ${flow} and steps.node is not null
    and (${version}::int is null or steps.version = ${version}::int)`;
  const steps = sql`${stepsWithNext(began)} as steps join calls on calls.id = steps.call_id where ${here}`;
  const [total, nodes, branches] = await Promise.all([
    sql<{ calls: number }>`select count(distinct steps.call_id)::int as calls from ${steps}`.execute(db),
    sql<{ node: string; came: number; visits: number; stayMs: number | null }>`
      select steps.node, count(distinct steps.call_id)::int as came, count(*)::int as visits,
        (percentile_cont(0.5) within group (order by
          extract(epoch from coalesce(steps.next_at, calls.ended_at) - steps.at) * 1000))::float8 as "stayMs"
      from ${steps} group by steps.node`.execute(db),
    sql<Row>`
      select steps.node, steps.next_via as via,
        case when steps.next_flow_id = steps.flow_id then steps.next_node end as "to", count(*)::int as count,
        (count(*) filter (where steps.next_id is null and ${hungUpInFlow}))::int as "hungUp"
      from ${steps} group by 1, 2, 3 order by 1, 2, 3`.execute(db),
  ]);
  const found: FlowLosses = { calls: total.rows[0]?.calls ?? 0, nodes: {} };
  for (const { node, came, visits, stayMs } of nodes.rows) {
    const own = branches.rows.filter((row) => row.node === node);
    const by = (via: string) => own.filter((row) => row.via === via).reduce((sum, row) => sum + row.count, 0);
    found.nodes[node] = {
      ...{ came, visits },
      hungUp: own.reduce((sum, row) => sum + row.hungUp, 0),
      ended: by("ended"),
      talked: by("answered"),
      medianStayMs: stayMs === null ? null : Math.max(0, Math.round(stayMs)),
      branches: own.flatMap(({ via, to, count }) => (via === null ? [] : [{ via, to, count }])),
    };
  }
  return found;
}
