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
}

const GIB = 1024 ** 3;
const MINUTES_AN_HOUR = 60;

export function consolePage(state: BoxState): string {
  const { status, addresses, failedUnits } = state;
  const panel = addresses.map((address) => `http://${bracketed(address)}:${state.panelPort}`);
  const lines: [string, string][] = [
    ["Panel", panel[0] ?? "no network: is the cable plugged in?"],
    ...panel.slice(1).map((url): [string, string] => ["", url]),
    ["Name", state.hostName],
  ];
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

const bracketed = (address: string) => (address.includes(":") ? `[${address}]` : address);
