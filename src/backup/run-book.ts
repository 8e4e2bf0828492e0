/** Which backups and drills there were. In a file, for it must be readable and writable while the database is what fails. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { BackupKind, BackupRun } from "../calls/backup.ts";

const MOST_KEPT = 100;

export class RunBook {
  readonly #file: string;
  #runs: BackupRun[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Newest first. */
  get runs(): readonly BackupRun[] {
    return this.#runs;
  }

  last(kind: BackupKind): BackupRun | null {
    return this.#runs.find((run) => run.kind === kind) ?? null;
  }

  lastGood(kind: BackupKind): BackupRun | null {
    return this.#runs.find((run) => run.kind === kind && run.isGood) ?? null;
  }

  /** @throws what the file system throws, but for a file that is not there yet */
  async read(): Promise<void> {
    try {
      this.#runs = JSON.parse(await readFile(this.#file, "utf8")) as BackupRun[];
    } catch (error) {
      if (error instanceof SyntaxError) this.#runs = [];
      else if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }

  async add(run: BackupRun): Promise<void> {
    this.#runs = [run, ...this.#runs].slice(0, MOST_KEPT);
    await mkdir(dirname(this.#file), { recursive: true });
    await writeFile(`${this.#file}.new`, JSON.stringify(this.#runs), { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }

  /** A repository that is new knows none of the old ones. */
  async forget(): Promise<void> {
    this.#runs = [];
    await writeFile(this.#file, "[]", { mode: 0o600 });
  }
}
