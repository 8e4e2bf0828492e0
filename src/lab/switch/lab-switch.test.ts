import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import digest from "sip/digest.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { prepareSwitchFiles, type SwitchSettings, switchPaths } from "../../freeswitch/generated-config.ts";
import { freeTcpPort, freeUdpPort, temporaryDir } from "../../testing/temporary.ts";
import { until } from "../../testing/until.ts";
import { PCMA, PCMU } from "../media/g711.ts";
import { generate, promptTone } from "../media/tones.ts";
import { decodeWav, encodeWav } from "../media/wav.ts";
import { verifyMarkers } from "../phone/markers.ts";
import { hearEachOther, ScriptedPhone } from "../phone/phone.ts";
import type { SwitchEvent } from "./events.ts";
import { LabSwitch } from "./switch.ts";

const configurationDir = fileURLToPath(new URL("../../../freeswitch-conf", import.meta.url));
const LOOPBACK = "127.0.0.1";
const PROMPT = promptTone(1);

let lab: LabSwitch;
let settings: SwitchSettings;
let removeDir: () => Promise<void>;
let trunk: ScriptedPhone;
let prompt: string;
const phones: ScriptedPhone[] = [];
const heard: SwitchEvent[] = [];

beforeAll(async () => {
  const { path: dataDir, remove } = await temporaryDir();
  removeDir = remove;
  settings = {
    dataDir,
    promptsDir: join(dataDir, "prompts"),
    eventSocketPort: await freeTcpPort(),
    sipAddress: LOOPBACK,
    phonesPort: await freeUdpPort(),
    trunksPort: await freeUdpPort(),
    trunksTlsPort: await freeTcpPort(),
    rtpFirstPort: 40_000,
    rtpLastPort: 40_100,
    codecs: ["PCMA", "PCMU"],
    language: "en",
    emergencyNumbers: ["112"],
    outsidePattern: "^([0-9]{3,15})$",
    recordCalls: true,
    numbersRecording: [],
    waysOut: [],
    logLevel: "warning",
  };
  await prepareSwitchFiles(settings);
  const { root, directory, gateways } = switchPaths(dataDir);
  for (const user of ["101", "102"]) {
    const ha1 = digest.calculateUserRealmPasswordHash(user, "hotline", `secret ${user}`);
    await writeFile(
      join(directory, `${user}.xml`),
      `<include>\n<user id="${user}"><params><param name="a1-hash" value="${ha1}"/></params>\n` +
        `<variables><variable name="hotline_extension" value="${user}"/></variables></user>\n</include>\n`,
    );
  }
  // A trunk that is our own phones' port: the lab registers with itself, as 102.
  await writeFile(join(gateways, "trunk-1.xml"), gatewayXml("trunk-1", settings.phonesPort, "102", "secret 102"));
  await writeFile(join(gateways, "trunk-2.xml"), gatewayXml("trunk-2", await freeUdpPort(), "x", "y"));
  await prepareSwitchFiles(settings);
  prompt = join(dataDir, "prompt.wav");
  await writeFile(prompt, encodeWav({ sampleRate: 8000, channels: [generate(PROMPT, { ms: 1000 })] }));
  await mkdir(settings.promptsDir, { recursive: true });
  lab = new LabSwitch({ configurationDir, storageDir: root });
  lab.events.subscribe({ wants: () => true, deliver: (event) => heard.push(event) });
  await lab.start();
  // Calls are to park: the guard is told that a daemon is there, each second.
  const beat = setInterval(() => lab.events.fireCustom("hotline::alive", { "Hotline-Boot": "test" }), 500);
  phones.push(
    (trunk = await ScriptedPhone.open({ server: { address: LOOPBACK, port: settings.trunksPort }, user: "trunk" })),
  );
  await until("the guard lets calls through", () => lab.globals.get("hotline_control") === "up");
  const remover = removeDir;
  removeDir = async () => {
    clearInterval(beat);
    await remover();
  };
});
afterEach(async () => {
  await lab.api("hupall", "NORMAL_CLEARING");
  await until("all channels are gone", () => lab.channels.size === 0);
});
afterAll(async () => {
  await Promise.all(phones.map((phone) => phone.close()));
  await lab.stop();
  await removeDir();
});

function gatewayXml(name: string, port: number, user: string, password: string): string {
  const params = { username: user, password, realm: LOOPBACK, proxy: `${LOOPBACK}:${port}`, register: "true" };
  const lines = Object.entries(params).map(([key, value]) => `<param name="${key}" value="${value}"/>`);
  return `<include>\n<gateway name="${name}">\n${lines.join("\n")}\n</gateway>\n</include>\n`;
}

async function event(name: string, uuid: string, isWanted: (event: SwitchEvent) => boolean = () => true) {
  const isIt = (one: SwitchEvent): boolean => one.name === name && one.headers["Unique-ID"] === uuid && isWanted(one);
  return await until(`${name} of ${uuid}`, () => heard.find(isIt));
}

/** A call from a trunk, parked. */
async function parked(options: Parameters<ScriptedPhone["call"]>[1] = {}) {
  const call = await trunk.call("0322112233", { from: { number: "599123456", name: "Nino" }, ...options });
  const uuid = await until("the call is there", () => [...lab.channels.keys()][0]);
  await event("CHANNEL_PARK", uuid);
  return { call, uuid };
}

let messages = 0;
/** `sendmsg`, and the event that its application has ended. */
async function execute(
  uuid: string,
  application: string,
  argument = "",
): Promise<{ id: string; done: Promise<SwitchEvent> }> {
  const id = `message-${messages++}`;
  const headers = new Map([
    ["call-command", "execute"],
    ["execute-app-name", application],
    ["execute-app-arg", argument],
    ["Event-UUID", id],
  ]);
  expect(lab.sendMessage(uuid, { headers, body: null })).toBe(true);
  return { id, done: event("CHANNEL_EXECUTE_COMPLETE", uuid, ({ headers: h }) => h["Application-UUID"] === id) };
}

async function answered(options: Parameters<typeof parked>[0] = {}) {
  const { call, uuid } = await parked(options);
  await (await execute(uuid, "answer")).done;
  await call.until("talking");
  return { call, uuid };
}

describe("commands, as FreeSWITCH 1.11.1 answers them", () => {
  it.each([
    ["uuid_exists x", "false"],
    ["uuid_getvar x y", "-ERR No such channel!\n"],
    ["uuid_setvar x y z", "-ERR No such channel!\n"],
    ["uuid_setvar_multi x a=b", "-ERR No such channel!\n-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"],
    ["uuid_dump x json", "-ERR No such channel!\n"],
    ["uuid_kill x", "-ERR No such channel!\n"],
    ["uuid_kill", "-USAGE: <uuid> [cause]\n"],
    ["uuid_bridge x y", "-ERR Invalid uuid\n"],
    ["uuid_break x all", "-ERR No such channel!\n"],
    ["uuid_transfer x y XML public", "-ERR No such channel!\n"],
    ["uuid_record x start y", "-ERR Cannot locate session!\n"],
    ["show channels as json", '{"row_count": 0}\n'],
    ["show channels count", "\n0 total.\n"],
    ["originate user/999@hotline &park()", "-ERR SUBSCRIBER_ABSENT\n"],
    ["originate user/101@hotline &park()", "-ERR USER_NOT_REGISTERED\n"],
    ["originate sofia/gateway/nope/1 &park()", "-ERR INVALID_GATEWAY\n"],
    ["originate sofia/gateway/trunk-2/1 &park()", "-ERR GATEWAY_DOWN\n"],
    ["originate nosuch/x &park()", "-ERR CHAN_NOT_IMPLEMENTED\n"],
    ["global_setvar a=b", "+OK"],
    ["global_getvar a", "b"],
    ["reloadxml", "+OK [Success]\n"],
    ["sofia status gateway nope", "Invalid Gateway!\n"],
    ["sofia profile external killgw nope", "-ERR no such gateway.\n"],
    ["sofia_contact internal/101@hotline", "error/user_not_registered"],
    ["user_exists id 101 hotline", "true"],
    ["user_exists id 999 hotline", "false"],
    ["nosuchcmd x", "-ERR nosuchcmd Command not found!\n"],
  ])("%s", async (line, expected) => {
    const [command = "", ...args] = line.split(" ");
    expect(await lab.api(command, args.join(" "))).toBe(expected);
  });

  it("a number where nobody listens fails at once", async () => {
    const port = await freeUdpPort();
    const answer = await lab.api("originate", `sofia/external/1@${LOOPBACK}:${port} &park()`);
    expect(answer).toBe("-ERR NORMAL_TEMPORARY_FAILURE\n");
  });

  it("malformed XML is told in the answer, and the old configuration stays", async () => {
    const file = join(switchPaths(settings.dataDir).directory, "103.xml");
    await writeFile(file, "<include>\n<user id='103'>\n</include>\n");
    expect(await lab.api("reloadxml", "")).toMatch(/^\+OK \[.+\]\n$/);
    expect(await lab.api("user_exists", "id 101 hotline")).toBe("true");
    await writeFile(file, "<include>\n<user id='103'/>\n</include>\n");
    expect(await lab.api("reloadxml", "")).toBe("+OK [Success]\n");
    expect(await lab.api("user_exists", "id 103 hotline")).toBe("true");
  });
});

describe("a trunk", () => {
  it("registers with a digest, and one that cannot says so and waits", async () => {
    const state = (name: string) => lab.profiles.get("external")?.gateways.get(name)?.state;
    await until("registered", () => state("trunk-1") === "REGED");
    await until("refused", () => state("trunk-2") === "FAIL_WAIT");
    const states = heard
      .filter(({ subclass, headers }) => subclass === "sofia::gateway_state" && headers["Gateway"] === "trunk-1")
      .map(({ headers }) => headers["State"]);
    expect(states).toEqual(["TRYING", "REGISTER", "REGED"]);
    expect(await lab.api("sofia", "xmlstatus gateway trunk-1")).toContain("<state>REGED</state>");
    expect((await lab.api("sofia", "profile external gwlist")).trim()).toBe("trunk-1");
    expect((await lab.api("sofia", "profile external gwlist down")).trim()).toBe("trunk-2");
  });

  it("takes calls out, with credentials when it is asked for them", async () => {
    const result = await lab.api(
      "originate",
      `{origination_caller_id_number=+995322000000,originate_timeout=1,sip_h_X-Note=hello}sofia/gateway/trunk-1/0599 &park()`,
    );
    // It arrives at our own phones' port, as a call of 102 to 0599, and waits there unanswered.
    expect(result).toBe("-ERR NO_ANSWER\n");
    const arrived = heard.find(
      ({ name, headers }) => name === "CHANNEL_PARK" && headers["Caller-Context"] === "phones",
    );
    expect(arrived?.headers).toMatchObject({
      "Call-Direction": "inbound",
      "Caller-Destination-Number": "0599",
      variable_sip_auth_username: "102",
      "variable_sip_h_X-Note": "hello",
      variable_hotline_extension: "102",
    });
    const outgoing = heard.findLast(
      ({ name, headers }) => name === "CHANNEL_HANGUP_COMPLETE" && headers["Call-Direction"] === "outbound",
    );
    expect(outgoing?.headers).toMatchObject({
      "Hangup-Cause": "NO_ANSWER",
      variable_sip_hangup_disposition: "send_cancel",
      variable_sip_gateway_name: "trunk-1",
    });
  });
});

describe("a call", () => {
  it("parks with FreeSWITCH's headers", async () => {
    const { uuid } = await parked();
    expect((await event("CHANNEL_PARK", uuid)).headers).toMatchObject({
      "Channel-State": "CS_EXECUTE",
      "Answer-State": "ringing",
      "Caller-Caller-ID-Number": "599123456",
      "Caller-Caller-ID-Name": "Nino",
      "Caller-Destination-Number": "0322112233",
      "Caller-Context": "public",
      "Caller-Channel-Answered-Time": "0",
      variable_hotline_origin: "trunk",
    });
    const { rows } = JSON.parse(await lab.api("show", "channels as json")) as { rows: Record<string, string>[] };
    expect(rows).toMatchObject([{ uuid, direction: "inbound", callstate: "RINGING", application: "park" }]);
  });

  it("takes a key when an application gets to it, and stops a prompt by one that is meant to", async () => {
    const { call, uuid } = await answered();
    await lab.api("uuid_setvar", `${uuid} playback_terminators #`);
    const { done } = await execute(uuid, "playback", prompt);
    await call.ear.hears(PROMPT);
    await call.pressKey("1#");
    const { headers } = await done;
    expect(headers).toMatchObject({ "Application-Response": "FILE PLAYED", variable_playback_terminator_used: "#" });
    const digits = heard.filter((one) => one.name === "DTMF" && one.headers["Unique-ID"] === uuid);
    expect(digits.map((one) => one.headers["DTMF-Digit"])).toEqual(["1", "#"]);
  });

  it("runs what comes meanwhile inside what runs, and goes on with that afterwards", async () => {
    const { call, uuid } = await answered();
    const outer = await execute(uuid, "playback", `file_string://${prompt}!silence_stream://100`);
    await call.ear.hears(PROMPT);
    const inner = await execute(uuid, "playback", "silence_stream://200");
    const order: string[] = [];
    await Promise.all([outer.done.then(() => order.push("outer")), inner.done.then(() => order.push("inner"))]);
    expect(order).toEqual(["inner", "outer"]);
  });

  it("is broken off, collects keys, and ends on an application that nobody knows", async () => {
    const { call, uuid } = await answered();
    const endless = await execute(uuid, "playback", "tone_stream://%(1000,0,700);loops=-1");
    await event("CHANNEL_EXECUTE", uuid, ({ headers }) => headers["Application-UUID"] === endless.id);
    expect(await lab.api("uuid_break", `${uuid} all`)).toBe("+OK\n");
    await endless.done;
    const collecting = await execute(uuid, "play_and_get_digits", "2 4 1 3000 # silence_stream://20 none choice \\d+");
    await call.pressKey("42#");
    await collecting.done;
    expect(await lab.api("uuid_getvar", `${uuid} choice`)).toBe("42");
    await execute(uuid, "nosuchapp");
    await call.until("ended");
    expect((await event("CHANNEL_HANGUP_COMPLETE", uuid)).headers["Hangup-Cause"]).toBe("DESTINATION_OUT_OF_ORDER");
  });

  it("talks with a phone in another codec, is recorded on both sides, and leaves one file a leg", async () => {
    const phone = await registered("101");
    phone.behaviour = { type: "answer", markers: 2 };
    const { call, uuid } = await answered({ codecs: [PCMU] });
    const operator = "0b4e3c2a-0000-4000-8000-0000000000aa";
    const dialled = `{origination_uuid=${operator},absolute_codec_string=PCMA,hotline_role=operator}user/101@hotline &park()`;
    expect(await lab.api("originate", dialled)).toBe(`+OK ${operator}\n`);
    expect(await lab.api("originate", dialled)).toBe("-ERR DESTINATION_OUT_OF_ORDER\n");
    const file = join(settings.dataDir, "talk.wav");
    expect(await lab.api("uuid_record", `${uuid} start ${file}`)).toBe("+OK Success\n");
    expect(await lab.api("uuid_bridge", `${uuid} ${operator}`)).toBe(`+OK ${operator}\n`);
    call.sendMarkers(0);
    const talking = await phone.incoming.next();
    await hearEachOther(call, talking);
    expect([call.remoteAudio?.codecs, talking.remoteAudio?.codecs]).toEqual([[PCMU], [PCMA]]);
    expect((await event("CHANNEL_BRIDGE", uuid)).headers).toMatchObject({
      "Bridge-A-Unique-ID": uuid,
      "Bridge-B-Unique-ID": operator,
      "Other-Leg-Unique-ID": operator,
    });
    await until("two seconds are recorded", async () => (await readFile(file)).length > 2 * 32_000);
    await talking.hangUp();
    await call.until("ended");
    const stop = await event("RECORD_STOP", uuid);
    expect(stop.headers["Record-File-Path"]).toBe(file);
    const [left, right] = decodeWav(await readFile(file)).channels as [Int16Array, Int16Array];
    expect(Number(stop.headers["variable_record_samples"])).toBe(left.length);
    expect(verifyMarkers(left, 0).missing.filter((second) => second > 0)).toEqual([]);
    expect(verifyMarkers(right, 2).missing.filter((second) => second > 0)).toEqual([]);
    // hangup_after_bridge: the other side's cause, and the log's files are there before the last event.
    expect((await event("CHANNEL_HANGUP_COMPLETE", uuid)).headers["Hangup-Cause"]).toBe("NORMAL_CLEARING");
    const { cdr } = switchPaths(settings.dataDir);
    await event("CHANNEL_HANGUP_COMPLETE", operator);
    expect(await readdir(cdr)).toEqual(expect.arrayContaining([`${uuid}.cdr.json`, `${operator}.cdr.json`]));
    const record = JSON.parse(await readFile(join(cdr, `${uuid}.cdr.json`), "utf8")) as CdrFile;
    expect(record.variables).toMatchObject({ hangup_cause: "NORMAL_CLEARING", last_bridge_to: operator });
    expect(record.callflow.at(-1)?.caller_profile).toMatchObject({ caller_id_number: "599123456", uuid });
  });

  it("given up while it rings is cancelled; a phone's answer that crosses the cancel is hung up", async () => {
    const { call, uuid } = await parked();
    await call.hangUp();
    expect((await event("CHANNEL_HANGUP_COMPLETE", uuid)).headers).toMatchObject({
      "Hangup-Cause": "ORIGINATOR_CANCEL",
      variable_sip_hangup_disposition: "recv_cancel",
    });
    const phone = await registered("101");
    phone.behaviour = { type: "ring" };
    const legId = "0b4e3c2a-0000-4000-8000-0000000000bb";
    const dialling = lab.api("originate", `{origination_uuid=${legId}}user/101@hotline &park()`);
    const ringing = await phone.incoming.next();
    ringing.answer();
    expect(await lab.api("uuid_kill", `${legId} ORIGINATOR_CANCEL`)).toBe("+OK\n");
    expect(await dialling).toBe("-ERR ORIGINATOR_CANCEL\n");
    await ringing.until("ended");
  });
});

interface CdrFile {
  variables: Record<string, string>;
  callflow: { caller_profile: Record<string, unknown> }[];
}

async function registered(user: string): Promise<ScriptedPhone> {
  const server = { address: LOOPBACK, port: settings.phonesPort };
  const phone = await ScriptedPhone.open({ server, domain: "hotline", user, password: `secret ${user}` });
  phones.push(phone);
  await phone.register();
  return phone;
}
