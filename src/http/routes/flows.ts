import { Hono } from "hono";
import { z } from "zod";
import { type FlowId, flowId } from "../../calls/ids.ts";
import { LONGEST_FLOW_NAME, LONGEST_NOTE } from "../../calls/text-limits.ts";
import { writeAudit } from "../../database/audit.ts";
import {
  listFlowVersions,
  type PublishedFlow,
  publishFlow,
  readFlowVersion,
  readPublishedFlow,
} from "../../database/call-flows.ts";
import { readFlowLosses } from "../../database/flow-losses.ts";
import {
  deleteFlow,
  discardDraft,
  type FlowRow,
  type FlowUse,
  findFlow,
  insertFlow,
  listFlows,
  lockFlow,
  readDraft,
  readFlowUse,
  renameFlow,
  saveDraft,
} from "../../database/flows.ts";
import type { Db, Tx } from "../../database/schema.ts";
import { checkFlow } from "../../flows/ivr/check-flow.ts";
import { compareFlows } from "../../flows/ivr/compare-flows.ts";
import { DEFAULT_FLOW, FlowContent } from "../../flows/ivr/document.ts";
import { BUSINESSES, buildTemplate, emptyFlow } from "../../flows/ivr/templates.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { assertWithoutErrors, readCheckContext } from "../flow-context.ts";
import { refuseInUse } from "../in-use.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { line, validate } from "../validate.ts";
import { dateIn, isDate, startOfDay } from "../zone-day.ts";

const flowParam = z.object({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "not-an-id" })
    .transform(flowId),
});
const versionNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/, { error: "not-a-version" })
  .transform(Number);

const NewFlow = z.union([
  z.object({
    name: line(LONGEST_FLOW_NAME),
    template: z.enum(["empty", ...BUSINESSES], { error: "unknown-template" }),
  }),
  z.object({ name: line(LONGEST_FLOW_NAME), copyOf: flowParam.shape.id }),
]);
const DraftInput = z.object({
  revision: z.number().int().min(0),
  /** The version that it was drawn from; null: the flow was never published. Left out: whichever it is. */
  basedOn: z.number().int().nullable().optional(),
  document: FlowContent,
});
const Publishing = z.object({
  revision: z.number().int().min(0),
  note: line(LONGEST_NOTE).nullable().optional(),
  /** The version that it was compared with; null: there was none. Left out: whichever callers meet now. */
  over: z.number().int().nullable().optional(),
});
/** The draft that was looked at; left out: whichever it is. */
const Discarding = z.object({ revision: versionNumber.optional() });
const date = z.string().refine(isDate, { error: "not-a-date" });
/** Days, both inclusive; left out: today. */
const Period = z.object({ from: date.optional(), to: date.optional(), version: versionNumber.optional() });
const side = z.union([z.literal("draft"), versionNumber]);

const iso = (at: Date | null) => at?.toISOString() ?? null;

function rowView(row: FlowRow, usedBy: FlowUse) {
  return {
    flowId: row.flowId as string,
    name: row.name,
    isDefault: row.flowId === DEFAULT_FLOW,
    version: row.version,
    publishedAt: iso(row.publishedAt),
    publishedBy: row.publishedBy,
    isCustom: row.isCustom,
    hasDraft: row.draftUpdatedAt !== null,
    draftUpdatedAt: iso(row.draftUpdatedAt),
    usedBy: {
      numbers: usedBy.numbers,
      flows: usedBy.flows.map((flow) => ({ ...flow, flowId: flow.flowId as string })),
    },
  };
}

async function viewOf(db: Db | Tx, id: FlowId) {
  return rowView(await existing(db, id), await readFlowUse(db, id));
}

/** @throws ApiError 404 */
async function existing(db: Db | Tx, id: FlowId): Promise<FlowRow> {
  const row = await findFlow(db, id);
  if (!row) throw notFound();
  return row;
}

/** The draft, or what is published as one that nobody has touched yet. */
async function readWorking(deps: RouteDeps, db: Db | Tx, id: FlowId) {
  await existing(db, id);
  const draft = await readDraft(db, id);
  const published = draft ? null : await readPublishedFlow(db, id);
  const document: FlowContent = draft?.document ?? contentOf(published) ?? emptyFlow();
  return {
    revision: draft?.revision ?? 0,
    document,
    findings: checkFlow(document, await readCheckContext(deps, db, id)),
    basedOn: draft ? draft.basedOn : (published?.version ?? null),
    updatedAt: iso(draft?.updatedAt ?? null),
    updatedBy: draft?.updatedBy ?? null,
  };
}

function contentOf(published: PublishedFlow | null): FlowContent | null {
  if (!published) return null;
  const { start, operators, nodes } = published.document;
  return { start, operators, nodes };
}

async function contentAt(db: Db | Tx, id: FlowId, which: number | "draft"): Promise<FlowContent> {
  const content =
    which === "draft"
      ? ((await readDraft(db, id))?.document ?? contentOf(await readPublishedFlow(db, id)))
      : contentOf(await readFlowVersion(db, id, which));
  if (!content) throw notFound();
  return content;
}

/** A name for a flow that none has had before, also none that was deleted: calls go on naming those. */
async function insertNewFlow(tx: Tx, name: string, by: number): Promise<FlowId> {
  for (let number = 2; ; number++) {
    const id = flowId(`flow-${number}`);
    if (await insertFlow(tx, id, name, by)) return id;
  }
}

async function newContent(tx: Tx, deps: RouteDeps, input: z.output<typeof NewFlow>): Promise<FlowContent> {
  if ("copyOf" in input) {
    await existing(tx, input.copyOf);
    return await contentAt(tx, input.copyOf, "draft");
  }
  if (input.template === "empty") return emptyFlow();
  return buildTemplate(input.template, deps.configuration.current.site.language);
}

export const flowEditRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const rows = await listFlows(deps.db);
      const flows = await Promise.all(rows.map(async (row) => rowView(row, await readFlowUse(deps.db, row.flowId))));
      return c.json({ flows });
    })
    .post("/", validate("json", NewFlow), async (c) => {
      const input = c.req.valid("json");
      const { userId } = c.get("user");
      const view = await deps.db.transaction().execute(async (tx) => {
        const document = await newContent(tx, deps, input);
        const id = await insertNewFlow(tx, input.name, userId);
        await saveDraft(tx, id, { revision: 0, document, basedOn: null, by: userId });
        await writeAudit(tx, { userId, action: "flow-added", subject: `flow:${id}` });
        return await viewOf(tx, id);
      });
      return c.json(view);
    })
    .get("/:id/context", validate("param", flowParam), async (c) => {
      const { id } = c.req.valid("param");
      return c.json(await readCheckContext(deps, deps.db, id));
    })
    .patch(
      "/:id",
      validate("param", flowParam),
      validate("json", z.object({ name: line(LONGEST_FLOW_NAME) })),
      async (c) => {
        const { id } = c.req.valid("param");
        const { userId } = c.get("user");
        const view = await deps.db.transaction().execute(async (tx) => {
          await existing(tx, id);
          await renameFlow(tx, id, c.req.valid("json").name);
          await writeAudit(tx, { userId, action: "flow-renamed", subject: `flow:${id}` });
          return await viewOf(tx, id);
        });
        return c.json(view);
      },
    )
    .delete("/:id", validate("param", flowParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      if (id === DEFAULT_FLOW) throw new ApiError(409, "default-flow");
      await deps.db.transaction().execute(async (tx) => {
        await lockFlow(tx, id);
        await existing(tx, id);
        refuseInUse(await readFlowUse(tx, id));
        await deleteFlow(tx, id);
        await writeAudit(tx, { userId, action: "flow-deleted", subject: `flow:${id}` });
      });
      await refreshConfiguration(deps);
      return c.json({});
    })
    .get("/:id/draft", validate("param", flowParam), async (c) => {
      return c.json(await readWorking(deps, deps.db, c.req.valid("param").id));
    })
    .put("/:id/draft", validate("param", flowParam), validate("json", DraftInput), async (c) => {
      const { id } = c.req.valid("param");
      const { revision, document, basedOn: drawnFrom } = c.req.valid("json");
      const { userId } = c.get("user");
      const view = await deps.db.transaction().execute(async (tx) => {
        await lockFlow(tx, id);
        const { version: basedOn } = await existing(tx, id);
        const saved = await saveDraft(tx, id, { revision, document, basedOn, drawnFrom, by: userId });
        if (saved === null) throw new ApiError(409, "draft-changed");
        return await readWorking(deps, tx, id);
      });
      return c.json(view);
    })
    .delete("/:id/draft", validate("param", flowParam), validate("query", Discarding), async (c) => {
      const { id } = c.req.valid("param");
      const { revision } = c.req.valid("query");
      await deps.db.transaction().execute(async (tx) => {
        await lockFlow(tx, id);
        const { version } = await existing(tx, id);
        // The draft is all that there is of a flow that was never published.
        if (version === null) throw new ApiError(409, "not-published");
        const draft = await readDraft(tx, id);
        if (draft && revision !== undefined && draft.revision !== revision) throw new ApiError(409, "draft-changed");
        await discardDraft(tx, id);
      });
      return c.json({});
    })
    .post("/:id/publish", validate("param", flowParam), validate("json", Publishing), async (c) => {
      const { id } = c.req.valid("param");
      const { revision, note = null, over } = c.req.valid("json");
      const { userId } = c.get("user");
      const done = await deps.db.transaction().execute(async (tx) => {
        await lockFlow(tx, id);
        const { version: current } = await existing(tx, id);
        // By the form, or by going back to a former one: the draft would take that back unseen.
        if (over !== undefined && over !== current) throw new ApiError(409, "published-meanwhile");
        const draft = await readDraft(tx, id);
        if (!draft || draft.revision !== revision) throw new ApiError(409, "draft-changed");
        const findings = assertWithoutErrors(draft.document, await readCheckContext(deps, tx, id));
        const { version } = await publishFlow(tx, id, draft.document, { by: userId, note });
        await discardDraft(tx, id);
        await writeAudit(tx, { userId, action: "flow-published", subject: `flow:${id}`, data: { version } });
        return { version, findings };
      });
      await refreshConfiguration(deps);
      return c.json(done);
    })
    .get("/:id/versions", validate("param", flowParam), async (c) => {
      const { id } = c.req.valid("param");
      const { version: current } = await existing(deps.db, id);
      const versions = await listFlowVersions(deps.db, id);
      return c.json({
        versions: versions.map(({ publishedAt, ...version }) => ({
          ...version,
          publishedAt: publishedAt.toISOString(),
          isCurrent: version.version === current,
        })),
      });
    })
    .get("/:id/versions/:version", validate("param", flowParam.extend({ version: versionNumber })), async (c) => {
      const { id, version } = c.req.valid("param");
      await existing(deps.db, id);
      const document = await contentAt(deps.db, id, version);
      return c.json({ version, document, findings: checkFlow(document, await readCheckContext(deps, deps.db, id)) });
    })
    .post(
      "/:id/roll-back",
      validate("param", flowParam),
      validate("json", z.object({ version: z.number().int().positive() })),
      async (c) => {
        const { id } = c.req.valid("param");
        const { version: wanted } = c.req.valid("json");
        const { userId } = c.get("user");
        const done = await deps.db.transaction().execute(async (tx) => {
          await lockFlow(tx, id);
          await existing(tx, id);
          const former = await readFlowVersion(tx, id, wanted);
          if (!former) throw notFound();
          const findings = assertWithoutErrors(former.document, await readCheckContext(deps, tx, id));
          const publishing = { by: userId, rolledBackFrom: wanted };
          const { version } = await publishFlow(tx, id, former.document, publishing, former.simple);
          const data = { version, from: wanted };
          await writeAudit(tx, { userId, action: "flow-rolled-back", subject: `flow:${id}`, data });
          return { version, findings };
        });
        await refreshConfiguration(deps);
        return c.json(done);
      },
    )
    .get(
      "/:id/compare",
      validate("param", flowParam),
      validate("query", z.object({ from: side, to: side })),
      async (c) => {
        const { id } = c.req.valid("param");
        const { from, to } = c.req.valid("query");
        await existing(deps.db, id);
        const changes = compareFlows(await contentAt(deps.db, id, from), await contentAt(deps.db, id, to));
        return c.json({ from, to, changes });
      },
    )
    .get("/:id/losses", validate("param", flowParam), validate("query", Period), async (c) => {
      const { id } = c.req.valid("param");
      const { from, to, version = null } = c.req.valid("query");
      const { timeZone } = deps.configuration.current.site;
      const today = dateIn(timeZone, new Date());
      await existing(deps.db, id);
      return c.json(
        await readFlowLosses(deps.db, id, {
          from: startOfDay(from ?? to ?? today, timeZone),
          until: startOfDay(to ?? today, timeZone, 1),
          version,
        }),
      );
    });
