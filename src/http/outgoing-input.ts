import { isSupportedCountry } from "libphonenumber-js/max";
import { z } from "zod";
import { trunkId } from "../calls/ids.ts";
import { NUMBER_KINDS } from "../calls/outgoing.ts";
import type { Country } from "../calls/phone-number.ts";
import { deliveredNumber } from "./trunk-input.ts";
import { line } from "./validate.ts";

const country = z.string().transform((code, context) => {
  if (isSupportedCountry(code)) return code satisfies Country;
  context.addIssue({ code: "custom", message: "unknown-country" });
  return z.NEVER;
});

const once = (items: readonly unknown[]) => new Set(items).size === items.length;
const TWICE = { error: "twice" };

/** What is left empty says nothing. */
const numbers = z.object({
  kinds: z.array(z.enum(NUMBER_KINDS, { error: "unknown-kind" })).refine(once, TWICE),
  countries: z.array(country).max(250).refine(once, TWICE),
  prefixes: z
    .array(
      z
        .string()
        .transform((text) => text.replaceAll(/[ ().-]/g, ""))
        .pipe(z.string().regex(/^\+?[0-9]{1,14}$/, { error: "not-digits" })),
    )
    .max(50)
    .refine(once, TWICE),
});

const rule = z.object({
  name: line(60),
  numbers,
  trunkIds: z.array(z.number().int().positive().transform(trunkId)).min(1).max(50).refine(once, TWICE),
  callerNumber: deliveredNumber.nullable(),
});

const most = z.number().int().min(1).max(100_000).nullable();
const minor = z.number().min(0).max(1_000_000_000);

const trunk = z.object({
  trunkId: z.number().int().positive().transform(trunkId),
  limits: z.object({
    minutesPerDay: z.number().int().min(0).max(100_000).nullable(),
    moneyPerDayMinor: minor.nullable(),
  }),
  costs: z.object({
    prices: z.array(z.object({ numbers, perMinuteMinor: minor })).max(50),
    bundles: z.array(z.object({ numbers, minutesPerMonth: z.number().int().min(1).max(1_000_000) })).max(20),
    stepSeconds: z.number().int().min(1).max(3_600),
  }),
});

export const OutgoingInput = z.object({
  allowedCountries: z.array(country).max(250).refine(once, TWICE),
  areaCode: z
    .string()
    .regex(/^[1-9][0-9]{0,4}$/, { error: "not-an-area-code" })
    .nullable(),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: "not-a-currency" }),
  rules: z.array(rule).max(100),
  pace: z.object({ mostPerMinute: most, mostPerHour: most, mostAtOnce: most, minutesPerDay: most }),
  /** Those that are left out stay as they are. */
  trunks: z.array(trunk).max(1_000),
});

export const WhereQuery = z.object({
  number: z
    .string()
    .max(40)
    .transform((text) => text.replaceAll(/[ ().-]/g, ""))
    .pipe(z.string().regex(/^\+?[0-9*#]{1,24}$/, { error: "not-a-number" })),
  /** Left out: a call that nobody dials, such as an automatic call back. */
  operatorId: z.coerce.number().int().positive().optional(),
  at: z.iso.datetime({ offset: true, error: "not-a-time" }).optional(),
});
