import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { extension } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import { USUAL_OUTGOING } from "../calls/outgoing.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { Schedule } from "../calls/schedule.ts";
import { plainSchedule } from "../flows/hours/schedule.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import { DEFAULT_FLOW, type FlowDocument } from "../flows/ivr/document.ts";
import { buildFlow, usualSimpleFlow } from "../flows/ivr/simple-flow.ts";
import { holidaysAround } from "../holidays/public-holidays.ts";
import { readFlowsForRouting } from "./call-flows.ts";
import { listOperators } from "./operators.ts";
import { readOutgoing, readTrunkTerms, readUnfreezes, USUAL_TERMS } from "./outgoing.ts";
import { listSchedules, type ScheduleRow } from "./schedules.ts";
import type { Db, PromptSource } from "./schema.ts";
import { readSiteSettings, type SiteSettings, UNCONFIGURED } from "./site-settings.ts";
import { gatewayName, listNumbers, listTrunks } from "./trunks.ts";

interface PromptTake {
  language: Language;
  name: string;
  source: PromptSource;
  path: string;
  durationMs: number | null;
}

export interface SiteConfiguration extends RoutingConfiguration<FlowDocument> {
  /** False before the first start is done; what the rest says then is harmless. */
  isSetUp: boolean;
  site: SiteSettings;
  promptTakes: PromptTake[];
  /** Trunks that were unfrozen by hand, with when, Unix ms. */
  unfrozen: { gateway: string; atMs: number }[];
}

/** Raised when the shape of SiteConfiguration changes: an older file is not read. */
const FORMAT = 9;
/** Versions that were replaced so long ago are no longer kept for calls that began on them; no call stays in a flow for longer. */
const FORMER_FLOWS_MS = 24 * 60 * 60_000;

export interface SnapshotLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
}

const WRITE_RETRY_MS = 5_000;

/**
 * All that routing needs, in memory and in a file: calls are routed by it and never wait for the database. It is read anew after each
 * change that the panel makes, and when the database comes back.
 */
export class ConfigurationSnapshot {
  readonly #db: Db;
  readonly #file: string;
  readonly #log: SnapshotLogger;
  readonly #listeners = new Set<(configuration: SiteConfiguration) => void>();
  #current: SiteConfiguration = unconfigured();
  #text = "";
  /** The file is behind what is in force. */
  #isOwed = false;
  #work: Promise<void> = Promise.resolve();

  constructor(options: { db: Db; file: string; log: SnapshotLogger }) {
    this.#db = options.db;
    this.#file = options.file;
    this.#log = options.log;
  }

  /** Never changed in place: who holds it keeps what it was. */
  get current(): SiteConfiguration {
    return this.#current;
  }

  onChange(listener: (configuration: SiteConfiguration) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes what the file says, if there is one. To be called first; `refresh` follows when the database answers.
   * @returns whether there was one
   */
  async readFile(): Promise<boolean> {
    try {
      const read = await readSnapshot(this.#file);
      this.#current = read ?? this.#current;
      return read !== null;
    } catch (error) {
      this.#log.warn({ err: error }, "the configuration's copy on disk cannot be read");
      return false;
    }
  }

  /** Reads the database and tells listeners if anything changed. @throws what the database throws; the old one stays then */
  async refresh(): Promise<void> {
    const work = this.#work.then(() => this.#refreshOnce());
    // The next one does not care how this one ended; its caller does.
    this.#work = work.catch(() => undefined);
    await work;
  }

  async #refreshOnce(): Promise<void> {
    const configuration = await readConfiguration(this.#db);
    const text = JSON.stringify({ format: FORMAT, configuration });
    if (text === this.#text) {
      // Somebody asked, so it is not waited for until the place is looked at again.
      if (this.#isOwed) await this.#writeFile(text);
      return;
    }
    this.#text = text;
    this.#current = configuration;
    await this.#writeFile(text);
    for (const listener of this.#listeners) listener(configuration);
  }

  /** A full disk must not keep a change from taking effect. */
  async #writeFile(text: string): Promise<void> {
    const beside = `${this.#file}.new`;
    try {
      const file = await open(beside, "w", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, this.#file);
      const directory = await open(dirname(this.#file), "r");
      await directory.sync();
      await directory.close();
      if (this.#isOwed) this.#log.info({}, "the configuration's copy on disk is up to date again");
      this.#isOwed = false;
    } catch (error) {
      if (!this.#isOwed) this.#log.warn({ err: error }, "the configuration's copy on disk could not be written");
      this.#isOwed = true;
      setTimeout(() => this.#writeOwed(text), WRITE_RETRY_MS).unref();
    }
  }

  /** Unless something newer has been written, or is about to be. */
  #writeOwed(text: string): void {
    this.#work = this.#work.then(async () => {
      if (text === this.#text) await this.#writeFile(text);
    });
  }
}

/** What the file says; null when there is none, or one of another version. @throws SyntaxError, and file errors */
export async function readSnapshot(file: string): Promise<SiteConfiguration | null> {
  try {
    const { format, configuration } = JSON.parse(await readFile(file, "utf8")) as {
      format: unknown;
      configuration: SiteConfiguration;
    };
    return format === FORMAT ? configuration : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function unconfigured(): SiteConfiguration {
  const flow = buildFlow(DEFAULT_FLOW, 0, usualSimpleFlow({ ...usualHours(), alwaysOpen: true }));
  return {
    isSetUp: false,
    site: UNCONFIGURED,
    operators: [],
    trunks: [],
    numbers: [],
    schedules: [plainSchedule({ ...usualHours(), alwaysOpen: true })],
    flow,
    flows: [flow],
    formerFlows: [],
    outgoing: USUAL_OUTGOING,
    promptTakes: [],
    unfrozen: [],
  };
}

async function readConfiguration(db: Db): Promise<SiteConfiguration> {
  // One moment's picture: a change that is made meanwhile is in all parts or in none.
  return await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (tx) => {
      const site = await readSiteSettings(tx);
      const { flows, formerFlows } = await readFlowsForRouting(tx, new Date(Date.now() - FORMER_FLOWS_MS));
      const nothing = unconfigured();
      const operators = await listOperators(tx);
      const trunks = await listTrunks(tx);
      const numbers = await listNumbers(tx);
      const schedules = await listSchedules(tx);
      const terms = await readTrunkTerms(tx);
      const unfreezes = await readUnfreezes(tx);
      const takes = await tx
        .selectFrom("prompts")
        .select(["language", "name", "source", "path", "duration_ms as durationMs"])
        .where("path", "is not", null)
        .orderBy("language")
        .orderBy("name")
        .execute();
      return {
        isSetUp: site !== null,
        site: site ?? nothing.site,
        operators: operators.map(({ operatorId, name, extension: digits, isEnabled, language, mayDial }) => ({
          operatorId,
          name,
          extension: extension(digits),
          isEnabled,
          language,
          mayDial,
        })),
        trunks: trunks.map(({ trunkId, name, kind, isEnabled, channels, outgoing, incoming }) => ({
          ...{ trunkId, name, kind, isEnabled, channels, outgoing, incoming },
          gateway: gatewayName(trunkId),
          ...(terms.get(trunkId) ?? USUAL_TERMS),
        })),
        schedules: schedules.map((schedule) => withHolidays(schedule, site?.language ?? nothing.site.language)),
        numbers: numbers.map(({ numberId: _numberId, ...number }) => number),
        flow: flows.find(({ id }) => id === DEFAULT_FLOW) ?? nothing.flow,
        flows,
        formerFlows,
        outgoing: await readOutgoing(tx, (site ?? nothing.site).country),
        unfrozen: [...unfreezes].map(([trunkId, atMs]) => ({ gateway: gatewayName(trunkId), atMs })),
        promptTakes: takes.flatMap(({ path, ...take }) => (path === null ? [] : [{ ...take, path }])),
      };
    });
}

/** Plain dates: whoever routes a call knows no calendar. The nightly refresh carries them on. */
function withHolidays(schedule: ScheduleRow, language: Language): Schedule {
  const { country, exceptions } = schedule.holidays;
  const days = country === null ? [] : holidaysAround(country, Date.now(), language);
  return { ...schedule, holidays: { country, exceptions, days } };
}
