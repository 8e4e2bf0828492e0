import type { MessageKey } from "../messages/language.tsx";
import { isEmergencyNumber } from "./extensions.ts";

/** Codes of what can be wrong with a field; each has its text in the messages (`field.…`), the daemon uses the same words. */
type WithoutPrefix<Key> = Key extends `field.${infer Code}` ? Code : never;
export type FieldProblem = WithoutPrefix<MessageKey>;

export const MIN_PASSWORD_LENGTH = 10;

export function checkRequired(text: string): FieldProblem | null {
  return text.trim() === "" ? "required" : null;
}

/** A name that people read: not empty, at most 100 characters. */
export function checkName(text: string): FieldProblem | null {
  return checkRequired(text) ?? (text.trim().length > 100 ? "too-long" : null);
}

export function checkPassword(text: string): FieldProblem | null {
  return text.length < MIN_PASSWORD_LENGTH ? "password-too-short" : null;
}

/** Letters, digits, dot, hyphen, underscore, @: what can be typed on every keyboard. */
export function checkLogin(text: string): FieldProblem | null {
  return checkRequired(text) ?? (/^[a-zA-Z0-9._@-]{2,64}$/.test(text.trim()) ? null : "not-a-login");
}

/** 2 to 6 digits, which call nobody for help in the firm's country. */
export function checkExtension(text: string, country: string): FieldProblem | null {
  const problem = checkRequired(text) ?? (/^[0-9]{2,6}$/.test(text.trim()) ? null : "not-an-extension");
  return problem ?? (isEmergencyNumber(text, country) ? "emergency-number" : null);
}

/** Problems of a list of extensions, in order: each must be one, and stand once. */
export function checkExtensions(extensions: readonly string[], country: string): (FieldProblem | null)[] {
  return extensions.map((text, index) => {
    const problem = checkExtension(text, country);
    if (problem !== null) return problem;
    return extensions.slice(0, index).some((other) => other.trim() === text.trim()) ? "extension-taken" : null;
  });
}

export function checkServer(text: string): FieldProblem | null {
  return checkRequired(text) ?? (/^[a-zA-Z0-9.:[\]-]{1,253}$/.test(text.trim()) ? null : "not-a-server");
}

export function checkPort(port: number | string): FieldProblem | null {
  const value = Number(port);
  return Number.isInteger(value) && value >= 1 && value <= 65_535 ? null : "not-a-port";
}

/** A phone number as the trunk delivers it: digits, with or without a plus and the marks that people put between them. */
export function checkPhoneNumber(text: string): FieldProblem | null {
  return checkRequired(text) ?? (/^\+?[0-9() .-]{2,24}$/.test(text.trim()) ? null : "not-a-number");
}
