/** The panel's API on a real socket with a real database; what the switch, prompts and recordings would say is the test's to say. */
import { EventEmitter } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AccessKeeper } from "../bans/access-keeper.ts";
import { BanKeeper } from "../bans/ban-keeper.ts";
import type { CheckNow } from "../calls/health.ts";
import { LANGUAGES } from "../calls/language.ts";
import type { FreezeReason } from "../calls/outgoing.ts";
import { SecretFiles } from "../config/secret-files.ts";
import { ConfigurationSnapshot } from "../database/configuration-snapshot.ts";
import { DatabaseWatch } from "../database/database-watch.ts";
import type { Db } from "../database/schema.ts";
import { SecurityUpdates } from "../health/security-updates.ts";
import { createApi } from "../http/api.ts";
import type { ApiDeps } from "../http/deps.ts";
import { EventHub } from "../http/event-hub.ts";
import type {
  ApplyResult,
  BackupOffice,
  BoxOffice,
  DiskStatus,
  LiveBoard,
  LiveCall,
  OperatorPresence,
  PromptLibrary,
  RecordingFile,
  RecordingPeaks,
  SwitchStatus,
  TrunkAccount,
  TrunkStatus,
  UpdateOffice,
} from "../http/ports.ts";
import { serveHttp, type TlsIdentity } from "../http/server.ts";
import { HttpLookUps } from "../look-ups/http-look-ups.ts";
import { HttpVoice } from "../prompts/http-voice.ts";
import { PROMPT_NAMES } from "../prompts/prompt-names.ts";
import { SpokenTexts } from "../prompts/spoken-texts.ts";
import { testTrunk } from "../sip/trunk-test.ts";
import { SwitchInstall } from "../switch-install/switch-install.ts";
import { PanelClient } from "./panel-client.ts";
import { type KeptLog, keptLog } from "./quiet-log.ts";
import { quietWorld } from "./routing.ts";
import { withTemporaryDir } from "./temporary.ts";
import { withTestDatabase } from "./test-database.ts";

class ScriptedBoard implements LiveBoard {
  liveCalls: LiveCall[] = [];
  presences: OperatorPresence[] = [];
  trunkStates: TrunkStatus[] = [];
  status: SwitchStatus = {
    connected: true,
    software: "FreeSWITCH 1.11.1",
    isLab: false,
    reason: null,
    since: "2026-11-22T10:00:00.000Z",
  };
  readonly #changes = new EventEmitter<{ change: ["calls" | "presence" | "trunks" | "switch"] }>();

  calls = () => this.liveCalls;
  presence = () => this.presences;
  trunks = () => this.trunkStates;
  isLineDown = (gateway: string) =>
    this.trunkStates.some(({ id, state }) => gateway === `trunk-${id}` && state !== "registered" && state !== "idle");
  switch = () => this.status;
  onChange(listener: (what: "calls" | "presence" | "trunks" | "switch") => void): () => void {
    this.#changes.on("change", listener);
    return () => this.#changes.off("change", listener);
  }
  changed(what: "calls" | "presence" | "trunks" | "switch"): void {
    this.#changes.emit("change", what);
  }
}

export interface TestApi {
  db: Db;
  dataDir: string;
  origin: string;
  /** Of HTTPS, if it was asked for. */
  securePort: number | null;
  panel: PanelClient;
  board: ScriptedBoard;
  events: EventHub;
  configuration: ConfigurationSnapshot;
  watch: DatabaseWatch;
  secrets: SecretFiles;
  log: KeptLog;
  /** Which limit every trunk has reached. */
  outgoing: { frozenAs: FreezeReason | null };
  /** What the panel is told of the box. */
  box: { disk: DiskStatus; checks: CheckNow[] };
  recordings: Map<string, { file: RecordingFile; peaks: RecordingPeaks }>;
  /** What the switch was given last, and what it says to the next trunks. */
  switch: {
    phones: readonly { extension: string; ha1: string }[];
    trunks: readonly TrunkAccount[];
    answer: ApplyResult;
  };
  bans: BanKeeper;
  /** A request as from another address; `path` with `/api`. */
  from: (address: string, path: string, init?: RequestInit) => Promise<Response>;
  /** A panel of somebody else: no cookie yet. */
  newPanel: () => PanelClient;
  stop: () => Promise<void>;
}

export const SETUP = {
  language: "ka",
  timeZone: "Asia/Tbilisi",
  country: "GE",
  firmName: "თბილისის მაღაზია",
  admin: { name: "Owner", login: "owner", password: "a long enough password" },
  operators: [
    { name: "Nino", extension: "101" },
    { name: "Gia", extension: "102" },
  ],
  trunk: null,
  number: "0322 11 22 33",
};

const take = { source: "voice", durationMs: 2_000, updatedAt: "2026-11-22T10:00:00.000Z", problem: null } as const;
const spokenTakes = { ka: take, ru: take, mn: null, en: take };

const spokenLibrary: PromptLibrary = {
  languages: async () =>
    LANGUAGES.map((language) => ({ language, isComplete: language !== "mn", hasVoice: language !== "mn" })),
  prompts: () =>
    Promise.resolve(
      PROMPT_NAMES.map((name) => ({
        name,
        title: null,
        texts: { ka: "", ru: "", mn: "", en: "" },
        takes: spokenTakes,
      })),
    ),
  file: () => Promise.resolve(null),
  upload: () => Promise.reject(new Error("not in this test")),
  takes: () => Promise.resolve([]),
  takeFile: () => Promise.resolve(null),
  putBack: () => Promise.reject(new Error("not in this test")),
  speak: () => Promise.reject(new Error("not in this test")),
  removeUpload: () => Promise.resolve(null),
  add: () => Promise.reject(new Error("not in this test")),
  rename: () => Promise.reject(new Error("not in this test")),
  drop: () => Promise.resolve(),
};

export const noBackup: BackupOffice = {
  ...{ settings: null, running: null, runs: [], lastRestore: null },
  configure: () => Promise.reject(new Error("not in this test")),
  begin: () => false,
  cancel: () => undefined,
  isOnSameDisk: () => Promise.resolve(false),
  folders: () => Promise.resolve([]),
  snapshots: () => Promise.resolve([]),
  beginRestore: () => false,
  sshPublicKey: () => Promise.reject(new Error("not in this test")),
  problemOf: () => null,
};

export const noUpdates: UpdateOffice = {
  ...{ isBox: false, channel: null, channelProblem: null, offers: [], last: null, running: null, problem: null },
  restartMoment: null,
  configure: () => Promise.resolve(),
  find: () => Promise.resolve(),
  receive: () => Promise.resolve(),
  begin: () => undefined,
  restart: () => undefined,
  dismiss: () => undefined,
  problemOf: () => null,
};

const noBox: BoxOffice = {
  ...{ state: null, cards: [], leaving: null },
  ask: () => Promise.reject(new Error("not in this test")),
  leave: () => undefined,
  stay: () => undefined,
};

export async function startTestApi(
  db: Db,
  dataDir: string,
  changes: Partial<ApiDeps> = {},
  tls: TlsIdentity | null = null,
): Promise<TestApi> {
  const log = keptLog();
  const board = new ScriptedBoard();
  const events = new EventHub();
  const outgoing: TestApi["outgoing"] = { frozenAs: null };
  const world = quietWorld({
    trunk: (gateway) => ({ gateway, isUp: !board.isLineDown(gateway), inbound: 0, outbound: 0 }),
  });
  const configuration = new ConfigurationSnapshot({ db, file: join(dataDir, "snapshot.json"), log });
  const watch = new DatabaseWatch(db, { intervalMs: 100 });
  await watch.start();
  if (watch.isConnected) await configuration.refresh();
  else await configuration.readFile();
  const secrets = new SecretFiles(join(dataDir, "secrets"));
  const spokenTexts = new SpokenTexts({ dataDir, log });
  await spokenTexts.start();
  const recordings: TestApi["recordings"] = new Map();
  const box: TestApi["box"] = {
    disk: { level: "ok", freeBytes: 2 ** 40, totalBytes: 2 ** 41, freeMinutes: 500_000 },
    checks: [],
  };
  const given: TestApi["switch"] = { phones: [], trunks: [], answer: { ok: true } };
  const bans = new BanKeeper({
    ...{ db, log, file: join(dataDir, "bans"), nowMs: () => Date.now(), onChange: () => undefined },
    isExtension: (name) => configuration.current.operators.some(({ extension }) => extension === name),
    ownNetworks: () => [],
  });
  if (watch.isConnected) await bans.load();
  const access = new AccessKeeper({
    ...{ db, file: join(dataDir, "access"), firewallStateDir: join(dataDir, "firewall") },
    localNetworksFile: join(dataDir, "local-networks"),
    ...{ trunkSources: () => [], ownNetworks: () => [] },
  });
  const panelDir = join(dataDir, "panel");
  await mkdir(join(panelDir, "assets"), { recursive: true });
  await writeFile(join(panelDir, "index.html"), "<!doctype html><title>Hotline</title>");
  await writeFile(join(panelDir, "assets", "app-1a2b3c.js"), `console.log(${JSON.stringify("hotline ".repeat(500))});`);
  const api = createApi({
    version: "0.1.0",
    db,
    database: watch,
    health: {
      database: () => ({ connected: watch.isConnected, reason: watch.isConnected ? null : "away" }),
      disk: () => box.disk,
      onChange: (listener) => watch.onChange(() => listener("database")),
    },
    backup: noBackup,
    updates: noUpdates,
    bans: { keeper: bans, access },
    box: noBox,
    supportFile: () => Promise.reject(new Error("not in this test")),
    gauges: () => ({
      ...{ callsBegun: 3, callsEnded: { talked: 2 }, journalWaiting: 0 },
      lagSeconds: { median: 0, p99: 0.01, most: 0.02 },
    }),
    checks: { now: () => box.checks, lookNow: () => Promise.resolve() },
    configuration,
    live: board,
    outgoing: {
      world,
      worldAt: () => world,
      frozen: () => outgoing.frozenAs,
      countedFromMs: () => 0,
    },
    switchConfiguration: {
      applyOperators: async (phones) => {
        given.phones = phones;
      },
      applyTrunks: async (trunks) => {
        if (given.answer.ok) given.trunks = trunks;
        return given.answer;
      },
    },
    testTrunk: async (trunk) => await testTrunk(trunk),
    trunkWatch: { now: () => null },
    syntheticCalls: { isRunning: false, hasSecondTrunk: false, begin: () => true },
    switchInstall: new SwitchInstall(null),
    securityUpdates: new SecurityUpdates(dataDir, join(dataDir, "no-box/state.json")),
    prompts: spokenLibrary,
    spokenTexts,
    phoneRecorder: { begin: () => ({ ok: false, reason: "switch-away" }), state: () => null },
    httpVoice: new HttpVoice({ allowed: [] }),
    lookUps: new HttpLookUps([]),
    recordings: {
      file: async (id) => recordings.get(id)?.file ?? null,
      peaks: async (id) => recordings.get(id)?.peaks ?? null,
    },
    secrets,
    https: null,
    phoneServer: () => ({ host: "192.0.2.7", port: 5060 }),
    panelDir,
    log,
    events,
    ...changes,
  });
  const http = await serveHttp(api, { host: "127.0.0.1", port: 0 });
  const secure = tls && (await serveHttp(api, { host: "127.0.0.1", port: 0 }, tls));
  const origin = `http://127.0.0.1:${http.port}`;
  return {
    db,
    dataDir,
    origin,
    securePort: secure?.port ?? null,
    board,
    events,
    configuration,
    watch,
    secrets,
    log,
    outgoing,
    box,
    recordings,
    switch: given,
    bans,
    from: async (address, path, init) =>
      await api.fetch(new Request(`${origin}${path}`, init), { incoming: { socket: { remoteAddress: address } } }),
    panel: new PanelClient(origin),
    newPanel: () => new PanelClient(origin),
    stop: async () => {
      await http.stop();
      await secure?.stop();
      await bans.stop();
      await watch.stop();
    },
  };
}

/** An API of a firm that is not set up yet. */
export async function withEmptyApi<Result>(
  work: (api: TestApi) => Promise<Result>,
  changes: Partial<ApiDeps> = {},
): Promise<Result> {
  return await withTestDatabase(async ({ db }) =>
    withTemporaryDir(async (dataDir) => {
      const api = await startTestApi(db, dataDir, changes);
      try {
        return await work(api);
      } finally {
        await api.stop();
      }
    }),
  );
}

/** An API of a firm with two operators, whose admin is signed in. */
export async function withApi<Result>(
  work: (api: TestApi) => Promise<Result>,
  changes: Partial<ApiDeps> = {},
): Promise<Result> {
  return await withEmptyApi(async (api) => {
    await api.panel.post("/setup", SETUP);
    return await work(api);
  }, changes);
}
