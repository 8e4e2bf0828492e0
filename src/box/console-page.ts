/** What stands on the box's own screen: where the panel is, and what is the matter. In English: it is there before anybody chose a language. */

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
}

/** The part of `/api/status` that is shown. */
export interface BoxStatus {
  needsSetup: boolean;
  switch: { connected: boolean; software: string | null };
  database: { connected: boolean };
  disk: { level: "ok" | "low" | "critical"; freeBytes: number; freeMinutes: number } | null;
  /** Null: by plain HTTP alone. `fingerprint`: of the certificate that devices are to trust; `name`: as the network announces the box. */
  https: { port: number; fingerprint: string; name: string | null } | null;
}

const GIB = 1024 ** 3;
const MINUTES_AN_HOUR = 60;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

export function consolePage(state: BoxState): string {
  const { status, addresses, failedUnits } = state;
  const https = status?.https ?? null;
  const panel = [...(https?.name ? [https.name] : []), ...addresses].map((host) =>
    https === null
      ? webAddress("http", host, state.panelPort, HTTP_PORT)
      : webAddress("https", host, https.port, HTTPS_PORT),
  );
  const lines: [string, string][] = [
    ["Panel", addresses.length > 0 ? (panel[0] ?? "") : "no network: is the cable plugged in?"],
    ...panel.slice(1).map((url): [string, string] => ["", url]),
    ["Name", state.hostName],
  ];
  // To be compared with what a browser or phone shows before it trusts /ca.crt. In two lines: a screen has 80 columns.
  const bytes = https?.fingerprint.split(":") ?? [];
  if (bytes.length > 0) lines.push(["SHA-256", bytes.slice(0, 16).join(":")], ["", bytes.slice(16).join(":")]);
  if (status === null) lines.push(["Daemon", "does not answer yet"]);
  else {
    lines.push(["Daemon", status.needsSetup ? "runs; open the panel to set it up" : "runs"]);
    lines.push(["Database", status.database.connected ? "there" : "AWAY; calls go on"]);
    lines.push(["Switch", status.switch.connected ? (status.switch.software ?? "there") : "MISSING: no calls"]);
    lines.push(["Disk", diskText(status.disk)]);
  }
  if (failedUnits === null) lines.push(["Services", "unknown"]);
  else lines.push(["Services", failedUnits.length === 0 ? "no failures" : `FAILED: ${failedUnits.join(", ")}`]);
  const body = lines.map(([name, text]) => `  ${name.padEnd(10)}${text}`);
  return ["", `  Hotline ${state.version}`, "", ...body, ""].join("\n");
}

function diskText(disk: BoxStatus["disk"]): string {
  if (disk === null) return "cannot be read";
  const word = { ok: "", low: "LOW: ", critical: "FULL: recordings are lost; " }[disk.level];
  return `${word}${(disk.freeBytes / GIB).toFixed(1)} GiB free, ${Math.floor(disk.freeMinutes / MINUTES_AN_HOUR)} hours of talk`;
}

function webAddress(scheme: "http" | "https", host: string, port: number, usualPort: number): string {
  return `${scheme}://${bracketed(host)}${port === usualPort ? "" : `:${port}`}`;
}

const bracketed = (address: string) => (address.includes(":") ? `[${address}]` : address);
