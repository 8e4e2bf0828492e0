/** Many callers at once, by sipp: each hears the menu, presses its key, and waits to be hung up on; or stays in the menu for a while. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freeUdpPort, withTemporaryDir } from "../../src/testing/temporary.ts";
import { keyCapture, TELEPHONE_EVENT } from "./key-packets.ts";
import { DIALLED, KEY, KEY_AFTER_ANSWER_MS } from "./menu.ts";

const LOOPBACK = "127.0.0.1";
/** A call that is not over by then has failed. */
const PATIENCE_MS = 8_000;

export interface LoadOptions {
  sipPort: number;
  callsPerSecond: number;
  calls: number;
  /** They press no key and hang up themselves after this. */
  stayMs?: number;
  /** After the answer; `KEY_AFTER_ANSWER_MS` if not given. */
  keyAfterMs?: number;
}

export interface LoadResult {
  succeeded: number;
  failed: number;
  /** The pace that sipp kept; less than asked for means that sipp, and not what it calls, was too slow. */
  callsPerSecond: number;
}

const running = new Set<ChildProcess>();

/** For who ends the bench in the middle. */
export function stopLoads(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** @throws Error when sipp cannot do its work */
export async function callMany(options: LoadOptions): Promise<LoadResult> {
  const { sipPort, callsPerSecond, calls, stayMs, keyAfterMs = KEY_AFTER_ANSWER_MS } = options;
  return await withTemporaryDir(async (dir) => {
    await writeFile(join(dir, "key.pcap"), keyCapture(Number(KEY)));
    await writeFile(join(dir, "caller.xml"), scenario(join(dir, "key.pcap"), keyAfterMs, stayMs ?? null));
    const numbers = Array.from({ length: calls }, (_, index) => `599${String(100_000 + index)};`);
    await writeFile(join(dir, "numbers.csv"), ["SEQUENTIAL", ...numbers, ""].join("\n"));
    const longestS = Math.ceil(calls / callsPerSecond + (PATIENCE_MS + keyAfterMs + (stayMs ?? 0)) / 1000 + 10);
    const args = [
      ...[`${LOOPBACK}:${sipPort}`, "-sf", "caller.xml", "-inf", "numbers.csv", "-s", DIALLED],
      ...["-i", LOOPBACK, "-p", `${await freeUdpPort()}`, "-mp", `${await freeMediaPort()}`],
      ...["-r", `${callsPerSecond}`, "-m", `${calls}`, "-l", `${calls}`],
      ...["-nostdin", "-timeout", `${longestS}s`, "-timeout_error", "-deadcall_wait", "0"],
      ...["-trace_stat", "-stf", "statistics.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log"],
    ];
    const child = spawn("sipp", args, { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
    running.add(child);
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-2_000);
    });
    await once(child, "exit").finally(() => running.delete(child));
    const statistics = await readFile(join(dir, "statistics.csv"), "utf8").catch((error: unknown) => {
      throw new Error(`sipp did not run: ${said}`, { cause: error });
    });
    const result = resultOf(statistics, calls);
    // Whoever could press no key has measured nothing.
    if (/raw .*socket|run as root/i.test(said)) throw new Error(`sipp sends keys as root only: ${said}`);
    return result;
  });
}

/** sipp takes the port and the one two above it. */
async function freeMediaPort(): Promise<number> {
  return (await freeUdpPort()) & ~1;
}

/** The columns of sipp's statistics that are looked at; `(C)` is since the beginning. */
function resultOf(statistics: string, calls: number): LoadResult {
  const [head = "", ...lines] = statistics.trim().split("\n");
  const names = head.split(";");
  const rows = lines.map((line) => {
    const cells = line.split(";");
    return (name: string) => cells[names.indexOf(name)] ?? "";
  });
  const last = rows.at(-1);
  if (last === undefined) throw new Error("sipp left no statistics");
  const succeeded = Number(last("SuccessfulCall(C)"));
  const allMade = rows.find((row) => Number(row("TotalCallCreated")) >= calls) ?? last;
  return {
    succeeded,
    // Also those that sipp never came to make.
    failed: calls - succeeded,
    callsPerSecond: Number(allMade("TotalCallCreated")) / secondsOf(allMade("ElapsedTime(C)")),
  };
}

/** `00:00:12:345000` or `00:00:12`. */
function secondsOf(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0, micro = 0] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60 + seconds + micro / 1e6;
}

const OFFER = `v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 ${TELEPHONE_EVENT}
a=rtpmap:8 PCMA/8000
a=rtpmap:${TELEPHONE_EVENT} telephone-event/8000
a=fmtp:${TELEPHONE_EVENT} 0-15
`;

function scenario(keyFile: string, keyAfterMs: number, stayMs: number | null): string {
  const request = (
    method: string,
    sequence: number,
    to: string,
    body = "",
  ) => `${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${sequence} ${method}
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
${body === "" ? "Content-Length: 0\n\n" : `Content-Type: application/sdp\nContent-Length: [len]\n\n${body}`}`;
  const keyThenWait = `<pause milliseconds="${keyAfterMs}"/>
<nop><action><exec play_pcap_audio="${keyFile}"/></action></nop>
<recv request="BYE" timeout="${PATIENCE_MS}"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>`;
  const stayThenHangUp = (ms: number) => `<pause milliseconds="${ms}"/>
<send retrans="500"><![CDATA[
${request("BYE", 2, "[peer_tag_param]")}]]></send>
<recv response="200"/>`;
  return `<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="caller">
<send retrans="500"><![CDATA[
${request("INVITE", 1, "", OFFER)}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" timeout="${PATIENCE_MS}"/>
<send><![CDATA[
${request("ACK", 1, "[peer_tag_param]")}]]></send>
${stayMs === null ? keyThenWait : stayThenHangUp(stayMs)}
</scenario>
`;
}
