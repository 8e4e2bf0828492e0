/**
 * Updates, as the daemon sees them: finds bundles, looks at their signature, asks root to write one to the other place (which harms no
 * conversation) and, in a free moment, to start from it; before that it makes a copy of the database. In the new system it says how it is.
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { z } from "zod";
import type { RunInBackground } from "../backup/background-program.ts";
import { BackupError } from "../backup/backup-error.ts";
import { dumpDatabase } from "../backup/database-dump.ts";
import type { UpdateOffer, UpdateProblem, UpdateProgress } from "../calls/update.ts";
import type { Db } from "../database/schema.ts";
import { isRestartDue, type RestartMoment } from "../flows/updates/judge-update.ts";
import { readBundle } from "./bundle.ts";
import { assertRoom, type Channel, fetchBundle, MOST_BUNDLE_BYTES, readChannel, writeStream } from "./channel.ts";
import { UpdateError } from "./update-error.ts";
import {
  COPY,
  COPY_FACTS,
  type CopyFacts,
  EVIDENCE,
  type Evidence,
  type HealthyPart,
  REQUEST,
  readJson,
  STATUS_FOLDER,
  UPDATE_FOLDER,
  type UpdateRecord,
  type UpdateRequest,
  UpdateStatus,
  writeJson,
} from "./update-record.ts";

export interface UpdateDeskParts {
  db: Db;
  databaseUrl: () => string | null;
  /** Programs that may take long. */
  run: RunInBackground;
  dataDir: string;
  version: string;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  /** Conversations that go on. */
  calls: () => number;
  isDatabaseThere: () => boolean;
  isSwitchThere: () => boolean;
  /** Names of those that can carry calls. */
  trunks: () => readonly string[];
  /** Calls our own numbers; whether all arrived. Null: it cannot be tried here. */
  syntheticCall: () => Promise<boolean | null>;
  /** On the site's wall clock: `09:30`. */
  clock: () => string;
  onChange: () => void;
  nowMs: () => number;
  statusFolder?: string;
  sticks?: readonly string[];
  keyring?: string;
  lookMs?: number;
}

interface Found extends UpdateOffer {
  /** A file here, or what the channel names. */
  at: { file: string } | { channel: Channel };
}

const Settings = z.object({ channel: z.string().nullable() });
const SETTINGS = "settings.json";
const UPLOAD = "upload.raucb";
const FETCHED = "channel.raucb";
const COPIED = "disk.raucb";
const LOOK_MS = 2_000;
const EVIDENCE_EVERY_MS = 5_000;
const SYNTHETIC_EVERY_MS = 60_000;
const STICKS = ["/media", "/mnt"];
/** A copy that calls have overtaken is made anew, so often. */
const COPY_TRIES = 5;

export class UpdateDesk {
  readonly #parts: UpdateDeskParts;
  readonly #folder: string;
  readonly #statusFile: string;
  #status: UpdateStatus | null = null;
  #told = "";
  #offers: Found[] = [];
  #channel: string | null = null;
  #channelProblem: UpdateProblem | null = null;
  #running: UpdateProgress | null = null;
  #asked: string | null = null;
  #wish: { moment: RestartMoment; isInsisting: boolean } | null = null;
  #problem: UpdateProblem | null = null;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  #looking: Promise<void> | null = null;
  readonly #ending = new AbortController();
  #evidenceAtMs: number | null = null;
  #synthetic: { atMs: number; isGood: boolean | null } | null = null;

  constructor(parts: UpdateDeskParts) {
    this.#parts = parts;
    this.#folder = join(parts.dataDir, UPDATE_FOLDER);
    this.#statusFile = join(parts.statusFolder ?? STATUS_FOLDER, "status.json");
  }

  /** Updates by bundle are for a box that was installed from the image. */
  get isBox(): boolean {
    return this.#status !== null;
  }

  get channel(): string | null {
    return this.#channel;
  }

  get channelProblem(): UpdateProblem | null {
    return this.#channelProblem;
  }

  get offers(): readonly UpdateOffer[] {
    return this.#offers.map(({ at: _at, ...offer }) => offer);
  }

  /** The last one, however it ended. */
  get last(): UpdateRecord | null {
    return this.#status?.record ?? null;
  }

  get running(): UpdateProgress | null {
    if (this.#running !== null) return this.#running;
    const request = this.#status?.request ?? null;
    return request !== null && !request.isDone && request.action === "install"
      ? { phase: "writing", percent: request.percent }
      : null;
  }

  /** What ended what was asked for last. */
  get problem(): UpdateProblem | null {
    return this.#problem;
  }

  /** When it is to start from the new system; null: nobody has said. */
  get restartMoment(): RestartMoment | null {
    return this.#wish?.moment ?? null;
  }

  problemOf(error: unknown): UpdateProblem | null {
    return error instanceof UpdateError ? error.problem : null;
  }

  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#channel = (await readJson(join(this.#folder, SETTINGS), Settings))?.channel ?? null;
    await this.#look();
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look()
        .catch((error: unknown) => this.#parts.log.warn({ err: error }, "the state of updates could not be looked at"))
        .finally(() => {
          this.#looking = null;
        });
    }, this.#parts.lookMs ?? LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#ending.abort();
    await this.#looking;
    await this.#work;
  }

  /** Resolves when nothing is under way here. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async configure(channel: string | null): Promise<void> {
    this.#channel = channel;
    this.#channelProblem = null;
    this.#offers = this.#offers.filter(({ source }) => source !== "channel");
    await writeJson(join(this.#folder, SETTINGS), { channel }, 0o600);
    this.#parts.onChange();
  }

  /** Looks on plugged-in disks, at what was uploaded, and at the channel. */
  async find(): Promise<void> {
    this.#assertFree();
    await this.#during("checking", async () => {
      const found: Found[] = [];
      for (const file of await this.#files()) found.push(await this.#offerOf(file));
      const fromChannel = await this.#offerOfChannel();
      this.#offers = [...(fromChannel === null ? [] : [fromChannel]), ...found];
    });
  }

  /** Takes an upload in. @param bytes how many come. @throws UpdateError */
  async receive(stream: ReadableStream<Uint8Array>, bytes: number): Promise<void> {
    this.#assertFree();
    if (bytes > MOST_BUNDLE_BYTES) throw new UpdateError("no-room", `${bytes} bytes`);
    await this.#during("receiving", async () => {
      const file = join(this.#folder, UPLOAD);
      await rm(file, { force: true });
      await assertRoom(this.#folder, bytes);
      const part = `${file}.part`;
      await writeStream(stream, part, { bytes, ...this.#watched() });
      await rename(part, file);
      this.#running = { phase: "checking", percent: null };
      const offer = await this.#offerOf(file);
      this.#offers = [...this.#offers.filter(({ id }) => id !== offer.id), offer];
    });
  }

  /** Has it written to the other place; conversations go on. @throws UpdateError */
  begin(offerId: string): void {
    this.#assertFree();
    const offer = this.#offers.find(({ id }) => id === offerId);
    if (offer === undefined) throw new UpdateError("not-there", offerId);
    if (offer.problem !== null) throw new UpdateError(offer.problem, offer.name);
    this.#wish = null;
    this.#work = this.#during("fetching", async () => {
      const file = await this.#ownFile(offer);
      await this.#ask({ action: "install", id: randomUUID(), bundle: file });
    }).catch((error: unknown) => this.#failed(error));
  }

  /** Starts from the new system at that moment. @throws UpdateError `in-conversation` when it is to be now, and somebody talks */
  restart(moment: RestartMoment, isInsisting: boolean): void {
    if (this.last?.state !== "ready") throw new UpdateError("not-there", "there is no new system");
    if (this.#running !== null) throw new UpdateError("busy", this.#running.phase);
    if (moment === "now" && this.#parts.calls() > 0 && !isInsisting)
      throw new UpdateError("in-conversation", `${this.#parts.calls()} calls`);
    this.#problem = null;
    this.#wish = { moment, isInsisting };
    this.#parts.onChange();
  }

  /** It stays written, and is not started from. */
  dismiss(): void {
    if (this.#running?.phase !== "restarting") this.#wish = null;
    this.#parts.onChange();
  }

  #assertFree(): void {
    if (!this.isBox) throw new UpdateError("not-a-box", "there is one place for the system");
    if (this.running !== null) throw new UpdateError("busy", this.running.phase);
    if (this.last?.state === "trying" || this.last?.state === "going-back")
      throw new UpdateError("busy", "the last one has not come to its end");
  }

  #watched() {
    return {
      signal: this.#ending.signal,
      onPercent: (percent: number) => {
        if (this.#running === null || this.#running.percent === percent) return;
        this.#running = { ...this.#running, percent };
        this.#parts.onChange();
      },
    };
  }

  async #during(phase: UpdateProgress["phase"], work: () => Promise<void>): Promise<void> {
    this.#running = { phase, percent: null };
    this.#problem = null;
    this.#parts.onChange();
    try {
      await work();
    } finally {
      this.#running = null;
      this.#parts.onChange();
    }
  }

  #failed(error: unknown): void {
    this.#problem = error instanceof UpdateError ? error.problem : "failed";
    this.#wish = null;
    this.#running = null;
    this.#parts.log.warn({ err: error }, "an update could not go on");
    this.#parts.onChange();
  }

  async #files(): Promise<string[]> {
    const own = [UPLOAD, FETCHED].map((name) => join(this.#folder, name));
    const files: string[] = [];
    for (const place of this.#parts.sticks ?? STICKS) {
      // The stick itself, or a folder of it.
      for (const folder of [place, ...(await foldersIn(place))])
        files.push(
          ...(await filesIn(folder)).filter((name) => name.endsWith(".raucb")).map((name) => join(folder, name)),
        );
    }
    return [...own, ...files];
  }

  async #offerOf(file: string): Promise<Found> {
    const source = file.startsWith(this.#folder) ? (basename(file) === UPLOAD ? "upload" : "channel") : "disk";
    const known = await stat(file).catch(() => null);
    const offer = { id: file, source, name: basename(file), bytes: known?.size ?? 0, at: { file } } as const;
    if (known === null) return { ...offer, version: null, problem: "not-there" };
    const bundle = await readBundle(file, this.#parts.keyring);
    return "version" in bundle
      ? { ...offer, version: bundle.version, problem: null }
      : { ...offer, version: null, problem: bundle.problem };
  }

  async #offerOfChannel(): Promise<Found | null> {
    if (this.#channel === null) return null;
    try {
      this.#channelProblem = null;
      const channel = await readChannel(this.#channel);
      if (channel.version === this.#parts.version) return null;
      const { version, bytes, url } = channel;
      return {
        id: url,
        source: "channel",
        name: basename(new URL(url).pathname),
        version,
        bytes,
        problem: null,
        at: { channel },
      };
    } catch (error) {
      if (!(error instanceof UpdateError)) throw error;
      this.#channelProblem = error.problem;
      return null;
    }
  }

  async #ownFile({ at, source }: Found): Promise<string> {
    if ("channel" in at) return await this.#fetch(at.channel);
    return source === "disk" ? await this.#copyIn(at.file) : at.file;
  }

  /** RAUC takes no file of a file system without owners, for another could change it meanwhile; and a disk may be pulled out. */
  async #copyIn(from: string): Promise<string> {
    const known = await stat(from).catch(() => null);
    if (known === null) throw new UpdateError("not-there", from);
    const file = join(this.#folder, COPIED);
    await rm(file, { force: true });
    await assertRoom(this.#folder, known.size);
    const stream = Readable.toWeb(createReadStream(from)) as ReadableStream<Uint8Array>;
    await writeStream(stream, `${file}.part`, { bytes: known.size, ...this.#watched() });
    await rename(`${file}.part`, file);
    return file;
  }

  async #fetch(channel: Channel): Promise<string> {
    const file = join(this.#folder, FETCHED);
    await rm(file, { force: true });
    await assertRoom(this.#folder, channel.bytes);
    await fetchBundle(channel, `${file}.part`, this.#watched());
    await rename(`${file}.part`, file);
    this.#running = { phase: "checking", percent: null };
    const bundle = await readBundle(file, this.#parts.keyring);
    if ("problem" in bundle) throw new UpdateError(bundle.problem, bundle.said);
    return file;
  }

  async #ask(request: UpdateRequest): Promise<void> {
    this.#asked = request.id;
    await writeJson(join(this.#folder, REQUEST), request, 0o600);
    this.#parts.log.info({ action: request.action }, "an update was asked for");
  }

  async #look(): Promise<void> {
    const status = await readJson(this.#statusFile, UpdateStatus);
    this.#status = status;
    const text = JSON.stringify(status);
    if (text !== this.#told) {
      this.#told = text;
      await this.#ended(status);
      this.#parts.onChange();
    }
    if (status === null) return;
    const { record } = status;
    if (record?.state === "trying" && record.to.slot === status.booted) await this.#giveEvidence(record);
    const { calls, clock } = this.#parts;
    const wish = this.#wish;
    if (record?.state !== "ready" || wish === null || this.#running !== null) return;
    if (!isRestartDue(wish.moment, { calls: calls(), clock: clock(), isInsisting: wish.isInsisting })) return;
    this.#work = this.#startFromIt(wish.isInsisting).catch((error: unknown) => this.#failed(error));
  }

  /** What lies in our own folder is of no use once it is written. */
  async #ended(status: UpdateStatus | null): Promise<void> {
    const request = status?.request ?? null;
    if (request === null || !request.isDone || request.id !== this.#asked || request.action !== "install") return;
    this.#asked = null;
    for (const name of [UPLOAD, FETCHED, COPIED]) await rm(join(this.#folder, name), { force: true });
    this.#offers = this.#offers.filter(({ source }) => source === "disk");
  }

  async #startFromIt(isInsisting: boolean): Promise<void> {
    const { calls, isDatabaseThere, isSwitchThere, trunks, log } = this.#parts;
    this.#running = { phase: "copying", percent: null };
    this.#parts.onChange();
    const good = trunks();
    const healthy: HealthyPart[] = [];
    if (isDatabaseThere()) healthy.push("database");
    if (isSwitchThere()) healthy.push("switch");
    if (good.length > 0) healthy.push("trunks");
    if ((await this.#parts.syntheticCall()) === true) healthy.push("synthetic-call");
    await this.#copy();
    if (calls() > 0 && !isInsisting) {
      // Somebody called meanwhile: the next free moment.
      this.#running = null;
      this.#parts.onChange();
      return;
    }
    log.info({ healthy, trunks: good }, "starting from the new system");
    this.#running = { phase: "restarting", percent: null };
    this.#wish = null;
    await this.#ask({ action: "restart", id: randomUUID(), healthy, trunks: [...good] });
    this.#parts.onChange();
  }

  /** What going back restores. @throws UpdateError */
  async #copy(): Promise<void> {
    const { db, databaseUrl, run } = this.#parts;
    const url = databaseUrl();
    if (url === null || !this.#parts.isDatabaseThere()) throw new UpdateError("no-copy", "the database is away");
    const [file, facts] = [join(this.#folder, COPY), join(this.#folder, COPY_FACTS)];
    await rm(facts, { force: true });
    for (let left = COPY_TRIES; left > 0; left -= 1) {
      const dumping = dumpDatabase({ db, url, run }, `${file}.new`, this.#ending.signal);
      const before: CopyFacts = await dumping.catch(async (error: unknown) => {
        // Half of one would keep a full disk full.
        await rm(`${file}.new`, { force: true });
        if (!(error instanceof BackupError)) throw error;
        throw new UpdateError(error.problem === "no-room-here" ? "no-room" : "no-copy", error.message);
      });
      const callsNow = await db
        .selectFrom("calls")
        .select((of) => of.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      if (callsNow.count !== before.tables["calls"] && left > 1) continue;
      await rename(`${file}.new`, file);
      await writeJson(facts, before, 0o600);
      return;
    }
  }

  async #giveEvidence(record: UpdateRecord): Promise<void> {
    const { nowMs, isSwitchThere, trunks, syntheticCall } = this.#parts;
    // By no clock that is set meanwhile: this may be the first minute after a start.
    const atMs = performance.now();
    if (this.#evidenceAtMs !== null && atMs - this.#evidenceAtMs < EVIDENCE_EVERY_MS) return;
    const isTried = this.#synthetic !== null && atMs - this.#synthetic.atMs < SYNTHETIC_EVERY_MS;
    if (record.healthy.includes("synthetic-call") && this.#synthetic?.isGood !== true && !isTried && isSwitchThere())
      this.#synthetic = { atMs, isGood: await syntheticCall() };
    this.#evidenceAtMs = atMs;
    const evidence: Evidence = {
      ...{ atMs: nowMs(), switch: isSwitchThere(), trunks: [...trunks()] },
      syntheticCall: this.#synthetic?.isGood ?? null,
    };
    await writeJson(join(this.#folder, EVIDENCE), evidence, 0o600);
  }
}

/** Plain ones alone: whoever reads a pipe waits for ever, and a disk may have been made by anybody. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function foldersIn(place: string): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(place, name));
}
