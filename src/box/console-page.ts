/** What stands on the box's own screen: where the panel is, and what is the matter. */
import type { Language } from "../calls/language.ts";
import { CONSOLE_WORDS, type ConsoleWords, filled } from "./console-words.ts";

export interface BoxState {
  version: string;
  hostName: string;
  /** IPv4 and IPv6 addresses of the local network, in the machine's order. */
  addresses: readonly string[];
  panelPort: number;
  /** What the daemon says of itself; null while it does not answer. */
  status: BoxStatus | null;
  /** Units of systemd that failed; null when it cannot be asked. */
  failedUnits: readonly string[] | null;
  /** New network settings are being tried, for so long still. */
  trialSeconds: number | null;
}

/** The part of `/api/status` that is shown. */
export interface BoxStatus {
  needsSetup: boolean;
  /** The firm's; null before the first start is done. */
  language: Language | null;
  switch: { connected: boolean; software: string | null };
  database: { connected: boolean };
  lines: { count: number; working: number };
  disk: { level: "ok" | "low" | "critical"; freeBytes: number; freeMinutes: number } | null;
  /** Null: by plain HTTP alone. `fingerprint`: of the certificate that devices are to trust; `name`: as the network announces the box. */
  https: { port: number; fingerprint: string; name: string | null } | null;
}

const GIB = 1024 ** 3;
const MINUTES_AN_HOUR = 60;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

export function consolePage(state: BoxState, words: ConsoleWords = CONSOLE_WORDS.en): string[] {
  const { status, addresses, failedUnits, trialSeconds } = state;
  const https = status?.https ?? null;
  const panel = [...(https?.name ? [https.name] : []), ...addresses].map((host) =>
    https === null
      ? webAddress("http", host, state.panelPort, HTTP_PORT)
      : webAddress("https", host, https.port, HTTPS_PORT),
  );
  const lines: [string, string][] = [
    [words.panel, addresses.length > 0 ? (panel[0] ?? "") : words.noNetwork],
    ...panel.slice(1).map((url): [string, string] => ["", url]),
    [words.name, state.hostName],
  ];
  // To be compared with what a browser or phone shows before it trusts /ca.crt. In two lines: a screen has 80 columns.
  const bytes = https?.fingerprint.split(":") ?? [];
  if (bytes.length > 0) lines.push(["SHA-256", bytes.slice(0, 16).join(":")], ["", bytes.slice(16).join(":")]);
  if (status === null) lines.push([words.daemon, words.silent]);
  else {
    lines.push([words.daemon, status.needsSetup ? words.runsSetUp : words.runs]);
    lines.push([words.database, status.database.connected ? words.there : words.databaseAway]);
    lines.push([words.switch, status.switch.connected ? (status.switch.software ?? words.there) : words.switchMissing]);
    lines.push([words.lines, linesText(status.lines, words)]);
    lines.push([words.disk, diskText(status.disk, words)]);
  }
  if (failedUnits === null) lines.push([words.services, words.unknown]);
  else
    lines.push([
      words.services,
      failedUnits.length === 0 ? words.noFailures : filled(words.failed, { units: failedUnits.join(", ") }),
    ]);
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  const body = lines.map(([name, text]) => `${name.padEnd(width)}${text}`);
  const trial = trialSeconds === null ? [] : ["", `! ${filled(words.trial, { seconds: trialSeconds })}`];
  return [`Hotline ${state.version}`, "", ...body, ...trial, "", words.openMenu];
}

function linesText({ count, working }: BoxStatus["lines"], words: ConsoleWords): string {
  if (count === 0) return words.noLines;
  return filled(working === count ? words.allLines : words.someLines, { count, working });
}

function diskText(disk: BoxStatus["disk"], words: ConsoleWords): string {
  if (disk === null) return words.diskUnread;
  const word = { ok: "", low: words.diskLow, critical: words.diskFull }[disk.level];
  const size = (disk.freeBytes / GIB).toFixed(1);
  return `${word}${filled(words.diskFree, { size, hours: Math.floor(disk.freeMinutes / MINUTES_AN_HOUR) })}`;
}

function webAddress(scheme: "http" | "https", host: string, port: number, usualPort: number): string {
  return `${scheme}://${bracketed(host)}${port === usualPort ? "" : `:${port}`}`;
}

const bracketed = (address: string) => (address.includes(":") ? `[${address}]` : address);
