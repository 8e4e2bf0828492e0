import { AsYouType } from "libphonenumber-js/max";
import type { Country } from "../calls/phone-number.ts";

/** Part of a number, in any writing, or of a name. */
export interface Search {
  /** Not empty. */
  text: string;
  /** Where numbers are written as people here write them. */
  country: Country;
}

/** Marks of direction come along, unseen, when a number is copied out of a contact or a document. */
const UNSEEN = /\p{Cf}/gu;
const NUMBER = /^[\d\s()+./\p{Pd}]+$/u;
/** From so many digits on it is clear which of them are a trunk prefix. */
const LEAST_DIGITS = 3;

/**
 * Somebody looks for a number: its digits, which may stand anywhere in it, and patterns of LIKE for numbers in E.164 form. Numbers are found by
 * their digits ('11-22' finds +995322112233) and by how they begin as people write them, with a trunk prefix ('8 495' finds +74951234567).
 * Null when it is no part of a number.
 */
export function searchedNumber(text: string, country: Country): { digits: string; patterns: string[] } | null {
  const shown = text.replace(UNSEEN, "");
  const digits = shown.replace(/\D/g, "").replace(/^0+/, "");
  if (digits === "" || !NUMBER.test(shown)) return null;
  const typed = new AsYouType(country);
  typed.input(shown);
  const beginning = digits.length < LEAST_DIGITS ? undefined : typed.getNumberValue();
  return { digits, patterns: [`%${digits}%`, ...(beginning === undefined ? [] : [`${beginning}%`])] };
}
