import { Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import { readLastSyntheticCalls } from "../../database/synthetic-calls.ts";
import { findNumber, listNumbers, listTrunks } from "../../database/trunks.ts";
import { ApiError, notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";

const TryInput = z.object({ numberId: z.number().int().positive().optional() });

async function view({ db, syntheticCalls, configuration }: RouteDeps) {
  const [numbers, last, trunks] = [await listNumbers(db), await readLastSyntheticCalls(db), await listTrunks(db)];
  const nameOf = (id: number | null) => trunks.find(({ trunkId }) => trunkId === id)?.name ?? null;
  return {
    times: configuration.current.site.alerts.syntheticCallTimes,
    isRunning: syntheticCalls.isRunning,
    /** False: there is no second trunk to call from. */
    hasSecondTrunk: syntheticCalls.hasSecondTrunk,
    numbers: numbers.map(({ numberId, number, name }) => {
      const found = last.find((row) => row.numberId === numberId);
      return {
        ...{ numberId, number, name },
        last: found
          ? {
              ...{ at: iso(found.at), outcome: found.outcome, arrivedAs: found.arrivedAs },
              ...{ fromTrunkName: nameOf(found.fromTrunkId), arrivedByName: nameOf(found.arrivedBy) },
              ...{ cause: found.cause, status: found.status },
            }
          : null,
      };
    }),
  };
}

/** Calls of the box to its own numbers. */
export const syntheticCallRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps)))
    .post("/", validate("json", TryInput), async (c) => {
      const { numberId = null } = c.req.valid("json");
      const { userId } = c.get("user");
      if (numberId !== null && !(await findNumber(deps.db, numberId))) throw notFound();
      if (!deps.syntheticCalls.hasSecondTrunk) throw new ApiError(409, "no-second-trunk");
      if (deps.syntheticCalls.isRunning) throw new ApiError(409, "already-running");
      if (!deps.syntheticCalls.begin(numberId)) throw new ApiError(409, "switch-away");
      const subject = numberId === null ? null : `number:${numberId}`;
      await writeAudit(deps.db, { userId, action: "numbers-called", ...(subject === null ? {} : { subject }) });
      return c.json(await view(deps));
    });
