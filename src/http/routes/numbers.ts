import { Hono } from "hono";
import type { FlowId } from "../../calls/ids.ts";
import { writeAudit } from "../../database/audit.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../../database/failure.ts";
import { findFlow } from "../../database/flows.ts";
import type { Tx } from "../../database/schema.ts";
import {
  deleteNumber,
  findNumber,
  insertNumber,
  listNumbers,
  type NumberRow,
  updateNumber,
} from "../../database/trunks.ts";
import { DEFAULT_FLOW } from "../../flows/ivr/document.ts";
import { fieldError, notFound } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { NumberInput, withoutUndefined } from "../trunk-input.ts";
import { numberParam, validate } from "../validate.ts";

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
    .post("/", validate("json", NumberInput), async (c) => {
      const { flowId = null, recordCalls = null, scheduleId = null, ...given } = c.req.valid("json");
      const values = { ...given, flowId, recordCalls, scheduleId };
      const { userId } = c.get("user");
      const numberId = await change(deps, async (tx) => {
        await assertFlow(tx, values.flowId);
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
        await updateNumber(tx, id, after);
        await writeAudit(tx, { userId, action: "number-changed", subject: `number:${id}` });
        return after;
      });
      return c.json(view(number));
    })
    .delete("/:id", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await change(deps, async (tx) => {
        if (!(await deleteNumber(tx, id))) throw notFound();
        await writeAudit(tx, { userId, action: "number-deleted", subject: `number:${id}` });
      });
      return c.json({});
    });
