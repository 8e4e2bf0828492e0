import { open, readFile, rename } from "node:fs/promises";
import type { OutsideCallHistory } from "../calls/outside-call.ts";

const NOTHING: OutsideCallHistory = { calls: [], attempts: [] };

/** What calls out have used, for a daemon that starts while the database is away; otherwise the log knows. */
export class OutsideCallFile {
  readonly #path: string;
  #work: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws what reading a file throws, but for one that is not there; SyntaxError when it was damaged */
  async read(): Promise<OutsideCallHistory> {
    try {
      return JSON.parse(await readFile(this.#path, "utf8")) as OutsideCallHistory;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return NOTHING;
      throw error;
    }
  }

  /** Whole or not at all; one after the other. @throws what writing a file throws */
  async write(history: OutsideCallHistory): Promise<void> {
    const work = this.#work.then(() => this.#replace(JSON.stringify(history)));
    this.#work = work.catch(() => undefined);
    await work;
  }

  async #replace(text: string): Promise<void> {
    const beside = `${this.#path}.new`;
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#path);
  }
}
