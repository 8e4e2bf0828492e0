/**
 * A text screen with keys: lists, lines to type, words to confirm. What is asked resolves with what was chosen, or null for Esc; who leaves
 * it alone for two minutes leaves it (`LeftAlone`), wherever they were.
 */

export type Key = { type: "up" | "down" | "enter" | "escape" | "back" } | { type: "text"; text: string };

const IDLE_MS = 120_000;
const CLEAR = "\u001b[H\u001b[2J\u001b[3J";
const ESCAPE = "\u001b";
const LONGEST_LINE = 200;
/** What a screen of 25 lines has room for beside title and hints. */
const ROWS = 16;

/** Nobody has touched a key for so long. */
export class LeftAlone extends Error {
  override readonly name = "LeftAlone";
}

/** ECMA-48 as Linux' console and terminals send it: arrows as ESC [ A or ESC O A. A piece that comes at once is one press. */
export function keysOf(piece: string): Key[] {
  const keys: Key[] = [];
  for (let rest = piece; rest !== ""; ) {
    const [sequence, final] = rest.startsWith(ESCAPE) ? (/^.[[O][0-9;]*([A-Za-z~])/su.exec(rest) ?? []) : [];
    if (sequence !== undefined) {
      if (final === "A") keys.push({ type: "up" });
      if (final === "B") keys.push({ type: "down" });
      rest = rest.slice(sequence.length);
      continue;
    }
    const sign = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    if (sign === ESCAPE) keys.push({ type: "escape" });
    else if (sign === "\r" || sign === "\n") keys.push({ type: "enter" });
    else if (sign === "\u007f" || sign === "\b") keys.push({ type: "back" });
    else if (sign >= " ") keys.push({ type: "text", text: sign });
    rest = rest.slice(sign.length);
  }
  return keys;
}

export interface ScreenWords {
  chooseHint: string;
  lineHint: string;
  goOnHint: string;
  /** `{word}` stands for it. */
  typeWord: string;
  notTheWord: string;
  more: string;
}

export class Screen {
  readonly #write: (text: string) => void;
  readonly #idleMs: number;
  #waiting: ((key: Key | "idle") => void) | null = null;
  /** Faster than it was asked for. */
  #typed: Key[] = [];
  #shown = "";

  constructor(write: (text: string) => void, idleMs = IDLE_MS) {
    this.#write = write;
    this.#idleMs = idleMs;
  }

  feed(piece: string): void {
    for (const key of keysOf(piece)) {
      if (this.#waiting === null) this.#typed.push(key);
      else this.#waiting(key);
    }
  }

  /** Drawn only when it has changed. */
  draw(lines: readonly string[]): void {
    const text = `${["", ...lines.map((line) => (line === "" ? "" : `  ${line}`))].join("\r\n")}\r\n`;
    if (text !== this.#shown) this.#write(`${CLEAR}${text}`);
    this.#shown = text;
  }

  /** @param timeoutMs then null; else a long silence throws `LeftAlone` */
  async key(timeoutMs?: number): Promise<Key | null> {
    const typed = this.#typed.shift();
    if (typed !== undefined) return typed;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#waiting?.("idle"), timeoutMs ?? this.#idleMs);
      this.#waiting = (key) => {
        clearTimeout(timer);
        this.#waiting = null;
        if (key !== "idle") resolve(key);
        else if (timeoutMs === undefined) reject(new LeftAlone());
        else resolve(null);
      };
    });
  }

  /** By arrows and Enter; a digit only moves there, so that no single key does anything. @returns the index */
  async choose(
    words: ScreenWords,
    title: string,
    options: readonly string[],
    { at = 0, above = [] }: { at?: number; above?: readonly string[] } = {},
  ): Promise<number | null> {
    let chosen = Math.max(0, at);
    for (;;) {
      const first = Math.max(0, Math.min(chosen - Math.floor(ROWS / 2), options.length - ROWS));
      const rows = options.slice(first, first + ROWS).map((option, index) => {
        const number = first + index;
        return `${number === chosen ? ">" : " "} ${options.length < 10 ? `${number + 1}  ` : ""}${option}`;
      });
      const more = options.length > ROWS ? [`${chosen + 1} / ${options.length}`] : [];
      this.draw([title, "", ...above, ...(above.length > 0 ? [""] : []), ...rows, ...more, "", words.chooseHint]);
      const key = await this.key();
      if (key === null || key.type === "escape") return null;
      if (key.type === "enter") return chosen;
      if (key.type === "up") chosen = (chosen - 1 + options.length) % options.length;
      if (key.type === "down") chosen = (chosen + 1) % options.length;
      if (key.type === "text") {
        const number = Number(key.text) - 1;
        const letter = options.findIndex((option, index) => index > chosen && begins(option, key.text));
        if (options.length < 10 && number >= 0 && number < options.length) chosen = number;
        else if (options.length >= 10)
          chosen =
            letter >= 0
              ? letter
              : Math.max(
                  chosen,
                  options.findIndex((option) => begins(option, key.text)),
                );
      }
    }
  }

  async ask(
    words: ScreenWords,
    title: string,
    {
      usual = "",
      above = [],
      problem = null,
    }: { usual?: string; above?: readonly string[]; problem?: string | null } = {},
  ): Promise<string | null> {
    let typed = usual;
    for (;;) {
      this.draw([
        title,
        "",
        ...above,
        ...(problem === null ? [] : [`! ${problem}`, ""]),
        `> ${typed}_`,
        "",
        words.lineHint,
      ]);
      const key = await this.key();
      if (key === null || key.type === "escape") return null;
      if (key.type === "enter") return typed.trim();
      if (key.type === "back") typed = typed.slice(0, -1);
      if (key.type === "text" && typed.length < LONGEST_LINE) typed += key.text;
    }
  }

  /** For what cannot be undone. @returns whether exactly this word was typed */
  async confirm(words: ScreenWords, title: string, lines: readonly string[], word: string): Promise<boolean> {
    // What was typed before the question stood there is no answer to it.
    this.#typed = [];
    let problem: string | null = null;
    for (;;) {
      const above = [...lines, "", words.typeWord.replace("{word}", word)];
      const typed = await this.ask(words, title, { above, problem });
      if (typed === null || typed === "") return false;
      if (typed === word) return true;
      problem = words.notTheWord;
    }
  }

  async tell(words: ScreenWords, title: string, lines: readonly string[]): Promise<void> {
    this.#typed = [];
    this.draw([title, "", ...lines, "", words.goOnHint]);
    for (;;) {
      const key = await this.key();
      if (key === null || key.type === "enter" || key.type === "escape") return;
    }
  }
}

const begins = (option: string, text: string) => option.toLowerCase().startsWith(text.toLowerCase());
