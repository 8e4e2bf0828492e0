import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";

declare const e164Brand: unique symbol;
/** A number in E.164 form with its plus sign, for example `+995322112233`. */
export type E164 = string & { readonly [e164Brand]: true };

export type Country = CountryCode;

export function isCountry(code: string): code is Country {
  return isSupportedCountry(code);
}

/** Words that switches and operators put where a hidden number would stand (RFC 3323 and what is seen in the field). */
const HIDDEN = /^(anonymous|private|restricted|unavailable|unknown|withheld|hidden|asserted)?$/i;

export function isHiddenNumber(delivered: string): boolean {
  return HIDDEN.test(delivered.trim());
}

/**
 * What was called, without the parameters that mobile networks and exchanges put behind a number (RFC 3966, RFC 4694: where it was ported to). A
 * local number with the place that it is local to becomes a whole one.
 */
export function calledNumber(user: string): string {
  const [number = "", ...parameters] = user.split(";");
  const context = parameters.map((text) => /^phone-context=(\+[0-9]{1,7})$/i.exec(text)?.[1]).find(Boolean);
  return context !== undefined && /^[1-9][0-9]*$/.test(number) ? context + number : number;
}

/**
 * Reads a number as delivered by an operator or typed by a person in `country`.
 * Returns null when it is hidden, has letters, is an extension or is not a possible number there.
 */
export function toE164(delivered: string, country: Country): E164 | null {
  const text = delivered.trim();
  if (!/^\+?[0-9() .-]{5,24}$/.test(text)) return null;
  const key = `${country} ${text}`;
  const known = READ.get(key);
  if (known !== undefined) return known;
  const number = readNumber(text, country);
  if (READ.size >= MOST_READ) READ.clear();
  READ.set(key, number);
  return number;
}

/** One call asks for its two numbers a dozen times, and reading one is slow. */
const READ = new Map<string, E164 | null>();
const MOST_READ = 2_000;

function readNumber(text: string, country: Country): E164 | null {
  const international = text.startsWith("00") ? `+${text.slice(2)}` : text;
  const national = parsePhoneNumberFromString(international, country);
  if (national?.isValid()) return plain(national.number);
  // Many operators deliver E.164 without its plus sign.
  const bare = text.startsWith("+") ? undefined : parsePhoneNumberFromString(`+${text}`, country);
  return bare?.isValid() ? plain(bare.number) : null;
}

function plain(number: string): E164 {
  return number as E164;
}

export function isE164(text: string): text is E164 {
  return /^\+[1-9][0-9]{6,14}$/.test(text);
}

/** With its groups parted as people write them: national within `home`, `+995 555 12 34 56` elsewhere. */
export function writtenNumber(number: E164, home: Country | null): string {
  const parsed = parsePhoneNumberFromString(number);
  if (!parsed) return number;
  return parsed.country === home ? parsed.formatNational() : parsed.formatInternational();
}

/** Without the plus sign, for example `995`. */
export function callingCode(country: Country): string {
  return getCountryCallingCode(country);
}
