/** The product as it runs: a switch with our configuration, the daemon in its own process, a private PostgreSQL with all its safety on. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LANGUAGES, type Language } from "../../src/calls/language.ts";
import { readConfig } from "../../src/config/config.ts";
import { connect } from "../../src/database/connect.ts";
import { startPrivateCluster } from "../../src/database/private-cluster.ts";
import { usualHours } from "../../src/flows/hours/weekly-hours.ts";
import { usualSimpleFlow } from "../../src/flows/ivr/simple-flow.ts";
import { type RunningSwitch, startFreeSwitch } from "../../src/freeswitch/launch.ts";
import { SAMPLE_RATE } from "../../src/lab/media/g711.ts";
import { generate, toneOf } from "../../src/lab/media/tones.ts";
import { encodeWav } from "../../src/lab/media/wav.ts";
import { startLabProcess } from "../../src/lab-process.ts";
import { PROMPT_NAMES, type PromptName } from "../../src/prompts/prompt-names.ts";
import { TakeShelf } from "../../src/prompts/take-shelf.ts";
import { promptTexts, USUAL_FACTS } from "../../src/prompts/texts.ts";
import { hasVoice, takeKey } from "../../src/prompts/voice.ts";
import { switchSettings } from "../../src/switch-settings.ts";
import { DaemonProcess } from "../../src/testing/daemon-process.ts";
import { PanelClient } from "../../src/testing/panel-client.ts";
import { freeTcpPort, freeUdpPort, temporaryDir } from "../../src/testing/temporary.ts";
import { until } from "../../src/testing/until.ts";
import { buildPrograms } from "../build.ts";
import { DIALLED, KEY, MENU_PROMPTS, type MenuPrompt, OPERATORS, OPERATORS_DIGIT } from "./menu.ts";
import type { Product } from "./target.ts";

export const CONFIGURATION_DIR = fileURLToPath(new URL("../../freeswitch-conf", import.meta.url));
const LOOPBACK = "127.0.0.1";
/** Below those that a Hotline on the same machine may use. */
const RTP_PORTS = "13000-15999";
/** FreeSWITCH makes its certificates then. */
const FIRST_START_MS = 90_000;
const OTHER_PROMPT = { hz: 2_350, ms: 400 };

export interface OpenProduct {
  product: Product;
  dataDir: string;
  promptFiles: Record<MenuPrompt, string>;
  close: () => Promise<void>;
}

/** @param freeSwitch its program; null: the lab switch */
export async function openProduct(freeSwitch: string | null): Promise<OpenProduct> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return { ...(await start(freeSwitch, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As it runs on a box. */
const BUILT_DAEMON = fileURLToPath(new URL("../../dist/hotlined.js", import.meta.url));

/** @param closers is given what stops each part, in the order in which they start */
async function start(freeSwitch: string | null, closers: (() => Promise<void>)[]): Promise<Omit<OpenProduct, "close">> {
  const dir = await temporaryDir();
  closers.push(dir.remove);
  const cluster = await startPrivateCluster({ dataDir: dir.path });
  closers.push(() => cluster.stop());
  const httpPort = await freeTcpPort();
  const trunkPort = await freeUdpPort();
  const phonePort = await freeUdpPort();
  const env = {
    HOTLINE_DATA_DIR: dir.path,
    HOTLINE_HTTP_HOST: LOOPBACK,
    HOTLINE_HTTP_PORT: `${httpPort}`,
    DATABASE_URL: `postgresql://${cluster.user}@localhost/${cluster.database}?host=${encodeURIComponent(cluster.socketDir)}`,
    EVENT_SOCKET_PORT: `${await freeTcpPort()}`,
    HOTLINE_SIP_HOST: LOOPBACK,
    HOTLINE_PHONE_SIP_PORT: `${phonePort}`,
    HOTLINE_TRUNK_SIP_PORT: `${trunkPort}`,
    HOTLINE_TRUNK_TLS_PORT: `${await freeTcpPort()}`,
    HOTLINE_RTP_PORTS: RTP_PORTS,
  };
  const promptFiles = await putPrompts(dir.path);
  const settings = switchSettings(readConfig(env));
  const options = { configurationDir: CONFIGURATION_DIR, settings };
  const running: RunningSwitch =
    freeSwitch === null
      ? await startLabProcess(options)
      : await startFreeSwitch({ binary: freeSwitch, ...options, deadlineMs: FIRST_START_MS });
  closers.push(() => running.stop());
  await buildPrograms();
  const daemon = new DaemonProcess(env, httpPort, { niceness: null, program: [BUILT_DAEMON] });
  closers.push(() => daemon.stop());
  await daemon.start();
  const panel = new PanelClient(daemon.origin);
  const phones = await setUp(panel);
  await until("the daemon is connected with the switch", async () => {
    const { switch: state } = await panel.get<{ switch: { connected: boolean } }>("/status");
    return state.connected;
  });
  // Not asked of the daemon, which is being measured.
  const db = connect({ to: env.DATABASE_URL, maxConnections: 1 });
  closers.push(() => db.destroy());
  const heard = db.selectFrom("calls").where("outcome", "=", "information-heard");
  const product: Product = {
    name: "product",
    switchName: freeSwitch === null ? "lab" : "freeswitch",
    sipPort: trunkPort,
    switchPid: running.pid,
    daemonPid: daemon.pid,
    ...{ panel, phones, phonePort },
    databaseUrl: env.DATABASE_URL,
    said: () => daemon.said,
    liveCalls: async () => (await panel.get<unknown[]>("/calls/live")).length,
    loggedCalls: async () =>
      (await heard.select(({ fn }) => fn.countAll<number>().as("count")).executeTakeFirstOrThrow()).count,
  };
  return { product, dataDir: dir.path, promptFiles };
}

async function setUp(panel: PanelClient): Promise<Product["phones"]> {
  const { phones } = await panel.post<{ phones: Product["phones"] }>("/setup", {
    ...{ language: "en", timeZone: "Asia/Tbilisi", country: "GE", firmName: "Bench" },
    admin: { name: "Owner", login: "owner", password: "a long enough password" },
    operators: Array.from({ length: OPERATORS }, (_, index) => ({
      name: `Operator ${index}`,
      extension: `${101 + index}`,
    })),
    ...{ trunk: null, number: DIALLED },
  });
  const settings = await panel.get<Record<string, unknown>>("/settings");
  await panel.put("/settings", { ...settings, callerLanguages: ["en"] });
  const flow = usualSimpleFlow({ ...usualHours(), alwaysOpen: true });
  await panel.put("/flow", {
    ...flow,
    menu: { isEnabled: true, operatorsDigit: OPERATORS_DIGIT, informationDigit: KEY },
  });
  return phones;
}

/** Tones on the shelf before the daemon starts: it finds every prompt said already, in every language that it could say, and speaks nothing. */
async function putPrompts(dataDir: string): Promise<Record<MenuPrompt, string>> {
  const shelf = new TakeShelf(join(dataDir, "prompts"));
  await shelf.load();
  const put = async (language: Language, name: PromptName) => {
    const { hz, ms } = isMenuPrompt(name) ? MENU_PROMPTS[name] : OTHER_PROMPT;
    const sound = {
      wav: encodeWav({ sampleRate: SAMPLE_RATE, channels: [generate(toneOf(hz), { ms })] }),
      durationMs: ms,
    };
    const key = takeKey(language, promptTexts(language, USUAL_FACTS)[name]);
    const voice = { ...(await shelf.write(language, name, sound, key)), key };
    // As an upload it stays what callers hear when the flow, and with it the sentence, changes.
    await shelf.change(language, name, { voice, upload: await shelf.write(language, name, sound) });
  };
  for (const language of LANGUAGES.filter(hasVoice)) for (const name of PROMPT_NAMES) await put(language, name);
  const fileOf = (name: MenuPrompt) => {
    const path = shelf.path("en", name);
    if (path === null) throw new Error(`no file for the prompt ${name}`);
    return path;
  };
  return {
    greeting: fileOf("greeting"),
    menu: fileOf("menu"),
    information: fileOf("information"),
    goodbye: fileOf("goodbye"),
  };
}

function isMenuPrompt(name: PromptName): name is MenuPrompt {
  return name in MENU_PROMPTS;
}
