/** A switch (the lab's or FreeSWITCH) with the product's configuration, phones and the wrapper, but without daemon and database. */
import { createHash } from "node:crypto";
import { cp, mkdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { extension } from "../calls/ids.ts";
import { FreeSwitch } from "../freeswitch/freeswitch-switch.ts";
import { applyOperators, type PhoneAccount, type SwitchSettings, switchPaths } from "../freeswitch/generated-config.ts";
import { findFreeSwitch, type RunningSwitch, startFreeSwitch } from "../freeswitch/launch.ts";
import { SAMPLE_RATE } from "../lab/media/g711.ts";
import { generate, promptTone } from "../lab/media/tones.ts";
import { encodeWav } from "../lab/media/wav.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { startLabProcess } from "../lab-process.ts";
import { freeTcpPort, freeUdpPort, temporaryDir } from "./temporary.ts";
import { until } from "./until.ts";

const CONFIGURATION_DIR = fileURLToPath(new URL("../../freeswitch-conf", import.meta.url));
const LOOPBACK = "127.0.0.1";
/** Prompts on disk are tones; this is each one's `promptTone`. */
export const PROMPT = { "one-moment": 0, fallback: 1, "leave-message": 2, menu: 3, information: 4 } as const;
const PROMPT_MS = 1000;

interface LogLine {
  words: string;
  data: Record<string, unknown>;
}

/** One connection to the switch, with everything that it heard. */
export class Listener {
  readonly port: FreeSwitch;
  readonly events: CallEvent[] = [];
  readonly log: LogLine[] = [];

  constructor(options: { eventSocketPort: number; secret: string; recordingsDir: string; messagesDir: string }) {
    const write = (data: Record<string, unknown>, words: string) => void this.log.push({ words, data });
    this.port = new FreeSwitch({
      host: LOOPBACK,
      port: options.eventSocketPort,
      secret: options.secret,
      recordingsDir: options.recordingsDir,
      messagesDir: options.messagesDir,
      // The two calls of pino's logger that the wrapper makes.
      log: { info: write, warn: write } as never,
    });
    this.port.onEvent((event) => this.events.push(event));
  }

  async connect(): Promise<this> {
    this.port.start();
    await until("connected with the switch", () => this.port.state.name === "connected", 15_000);
    return this;
  }

  /** The first event of this type for which `isWanted`, also one that has already come. */
  async hears<Type extends CallEvent["type"]>(
    type: Type,
    isWanted: (event: CallEventOf<Type>) => boolean = () => true,
    timeoutMs = 5000,
  ): Promise<CallEventOf<Type>> {
    const isIt = (event: CallEvent): event is CallEventOf<Type> =>
      event.type === type && isWanted(event as CallEventOf<Type>);
    return await until(`event ${type}`, () => this.events.find(isIt), timeoutMs);
  }
}

export class BareSwitch {
  readonly settings: SwitchSettings;
  readonly running: RunningSwitch;
  readonly main: Listener;
  readonly #remove: () => Promise<void>;
  readonly #phones: ScriptedPhone[] = [];
  readonly #listeners: Listener[] = [];

  private constructor(settings: SwitchSettings, running: RunningSwitch, remove: () => Promise<void>) {
    this.settings = settings;
    this.running = running;
    this.#remove = remove;
    this.main = this.listener();
  }

  /** Started, connected, and with these phones known (not yet registered). */
  static async open(extensions: readonly string[] = ["101", "102"]): Promise<BareSwitch> {
    const { path: dataDir, remove } = await temporaryDir();
    const promptsDir = join(dataDir, "prompts");
    await mkdir(join(promptsDir, "en"), { recursive: true });
    for (const [name, index] of Object.entries(PROMPT)) {
      const sound = { sampleRate: SAMPLE_RATE, channels: [generate(promptTone(index), { ms: PROMPT_MS })] };
      await writeFile(join(promptsDir, "en", `${name}.wav`), encodeWav(sound));
    }
    const rtpFirstPort = 40_000 + Math.floor(Math.random() * 100) * 200;
    const settings: SwitchSettings = {
      dataDir,
      promptsDir,
      eventSocketPort: await freeTcpPort(),
      sipAddress: LOOPBACK,
      phonesPort: await freeUdpPort(),
      trunksPort: await freeUdpPort(),
      trunksTlsPort: await freeTcpPort(),
      rtpFirstPort,
      rtpLastPort: rtpFirstPort + 198,
      codecs: ["PCMA", "PCMU"],
      language: "en",
      emergencyNumbers: ["112"],
      outsidePattern: "^([0-9]{3,15})$",
      recordCalls: true,
      numbersRecording: [],
      waysOut: [],
      logLevel: "warning",
    };
    const bare = new BareSwitch(settings, await startTestSwitch(settings), remove);
    await bare.main.connect();
    await applyOperators(settings, extensions.map(account), bare.main.port.console);
    return bare;
  }

  async close(): Promise<void> {
    await Promise.all(this.#phones.map((phone) => phone.close()));
    await Promise.all(this.#listeners.map(({ port }) => port.stop()));
    await this.running.kill();
    await this.#remove();
  }

  listener(over: { eventSocketPort?: number; secret?: string } = {}): Listener {
    const { eventSocketPort, dataDir } = this.settings;
    const { recordings: recordingsDir, messages: messagesDir } = switchPaths(dataDir);
    const { secret } = this.running;
    const listener = new Listener({ eventSocketPort, secret, recordingsDir, messagesDir, ...over });
    this.#listeners.push(listener);
    return listener;
  }

  /** An operator's phone, not yet registered. */
  async phone(user: string, password = passwordOf(user)): Promise<ScriptedPhone> {
    const server = { address: LOOPBACK, port: this.settings.phonesPort };
    return this.#keep(await ScriptedPhone.open({ server, domain: "hotline", user, password }));
  }

  async registered(user: string): Promise<ScriptedPhone> {
    const phone = await this.phone(user);
    await phone.register();
    return phone;
  }

  /** Somebody outside. */
  async outsider(user = "995599123456"): Promise<ScriptedPhone> {
    const server = { address: LOOPBACK, port: this.settings.trunksPort };
    return this.#keep(await ScriptedPhone.open({ server, user }));
  }

  prompt(name: keyof typeof PROMPT): string {
    return join(this.settings.promptsDir, "en", `${name}.wav`);
  }

  #keep(phone: ScriptedPhone): ScriptedPhone {
    this.#phones.push(phone);
    return phone;
  }
}

export function passwordOf(user: string): string {
  return `secret of ${user}`;
}

export function account(user: string): PhoneAccount {
  const ha1 = createHash("md5")
    .update(`${user}:hotline:${passwordOf(user)}`)
    .digest("hex");
  return { extension: extension(user), ha1 };
}

/** The switch that `HOTLINE_E2E_SWITCH` names: `freeswitch` or, if it says nothing, the lab's. */
async function startTestSwitch(settings: SwitchSettings): Promise<RunningSwitch> {
  if (process.env["HOTLINE_E2E_SWITCH"] !== "freeswitch") {
    return await startLabProcess({ configurationDir: CONFIGURATION_DIR, settings });
  }
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
