/** A telephone key (RFC 4733 events 0 to 11; A to D are not used by callers and are dropped at the edge). */
export const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"] as const;
export type Digit = (typeof DIGITS)[number];

export function isDigit(text: string): text is Digit {
  return (DIGITS as readonly string[]).includes(text);
}
