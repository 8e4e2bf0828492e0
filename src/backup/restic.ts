/** restic, as far as we use it (restic's manual, 'Scripting'; 0.14 of Debian 12 and later). */
import { z } from "zod";
import type { BackupSettings, BackupSnapshot } from "../calls/backup.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError } from "./backup-error.ts";
import { parseJson } from "./program-protocol.ts";
import { problemFrom, type Repository } from "./repository.ts";

/** Ours among what others may keep in the same repository. */
const TAG = "hotline";
/** Some files could not be read: they were deleted or moved meanwhile. The rest is there. */
const PARTLY = 3;

const Line = z.discriminatedUnion("message_type", [
  z.object({ message_type: z.literal("status"), percent_done: z.number().default(0) }),
  z.object({
    message_type: z.literal("summary"),
    files_new: z.number().default(0),
    data_added: z.number().default(0),
    total_files_processed: z.number().default(0),
    total_bytes_processed: z.number().default(0),
    snapshot_id: z.string().default(""),
  }),
]);
const Snapshots = z.array(
  z.object({ id: z.string(), time: z.string(), hostname: z.string().default(""), paths: z.array(z.string()) }),
);

export interface BackupSummary {
  snapshotId: string;
  files: number;
  bytes: number;
  addedBytes: number;
  isPartial: boolean;
}

export interface FoundSnapshot extends BackupSnapshot {
  paths: string[];
}

export class Restic {
  readonly #repository: Repository;
  readonly #runProgram: RunInBackground;
  readonly #patienceMs: number;

  /** @param patienceMs a target that does not even show its first file within it is away; restic itself would go on trying */
  constructor(repository: Repository, run: RunInBackground, patienceMs = 60_000) {
    this.#runProgram = run;
    this.#repository = repository;
    this.#patienceMs = patienceMs;
  }

  /** Makes the repository. @throws BackupError */
  async init(signal?: AbortSignal): Promise<void> {
    await this.#run(["init"], { signal, timeoutMs: this.#patienceMs });
    await this.#flush(signal);
  }

  /** @throws BackupError `no-repository`, `wrong-password`, ... */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#run(["cat", "config", "--no-lock"], { signal, timeoutMs: this.#patienceMs });
  }

  /** Locks of a process that is dead; a live one's stays. @throws BackupError */
  async removeStaleLocks(signal?: AbortSignal): Promise<void> {
    await this.#run(["unlock"], { signal });
  }

  /** @throws BackupError */
  async backup(
    paths: readonly string[],
    options: { hostName: string; onPercent: (percent: number) => void; signal?: AbortSignal },
  ): Promise<BackupSummary> {
    let summary: BackupSummary | null = null;
    const take = (text: string) => {
      const line = Line.safeParse(parseJson(text)).data;
      if (line?.message_type === "status") options.onPercent(Math.round(line.percent_done * 100));
      if (line?.message_type === "summary")
        summary = {
          ...{ snapshotId: line.snapshot_id, files: line.total_files_processed, bytes: line.total_bytes_processed },
          ...{ addedBytes: line.data_added, isPartial: false },
        };
    };
    const args = ["backup", "--json", "--tag", TAG, "--host", options.hostName, "--", ...paths];
    const code = await this.#run(args, { signal: options.signal, onLine: take, goodCodes: [0, PARTLY] });
    if (summary === null) throw new BackupError("failed", "restic gave no summary");
    await this.#flush(options.signal);
    return { ...(summary as BackupSummary), isPartial: code === PARTLY };
  }

  /** Forgets what need not be kept any more, and frees its room. @throws BackupError */
  async tidy({ daily, weekly, monthly }: BackupSettings["keep"], signal?: AbortSignal): Promise<void> {
    const keep = [
      "--keep-last",
      "1",
      "--keep-daily",
      `${daily}`,
      "--keep-weekly",
      `${weekly}`,
      "--keep-monthly",
      `${monthly}`,
    ];
    // Whichever machine made them: a replaced box goes on where the old one ended.
    await this.#run(["forget", "--tag", TAG, "--group-by", "tags", ...keep, "--prune"], { signal });
    await this.#flush(signal);
  }

  /** Newest first. @throws BackupError */
  async snapshots(signal?: AbortSignal): Promise<FoundSnapshot[]> {
    // A long list takes its time; that nobody is there shall be known soon.
    await this.open(signal);
    const text = await this.#read(["snapshots", "--json", "--no-lock", "--tag", TAG], signal);
    const found = Snapshots.safeParse(parseJson(text) ?? []);
    if (!found.success) throw new BackupError("not-whole", "restic's list of snapshots cannot be read");
    return found.data
      .map(({ id, time, hostname, paths }) => ({ id, atMs: Date.parse(time), hostName: hostname, paths }))
      .toSorted((a, b) => b.atMs - a.atMs);
  }

  /** Below `target` the files lie under the whole path that they had. @throws BackupError */
  async restore(
    snapshotId: string,
    target: string,
    { include = [], signal }: { include?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<void> {
    const only = include.flatMap((path) => ["--include", path]);
    try {
      await this.#run(["restore", snapshotId, "--target", target, "--no-lock", ...only], { signal });
    } catch (error) {
      // It writes on this machine alone.
      if (!(error instanceof BackupError) || error.problem !== "target-full") throw error;
      throw new BackupError("no-room-here", error.message, { cause: error });
    }
  }

  /**
   * What was said to be done is on the disk, which may be pulled out now. restic syncs each file and gives it its name afterwards; on FAT that
   * name's length is 0 until the file system is written back.
   */
  async #flush(signal: AbortSignal | undefined): Promise<void> {
    const { folder } = this.#repository;
    if (folder === null) return;
    const { code, stderr } = await this.#runProgram("sync", ["--file-system", folder], { ...(signal && { signal }) });
    if (signal?.aborted) throw new BackupError("cancelled", "it was cancelled");
    if (code !== 0) throw new BackupError(problemFrom(code, stderr), stderr);
  }

  async #read(args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const lines: string[] = [];
    await this.#run(args, { signal, onLine: (line) => lines.push(line) });
    return lines.join("\n");
  }

  async #run(
    args: readonly string[],
    {
      signal,
      onLine,
      goodCodes = [0],
      timeoutMs,
    }: {
      signal?: AbortSignal | undefined;
      onLine?: (line: string) => void;
      goodCodes?: readonly number[];
      timeoutMs?: number;
    },
  ): Promise<number> {
    const { options, env } = this.#repository;
    const patience = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
    const ends = [signal, patience].filter((one) => one instanceof AbortSignal);
    const { code, stderr } = await this.#runProgram("restic", [...options, ...args], {
      env,
      signal: AbortSignal.any(ends),
      ...(onLine === undefined ? {} : { onLine }),
    });
    if (signal?.aborted) throw new BackupError("cancelled", "it was cancelled");
    if (patience?.aborted) throw new BackupError("target-away", stderr === "" ? "no answer in time" : stderr);
    if (code === null || !goodCodes.includes(code)) throw new BackupError(problemFrom(code, stderr), stderr);
    return code;
  }
}
