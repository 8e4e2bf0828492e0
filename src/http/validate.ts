import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import { z } from "zod";
import { extension, operatorId, scheduleId, trunkId } from "../calls/ids.ts";
import { LANGUAGES } from "../calls/language.ts";
import { isTimeZone } from "../flows/box/time-zone.ts";
import { ApiError } from "./api-error.ts";

/** Validates a part of the request; what is wrong comes back as codes per field. */
export function validate<Target extends keyof ValidationTargets, Schema extends z.ZodType>(
  target: Target,
  schema: Schema,
) {
  return zValidator(target, schema, (result) => {
    if (!result.success) throw new ApiError(422, "invalid-input", { fields: fieldCodes(result.error.issues) });
    const unstorable = pathsOfNul(result.data);
    if (unstorable.length > 0)
      throw new ApiError(422, "invalid-input", {
        fields: Object.fromEntries(unstorable.map((at) => [at, "not-valid"])),
      });
  });
}

/** Where the character is that no text of PostgreSQL can hold. */
function pathsOfNul(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === "string") return value.includes("\0") ? [path.join(".")] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsOfNul(inner, [...path, key]));
}

/** The first problem of each field. Schemas say a code as their message (`{ error: "not-a-port" }`); others get one by kind. */
function fieldCodes(issues: readonly z.core.$ZodIssue[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const issue of issues) {
    const keys = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of keys) fields[path.map(String).join(".")] ??= codeOf(issue);
  }
  return fields;
}

const CODE = /^[a-z]+(-[a-z]+)*$/;

function codeOf(issue: z.core.$ZodIssue): string {
  if (CODE.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "too_small":
      if (issue.origin === "string") return issue.minimum === 1 ? "required" : "too-short";
      return issue.origin === "array" ? "too-few" : "too-small";
    case "too_big":
      if (issue.origin === "string") return "too-long";
      return issue.origin === "array" ? "too-many" : "too-large";
    case "invalid_type":
      return issue.input === undefined ? "required" : "wrong-kind";
    case "unrecognized_keys":
      return "unknown-field";
    default:
      return "not-valid";
  }
}

const CONTROL = /\p{Cc}/u;

/** One line that a person typed: trimmed, not empty, no control characters. */
export const line = (maximum = 200) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maximum)
    .refine((text) => !CONTROL.test(text), { error: "not-one-line" });

export const language = z.enum(LANGUAGES, { error: "unknown-language" });

export const operatorExtension = z
  .string()
  .trim()
  .regex(/^[0-9]{2,6}$/, { error: "not-an-extension" })
  .transform(extension);

export const login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@-]{1,63}$/, { error: "not-a-login" });

/** NIST SP 800-63B: length counts, composition rules do not. argon2 takes any length; a limit keeps requests small. */
export const password = z.string().min(10, { error: "password-too-short" }).max(200, { error: "too-long" });

export const timeZone = z.string().refine(isTimeZone, { error: "unknown-time-zone" });

const id = z.string().regex(/^[1-9][0-9]{0,8}$/, { error: "not-an-id" });
export const operatorParam = z.object({ id: id.transform((text) => operatorId(Number(text))) });
export const trunkParam = z.object({ id: id.transform((text) => trunkId(Number(text))) });
export const scheduleParam = z.object({ id: id.transform((text) => scheduleId(Number(text))) });
export const numberParam = z.object({ id: id.transform(Number) });
