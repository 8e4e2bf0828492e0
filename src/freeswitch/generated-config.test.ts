import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { extension, trunkId } from "../calls/ids.ts";
import { temporaryDir } from "../testing/temporary.ts";
import { SwitchConfigError } from "./config-text.ts";
import {
  applyOperators,
  applyTrunks,
  prepareSwitchFiles,
  type SwitchSettings,
  switchPaths,
} from "./generated-config.ts";
import type { TrunkAccount } from "./trunk-xml.ts";

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let settings: SwitchSettings;
beforeEach(async () => {
  dir = await temporaryDir();
  settings = {
    dataDir: dir.path,
    promptsDir: join(dir.path, "prompts"),
    eventSocketPort: 8021,
    sipAddress: "192.0.2.1",
    phonesPort: 5060,
    trunksPort: 5080,
    trunksTlsPort: 5081,
    rtpFirstPort: 16_384,
    rtpLastPort: 32_768,
    codecs: ["PCMA", "PCMU"],
    language: "ka",
    emergencyNumbers: ["112", "111"],
    outsidePattern: "^(?:0[0-9]{9})$",
    recordCalls: true,
    numbersRecording: [],
    waysOut: [],
    logLevel: "warning",
  };
});
afterEach(() => dir.remove());

const phones = [
  { extension: extension("102"), ha1: "0".repeat(32) },
  { extension: extension("101"), ha1: "f".repeat(32) },
];
const trunk: TrunkAccount = {
  trunkId: trunkId(1),
  host: "sip.example.ge",
  port: 5060,
  transport: "udp",
  addresses: ["192.0.2.10", "192.0.2.11"],
  addressPort: 5062,
  sources: ["198.51.100.0/24"],
  username: "995322112233",
  password: "p\"a<s>&'$w %",
  authUsername: null,
  fromUser: null,
  fromDomain: null,
  isRegistering: true,
  expirySeconds: 300,
  codecs: ["PCMA"],
  dtmf: "rfc2833",
  srtp: "off",
  prefix: "9",
  callerId: "own-number",
};

async function variables(): Promise<Map<string, string>> {
  const text = await readFile(switchPaths(dir.path).vars, "utf8");
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" });
  const parsed = parser.parse(text) as { include: { "X-PRE-PROCESS": { cmd: string; data: string }[] } };
  return new Map(
    parsed.include["X-PRE-PROCESS"].map(({ data }) => [
      data.slice(0, data.indexOf("=")),
      data.slice(data.indexOf("=") + 1),
    ]),
  );
}

/** A switch that is content, and answers as FreeSWITCH 1.11.1 does (see switch-config.e2e.test.ts for the real one). */
const content = (known: readonly string[] = []) => {
  const asked: string[] = [];
  const run = async (command: string) => {
    asked.push(command);
    if (command === "reloadxml") return "+OK [Success]\n";
    if (command.startsWith("user_exists")) return "true";
    return command.endsWith("gwlist") ? known.join(" ") : "+OK";
  };
  return { asked, run };
};

describe("before the first start", () => {
  test("there is a secret, made once, and variables; nothing that others may read", async () => {
    const { secret } = await prepareSwitchFiles(settings);
    expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect((await prepareSwitchFiles(settings)).secret).toBe(secret);
    const all = await variables();
    expect(Object.fromEntries(all)).toMatchObject({
      hotline_event_socket_secret: secret,
      hotline_event_socket_ip: "127.0.0.1",
      hotline_event_socket_port: "8021",
      hotline_sip_ip: "192.0.2.1",
      hotline_language: "ka",
      hotline_outside_pattern: "^(?:0[0-9]{9})$",
      hotline_emergency_pattern: "^(112|111)$",
      hotline_everybody: "",
      hotline_extensions_pattern: "^(none)$",
      hotline_trunks: "",
      hotline_recordings_dir: join(dir.path, "spool/recordings"),
    });
    const paths = switchPaths(dir.path);
    for (const path of [paths.root, paths.vars, paths.secret]) expect((await stat(path)).mode & 0o077).toBe(0);
  });

  test("a secret that was cut off is made anew", async () => {
    const { secret } = await prepareSwitchFiles(settings);
    await writeFile(switchPaths(dir.path).secret, secret.slice(0, 7));
    expect((await prepareSwitchFiles(settings)).secret).toMatch(/^[0-9a-f]{48}$/);
  });

  test("a file that is broken is set aside, so that the switch starts with all the others", async () => {
    await prepareSwitchFiles(settings);
    await applyOperators(settings, phones, content().run);
    const { directory } = switchPaths(dir.path);
    await writeFile(join(directory, "101.xml"), "<include>\n<user id=\n</include>\n");
    await prepareSwitchFiles(settings);
    expect((await readdir(directory)).sort()).toEqual(["101.xml.broken", "102.xml"]);
    expect((await variables()).get("hotline_extensions_pattern")).toBe("^(102)$");
  });

  test("numbers that say themselves whether they are recorded are a piece of dialplan, which goes with the last", async () => {
    const numbersRecording = [{ forms: ["0322112233", "shop.1"], isRecorded: false }];
    await prepareSwitchFiles({ ...settings, recordCalls: true, numbersRecording });
    expect((await variables()).get("hotline_record_calls")).toBe("true");
    const { numbers } = switchPaths(dir.path);
    const xml = await readFile(join(numbers, "recording.xml"), "utf8");
    expect(xml).toContain('expression="^[+]?(?:0322112233|shop[.]1)(?:;.*)?$"');
    expect(xml).toContain('data="hotline_recorded=false" inline="true"');
    await prepareSwitchFiles({ ...settings, recordCalls: false });
    expect((await variables()).get("hotline_record_calls")).toBe("false");
    expect(await readdir(numbers)).toEqual([]);
  });

  test("each trunk's way out is a piece of dialplan, which goes with it", async () => {
    const shown = { callerNumber: null, isCallerHidden: true };
    const shownInEmergency = { callerNumber: "+995322112233", isCallerHidden: false };
    const rewriting = [{ pattern: "^(?:[+]995|0)?(5[0-9]{8})$", before: "+995" }];
    await prepareSwitchFiles({ ...settings, waysOut: [{ gateway: "trunk-7", shown, shownInEmergency, rewriting }] });
    const { waysOut } = switchPaths(dir.path);
    const lines = (await readFile(join(waysOut, "trunk-7.xml"), "utf8")).split("\n").map((line) => line.trim());
    const number = "hotline_shown=origination_caller_id_number=+995322112233,origination_caller_id_name=+995322112233";
    expect(lines).toContain(`<action application="set" data="${number}" inline="true"/>`);
    expect(lines.find((line) => line.startsWith("<anti-action"))).toContain("sip_h_Privacy=id");
    expect(lines).toContain('<action application="set" data="hotline_number=+995$1" inline="true"/>');
    await prepareSwitchFiles(settings);
    expect(await readdir(waysOut)).toEqual([]);
  });

  test.each([
    ["data directory", { dataDir: "/srv/hot line" }],
    ["prompts", { promptsDir: "/srv/${x}" }],
    ["address", { sipAddress: "localhost" }],
    ["codec", { codecs: ["PCMA,system"] }],
    ["emergency number", { emergencyNumbers: ["112|.*"] }],
    ["number", { numbersRecording: [{ forms: ["1|2"], isRecorded: true }] }],
  ])("what cannot stand in the dialplan is refused: %s", async (_, over) => {
    await expect(prepareSwitchFiles({ ...settings, ...over })).rejects.toMatchObject({ reason: "unsafe-text" });
  });
});

describe("phones and trunks", () => {
  beforeEach(async () => {
    await prepareSwitchFiles(settings);
  });

  test("are files, and lists for the dialplan that works without the daemon", async () => {
    await applyOperators(settings, phones, content().run);
    await applyTrunks(settings, [trunk, { ...trunk, trunkId: trunkId(10) }], lateGateways(["trunk-1", "trunk-10"]));
    const all = Object.fromEntries(await variables());
    expect(all).toMatchObject({
      hotline_everybody: "[hotline_extension=101]user/101@hotline,[hotline_extension=102]user/102@hotline",
      hotline_extensions_pattern: "^(101|102)$",
      hotline_trunks: "trunk-1,trunk-10",
    });
    const paths = switchPaths(dir.path);
    expect(await readdir(paths.directory)).toEqual(["101.xml", "102.xml"]);
    const gateway = await readFile(join(paths.gateways, "trunk-1.xml"), "utf8");
    // The switch drops an include that stands on one line.
    expect(gateway.split("\n").length).toBeGreaterThan(5);
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" });
    const parsed = parser.parse(gateway) as { include: { gateway: { param: { name: string; value: string }[] } } };
    const parameters = parsed.include.gateway.param.map(({ name, value }) => [name, value]);
    expect(Object.fromEntries(parameters)).toMatchObject({ password: trunk.password, proxy: "sip.example.ge" });
    expect((await stat(join(paths.gateways, "trunk-1.xml"))).mode & 0o077).toBe(0);
    // A restart keeps them.
    await prepareSwitchFiles(settings);
    expect(Object.fromEntries(await variables())).toEqual(all);
  });

  test("that are the same make no reload", async () => {
    await applyOperators(settings, phones, content().run);
    const again = content();
    await applyOperators(settings, phones.toReversed(), again.run);
    expect(again.asked).toEqual([]);
  });

  test.each([
    ["a reload that fails with +OK", "+OK [[error near line 5]: unclosed tag]\n", "malformed"],
    ["a reload that is refused", "-ERR no", "malformed"],
  ])("stay as they were after %s", async (_, answer, reason) => {
    await applyOperators(settings, phones, content().run);
    const before = await Promise.all([variables(), readdir(switchPaths(dir.path).directory)]);
    const run = async (command: string) => (command === "reloadxml" ? answer : "true");
    await expect(applyOperators(settings, [], run)).rejects.toMatchObject({ reason });
    expect(await Promise.all([variables(), readdir(switchPaths(dir.path).directory)])).toEqual(before);
  });

  test("stay as they were when the switch does not know what it was given, or is away", async () => {
    const paths = switchPaths(dir.path);
    const unknown = async (command: string) => (command === "reloadxml" ? "+OK [Success]" : "false");
    await expect(applyOperators(settings, phones, unknown)).rejects.toMatchObject({ reason: "refused" });
    expect(await readdir(paths.directory)).toEqual([]);
    const away = async () => await Promise.reject(new Error("no connection"));
    await expect(applyOperators(settings, phones, away)).rejects.toMatchObject({ reason: "switch-away" });
    expect(await readdir(paths.directory)).toEqual([]);
  });

  test.each([
    ["host", { host: "a b" }],
    ["host", { host: 'x"/><gateway' }],
    ["port", { port: 0 }],
    ["user", { username: "a@b;c" }],
    ["password with a line break", { password: "a\nb" }],
    ["password that the switch would expand", { password: "$${storage_dir}" }],
  ])("with text that has no place in XML or SIP are refused: %s", async (_, over) => {
    const asked = content();
    await expect(applyTrunks(settings, [{ ...trunk, ...over }], asked.run)).rejects.toBeInstanceOf(SwitchConfigError);
    expect(asked.asked).toEqual([]);
    expect(await readdir(switchPaths(dir.path).gateways)).toEqual([]);
  });
});

/** Gateways are known only after the rescan. */
function lateGateways(names: readonly string[]) {
  let known: readonly string[] = [];
  return async (command: string) => {
    if (command.endsWith("rescan")) known = names;
    if (command === "reloadxml") return "+OK [Success]";
    return command.endsWith("gwlist") ? known.join(" ") : "-ERR no reply";
  };
}
