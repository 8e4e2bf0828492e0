import { setImmediate as pause } from "node:timers/promises";

/** Takes out of a text what is nobody's business: secrets, names, phone numbers, addresses of people. Pure. */

export interface Known {
  /** Passwords, keys, tokens. */
  secrets: readonly string[];
  /** Of people and firms. */
  names: readonly string[];
}

/** Shorter ones would take half the words of a log with them. */
const SHORTEST = 3;

/** What looks like a phone number or an address and is none, so that times and units can still be read: the first that fits is kept. */
const KEPT = [
  // A unit for one connection (systemd.socket(5), Accept=): its instance has numbers of processes.
  String.raw`\bhotline-[a-z]+@[0-9]+-[0-9]+-[0-9]+\.service\b`,
  // 2026-11-22, 2026-11-22T10:00:00.123Z, 2026-11-22 10:00:00.123456
  String.raw`\b20[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?`,
  // A time of the daemon's log, Unix ms.
  String.raw`"time":[0-9]{13}\b`,
  String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`,
  String.raw`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b`,
];
const HEX = String.raw`\b[0-9a-f]{32,}\b`;
/** Six digits and more, with what people put between them. */
const NUMBER = String.raw`\+?[0-9](?:[ ().\-\u00a0]{0,2}[0-9]){5,}`;
const ADDRESS = String.raw`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`;
const IN_URL = String.raw`//[^/\s:@]*:[^/\s@]+@`;
/** As SIP and FreeSWITCH write who calls. */
const SHOWN_NAME = String.raw`"[^"<>\n]{1,200}"\s*<(?=(?:sips?|tel):|[0-9+])`;

/** A text of any length, without keeping anybody waiting: calls are handled by the same process. */
export type Redact = (text: string, options?: RedactOptions) => Promise<string>;

interface RedactOptions {
  /** It is about the machine alone: its numbers are sizes and versions. */
  hasNumbers?: boolean;
}

/** So many characters at once take some milliseconds. */
const BLOCK = 16_000;

export function redactor({ secrets, names }: Known): Redact {
  const known = wordsByStart([
    ...secrets.map((word) => ({ word, stands: "[secret]" })),
    ...names.map((word) => ({ word, stands: "[name]" })),
  ]);
  return async (text, { hasNumbers = true } = {}) => {
    const done: string[] = [];
    for (const block of blocksOf(text)) {
      done.push(withoutPatterns(withoutKnown(block, known), hasNumbers));
      await pause();
    }
    return done.join("");
  };
}

interface Word {
  word: string;
  stands: string;
}

/** Words that begin alike, by themselves; and how long they are, the longest first. */
interface Alike {
  stands: Map<string, string>;
  lengths: number[];
}

/**
 * By their first letters. Whoever calls without a name is in the log by their number, so that a hundred thousand of them begin alike: none is
 * compared with each.
 */
function wordsByStart(words: readonly Word[]): Map<string, Alike> {
  const byStart = new Map<string, Alike>();
  for (const { word: given, stands } of words) {
    const word = given.trim().toLowerCase();
    if (word.length < SHORTEST) continue;
    const start = word.slice(0, SHORTEST);
    const alike: Alike = byStart.get(start) ?? { stands: new Map(), lengths: [] };
    byStart.set(start, alike);
    if (!alike.stands.has(word)) alike.stands.set(word, stands);
    if (!alike.lengths.includes(word.length)) alike.lengths.push(word.length);
  }
  for (const { lengths } of byStart.values()) lengths.sort((a, b) => b - a);
  return byStart;
}

/** The longest that stands there. */
function knownAt(text: string, at: number, known: Map<string, Alike>): Word | null {
  const alike = known.get(text.slice(at, at + SHORTEST));
  for (const length of alike?.lengths ?? []) {
    const word = text.slice(at, at + length);
    const stands = alike?.stands.get(word);
    if (stands !== undefined) return { word, stands };
  }
  return null;
}

/** Ends of lines divide: what is looked for holds none. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", Math.min(from + BLOCK, text.length));
    const to = end < 0 ? text.length : end + 1;
    blocks.push(text.slice(from, to));
    from = to;
  }
  return blocks;
}

function withoutKnown(text: string, known: Map<string, Alike>): string {
  const lower = text.toLowerCase();
  // A few letters of other scripts change their length.
  const searched = lower.length === text.length ? lower : text;
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at <= searched.length - SHORTEST; ) {
    const found = knownAt(searched, at, known);
    if (found === null) at += 1;
    else {
      parts.push(text.slice(from, at), found.stands);
      at += found.word.length;
      from = at;
    }
  }
  return parts.join("") + text.slice(from);
}

const MASKED = `(?<url>${IN_URL})|(?<address>${ADDRESS})|(?<shown>${SHOWN_NAME})|${NUMBER}`;
const PATTERNS = new RegExp(`(?<kept>${KEPT.join("|")})|${MASKED}`, "gi");

function withoutPatterns(text: string, hasNumbers: boolean): string {
  return text.replaceAll(new RegExp(HEX, "gi"), "[hex]").replaceAll(PATTERNS, (...found) => {
    const groups = found.at(-1) as Record<string, string | undefined>;
    const [whole] = found;
    if (groups["kept"] !== undefined) return whole;
    if (groups["url"] !== undefined) return "//[secret]@";
    if (groups["address"] !== undefined) return "[address]";
    if (groups["shown"] !== undefined) return '"[name]" <';
    if (!hasNumbers) return whole;
    // Two digits are enough to tell two callers apart.
    return `[number ${whole.replaceAll(/\D/g, "").slice(-2)}]`;
  });
}
