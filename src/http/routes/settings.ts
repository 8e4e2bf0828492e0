import { Hono } from "hono";
import { z } from "zod";
import { DIGITS } from "../../calls/digit.ts";
import { type Country } from "../../calls/phone-number.ts";
import { MAIN_SCHEDULE, type WeeklyHours } from "../../calls/schedule.ts";
import { writeAudit } from "../../database/audit.ts";
import { publishSimpleFlow, readLastSimpleFlow, readPublishedFlow } from "../../database/call-flows.ts";
import { lockFlow } from "../../database/flows.ts";
import { listOperators } from "../../database/operators.ts";
import { findSchedule, setWeeklyHours } from "../../database/schedules.ts";
import type { Db, Tx } from "../../database/schema.ts";
import {
  holdSiteSettings,
  readSiteSettings,
  type SiteSettings,
  UNCONFIGURED,
  writeSiteSettings,
} from "../../database/site-settings.ts";
import { usualHours } from "../../flows/hours/weekly-hours.ts";
import { DEFAULT_FLOW } from "../../flows/ivr/document.ts";
import { usualSimpleFlow } from "../../flows/ivr/simple-flow.ts";
import { isEmergency } from "../../flows/routing/emergency.ts";
import { AlertInput } from "../alert-input.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { WeekInput } from "../hours-input.ts";
import { changeMail, mailFields, mailView } from "../mail-input.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { withoutUndefined } from "../trunk-input.ts";
import { language, line, timeZone, validate } from "../validate.ts";
import { country } from "./setup.ts";

/** What is left out stays as it is: of two who change different settings neither undoes what the other did. */
const Settings = z
  .object({
    firmName: line(),
    timeZone,
    country,
    language,
    callerLanguages: z
      .array(language)
      .min(1)
      .refine((languages) => new Set(languages).size === languages.length, { error: "twice" }),
    recordCalls: z.boolean(),
    retentionDays: z.number().int().min(1).max(36_500).nullable(),
    redial: z.object({
      isEnabled: z.boolean(),
      delaysMinutes: z.array(z.number().min(0.01).max(1440)).min(1).max(10),
      ringOperatorSeconds: z.number().int().min(5).max(120),
      ringCallerSeconds: z.number().int().min(5).max(120),
    }),
    alerts: AlertInput,
  })
  .partial()
  .extend(mailFields);

/** A country's code is a plain word to the panel. */
const settingsView = ({
  voices: _voices,
  ...settings
}: SiteSettings): Omit<SiteSettings, "country" | "voices"> & { country: string } => settings;

export const settingsRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const settings = (await readSiteSettings(deps.db)) ?? UNCONFIGURED;
      return c.json({ ...settingsView(settings), ...(await mailView(deps)) });
    })
    .put("/", validate("json", Settings), async (c) => {
      const { voicemailEmail, smtp, ...input } = c.req.valid("json");
      const { userId } = c.get("user");
      await assertSpoken(deps, input.callerLanguages ?? []);
      const settings = await deps.db.transaction().execute(async (tx) => {
        await holdSiteSettings(tx);
        const before = (await readSiteSettings(tx)) ?? UNCONFIGURED;
        const changed: SiteSettings = { ...before, ...withoutUndefined(input) };
        await writeSiteSettings(tx, changed);
        if (changed.country !== before.country) await refuseEmergencyNumbers(tx, changed.country);
        await changeMail(deps, tx, { voicemailEmail, smtp });
        await writeAudit(tx, { userId, action: "settings-changed" });
        return changed;
      });
      await refreshConfiguration(deps);
      return c.json({ ...settingsView(settings), ...(await mailView(deps)) });
    });

/** Callers are offered only what can be spoken to them. What is offered already may stay: its prompts may be made just now. */
async function assertSpoken(deps: RouteDeps, wanted: readonly string[]): Promise<void> {
  const offered: readonly string[] = deps.configuration.current.site.callerLanguages;
  const complete = (await deps.prompts.languages()).filter(({ isComplete }) => isComplete);
  const missing = wanted.filter(
    (word) => !offered.includes(word) && !complete.some((found) => found.language === word),
  );
  if (missing.length > 0)
    throw new ApiError(422, "invalid-input", {
      fields: { callerLanguages: "prompts-missing" },
      params: { languages: missing.join(", ") },
    });
}

/** Operators' extensions that call for help in the new country. */
async function refuseEmergencyNumbers(tx: Tx, country: Country): Promise<void> {
  const extensions = (await listOperators(tx)).map(({ extension }) => extension);
  const emergency = extensions.filter((extension) => isEmergency(extension, country));
  if (emergency.length > 0)
    throw new ApiError(409, "emergency-extensions", { params: { extensions: emergency.join(", ") } });
}

const digit = z.enum(DIGITS, { error: "not-a-key" });

/** `0` leads to a person everywhere, so neither choice may take it. */
const choice = digit.refine((key) => key !== "0", { error: "zero-is-for-a-person" });

const Flow = z.object({
  /** The version that was changed; left out: whichever is current. */
  changedFrom: z.number().int().positive().optional(),
  /** The week of the main schedule; left out: it stays as it is. */
  hours: WeekInput.optional(),
  strategy: z.enum(["simultaneous", "sequential"]),
  ringSeconds: z.number().int().min(5).max(120),
  maxWaitSeconds: z.number().int().min(10).max(3600),
  menu: z
    .object({ isEnabled: z.boolean(), operatorsDigit: choice, informationDigit: choice.nullable() })
    .refine(({ operatorsDigit, informationDigit }) => operatorsDigit !== informationDigit, {
      error: "same-key",
      path: ["informationDigit"],
    }),
  operatorIds: z
    .array(z.number().int().positive())
    .max(50)
    .refine((ids) => new Set(ids).size === ids.length, { error: "twice" }),
  voicemail: z.object({ isEnabled: z.boolean() }).default({ isEnabled: true }),
});

export const flowRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const flow = await readPublishedFlow(deps.db, DEFAULT_FLOW);
      if (!flow) throw notFound();
      // Edited freely, it is no longer what the form says: the form shows what it said last.
      const simple = flow.simple ?? (await readLastSimpleFlow(deps.db, DEFAULT_FLOW)) ?? usualSimpleFlow(usualHours());
      const hours = await mainHours(deps.db);
      return c.json({ ...simple, hours, version: flow.version, isCustom: flow.simple === null });
    })
    .put("/", validate("json", Flow), async (c) => {
      const { hours: changedHours, changedFrom, ...input } = c.req.valid("json");
      const { userId } = c.get("user");
      const { version, simple } = await deps.db.transaction().execute(async (tx) => {
        await lockFlow(tx, DEFAULT_FLOW);
        if (changedFrom !== undefined && changedFrom !== (await readPublishedFlow(tx, DEFAULT_FLOW))?.version)
          throw new ApiError(409, "draft-changed");
        const known = new Set<number>((await listOperators(tx)).map(({ operatorId }) => operatorId));
        if (input.operatorIds.some((id) => !known.has(id)))
          throw new ApiError(422, "invalid-input", { fields: { operatorIds: "no-such-operator" } });
        if (changedHours !== undefined) await setWeeklyHours(tx, MAIN_SCHEDULE, changedHours);
        const form = { ...input, hours: changedHours ?? (await mainHours(tx)) };
        const published = await publishSimpleFlow(tx, DEFAULT_FLOW, form, { by: userId });
        await writeAudit(tx, { userId, action: "flow-published", data: { version: published.version } });
        return { version: published.version, simple: form };
      });
      await refreshConfiguration(deps);
      if (changedHours !== undefined) deps.events.hoursChanged();
      return c.json({ ...simple, version, isCustom: false });
    });

async function mainHours(db: Db | Tx): Promise<WeeklyHours> {
  const main = await findSchedule(db, MAIN_SCHEDULE);
  if (!main) throw new Error("the main schedule is gone");
  return main.weekly;
}
