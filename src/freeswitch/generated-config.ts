import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { XMLValidator } from "fast-xml-parser";
import { type Extension, extension as parseExtension } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { WayOut } from "../calls/way-out.ts";
import { attribute, include, requireWellFormed, SwitchConfigError } from "./config-text.ts";
import { callerIdOf } from "./encode-command.ts";
import { gatewayName, gatewayXml, sourceXml, type TrunkAccount } from "./trunk-xml.ts";

/** What the switch needs to know about this site. Paths are absolute; ports are UDP (RTP), UDP and TCP (SIP), TCP (event socket). */
export interface SwitchSettings {
  dataDir: string;
  promptsDir: string;
  eventSocketPort: number;
  /** Where phones and trunks reach us; `127.0.0.1` unless the site says otherwise. */
  sipAddress: string;
  phonesPort: number;
  trunksPort: number;
  /** TCP, for trunks over TLS. */
  trunksTlsPort: number;
  rtpFirstPort: number;
  rtpLastPort: number;
  /** Codec names in order of preference, for example `["PCMA", "PCMU"]`. */
  codecs: readonly string[];
  /** What the static fallback speaks when the caller has not chosen. */
  language: Language;
  /** Numbers that leave by any trunk, whatever happens: `112`. */
  emergencyNumbers: readonly string[];
  /** Of the whole of what phones may dial while the daemon is gone: `^(?:0[0-9]{9})$`. */
  outsidePattern: string;
  /** Whether the static fallback records conversations, as long as the called number does not say otherwise. */
  recordCalls: boolean;
  numbersRecording: readonly NumberRecording[];
  /** How phones' calls leave while the daemon is gone. */
  waysOut: readonly WayOut[];
  /** From `notice` on the switch writes down callers' numbers, with `debug` every step of every call. */
  logLevel: "warning" | "notice" | "debug";
}

/** A number of ours that says itself whether its calls are recorded. */
interface NumberRecording {
  /** What trunks may deliver for it, with or without a plus before. */
  forms: readonly string[];
  isRecorded: boolean;
}

/** An operator's phone. */
export interface PhoneAccount {
  extension: Extension;
  /** Lower-case hex MD5 of `extension:hotline:password` (RFC 2617 A1); the password itself is not kept. */
  ha1: string;
}

/** Runs one API command at the switch and gives its text. */
export type SwitchConsole = (command: string) => Promise<string>;

export interface SwitchPaths {
  root: string;
  vars: string;
  directory: string;
  gateways: string;
  sources: string;
  numbers: string;
  waysOut: string;
  secret: string;
  recordings: string;
  messages: string;
  cdr: string;
}

export function switchPaths(dataDir: string): SwitchPaths {
  const root = join(dataDir, "freeswitch");
  return {
    root,
    vars: join(root, "vars.xml"),
    directory: join(root, "directory"),
    gateways: join(root, "gateways"),
    sources: join(root, "sources"),
    numbers: join(root, "numbers"),
    waysOut: join(root, "ways-out"),
    secret: join(root, "event-socket-secret"),
    recordings: join(dataDir, "spool", "recordings"),
    messages: join(dataDir, "spool", "messages"),
    cdr: join(dataDir, "spool", "cdr"),
  };
}

/**
 * Makes everything that the switch needs before it starts: folders, the event socket's secret (once), `vars.xml`, what is said of our
 * numbers and of the ways out. Phones and trunks that were there stay. @returns the secret
 */
export async function prepareSwitchFiles(settings: SwitchSettings): Promise<{ secret: string }> {
  const paths = switchPaths(settings.dataDir);
  for (const path of [settings.dataDir, settings.promptsDir]) requireSafePath(path);
  const below = ["log", "db", "run", "temp", "certs", "cache", "grammar"].map((name) => join(paths.root, name));
  const { root, directory, gateways, sources, numbers, waysOut } = paths;
  for (const folder of [root, directory, gateways, sources, numbers, waysOut, ...below]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await chmod(paths.root, 0o700);
  for (const folder of [paths.recordings, paths.messages, paths.cdr]) await mkdir(folder, { recursive: true });
  const secret = await secretOf(paths.secret);
  for (const folder of [paths.directory, paths.gateways, paths.sources]) await setBrokenAside(folder);
  const phones = await namesIn(paths.directory);
  const trunks = await namesIn(paths.gateways);
  await replaceFile(paths.vars, varsXml(settings, secret, phones, trunks));
  await writeFolder(numbers, numbersRecordingFiles(settings.numbersRecording));
  await writeFolder(waysOut, new Map(settings.waysOut.map((way) => [way.gateway, wayOutXml(way)])));
  return { secret };
}

/** The event socket's, as it is now. */
export async function readSwitchSecret(dataDir: string): Promise<string> {
  return await secretOf(switchPaths(dataDir).secret);
}

/**
 * Puts another secret in the event socket's place, in the files alone; the switch takes it over when it reads them.
 * @returns how to put the old one back
 */
export async function replaceSwitchSecret(settings: SwitchSettings, secret: string): Promise<() => Promise<void>> {
  const paths = switchPaths(settings.dataDir);
  const before = await readSwitchSecret(settings.dataDir);
  const put = async (wanted: string) => {
    await replaceFile(paths.secret, `${wanted}\n`);
    await prepareSwitchFiles(settings);
  };
  await put(secret);
  return () => put(before);
}

/** As the event socket's are made. */
export const newSwitchSecret = (): string => randomBytes(24).toString("hex");

/**
 * Makes the phones at the switch those in `phones`: adds, changes, removes. Live calls are not touched; a phone whose password changed or
 * that is gone loses its registration.
 * @throws SwitchConfigError
 */
export async function applyOperators(
  settings: SwitchSettings,
  phones: readonly PhoneAccount[],
  run: SwitchConsole,
): Promise<void> {
  const paths = switchPaths(settings.dataDir);
  const wanted = new Map(phones.map((phone): [string, string] => [phone.extension, phoneXml(phone)]));
  await applyFolders(settings, run, [{ folder: paths.directory, wanted }], async ({ changed, removed }) => {
    for (const name of [...changed, ...removed]) {
      const exists = (await run(`user_exists id ${name} hotline`)).trim() === "true";
      if (exists === removed.includes(name)) {
        throw new SwitchConfigError(
          "refused",
          `phone ${name}: the switch ${exists ? "still knows it" : "does not know it"}`,
        );
      }
    }
    for (const name of [...changed, ...removed]) await run(`sofia profile internal flush_inbound_reg ${name}@hotline`);
  });
}

/**
 * Makes the trunks at the switch those in `trunks`. Trunks that did not change keep their registration, and live calls go on.
 * @throws SwitchConfigError
 */
export async function applyTrunks(
  settings: SwitchSettings,
  trunks: readonly TrunkAccount[],
  run: SwitchConsole,
): Promise<void> {
  const paths = switchPaths(settings.dataDir);
  const files = (write: (trunk: TrunkAccount) => string) =>
    new Map(trunks.map((trunk) => [gatewayName(trunk.trunkId), write(trunk)]));
  const folders: [Folder, Folder] = [
    { folder: paths.gateways, wanted: files(gatewayXml) },
    { folder: paths.sources, wanted: files(sourceXml) },
  ];
  await applyFolders(settings, run, folders, async ({ changed, removed }) => {
    if (changed.length === 0 && removed.length === 0) return;
    // A rescan adds gateways but does not read changed ones again, and a killed one lingers until its next turn.
    for (const name of [...changed, ...removed]) await run(`sofia profile external killgw ${name}`);
    const areGone = await eventually(async () => {
      const known = await knownGateways(run);
      return ![...changed, ...removed].some((name) => known.has(name));
    });
    if (!areGone)
      throw new SwitchConfigError("refused", `the switch keeps one of ${[...changed, ...removed].join(", ")}`);
    await run("sofia profile external rescan");
    const areThere = await eventually(async () => {
      const known = await knownGateways(run);
      return changed.every((name) => known.has(name));
    });
    if (!areThere) throw new SwitchConfigError("refused", `the switch refuses one of ${changed.join(", ")}`);
  });
}

/** Names of the gateways that sofia has now. Two lists, and one may change from one to the other while they are asked for. */
async function knownGateways(run: SwitchConsole): Promise<Set<string>> {
  const down = await run("sofia profile external gwlist down");
  const up = await run("sofia profile external gwlist");
  // Without any it answers `-ERR no reply`.
  return new Set(`${up} ${down}`.split(/\s+/).filter((word) => word.startsWith("trunk-")));
}

interface Difference {
  changed: string[];
  removed: string[];
}

interface Folder {
  folder: string;
  /** Texts of its files by name, without `.xml`. */
  wanted: ReadonlyMap<string, string>;
}

/** Writes folders anew, reloads, lets `check` ask the switch about the first, and puts everything back if it is not content. */
async function applyFolders(
  settings: SwitchSettings,
  run: SwitchConsole,
  folders: readonly [Folder, ...Folder[]],
  check: (difference: Difference) => Promise<void>,
): Promise<void> {
  const paths = switchPaths(settings.dataDir);
  for (const { wanted } of folders) for (const [name, xml] of wanted) requireWellFormed(name, xml);
  // The switch takes much that is no XML without a word, and drops what stands in it.
  for (const other of [paths.directory, paths.gateways, paths.sources]) {
    if (folders.some(({ folder }) => folder === other)) continue;
    for (const [name, xml] of await readFolder(other)) requireWellFormed(name, xml);
  }
  const before = await Promise.all(folders.map(async ({ folder }) => await readFolder(folder)));
  const varsBefore = await readFile(paths.vars, "utf8");
  const differences = folders.map(({ wanted }, index) => differenceOf(before[index] ?? new Map(), wanted));
  const [first] = differences;
  if (first === undefined || differences.every(({ changed, removed }) => changed.length + removed.length === 0)) return;
  try {
    for (const { folder, wanted } of folders) await writeFolder(folder, wanted);
    const secret = await secretOf(paths.secret);
    await replaceFile(
      paths.vars,
      varsXml(settings, secret, await namesIn(paths.directory), await namesIn(paths.gateways)),
    );
    await reload(run);
    await check(first);
  } catch (error) {
    for (const [index, { folder }] of folders.entries()) await writeFolder(folder, before[index] ?? new Map());
    await replaceFile(paths.vars, varsBefore);
    // The switch may be away; then it reads the old files at its next start, and the first error is the one to tell.
    const restored = await reload(run).then(
      () => run("sofia profile external rescan"),
      (reason: unknown) => String(reason),
    );
    if (error instanceof SwitchConfigError) throw error;
    throw new SwitchConfigError("switch-away", `${String(error)}; put back: ${restored.trim()}`);
  }
}

function differenceOf(before: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): Difference {
  return {
    changed: [...wanted.keys()].filter((name) => before.get(name) !== wanted.get(name)),
    removed: [...before.keys()].filter((name) => !wanted.has(name)),
  };
}

/** `reloadxml` answers `+OK` in any case; only the text behind it tells. */
async function reload(run: SwitchConsole): Promise<void> {
  const answer = (await run("reloadxml")).trim();
  if (!/^\+OK \[Success\]$/i.test(answer)) throw new SwitchConfigError("malformed", `reloadxml: ${answer}`);
}

/** @returns false when it did not become true within the deadline */
export async function eventually(isTrue: () => Promise<boolean>, deadlineMs = 10_000): Promise<boolean> {
  const end = Date.now() + deadlineMs;
  while (!(await isTrue())) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return true;
}

/** One malformed file would keep the whole switch from starting. It is kept under another name; the daemon writes it again. */
async function setBrokenAside(folder: string): Promise<void> {
  for (const [name, xml] of await readFolder(folder)) {
    if (XMLValidator.validate(xml) === true) continue;
    await rename(join(folder, `${name}.xml`), join(folder, `${name}.xml.broken`));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith(".xml"))
    .map((file) => file.slice(0, -".xml".length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const name of await namesIn(folder)) contents.set(name, await readFile(join(folder, `${name}.xml`), "utf8"));
  return contents;
}

async function writeFolder(folder: string, wanted: ReadonlyMap<string, string>): Promise<void> {
  const there = await readFolder(folder);
  for (const [name, xml] of wanted) {
    if (there.get(name) !== xml) await replaceFile(join(folder, `${name}.xml`), xml);
  }
  for (const name of there.keys()) if (!wanted.has(name)) await rm(join(folder, `${name}.xml`), { force: true });
}

/**
 * Beside, synced, renamed: whoever reads sees the old file or the new one. Never readable to others: most of them hold secrets. What is there
 * already is left alone: a full disk keeps nobody from starting.
 */
async function replaceFile(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) === text) return;
  const beside = `${path}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function secretOf(path: string): Promise<string> {
  const file = await open(path, "a+", 0o600);
  try {
    const there = (await file.readFile("utf8")).trim();
    if (/^[0-9a-f]{48}$/.test(there)) return there;
    const made = newSwitchSecret();
    await file.truncate(0);
    await file.writeFile(`${made}\n`);
    await file.sync();
    return made;
  } finally {
    await file.close();
  }
}

function varsXml(
  settings: SwitchSettings,
  secret: string,
  phones: readonly string[],
  trunks: readonly string[],
): string {
  const paths = switchPaths(settings.dataDir);
  const extensions = phones.map((name) => parseExtension(name));
  const emergency = settings.emergencyNumbers.map((number) => {
    if (!/^[0-9]{2,6}$/.test(number)) throw new SwitchConfigError("unsafe-text", `emergency number ${number}`);
    return number;
  });
  const codecs = settings.codecs.map((codec) => {
    if (!/^[A-Za-z0-9@.]{1,20}$/.test(codec)) throw new SwitchConfigError("unsafe-text", `codec ${codec}`);
    return codec;
  });
  if (isIP(settings.sipAddress) === 0) throw new SwitchConfigError("unsafe-text", "SIP address: not an IP address");
  const variables: Record<string, string | number> = {
    hotline_event_socket_ip: "127.0.0.1",
    hotline_event_socket_port: settings.eventSocketPort,
    hotline_event_socket_secret: secret,
    hotline_sip_ip: settings.sipAddress,
    hotline_rtp_ip: settings.sipAddress,
    hotline_phones_port: settings.phonesPort,
    hotline_trunks_port: settings.trunksPort,
    hotline_trunks_tls_port: settings.trunksTlsPort,
    hotline_rtp_first_port: settings.rtpFirstPort,
    hotline_rtp_last_port: settings.rtpLastPort,
    hotline_codecs: codecs.join(","),
    hotline_prompts_dir: settings.promptsDir,
    hotline_recordings_dir: paths.recordings,
    hotline_messages_dir: paths.messages,
    hotline_cdr_dir: paths.cdr,
    hotline_language: settings.language,
    // Georgia, Russia and Mongolia use the tone of ITU-T E.180, 425 Hz.
    hotline_ringback: "%(1000,4000,425)",
    hotline_log_level: settings.logLevel,
    hotline_everybody: extensions
      .map((extension) => `[hotline_extension=${extension}]user/${extension}@hotline`)
      .join(","),
    hotline_extensions_pattern: extensions.length > 0 ? `^(${extensions.join("|")})$` : "^(none)$",
    hotline_outside_pattern: settings.outsidePattern,
    hotline_emergency_pattern: emergency.length > 0 ? `^(${emergency.join("|")})$` : "^(none)$",
    hotline_trunks: trunks.join(","),
    hotline_record_calls: String(settings.recordCalls),
  };
  const lines = Object.entries(variables).map(
    ([name, value]) => `  <X-PRE-PROCESS cmd="set" data="${attribute(`${name}=${value}`)}"/>`,
  );
  const xml = include(lines);
  requireWellFormed("vars.xml", xml);
  return xml;
}

/** A piece of the context `public`. A file and not a variable, whose length has a limit. */
function numbersRecordingFiles(numbers: readonly NumberRecording[]): Map<string, string> {
  if (numbers.length === 0) return new Map();
  const xml = include(
    numbers.flatMap(({ forms, isRecorded }, index) => {
      for (const form of forms)
        if (!/^[A-Za-z0-9_.*#-]{1,40}$/.test(form)) throw new SwitchConfigError("unsafe-text", "number: no such user");
      return [
        `  <extension name="recording of number ${index + 1}" continue="true">`,
        `    <condition field="destination_number" expression="^[+]?(?:${forms.map(literal).join("|")})(?:;.*)?$">`,
        `      <action application="set" data="hotline_recorded=${isRecorded}" inline="true"/>`,
        "    </condition>",
        "  </extension>",
      ];
    }),
  );
  requireWellFormed("numbers", xml);
  return new Map([["recording", xml]]);
}

/** In a regular expression. */
function literal(text: string): string {
  return text.replaceAll(/[.*]/g, "[$&]");
}

/** A piece of the context `hotline`, read before a call goes out by this trunk. */
function wayOutXml({ gateway, shown, shownInEmergency, rewriting }: WayOut): string {
  const set = (element: string, name: string, value: string) =>
    `      <${element} application="set" data="${attribute(`${name}=${value}`)}" inline="true"/>`;
  const xml = include([
    `  <extension name="${gateway} without the daemon" continue="true">`,
    '    <condition field="destination_number" expression="^next-trunk$"/>',
    `    <condition field="\${hotline_trunks_left}" expression="^${gateway}(?:,|$)"/>`,
    '    <condition field="${hotline_dialled}" expression="$${hotline_emergency_pattern}" break="never">',
    set("action", "hotline_shown", callerIdOf(shownInEmergency).join(",")),
    set("anti-action", "hotline_shown", callerIdOf(shown).join(",")),
    "    </condition>",
    ...rewriting.flatMap(({ pattern, before }) => [
      `    <condition field="\${hotline_dialled}" expression="${attribute(pattern)}" break="never">`,
      set("action", "hotline_number", `${before}$1`),
      "    </condition>",
    ]),
    "  </extension>",
  ]);
  requireWellFormed(gateway, xml);
  return xml;
}

function phoneXml(phone: PhoneAccount): string {
  if (!/^[0-9a-f]{32}$/.test(phone.ha1)) throw new SwitchConfigError("unsafe-text", "phone: not a digest hash");
  const { extension } = phone;
  return include([
    `  <user id="${extension}">`,
    "    <params>",
    `      <param name="a1-hash" value="${phone.ha1}"/>`,
    "    </params>",
    "    <variables>",
    // What the phone says of itself is not believed: others see its extension.
    `      <variable name="hotline_extension" value="${extension}"/>`,
    `      <variable name="effective_caller_id_number" value="${extension}"/>`,
    `      <variable name="effective_caller_id_name" value="${extension}"/>`,
    "    </variables>",
    "  </user>",
  ]);
}

/** These paths stand in application arguments, where a space or a brace would end them. */
function requireSafePath(path: string): void {
  if (!/^\/[A-Za-z0-9._/-]*$/.test(path)) {
    throw new SwitchConfigError("unsafe-text", `${path}: an absolute path of letters, digits and . _ - only`);
  }
}
