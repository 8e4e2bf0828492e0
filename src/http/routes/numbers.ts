import { Hono } from "hono";
import type { FlowId } from "../../calls/ids.ts";
import { writeAudit } from "../../database/audit.ts";
import { listUnknownNumbers } from "../../database/day-figures.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../../database/failure.ts";
import { findFlow } from "../../database/flows.ts";
import { renumberRules } from "../../database/outgoing.ts";
import type { Tx } from "../../database/schema.ts";
import { readSiteSettings, UNCONFIGURED } from "../../database/site-settings.ts";
import {
  deleteNumber,
  findNumber,
  insertNumber,
  listNumbers,
  type NumberRow,
  updateNumber,
} from "../../database/trunks.ts";
import { readNumberUse } from "../../database/use.ts";
import { DEFAULT_FLOW } from "../../flows/ivr/document.ts";
import { ownNumber } from "../../flows/routing/own-number.ts";
import { ApiError, fieldError, notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { refuseInUse } from "../in-use.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { NumberInput, withoutUndefined } from "../trunk-input.ts";
import { numberParam, validate } from "../validate.ts";

/** Calls for numbers that nobody entered are told for so long. */
const UNKNOWN_MS = 30 * 86_400_000;

const view = (number: NumberRow) => ({
  ...number,
  trunkId: number.trunkId as number | null,
  scheduleId: number.scheduleId as number | null,
  flowId: number.flowId as string | null,
});

/** A flow that callers can come to: one that was published, and not deleted. */
async function assertFlow(tx: Tx, flow: FlowId | null | undefined): Promise<void> {
  if (flow === null || flow === undefined || flow === DEFAULT_FLOW) return;
  const row = await findFlow(tx, flow);
  if (!row) throw fieldError(422, "invalid-input", "flowId", "no-such-flow");
  if (row.version === null) throw fieldError(422, "invalid-input", "flowId", "flow-not-published");
}

/** Written another way it is the same number still, and only one of the two would ever be called. */
async function assertNoOverlap(tx: Tx, number: string, self: number | null): Promise<void> {
  const { country } = (await readSiteSettings(tx)) ?? UNCONFIGURED;
  const others = (await listNumbers(tx)).filter(({ numberId }) => numberId !== self);
  const same = ownNumber(others, number, country);
  if (same === undefined || same.number === number) return;
  const params = { number: same.number, name: same.name };
  throw new ApiError(409, "number-overlaps", { params, fields: { number: "number-taken" } });
}

async function change<Result>(deps: RouteDeps, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  try {
    const result = await deps.db.transaction().execute(work);
    await refreshConfiguration(deps);
    return result;
  } catch (error) {
    if (isUniqueViolation(error, "numbers_number")) throw fieldError(409, "number-taken", "number");
    if (isForeignKeyViolation(error, "numbers_schedule_id_fkey"))
      throw fieldError(422, "invalid-input", "scheduleId", "no-such-schedule");
    if (isForeignKeyViolation(error)) throw fieldError(422, "invalid-input", "trunkId", "no-such-trunk");
    throw error;
  }
}

export const numberRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json((await listNumbers(deps.db)).map(view)))
    .get("/unknown", async (c) => {
      const { country } = deps.configuration.current.site;
      const [called, own] = await Promise.all([
        listUnknownNumbers(deps.db, new Date(Date.now() - UNKNOWN_MS)),
        listNumbers(deps.db),
      ]);
      const unknown = called.filter(({ number }) => ownNumber(own, number, country) === undefined);
      return c.json(
        unknown.map(({ lastAt, trunkId, ...rest }) => ({
          ...rest,
          lastAt: iso(lastAt),
          trunkId: trunkId as number | null,
        })),
      );
    })
    .post("/", validate("json", NumberInput), async (c) => {
      const { flowId = null, recordCalls = null, scheduleId = null, ...given } = c.req.valid("json");
      const values = { ...given, flowId, recordCalls, scheduleId };
      const { userId } = c.get("user");
      const numberId = await change(deps, async (tx) => {
        await assertFlow(tx, values.flowId);
        await assertNoOverlap(tx, values.number, null);
        const id = await insertNumber(tx, values);
        await writeAudit(tx, { userId, action: "number-added", subject: `number:${id}` });
        return id;
      });
      return c.json(view({ numberId, ...values }));
    })
    .patch("/:id", validate("param", numberParam), validate("json", NumberInput.partial()), async (c) => {
      const { id } = c.req.valid("param");
      const changed = withoutUndefined(c.req.valid("json"));
      const { userId } = c.get("user");
      const number = await change(deps, async (tx) => {
        const before = await findNumber(tx, id);
        if (!before) throw notFound();
        await assertFlow(tx, changed.flowId);
        const after = { ...before, ...changed };
        if (changed.number !== undefined) await assertNoOverlap(tx, after.number, id);
        await updateNumber(tx, id, after);
        if (after.number !== before.number)
          await renumberRules(tx, before.number, after.number, deps.configuration.current.site.country);
        await writeAudit(tx, { userId, action: "number-changed", subject: `number:${id}` });
        return after;
      });
      return c.json(view(number));
    })
    .delete("/:id", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await change(deps, async (tx) => {
        const number = await findNumber(tx, id);
        if (!number) throw notFound();
        refuseInUse(await readNumberUse(tx, number.number, deps.configuration.current.site.country));
        await deleteNumber(tx, id);
        await writeAudit(tx, { userId, action: "number-deleted", subject: `number:${id}` });
      });
      return c.json({});
    });
