/**
 * A whole firm on loopback: a switch (the lab's or FreeSWITCH), the real daemon in its own process, a database, operators' phones and
 * callers. What a test asserts goes in by SIP and comes out by sound and by the panel's API.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { cp, mkdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Language } from "../calls/language.ts";
import { readConfig } from "../config/config.ts";
import { startPrivateCluster } from "../database/private-cluster.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import { type SimpleFlow, usualSimpleFlow } from "../flows/ivr/simple-flow.ts";
import { EslConnection } from "../freeswitch/esl-connection.ts";
import type { SwitchSettings } from "../freeswitch/generated-config.ts";
import { findFreeSwitch, type RunningSwitch, startFreeSwitch } from "../freeswitch/launch.ts";
import { KeptRunning } from "../keep-running.ts";
import { SAMPLE_RATE } from "../lab/media/g711.ts";
import { generate, markerTone, PROMPT_TONE_COUNT, promptTone, type Tone } from "../lab/media/tones.ts";
import { encodeWav } from "../lab/media/wav.ts";
import { type CallOptions, hearEachOther, ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { startLabProcess } from "../lab-process.ts";
import { PROMPT_NAMES } from "../prompts/prompt-names.ts";
import { TakeShelf } from "../prompts/take-shelf.ts";
import { promptTexts, USUAL_FACTS } from "../prompts/texts.ts";
import { takeKey } from "../prompts/voice.ts";
import { lastSwitchSettings } from "../switch-settings.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { PanelClient } from "./panel-client.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { freeTcpPort, freeUdpPort, temporaryDir } from "./temporary.ts";
import { type KillableDatabase, openKillableDatabase, openTestDatabase } from "./test-database.ts";
import { until } from "./until.ts";

const E2E_SWITCH: "lab" | "freeswitch" = process.env["HOTLINE_E2E_SWITCH"] === "freeswitch" ? "freeswitch" : "lab";
const CONFIGURATION_DIR = fileURLToPath(new URL("../../freeswitch-conf", import.meta.url));
const LOOPBACK = "127.0.0.1";
const PROMPT_MS = 1_000;
const ASK_MS = 5_000;
const RTP_PORTS_A_SITE = 400;

/** Prompts that scenarios tell apart by ear; each is a pair of tones that no other has. */
const HEARD_PROMPTS = [
  "greeting",
  "menu",
  "information",
  "closed",
  "connecting",
  "still-waiting",
  "no-answer",
  "no-input",
  "wrong-input",
  "goodbye",
  "one-moment",
  "fallback",
  "leave-message",
  "redial-missed-call",
  "redial-press-1",
  "message-saved",
  "hours-closed",
  "hours-open",
  "hours-plan",
  "hours-not-changed",
] as const;
/** What an operator hears who records a prompt; the last tones that there are. */
const RECORD_PROMPTS = ["record-invite", "record-choose", "record-kept"] as const;
type HeardDigit = `digit-${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;
export type HeardPrompt =
  | (typeof HEARD_PROMPTS)[number]
  | (typeof RECORD_PROMPTS)[number]
  | HeardDigit
  | "choose-language-1"
  | "choose-language-2";
const HEARD_DIGITS = ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const).map((digit) => `digit-${digit}` as const);
const TONES: readonly `${HeardPrompt}.${Language}`[] = [
  ...HEARD_PROMPTS.map((name) => `${name}.en` as const),
  ...HEARD_DIGITS.map((name) => `${name}.en` as const),
  ...(["redial-missed-call", "redial-press-1", ...HEARD_DIGITS] as const).map((name) => `${name}.ka` as const),
  "choose-language-1.en",
  "choose-language-2.ru",
  ...(["greeting", "menu", "information", "connecting", "goodbye", "closed", "no-answer"] as const).map(
    (name) => `${name}.ru` as const,
  ),
  ...RECORD_PROMPTS.map((name) => `${name}.en` as const),
];

export function toneOf(prompt: HeardPrompt, language: Language = "en"): Tone {
  const index = TONES.indexOf(`${prompt}.${language}`);
  if (index < 0) throw new Error(`no tone stands for ${prompt} in ${language}`);
  return promptTone(index);
}

/** Both speak, and each hears the other: only then is there a conversation, whatever SIP says. */
export async function converse(one: PhoneCall, other: PhoneCall): Promise<void> {
  await Promise.all([one.until("talking"), other.until("talking")]);
  one.sendMarkers(0);
  other.sendMarkers(1);
  await hearEachOther(one, other);
}

/** The conversation goes on: each hears the other speak anew, second after second. */
export async function converseOn(one: PhoneCall, other: PhoneCall, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await Promise.all([hearsAnew(one, other), hearsAnew(other, one)]);
  }
}

async function hearsAnew(listener: PhoneCall, speaker: PhoneCall): Promise<void> {
  const { name } = markerTone(speaker.markerIndex ?? 0);
  const since = listener.ear.nowMs;
  await until(`${name} is heard anew`, () =>
    listener.ear.log.some((heard) => heard.tone === name && heard.fromMs > since),
  );
}

export interface LoggedCall {
  callId: string;
  direction: string;
  outcome: string | null;
  caller: { number: string; name: string; formatted: string; e164: string | null; isHidden: boolean };
  dialled: string;
  operatorName: string | null;
  waitSeconds: number | null;
  talkSeconds: number | null;
  language: string | null;
  trunkName: string | null;
  legs: {
    legId: string;
    role: string;
    number: string;
    answeredAt: string | null;
    endedAt: string | null;
    hangupCause: string | null;
    sipStatus: number | null;
    trunkName: string | null;
  }[];
  timeline: { at: string; kind: string; data: Record<string, string | number | null> }[];
  recordings: {
    recordingId: string;
    state: string;
    durationMs: number | null;
    bytes: number | null;
    sha256: string | null;
    problem: string | null;
  }[];
}

export interface SiteOptions {
  /** Extensions of the operators, in order. */
  operators?: readonly string[];
  flow?: Partial<SimpleFlow>;
  callerLanguages?: readonly Language[];
  /** The daemon reaches the switch through a proxy that the test can cut. */
  isProxied?: boolean;
  /** `killable`: a server of the site's own. `private`: the one that the daemon makes and runs itself. A part of the tests' common one if not given. */
  database?: "killable" | "private";
  /** Servers on this machine that call flows may ask, as `host:port`. */
  lookUpsAllowed?: readonly string[];
  /** Everything that the firm keeps lies on a disk of this size. */
  diskBytes?: number;
  /** Where the switch and its phones' and trunks' ports are; loopback if not given. */
  sipAddress?: string;
  /** What Node runs as the daemon, in the place of what the run has built. */
  daemonProgram?: readonly string[];
  /** Further variables of the daemon. */
  daemonEnvironment?: Readonly<Record<string, string>>;
}

interface PhoneSettings {
  operatorId: number;
  extension: string;
  sipUser: string;
  sipPassword: string;
}

const usualFlow = (flow: Partial<SimpleFlow>): SimpleFlow => ({
  ...usualSimpleFlow({ ...usualHours(), alwaysOpen: true }),
  voicemail: { isEnabled: false },
  ...flow,
});

export class Site {
  readonly dataDir: string;
  /** Null: a private one. */
  readonly databaseUrl: string | null;
  readonly daemon: DaemonProcess;
  /** Of the daemon, for other programs of a box. */
  readonly environment: Readonly<Record<string, string>>;
  readonly panel: PanelClient;
  readonly proxy: TcpProxy | null;
  readonly database: KillableDatabase | null;
  /** Where `diskBytes` were asked for. */
  readonly disk: SmallDisk | null;
  readonly trunkPort: number;
  readonly trunkTlsPort: number;
  readonly phonePort: number;
  readonly #sipAddress: string;
  readonly #eventSocketPort: number;
  switch: RunningSwitch;
  phones: readonly PhoneSettings[] = [];
  readonly #startSwitch: () => Promise<RunningSwitch>;
  readonly #opened: ScriptedPhone[] = [];
  readonly #closers: (() => Promise<void>)[];
  #callers = 0;
  #trunk: ScriptedPhone | null = null;
  #kept: KeptRunning | null = null;

  private constructor(parts: {
    dataDir: string;
    databaseUrl: string | null;
    daemon: DaemonProcess;
    environment: Readonly<Record<string, string>>;
    proxy: TcpProxy | null;
    database: KillableDatabase | null;
    disk: SmallDisk | null;
    trunkPort: number;
    trunkTlsPort: number;
    phonePort: number;
    sipAddress: string;
    eventSocketPort: number;
    running: RunningSwitch;
    startSwitch: () => Promise<RunningSwitch>;
    closers: (() => Promise<void>)[];
  }) {
    this.dataDir = parts.dataDir;
    this.databaseUrl = parts.databaseUrl;
    this.daemon = parts.daemon;
    this.environment = parts.environment;
    this.panel = new PanelClient(parts.daemon.origin);
    this.proxy = parts.proxy;
    this.database = parts.database;
    this.disk = parts.disk;
    this.trunkPort = parts.trunkPort;
    this.trunkTlsPort = parts.trunkTlsPort;
    this.phonePort = parts.phonePort;
    this.#sipAddress = parts.sipAddress;
    this.#eventSocketPort = parts.eventSocketPort;
    this.switch = parts.running;
    this.#startSwitch = parts.startSwitch;
    this.#closers = parts.closers;
  }

  /** A firm that is set up, with its prompts, its operators' phones registered and the switch connected. */
  static async open(options: SiteOptions = {}): Promise<Site> {
    const site = await Site.openBare(options);
    try {
      await site.daemon.start();
      await site.#setUp(options);
      await site.untilConnected();
      return site;
    } catch (error) {
      // What runs on its own would go on running.
      await site.close();
      throw error;
    }
  }

  /** The switch runs, the daemon does not yet. */
  static async openBare(options: SiteOptions = {}): Promise<Site> {
    const disk = options.diskBytes === undefined ? null : await mountSmallDisk(options.diskBytes);
    const dir = disk ?? (await temporaryDir());
    const killable = options.database === "killable" ? await openKillableDatabase() : null;
    const database =
      killable ?? (options.database === "private" ? privateDatabase(dir.path) : await openTestDatabase());
    const [eventSocketPort, httpPort, trunkTlsPort] = [await freeTcpPort(), await freeTcpPort(), await freeTcpPort()];
    const [phonePort, trunkPort] = [await freeUdpPort(), await freeUdpPort()];
    const rtp = await reserveRtpPorts();
    const env = (socketPort: number) => ({
      HOTLINE_DATA_DIR: dir.path,
      HOTLINE_BOX_DIR: join(dir.path, "box"),
      HOTLINE_HTTP_HOST: LOOPBACK,
      HOTLINE_HTTP_PORT: `${httpPort}`,
      ...(database.url === null ? {} : { DATABASE_URL: database.url }),
      EVENT_SOCKET_PORT: `${socketPort}`,
      HOTLINE_SIP_HOST: options.sipAddress ?? LOOPBACK,
      HOTLINE_PHONE_SIP_PORT: `${phonePort}`,
      HOTLINE_TRUNK_SIP_PORT: `${trunkPort}`,
      HOTLINE_TRUNK_TLS_PORT: `${trunkTlsPort}`,
      HOTLINE_RTP_PORTS: `${rtp.first}-${rtp.last}`,
      HOTLINE_LOOK_UPS_ALLOWED: (options.lookUpsAllowed ?? []).join(","),
    });
    const config = readConfig(env(eventSocketPort));
    const startSwitch = async () => await startTheSwitch(await lastSwitchSettings(config));
    await putTones(dir.path);
    const running = await startSwitch();
    const proxy = options.isProxied ? await TcpProxy.open(eventSocketPort) : null;
    const daemon = new DaemonProcess(
      { ...env(proxy?.port ?? eventSocketPort), ...options.daemonEnvironment },
      httpPort,
      options.daemonProgram === undefined ? {} : { program: options.daemonProgram },
    );
    const closers = [async () => await proxy?.close(), () => database.close(), () => dir.remove(), () => rtp.release()];
    const sipAddress = options.sipAddress ?? LOOPBACK;
    const ports = { sipAddress, trunkPort, trunkTlsPort, phonePort, eventSocketPort };
    return new Site({
      dataDir: dir.path,
      databaseUrl: database.url,
      daemon,
      environment: env(eventSocketPort),
      proxy,
      database: killable,
      disk,
      ...ports,
      running,
      startSwitch,
      closers,
    });
  }

  /** Where root would take requests, and say how the machine stands; nobody does, unless a test puts itself there. */
  get boxDir(): string {
    return join(this.dataDir, "box");
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((phone) => phone.close()));
    await this.daemon.stop();
    await (this.#kept ?? this.switch).stop();
    for (const closer of this.#closers) await closer();
  }

  /** A console command of the switch; what it says. */
  async askSwitch(command: string): Promise<string> {
    const socket = new EslConnection({ host: LOOPBACK, port: this.#eventSocketPort, secret: this.switch.secret });
    await socket.open(ASK_MS);
    try {
      return await socket.api(command, ASK_MS);
    } finally {
      socket.close();
    }
  }

  async startSwitchAgain(): Promise<void> {
    this.switch = await this.#startSwitch();
  }

  /** From here on the switch is started again when it ends, as by `make run` and on the box. */
  async keepSwitchRunning(): Promise<void> {
    let isFirst = true;
    const start = async () => {
      if (!isFirst) await this.startSwitchAgain();
      isFirst = false;
      return this.switch;
    };
    this.#kept = new KeptRunning({ name: "the switch", start, say: (text) => console.log(text) });
    await this.#kept.start();
  }

  async untilConnected(timeoutMs = 15_000): Promise<void> {
    await until(
      "the daemon is connected with the switch",
      async () => {
        const { switch: state } = await this.panel.get<{ switch: { connected: boolean } }>("/status");
        return state.connected;
      },
      timeoutMs,
    );
  }

  /** An operator's phone, registered; it rings until the test says what it does. */
  async operator(extension: string): Promise<ScriptedPhone> {
    const settings = this.phones.find((phone) => phone.extension === extension);
    if (!settings) throw new Error(`no operator has extension ${extension}`);
    const phone = await this.phone(settings.sipUser, settings.sipPassword);
    await phone.register();
    await this.untilPresence(extension, (presence) => presence.isRegistered);
    return phone;
  }

  async phone(user: string, password: string): Promise<ScriptedPhone> {
    const server = { address: this.#sipAddress, port: this.phonePort };
    const phone = await ScriptedPhone.open({ server, domain: "hotline", user, password });
    this.#opened.push(phone);
    return phone;
  }

  async untilPresence(
    extension: string,
    isAsWanted: (presence: { isRegistered: boolean; state: string }) => boolean,
  ): Promise<void> {
    await until(`phone ${extension} is as wanted`, async () => {
      const all =
        await this.panel.get<{ extension: string; isRegistered: boolean; state: string }[]>("/operators/presence");
      const one = all.find((presence) => presence.extension === extension);
      return one !== undefined && isAsWanted(one);
    });
  }

  /** A number that nobody in this site has called from before. */
  newNumber(): string {
    this.#callers += 1;
    return `5991${String(10_000 + this.#callers).padStart(5, "0")}`;
  }

  /** Somebody dials the firm's number. Resolves at once; wait for `talking`. */
  async callIn(options: CallOptions = {}): Promise<PhoneCall & { number: string }> {
    this.#trunk ??= await this.#openTrunk();
    const number = this.newNumber();
    const call = await this.#trunk.call("0322112233", { from: { number, name: "Caller" }, ...options });
    return Object.assign(call, { number });
  }

  /** The call's entry in the log, once it has ended there. */
  async logged(
    number: string,
    isAsWanted: (call: LoggedCall) => boolean = (call) => call.outcome !== null,
  ): Promise<LoggedCall> {
    return await until(`the call of ${number} is in the log as wanted`, async () => {
      const calls = await this.callsOf(number);
      const first = calls[0];
      if (first === undefined) return null;
      const call = await this.panel.get<LoggedCall>(`/calls/${first.callId}`);
      return isAsWanted(call) ? call : null;
    });
  }

  async callsOf(number: string): Promise<{ callId: string; outcome: string | null }[]> {
    const { calls } = await this.panel.get<{ calls: { callId: string; outcome: string | null }[] }>(
      `/calls?q=${number}`,
    );
    return calls;
  }

  /**
   * Somebody calls while the daemon is away, and hears that they are connected without it. Before the switch has noticed callers are still
   * given to the daemon; they hang up again.
   */
  async callIntoFallback(from?: { number: string; name: string }): Promise<PhoneCall & { number: string }> {
    return await until(
      "the switch has noticed that the daemon is gone",
      async () => {
        const call = await this.callIn(from === undefined ? {} : { from });
        const isHeard = await call.ear.hears(toneOf("fallback"), { timeoutMs: 2_500 }).then(
          () => true,
          () => false,
        );
        if (isHeard) return call;
        await call.hangUp();
        return null;
      },
      20_000,
    );
  }

  async setFlow(flow: Partial<SimpleFlow>): Promise<void> {
    await this.panel.put("/flow", usualFlow(flow));
  }

  /** Resolves when the switch knows of it too, and of everything that was changed before. */
  async switchRecording(recordCalls: boolean): Promise<void> {
    const settings = await this.panel.get<Record<string, unknown>>("/settings");
    await this.panel.put("/settings", { ...settings, recordCalls });
    await until("the switch knows whether calls are recorded", async () => {
      return (await this.askSwitch("global_getvar hotline_record_calls")).trim() === String(recordCalls);
    });
  }

  async liveCalls(): Promise<{ callId: string; phase: string; caller: { number: string } }[]> {
    return await this.panel.get("/calls/live");
  }

  /**
   * Between scenarios: whoever still has a call hangs up, and nothing is left on the board. Calls that nobody in the last scenario waited for
   * are not the next one's.
   */
  async untilQuiet(): Promise<void> {
    for (const phone of this.#opened) {
      for (const call of phone.liveCalls) await call.hangUp();
      phone.incoming.clear();
      phone.behaviour = { type: "ring" };
    }
    await until("all calls have ended", async () => (await this.liveCalls()).length === 0);
    for (const phone of this.#opened) phone.incoming.clear();
  }

  async #openTrunk(): Promise<ScriptedPhone> {
    const phone = await ScriptedPhone.open({
      server: { address: this.#sipAddress, port: this.trunkPort },
      user: "trunk",
    });
    this.#opened.push(phone);
    return phone;
  }

  async #setUp(options: SiteOptions): Promise<void> {
    const operators = options.operators ?? ["101", "102"];
    const { phones } = await this.panel.post<{ phones: PhoneSettings[] }>("/setup", {
      ...{ language: "en", timeZone: "Asia/Tbilisi", country: "GE", firmName: "Test" },
      admin: { name: "Owner", login: "owner", password: "a long enough password" },
      operators: operators.map((extension) => ({ name: `Operator ${extension}`, extension })),
      ...{ trunk: null, number: "0322112233" },
    });
    this.phones = phones;
    const settings = await this.panel.get<Record<string, unknown>>("/settings");
    await this.panel.put("/settings", { ...settings, callerLanguages: options.callerLanguages ?? ["en"] });
    await this.setFlow(options.flow ?? {});
  }
}

/** Prompts that a test can tell apart, on the shelf before the daemon starts: it finds them said already and speaks nothing. */
async function putTones(dataDir: string): Promise<void> {
  const shelf = new TakeShelf(join(dataDir, "prompts"));
  await shelf.load();
  for (const language of ["ka", "ru", "en"] as const) {
    const texts = promptTexts(language, USUAL_FACTS);
    for (const name of PROMPT_NAMES) {
      const index = TONES.indexOf(`${name}.${language}` as (typeof TONES)[number]);
      const pcm = generate(promptTone(index < 0 ? PROMPT_TONE_COUNT - 1 : index), { ms: PROMPT_MS });
      const sound = { wav: encodeWav({ sampleRate: SAMPLE_RATE, channels: [pcm] }), durationMs: PROMPT_MS };
      const key = takeKey(language, texts[name]);
      const voice = { ...(await shelf.write(language, name, sound, key)), key };
      // As an upload it stays what callers hear when the flow, and with it the sentence, changes.
      await shelf.change(language, name, { voice, upload: await shelf.write(language, name, sound) });
    }
  }
}

/** The daemon's own: stopped with it, or here when the daemon was killed. */
function privateDatabase(dataDir: string) {
  const close = async () => {
    const isLeftOver = await stat(join(dataDir, "database", "postmaster.pid")).then(
      () => true,
      () => false,
    );
    if (isLeftOver) await (await startPrivateCluster({ dataDir })).stop();
  };
  return { url: null, close };
}

/** A range that no other site has, also not of another run: its first port stays bound as long as the site is open. */
async function reserveRtpPorts(): Promise<{ first: number; last: number; release: () => Promise<void> }> {
  for (;;) {
    const guard = 20_000 + Math.floor(Math.random() * 100) * RTP_PORTS_A_SITE;
    const socket = createSocket("udp4");
    const isOurs = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false)).bind(guard, LOOPBACK, () => resolve(true));
    });
    if (!isOurs) continue;
    const release = async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    };
    return { first: guard + 2, last: guard + RTP_PORTS_A_SITE - 1, release };
  }
}

async function startTheSwitch(settings: SwitchSettings): Promise<RunningSwitch> {
  if (E2E_SWITCH === "lab") return await startLabProcess({ configurationDir: CONFIGURATION_DIR, settings });
  const binary = await findFreeSwitch(process.env);
  if (binary === null) throw new Error("HOTLINE_E2E_SWITCH=freeswitch, but FreeSWITCH is not on PATH");
  // Its first start makes certificates, which takes about ten seconds: once a machine is enough for tests.
  const certificates = join(settings.dataDir, "freeswitch", "certs");
  const kept = join(tmpdir(), `hotline-test-certificates-${process.getuid?.() ?? 0}`);
  const isKept = await stat(join(kept, "dtls-srtp.pem")).then(
    () => true,
    () => false,
  );
  await mkdir(certificates, { recursive: true, mode: 0o700 });
  if (isKept) await cp(kept, certificates, { recursive: true });
  const running = await startFreeSwitch({ binary, configurationDir: CONFIGURATION_DIR, settings });
  if (!isKept) await cp(certificates, kept, { recursive: true });
  return running;
}
