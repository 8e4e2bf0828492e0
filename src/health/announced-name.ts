/** By which name the box is announced in its network (mDNS, RFC 6762): two boxes of one name agree that one of them takes another. */
import { runProgram } from "./run-program.ts";

const TIMEOUT_MS = 5_000;
const AVAHI = ["call", "org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server", "GetHostNameFqdn"];
const RESOLVED = [
  ...["get-property", "org.freedesktop.resolve1", "/org/freedesktop/resolve1"],
  ...["org.freedesktop.resolve1.Manager", "LLMNRHostname"],
];
const RESOLVED_MDNS = [...RESOLVED.slice(0, -1), "MulticastDNS"];

type Ask = (words: readonly string[]) => Promise<string | null>;

/** With `.local`; null where nobody announces one. Avahi is asked first: where it is, it does it (Debian); the image has systemd-resolved. */
export async function readAnnouncedName(ask: Ask = askBus): Promise<string | null> {
  const byAvahi = wordOf(await ask(AVAHI));
  if (byAvahi !== null) return byAvahi;
  if (wordOf(await ask(RESOLVED_MDNS)) !== "yes") return null;
  const byResolved = wordOf(await ask(RESOLVED));
  return byResolved === null || byResolved === "" ? null : `${byResolved}.local`;
}

/** `s "hotline-2.local"` */
function wordOf(answer: string | null): string | null {
  return /^s "([A-Za-z0-9.-]*)"$/.exec(answer?.trim() ?? "")?.[1]?.toLowerCase() ?? null;
}

async function askBus(words: readonly string[]): Promise<string | null> {
  // Nobody is woken for it: avahi that is switched off stays off.
  const options = ["--system", "--auto-start=no", `--timeout=${TIMEOUT_MS / 1000}`];
  const { code, stdout } = await runProgram("busctl", [...options, ...words], TIMEOUT_MS + 1_000);
  return code === 0 ? stdout : null;
}
