/**
 * An invented firm on this machine, to look at and to make pictures of: the lab switch, the real daemon on a database of its own, scripted
 * phones, and a week of calls behind it. Everything is in a directory of its own, on free ports, and goes with `close`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { OperatorId } from "../src/calls/ids.ts";
import { readConfig } from "../src/config/config.ts";
import { applyFacts } from "../src/database/apply-facts.ts";
import { connect } from "../src/database/connect.ts";
import { startPrivateCluster } from "../src/database/private-cluster.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../src/lab/media/g711.ts";
import { framesOf } from "../src/lab/media/tones.ts";
import type { Voice } from "../src/lab/phone/markers.ts";
import { ScriptedPhone } from "../src/lab/phone/phone.ts";
import type { PhoneCall } from "../src/lab/phone/phone-call.ts";
import { startLabProcess } from "../src/lab-process.ts";
import { switchSettings } from "../src/switch-settings.ts";
import { DaemonProcess } from "../src/testing/daemon-process.ts";
import { PanelClient } from "../src/testing/panel-client.ts";
import { freeTcpPort, freeUdpPort, temporaryDir } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";
import { CALLERS, demoHistory, numberOf } from "./demo-history.ts";

export const DEMO_LOGIN = { login: "tamar", password: "water runs downhill" };
export const DEMO_FIRM = "მცხეთის წყალი";
const DEMO_NUMBER = "0322112233";
const OPERATORS = ["ანა კაპანაძე", "გიორგი მაისურაძე", "დავით ლომიძე"];
const LOOPBACK = "127.0.0.1";
const CONFIGURATION_DIR = fileURLToPath(new URL("../freeswitch-conf", import.meta.url));

/** What they say to each other, caller and operator in turn. */
const TALK = [
  "გამარჯობა. ჩვენს სახლში წყალი არ მოდის დილიდან.",
  "გამარჯობა. რომელ ქუჩაზე ცხოვრობთ, და რომელია სახლის ნომერი?",
  "აღმაშენებლის ქუჩა, თორმეტი. მესამე სართული.",
  "გმადლობთ. ბრიგადა უკვე გზაშია, წყალი ერთ საათში მოვა.",
  "დიდი მადლობა, ნახვამდის.",
  "კარგად იყავით, ნახვამდის.",
];

export interface DemoSite {
  origin: string;
  panel: PanelClient;
  /** The operators' phones, registered, in the order of their extensions; the last one is not there. */
  phones: ScriptedPhone[];
  /** Calls the firm's number as the `who`th of the invented callers. */
  callIn(who: number): Promise<PhoneCall>;
  close(): Promise<void>;
}

/** @param beforeSetUp is given the address of the panel while nothing is set up yet */
export async function openDemoSite(beforeSetUp?: (origin: string) => Promise<void>): Promise<DemoSite> {
  const dir = await temporaryDir();
  const cluster = await startPrivateCluster({ dataDir: dir.path });
  const [httpPort, eventSocketPort, tlsPort, phonePort, trunkPort] = [
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
    await freeUdpPort(),
    await freeUdpPort(),
  ];
  const env = {
    HOTLINE_DATA_DIR: dir.path,
    HOTLINE_HTTP_HOST: LOOPBACK,
    HOTLINE_HTTP_PORT: `${httpPort}`,
    DATABASE_URL: `postgresql://${cluster.user}@localhost/${cluster.database}?host=${encodeURIComponent(cluster.socketDir)}`,
    EVENT_SOCKET_PORT: `${eventSocketPort}`,
    HOTLINE_SIP_HOST: LOOPBACK,
    HOTLINE_PHONE_SIP_PORT: `${phonePort}`,
    HOTLINE_TRUNK_SIP_PORT: `${trunkPort}`,
    HOTLINE_TRUNK_TLS_PORT: `${tlsPort}`,
    HOTLINE_RTP_PORTS: "44000-44400",
  };
  const lab = await startLabProcess({
    configurationDir: CONFIGURATION_DIR,
    settings: switchSettings(readConfig(env)),
  });
  const daemon = new DaemonProcess(env, httpPort);
  const opened: ScriptedPhone[] = [];
  const close = async () => {
    await Promise.all(opened.map((phone) => phone.close()));
    await daemon.stop();
    await lab.stop();
    await cluster.stop();
    await dir.remove();
  };
  try {
    await daemon.start();
    await beforeSetUp?.(daemon.origin);
    const panel = new PanelClient(daemon.origin);
    const telephoneCompany = await ScriptedPhone.open({
      server: { address: LOOPBACK, port: trunkPort },
      user: "trunk",
    });
    opened.push(telephoneCompany);
    const settings = await setUp(panel, telephoneCompany.address.port);
    for (const { sipUser, sipPassword } of settings.slice(0, -1)) {
      const server = { address: LOOPBACK, port: phonePort };
      const phone = await ScriptedPhone.open({ server, domain: "hotline", user: sipUser, password: sipPassword });
      opened.push(phone);
      await phone.register();
    }
    await fillIn(cluster, settings);
    await until("the prompts are spoken", async () => arePromptsSpoken(panel), 180_000);
    const callIn = async (who: number) => {
      const name = CALLERS[who % CALLERS.length] ?? "";
      return await telephoneCompany.call(DEMO_NUMBER, { from: { number: numberOf(who).national, name } });
    };
    return { origin: daemon.origin, panel, phones: opened.slice(1), callIn, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface PhoneSettings {
  operatorId: OperatorId;
  name: string;
  extension: string;
  sipUser: string;
  sipPassword: string;
}

async function setUp(panel: PanelClient, trunkPort: number): Promise<PhoneSettings[]> {
  const { phones } = await panel.post<{ phones: PhoneSettings[] }>("/setup", {
    ...{ language: "ka", timeZone: "Asia/Tbilisi", country: "GE", firmName: DEMO_FIRM },
    admin: { name: "თამარ გელაშვილი", ...DEMO_LOGIN },
    operators: OPERATORS.map((name, index) => ({ name, extension: String(101 + index) })),
    trunk: { name: "ქალაქის ხაზი", kind: "city", mode: "ip-peer", server: LOOPBACK, port: trunkPort },
    number: DEMO_NUMBER,
  });
  const { version: _, ...flow } = await panel.get<{ version: number; hours: object }>("/flow");
  await panel.put("/flow", { ...flow, hours: { ...flow.hours, alwaysOpen: true } });
  const settings = await panel.get<Record<string, unknown>>("/settings");
  const redial = { isEnabled: true, delaysMinutes: [30, 60, 240], ringOperatorSeconds: 20, ringCallerSeconds: 30 };
  await panel.put("/settings", { ...settings, redial });
  return phones;
}

async function fillIn(
  to: { socketDir: string; user: string; database: string },
  operators: readonly PhoneSettings[],
): Promise<void> {
  const db = connect({ to, maxConnections: 1 });
  try {
    for (const call of demoHistory({ operators, number: DEMO_NUMBER, nowMs: Date.now() }))
      await db.transaction().execute((tx) => applyFacts(tx, call));
  } finally {
    await db.destroy();
  }
}

async function arePromptsSpoken(panel: PanelClient): Promise<boolean> {
  const { languages } = await panel.get<{ languages: { language: string; isComplete: boolean }[] }>("/prompts");
  return languages.some(({ language, isComplete }) => language === "ka" && isComplete);
}

/** Both sides of one short talk, said by espeak-ng, each silent while the other speaks. */
export function talkingVoices(): { caller: Voice; operator: Voice; durationMs: number } {
  const said = TALK.map(speech);
  const length = said.reduce((sum, { length }) => sum + length, 0);
  const tracks = [new Int16Array(length), new Int16Array(length)] as const;
  let at = 0;
  said.forEach((pcm, turn) => {
    tracks[turn % 2 === 0 ? 0 : 1].set(pcm, at);
    at += pcm.length;
  });
  const [caller, operator] = [voiceOf(tracks[0]), voiceOf(tracks[1])];
  return { caller, operator, durationMs: (length / SAMPLE_RATE) * 1_000 };
}

/** What a caller says whom nobody could answer. */
export function messageVoice(): { caller: Voice; durationMs: number } {
  const pcm = speech("გამარჯობა. ეზოში წყლის მილი გასკდა. გთხოვთ, დამირეკეთ რაც შეიძლება მალე. გმადლობთ.");
  return { caller: voiceOf(pcm), durationMs: (pcm.length / SAMPLE_RATE) * 1_000 };
}

function voiceOf(pcm: Int16Array): Voice {
  const frames = framesOf(pcm);
  const silence = new Int16Array(FRAME_SAMPLES);
  let at = 0;
  return { next: () => frames[at++] ?? silence };
}

function speech(text: string): Int16Array {
  const spoken = spawnSync("espeak-ng", ["-v", "ka", "-s", "165", "--stdout", text], { maxBuffer: 2 ** 25 });
  const raw = ["-f", "s16le", "-ar", `${SAMPLE_RATE}`, "-ac", "1", "pipe:1"];
  const { stdout, stderr } = spawnSync("ffmpeg", ["-loglevel", "error", "-i", "pipe:0", ...raw], {
    input: spoken.stdout,
    maxBuffer: 2 ** 25,
  });
  if (stdout.length === 0) throw new Error(`espeak-ng and ffmpeg gave no sound: ${stderr.toString()}`);
  return new Int16Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + (stdout.length & ~1)));
}
