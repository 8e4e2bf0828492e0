import { Hono } from "hono";
import type { TrunkId } from "../../calls/ids.ts";
import { writeAudit } from "../../database/audit.ts";
import {
  deleteTrunk,
  findTrunk,
  gatewayName,
  insertTrunk,
  listTrunks,
  restoreTrunk,
  type TrunkRow,
  type TrunkValues,
  updateTrunk,
} from "../../database/trunks.ts";
import { readTrunkUse } from "../../database/use.ts";
import { ApiError, notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { refuseInUse } from "../in-use.ts";
import type { TrunkStatus } from "../ports.ts";
import { changeLines } from "../switch-changes.ts";
import { testedTrunk, tryTypedTrunk } from "../tested-trunk.ts";
import { NewTrunk, problemsOf, TrunkPatch, TrunkTest, withoutUndefined } from "../trunk-input.ts";
import { serverOf } from "../trunk-server.ts";
import { trunkParam, validate } from "../validate.ts";

/** For so long the panel offers to take a deletion back. */
const UNDO_MS = 60_000;

export const undoUntil = () => iso(new Date(Date.now() + UNDO_MS));

async function trunkView(deps: RouteDeps, trunk: TrunkRow, states: readonly TrunkStatus[] = deps.live.trunks()) {
  const status = states.find(({ id }) => id === trunk.trunkId);
  const { inbound, outbound } = deps.outgoing.world.trunk(gatewayName(trunk.trunkId));
  return {
    ...trunk,
    trunkId: trunk.trunkId as number,
    hasPassword: (await deps.secrets.read(gatewayName(trunk.trunkId))) !== null,
    state: status?.state ?? ("unknown" as const),
    stateSince: status?.since ?? iso(new Date()),
    /** Calls at this moment, as the switch counts them. */
    now: { inbound, outbound },
  };
}

async function viewById(deps: RouteDeps, id: TrunkId) {
  const trunk = await findTrunk(deps.db, id);
  if (!trunk) throw notFound();
  return await trunkView(deps, trunk);
}

/** Given out to nobody but the server and the account that it is for. */
async function keptPassword(deps: RouteDeps, id: TrunkId | null, typed: TrunkValues): Promise<string> {
  const kept = id === null ? null : await findTrunk(deps.db, id);
  if (id === null || !kept) return "";
  const places = [typed, kept].map((trunk) => JSON.stringify([serverOf(trunk), trunk.user, trunk.authUser]));
  return places[0] === places[1] ? ((await deps.secrets.read(gatewayName(id))) ?? "") : "";
}

export const trunkRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const states = deps.live.trunks();
      const trunks = await listTrunks(deps.db);
      return c.json(await Promise.all(trunks.map((trunk) => trunkView(deps, trunk, states))));
    })
    .post("/", validate("json", NewTrunk), async (c) => {
      const { values, password } = c.req.valid("json");
      const { userId } = c.get("user");
      const id = await changeLines(deps, async (tx, setSecret) => {
        const id = await insertTrunk(tx, values);
        if (password !== "") setSecret(gatewayName(id), password);
        await writeAudit(tx, { userId, action: "trunk-added", subject: `trunk:${id}` });
        return id;
      });
      return c.json(await viewById(deps, id));
    })
    .post("/test", validate("json", TrunkTest), async (c) => {
      const typed = c.req.valid("json");
      return c.json(await tryTypedTrunk(deps, typed, (values) => keptPassword(deps, typed.trunkId ?? null, values)));
    })
    .post("/:id/test", validate("param", trunkParam), async (c) => {
      const { id: trunkId } = c.req.valid("param");
      const trunk = await findTrunk(deps.db, trunkId);
      if (!trunk) throw notFound();
      const password = (await deps.secrets.read(gatewayName(trunkId))) ?? "";
      return c.json({ steps: await deps.testTrunk(testedTrunk(deps, trunk, { trunkId, password, callTo: null })) });
    })
    .patch("/:id", validate("param", trunkParam), validate("json", TrunkPatch), async (c) => {
      const { id } = c.req.valid("param");
      const { password = "", ...change } = c.req.valid("json");
      const { userId } = c.get("user");
      await changeLines(deps, async (tx, setSecret) => {
        const before = await findTrunk(tx, id);
        if (!before) throw notFound();
        const { trunkId: _, ...values } = { ...before, ...withoutUndefined(change) };
        const hasPassword = password !== "" || (await deps.secrets.read(gatewayName(id))) !== null;
        const problems = problemsOf(values, hasPassword).map(({ path, code }) => [path.join("."), code] as const);
        if (problems.length > 0) throw new ApiError(422, "invalid-input", { fields: Object.fromEntries(problems) });
        await updateTrunk(tx, id, values);
        if (password !== "") setSecret(gatewayName(id), password);
        await writeAudit(tx, {
          userId,
          action: "trunk-changed",
          subject: `trunk:${id}`,
          data: { fields: Object.keys(c.req.valid("json")) },
        });
      });
      return c.json(await viewById(deps, id));
    })
    .delete("/:id", validate("param", trunkParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await changeLines(deps, async (tx) => {
        refuseInUse(await readTrunkUse(tx, id, deps.configuration.current.site.country));
        if (!(await deleteTrunk(tx, id, new Date()))) throw notFound();
        await writeAudit(tx, { userId, action: "trunk-deleted", subject: `trunk:${id}` });
      });
      return c.json({ undoUntil: undoUntil() });
    })
    .post("/:id/restore", validate("param", trunkParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await changeLines(deps, async (tx) => {
        if (!(await restoreTrunk(tx, id))) throw notFound();
        await writeAudit(tx, { userId, action: "trunk-restored", subject: `trunk:${id}` });
      });
      return c.json(await viewById(deps, id));
    });
