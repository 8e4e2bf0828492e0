/** Makes backups at night and when asked to, tries them out once a month, and brings them back. One thing at a time. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type {
  BackupKind,
  BackupProblem,
  BackupProgress,
  BackupRun,
  BackupSettings,
  BackupSnapshot,
  BackupTarget,
} from "../calls/backup.ts";
import { readBackupSettings, writeBackupSettings } from "../database/backup-settings.ts";
import { isPassing } from "../database/failure.ts";
import type { Db } from "../database/schema.ts";
import { isBackupDue, isDrillDue } from "../flows/backup/due.ts";
import type { BackupReading } from "../flows/health/hotline.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError, problemOf } from "./backup-error.ts";
import { type BackupSecrets, newPassword } from "./backup-secrets.ts";
import { findBackupFolders } from "./disk-folders.ts";
import { drill } from "./drill.ts";
import { makeBackup } from "./make-backup.ts";
import { repositoryOf } from "./repository.ts";
import { Restic } from "./restic.ts";
import { restoreBackup } from "./restore.ts";
import { RunBook } from "./run-book.ts";

export interface BackupDeskParts {
  db: Db;
  /** For programs; null: the database does not run yet. */
  databaseUrl: () => string | null;
  dataDir: string;
  version: string;
  secrets: BackupSecrets;
  /** The programs that do the work. */
  run: RunInBackground;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  /** The last moment, Unix ms, at which the site's clock showed this time (`02:30`). */
  lastTimeOfDay: (time: string, nowMs: number) => number;
  onChange: () => void;
  /** That the machine is in now. */
  ownNetworks: () => readonly string[];
  /** Everything that is kept in memory is of another firm now. */
  onRestored: () => void;
  nowMs: () => number;
  lookMs?: number;
}

/** Where to look for a backup; the owner types the secrets. */
export interface Place {
  target: BackupTarget;
  password: string;
  s3Key: string | null;
}

type Running = BackupProgress & { startedMs: number };

const LOOK_MS = 30_000;
const TELL_MS = 500;
/** Within this restic clears up, unless what it works with hangs. */
const STOPPED_WITHIN_MS = 10_000;

export class BackupDesk {
  readonly #parts: BackupDeskParts;
  readonly #workDir: string;
  readonly #book: RunBook;
  #settings: BackupSettings | null = null;
  #running: Running | null = null;
  #cancel: AbortController | null = null;
  #work: Promise<void> = Promise.resolve();
  #lastRestore: BackupRun | null = null;
  #timer: NodeJS.Timeout | null = null;
  #toldAtMs = 0;

  constructor(parts: BackupDeskParts) {
    this.#parts = parts;
    this.#workDir = join(parts.dataDir, "backup");
    this.#book = new RunBook(join(this.#workDir, "runs.json"));
  }

  get settings(): BackupSettings | null {
    return this.#settings;
  }

  get running(): Running | null {
    return this.#running;
  }

  get runs(): readonly BackupRun[] {
    return this.#book.runs;
  }

  /** How bringing one back ended in this life of the daemon. */
  get lastRestore(): BackupRun | null {
    return this.#lastRestore;
  }

  /** Reads what there is, without a timetable. */
  async open(): Promise<void> {
    await mkdir(this.#workDir, { recursive: true, mode: 0o711 });
    await this.#book.read();
    await this.readSettings();
  }

  async start(): Promise<void> {
    await this.open();
    this.#timer = setInterval(() => void this.#look(), this.#parts.lookMs ?? LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.cancel();
    // Its unit goes on without us and ends it; calls that we looked after shall not wait for that.
    await Promise.race([this.#work, pause(STOPPED_WITHIN_MS, undefined, { ref: false })]);
  }

  /** @throws BackupError */
  async sshPublicKey(): Promise<string> {
    return await this.#parts.secrets.sshPublicKey();
  }

  problemOf(error: unknown): BackupProblem | null {
    return error instanceof BackupError ? error.problem : null;
  }

  /** For the check of the box. */
  reading(): BackupReading {
    const last = this.#book.last("backup");
    const lastDrill = this.#book.last("drill");
    return {
      isSetUp: this.#settings !== null,
      nowMs: this.#parts.nowMs(),
      setUpMs: this.#settings?.setUpMs ?? null,
      lastGoodMs: this.#book.lastGood("backup")?.endedMs ?? null,
      lastProblem: last === null || last.isGood ? null : (last.problem ?? "failed"),
      lastDrill: lastDrill === null ? null : { isGood: lastDrill.isGood, atMs: lastDrill.endedMs },
    };
  }

  /** The target would die with what it is to save. */
  async isOnSameDisk(): Promise<boolean> {
    const target = this.#settings?.target;
    if (target?.kind !== "path") return false;
    const deviceOf = async (path: string) =>
      await stat(path).then(
        ({ dev }) => dev,
        () => null,
      );
    const device = await deviceOf(target.path);
    return device !== null && device === (await deviceOf(this.#parts.dataDir));
  }

  async folders(): Promise<string[]> {
    return await findBackupFolders();
  }

  /** What the database says; it stays as it was while that is away. */
  async readSettings(): Promise<void> {
    try {
      this.#settings = await readBackupSettings(this.#parts.db);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  /**
   * Chooses where backups go: a repository that is there is opened, else one is made.
   * @returns the password, when it was made just now: to be written down
   * @throws BackupError when the target does not take it; nothing is changed then
   */
  async configure(
    wanted: Pick<BackupSettings, "target" | "at" | "keep">,
    given: { password: string | null; s3Key: string | null },
  ): Promise<{ newPassword: string | null }> {
    const { secrets, db, nowMs, onChange } = this.#parts;
    const { target } = wanted;
    if (target.kind === "path" && `${target.path}/`.startsWith(`${this.#parts.dataDir}/`))
      throw new BackupError("target-refused", "a backup within what it is to save");
    const known = await secrets.password();
    const password = given.password ?? known ?? newPassword();
    const s3Key = given.s3Key ?? (await secrets.s3Key());
    if (wanted.target.kind === "sftp") await secrets.sshPublicKey();
    const restic = this.#resticAt({ target: wanted.target, password, s3Key });
    const isSame = JSON.stringify(this.#settings?.target) === JSON.stringify(wanted.target);
    await restic.open().catch(async (error: unknown) => {
      // Where backups are already, their absence means that the disk is: a new repository would hide it.
      if (!(error instanceof BackupError) || error.problem !== "no-repository" || isSame) throw error;
      await restic.init();
    });
    if (password !== known) await secrets.keepPassword(password);
    if (given.s3Key !== null) await secrets.keepS3Key(given.s3Key);
    const setUpMs = isSame && this.#settings !== null ? this.#settings.setUpMs : nowMs();
    const settings = { target: wanted.target, at: wanted.at, keep: wanted.keep, setUpMs };
    await writeBackupSettings(db, settings);
    if (!isSame) await this.#book.forget();
    this.#settings = settings;
    onChange();
    return { newPassword: given.password === null && known === null ? password : null };
  }

  /** @returns false when something is under way, or no target is chosen */
  begin(kind: BackupKind): boolean {
    if (this.#running !== null || this.#settings === null) return false;
    this.#work = this.#run(kind, this.#settings);
    return true;
  }

  /** What is under way is given up. */
  cancel(): void {
    this.#cancel?.abort();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Newest first; of our own target when no place is given. @throws BackupError */
  async snapshots(place: Place | null = null): Promise<BackupSnapshot[]> {
    const restic = place === null ? await this.#ownRestic() : this.#resticAt(place);
    return (await restic.snapshots()).map(({ id, atMs, hostName }) => ({ id, atMs, hostName }));
  }

  /** Replaces everything that this installation holds. @returns false when something is under way */
  beginRestore(place: Place, snapshotId: string): boolean {
    if (this.#running !== null) return false;
    this.#work = this.#restore(place, snapshotId);
    return true;
  }

  async #look(): Promise<void> {
    if (this.#running !== null) return;
    await this.readSettings();
    const { nowMs, lastTimeOfDay } = this.#parts;
    const settings = this.#settings;
    if (settings === null || this.#running !== null) return;
    const plannedMs = lastTimeOfDay(settings.at, nowMs());
    if (isBackupDue(nowMs(), plannedMs, settings.setUpMs, this.runs)) {
      this.begin("backup");
      await this.#work;
      if (isDrillDue(nowMs(), this.runs)) this.begin("drill");
    }
  }

  async #run(kind: BackupKind, settings: BackupSettings): Promise<void> {
    const { log } = this.#parts;
    const run = await this.#watched(kind, async (surroundings) => {
      const restic = await this.#ownRestic(settings.target);
      if (kind === "drill") {
        const result = await drill({ ...surroundings, workDir: this.#workDir, run: this.#parts.run, restic });
        if (result.missing + result.different > 0)
          throw new BackupError("not-whole", `recordings: ${result.missing} missing, ${result.different} different`);
        return { ...result };
      }
      const { db, dataDir, version, run } = this.#parts;
      const order = { db, dataDir, version, run, workDir: this.#workDir, restic, keep: settings.keep };
      const { files, bytes, addedBytes, isPartial } = await makeBackup({
        ...{ ...surroundings, ...order, databaseUrl: this.#databaseUrl() },
      });
      return { files, bytes, addedBytes, unread: isPartial ? 1 : 0 };
    });
    // Given up by us: the next start begins anew.
    if (run.problem !== "cancelled" || this.#timer !== null) {
      await this.#book.add(run).catch((error: unknown) => log.warn({ err: error }, "a backup cannot be written down"));
    }
    this.#ended();
  }

  async #restore(place: Place, snapshotId: string): Promise<void> {
    const run = await this.#watched("restore", async (surroundings) => {
      const { db, dataDir, run } = this.#parts;
      const databaseUrl = this.#databaseUrl();
      const order = {
        db,
        dataDir,
        databaseUrl,
        workDir: this.#workDir,
        run,
        restic: this.#resticAt(place),
        snapshotId,
      };
      return await restoreBackup({ ...surroundings, ...order, ownNetworks: this.#parts.ownNetworks() });
    });
    this.#lastRestore = run;
    this.#ended();
    if (run.isGood) this.#parts.onRestored();
  }

  async #watched(
    kind: Running["kind"],
    work: (surroundings: {
      onProgress: (progress: Pick<BackupProgress, "phase" | "percent">) => void;
      signal: AbortSignal;
    }) => Promise<Record<string, number>>,
  ): Promise<BackupRun> {
    const { log, nowMs } = this.#parts;
    const startedMs = nowMs();
    const cancel = new AbortController();
    this.#cancel = cancel;
    this.#running = { kind, phase: kind === "backup" ? "database" : "fetching", percent: null, startedMs };
    this.#parts.onChange();
    log.info({ kind }, "backup work begins");
    const ended = (rest: Pick<BackupRun, "isGood" | "problem" | "detail" | "figures">): BackupRun => ({
      // A restore is kept in no book.
      ...{ kind: kind === "restore" ? "backup" : kind, startedMs, endedMs: nowMs(), ...rest },
    });
    try {
      const onProgress = (progress: Pick<BackupProgress, "phase" | "percent">) => this.#progressed(progress);
      const figures = await work({ onProgress, signal: cancel.signal });
      log.info({ kind, ...figures }, "backup work done");
      return ended({ isGood: true, problem: null, detail: "", figures });
    } catch (error) {
      const { problem, detail } = cancel.signal.aborted
        ? problemOf(new BackupError("cancelled", ""))
        : problemOf(error);
      log.warn({ err: error, kind, problem }, "backup work failed");
      return ended({ isGood: false, problem, detail: detail.slice(-500), figures: {} });
    }
  }

  #ended(): void {
    this.#running = null;
    this.#cancel = null;
    this.#parts.onChange();
  }

  #progressed(progress: Pick<BackupProgress, "phase" | "percent">): void {
    if (this.#running === null) return;
    const isNewPhase = progress.phase !== this.#running.phase;
    this.#running = { ...this.#running, ...progress };
    const now = Date.now();
    if (!isNewPhase && now - this.#toldAtMs < TELL_MS) return;
    this.#toldAtMs = now;
    this.#parts.onChange();
  }

  /** @throws BackupError */
  #databaseUrl(): string {
    const url = this.#parts.databaseUrl();
    if (url === null) throw new BackupError("database-failed", "the database does not run");
    return url;
  }

  /** @throws BackupError */
  async #ownRestic(target: BackupTarget | null = this.#settings?.target ?? null): Promise<Restic> {
    const { secrets } = this.#parts;
    const password = await secrets.password();
    if (target === null || password === null) throw new BackupError("no-repository", "no target is chosen");
    return this.#resticAt({ target, password, s3Key: await secrets.s3Key() });
  }

  #resticAt({ target, password, s3Key }: Place): Restic {
    const { run, secrets } = this.#parts;
    const { sshKeyFile } = secrets;
    return new Restic(repositoryOf(target, { password, s3Key, sshKeyFile }, this.#workDir), run);
  }
}
