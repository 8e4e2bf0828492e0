import { Hono } from "hono";
import { z } from "zod";
import type { OperatorId } from "../../calls/ids.ts";
import { DIAL_RIGHTS } from "../../calls/outgoing.ts";
import { writeAudit } from "../../database/audit.ts";
import { isUniqueViolation } from "../../database/failure.ts";
import { readFlowsThatRing } from "../../database/flows-that-ring.ts";
import {
  deleteOperator,
  findOperator,
  insertOperator,
  listOperators,
  type OperatorRow,
  restoreOperator,
  updateOperator,
} from "../../database/operators.ts";
import type { Tx } from "../../database/schema.ts";
import { holdCountry } from "../../database/site-settings.ts";
import { giveLoginBack, setOperatorLogin } from "../../database/users.ts";
import { isEmergency } from "../../flows/routing/emergency.ts";
import { hashPassword } from "../../workforce/credentials.ts";
import { ApiError, fieldError, notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { refuseInUse } from "../in-use.ts";
import { makePhone, type PhoneSettings } from "../phone-settings.ts";
import type { OperatorPresence } from "../ports.ts";
import { adminOnly } from "../sessions.ts";
import { operatorsChanged } from "../switch-changes.ts";
import { line, login, operatorExtension, operatorParam, password, validate } from "../validate.ts";
import { undoUntil } from "./trunks.ts";

const mayDial = z.enum(DIAL_RIGHTS, { error: "unknown-right" });

const NewOperator = z
  .object({
    name: line(),
    extension: operatorExtension,
    mayDial: mayDial.optional(),
    login: login.optional(),
    password: password.optional(),
  })
  .superRefine((input, context) => {
    if (input.login !== undefined && input.password === undefined)
      context.addIssue({ code: "custom", message: "required", path: ["password"] });
    if (input.login === undefined && input.password !== undefined)
      context.addIssue({ code: "custom", message: "required", path: ["login"] });
  });

const OperatorPatch = z.object({
  name: line().optional(),
  extension: operatorExtension.optional(),
  isEnabled: z.boolean().optional(),
  mayDial: mayDial.optional(),
  login: login.optional(),
  password: password.optional(),
});

function operatorView(operator: OperatorRow, presence: readonly OperatorPresence[]) {
  const { operatorId, name, extension, isEnabled, mayDial, login, createdAt } = operator;
  return {
    operatorId: operatorId as number,
    name,
    extension,
    isEnabled,
    mayDial,
    isRegistered: presence.some((one) => one.operatorId === operatorId && one.isRegistered),
    hasLogin: login !== null,
    login,
    createdAt: iso(createdAt),
  };
}

async function viewById(deps: RouteDeps, id: OperatorId) {
  const operator = await findOperator(deps.db, id);
  if (!operator) throw notFound();
  return operatorView(operator, deps.live.presence());
}

/** One transaction, then phones and routing. */
async function change<Result>(deps: RouteDeps, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  try {
    const result = await deps.db.transaction().execute(work);
    deps.sessions.distrustAll();
    await operatorsChanged(deps);
    return result;
  } catch (error) {
    if (isUniqueViolation(error, "operators_extension")) throw fieldError(409, "extension-taken", "extension");
    if (isUniqueViolation(error, "users_login")) throw fieldError(409, "login-taken", "login");
    throw error;
  }
}

/** Whoever dials an emergency number reaches help, never a colleague; codes like *91 are no digits, and so no extensions. */
async function refuseEmergencyNumber(tx: Tx, extension: string): Promise<void> {
  if (isEmergency(extension, await holdCountry(tx))) throw fieldError(422, "emergency-number", "extension");
}

export const operatorRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const presence = deps.live.presence();
      return c.json((await listOperators(deps.db)).map((operator) => operatorView(operator, presence)));
    })
    .get("/presence", (c) => c.json(deps.live.presence()))
    .post("/", adminOnly, validate("json", NewOperator), async (c) => {
      const { name, extension, mayDial, ...access } = c.req.valid("json");
      const { userId } = c.get("user");
      const { phone, ha1 } = makePhone(deps, extension);
      const hashed = access.password === undefined ? undefined : await hashPassword(access.password);
      const id = await change(deps, async (tx) => {
        await refuseEmergencyNumber(tx, extension);
        const operatorId = await insertOperator(tx, { name, extension, ha1, mayDial });
        const { language } = deps.configuration.current.site;
        if (access.login !== undefined && hashed !== undefined)
          await setOperatorLogin(tx, { operatorId, name, language }, { login: access.login, passwordHash: hashed });
        await writeAudit(tx, { userId, action: "operator-added", subject: `operator:${operatorId}` });
        return operatorId;
      });
      return c.json({ operator: await viewById(deps, id), phone });
    })
    .patch("/:id", adminOnly, validate("param", operatorParam), validate("json", OperatorPatch), async (c) => {
      const { id } = c.req.valid("param");
      const input = c.req.valid("json");
      const { userId } = c.get("user");
      const hashed = input.password === undefined ? undefined : await hashPassword(input.password);
      const phone = await change(deps, async (tx): Promise<PhoneSettings | null> => {
        const before = await findOperator(tx, id);
        if (!before) throw notFound();
        if (input.extension !== undefined) await refuseEmergencyNumber(tx, input.extension);
        // HA1 holds the extension: with another one the phone's password is void, so it gets a new one.
        const isNewExtension = input.extension !== undefined && input.extension !== before.extension;
        const made = isNewExtension ? makePhone(deps, input.extension ?? before.extension) : null;
        await updateOperator(tx, id, {
          ...(input.name === undefined ? {} : { name: input.name }),
          ...(input.isEnabled === undefined ? {} : { isEnabled: input.isEnabled }),
          ...(input.mayDial === undefined ? {} : { mayDial: input.mayDial }),
          ...(made ? { extension: made.phone.sipUser, ha1: made.ha1 } : {}),
        });
        const done = await setOperatorLogin(
          tx,
          { operatorId: id, name: input.name ?? before.name, language: deps.configuration.current.site.language },
          {
            ...(input.login === undefined ? {} : { login: input.login }),
            ...(hashed === undefined ? {} : { passwordHash: hashed }),
          },
        );
        if (done !== "changed") throw new ApiError(422, "invalid-input", { fields: { password: "required" } });
        const fields = Object.keys(input);
        await writeAudit(tx, { userId, action: "operator-changed", subject: `operator:${id}`, data: { fields } });
        return made?.phone ?? null;
      });
      return c.json({ ...(await viewById(deps, id)), phone });
    })
    .delete("/:id", adminOnly, validate("param", operatorParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await change(deps, async (tx) => {
        refuseInUse({ flows: await readFlowsThatRing(tx, id) });
        if (!(await deleteOperator(tx, id, new Date()))) throw notFound();
        await writeAudit(tx, { userId, action: "operator-deleted", subject: `operator:${id}` });
      });
      return c.json({ undoUntil: undoUntil() });
    })
    .post("/:id/restore", adminOnly, validate("param", operatorParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await change(deps, async (tx) => {
        const restored = (await restoreOperator(tx, id)) ? await findOperator(tx, id) : null;
        if (!restored) throw notFound();
        await giveLoginBack(tx, id);
        // The country may have become another one meanwhile.
        await refuseEmergencyNumber(tx, restored.extension);
        await writeAudit(tx, { userId, action: "operator-restored", subject: `operator:${id}` });
      });
      return c.json(await viewById(deps, id));
    })
    .post("/:id/phone-password", adminOnly, validate("param", operatorParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      const phone = await change(deps, async (tx) => {
        const operator = await findOperator(tx, id);
        if (!operator) throw notFound();
        const made = makePhone(deps, operator.extension);
        await updateOperator(tx, id, { ha1: made.ha1 });
        await writeAudit(tx, { userId, action: "phone-password-made", subject: `operator:${id}` });
        return made.phone;
      });
      return c.json({ phone });
    });
