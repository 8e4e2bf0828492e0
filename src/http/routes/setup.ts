import { Hono } from "hono";
import { sql } from "kysely";
import { z } from "zod";
import type { Language } from "../../calls/language.ts";
import { isCountry } from "../../calls/phone-number.ts";
import { MAIN_SCHEDULE } from "../../calls/schedule.ts";
import { writeAudit } from "../../database/audit.ts";
import { publishFlow, publishSimpleFlow } from "../../database/call-flows.ts";
import { insertOperator } from "../../database/operators.ts";
import { updateSchedule } from "../../database/schedules.ts";
import type { Tx } from "../../database/schema.ts";
import { UNCONFIGURED, writeSiteSettings } from "../../database/site-settings.ts";
import { gatewayName, insertNumber, insertTrunk } from "../../database/trunks.ts";
import { hasAdmin, insertUser } from "../../database/users.ts";
import { usualHours } from "../../flows/hours/weekly-hours.ts";
import { DEFAULT_FLOW } from "../../flows/ivr/document.ts";
import { usualSimpleFlow } from "../../flows/ivr/simple-flow.ts";
import { BUSINESSES, buildTemplate } from "../../flows/ivr/templates.ts";
import { isEmergency } from "../../flows/routing/emergency.ts";
import { knowsHolidaysOf } from "../../holidays/public-holidays.ts";
import { hashPassword } from "../../workforce/credentials.ts";
import { ApiError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { makePhone } from "../phone-settings.ts";
import { giveToken } from "../sessions.ts";
import { changeLines, operatorsChanged } from "../switch-changes.ts";
import { tryTypedTrunk } from "../tested-trunk.ts";
import { deliveredNumber, FirstTrunkTest, NewTrunk } from "../trunk-input.ts";
import { language, line, login, operatorExtension, password, timeZone, validate } from "../validate.ts";

export const country = z.string().refine(isCountry, { error: "unknown-country" });

const Setup = z
  .object({
    language,
    timeZone,
    country,
    firmName: line(),
    admin: z.object({ name: line(), login, password }),
    operators: z
      .array(z.object({ name: line(), extension: operatorExtension }))
      .min(1)
      .max(50)
      .superRefine((operators, context) => {
        const seen = new Set<string>();
        for (const [index, { extension }] of operators.entries()) {
          if (seen.has(extension))
            context.addIssue({ code: "custom", message: "extension-taken", path: [index, "extension"] });
          seen.add(extension);
        }
      }),
    trunk: NewTrunk.nullable(),
    number: deliveredNumber.nullable(),
    /** Left out: the usual flow, in its simple form. */
    business: z.enum(BUSINESSES, { error: "unknown-template" }).optional(),
  })
  .superRefine(({ country, operators }, context) => {
    for (const [index, { extension }] of operators.entries())
      if (isEmergency(extension, country))
        context.addIssue({ code: "custom", message: "emergency-number", path: ["operators", index, "extension"] });
  });

/** First start: everything or nothing, once. */
export const setupRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .post("/test-trunk", validate("json", FirstTrunkTest), async (c) => {
      if (await hasAdmin(deps.db)) throw new ApiError(409, "already-set-up");
      return c.json(await tryTypedTrunk(deps, c.req.valid("json"), async () => ""));
    })
    .post("/", validate("json", Setup), async (c) => {
      const input = c.req.valid("json");
      if (await hasAdmin(deps.db)) throw new ApiError(409, "already-set-up");
      // It would replace all that is made here.
      if (deps.backup.running?.kind === "restore") throw new ApiError(409, "restore-running");
      // Slow on purpose, so not while others wait for the lock.
      const passwordHash = await hashPassword(input.admin.password);
      const callerLanguages = await firstCallerLanguages(deps, input.language);

      const { phones, token } = await changeLines(deps, async (tx, setSecret) => {
        await assertFirst(tx);
        const { firmName, timeZone, country } = input;
        await writeSiteSettings(tx, {
          ...UNCONFIGURED,
          firmName,
          timeZone,
          country,
          language: input.language,
          callerLanguages,
        });
        const userId = await insertUser(tx, {
          login: input.admin.login,
          name: input.admin.name,
          role: "admin",
          language: input.language,
          operatorId: null,
          passwordHash,
        });
        const phones = [];
        for (const { name, extension } of input.operators) {
          const { phone, ha1 } = makePhone(deps, extension);
          const operatorId: number = await insertOperator(tx, { name, extension, ha1 });
          phones.push({ operatorId, name, extension: extension as string, ...phone });
        }
        const trunkId = input.trunk === null ? null : await insertTrunk(tx, input.trunk.values);
        if (trunkId !== null && input.trunk?.password) setSecret(gatewayName(trunkId), input.trunk.password);
        if (input.number !== null)
          await insertNumber(tx, {
            ...{ number: input.number, name: firmName, trunkId, language: null },
            ...{ scheduleId: null, flowId: null, recordCalls: null },
          });
        await updateSchedule(tx, MAIN_SCHEDULE, {
          ...{ name: "", weekly: usualHours(), dates: [] },
          holidays: { country: knowsHolidaysOf(country) ? country : null, exceptions: [] },
        });
        if (input.business === undefined)
          await publishSimpleFlow(tx, DEFAULT_FLOW, usualSimpleFlow(usualHours()), { by: userId });
        else await publishFlow(tx, DEFAULT_FLOW, buildTemplate(input.business, input.language), { by: userId });
        await writeAudit(tx, { userId, action: "set-up" });
        return { phones, token: await deps.sessions.open(tx, userId) };
      });
      await operatorsChanged(deps);
      giveToken(c, token);
      return c.json({ phones });
    });

/** Behind the lock of `changeLines`: of two at once, the second finds the first one's admin. */
async function assertFirst(tx: Tx): Promise<void> {
  await sql`lock table users in share row exclusive mode`.execute(tx);
  if (await hasAdmin(tx)) throw new ApiError(409, "already-set-up");
}

/** The firm's language if it can be spoken; a caller must understand something. */
async function firstCallerLanguages(deps: RouteDeps, wanted: Language): Promise<Language[]> {
  const languages = await deps.prompts.languages();
  const isSpoken = (language: Language) =>
    languages.some((found) => found.language === language && (found.isComplete || found.hasVoice));
  return [isSpoken(wanted) ? wanted : "en"];
}
