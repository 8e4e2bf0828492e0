/**
 * What is said over the event socket in a scenario, with only the fields that the daemon reads and with names in place of ids, times and
 * paths. Recorded from FreeSWITCH (scripts/record-transcripts.ts), compared with whatever switch is under test.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SUBSCRIPTION } from "../freeswitch/decode-event.ts";
import { EslConnection } from "../freeswitch/esl-connection.ts";
import { switchPaths } from "../freeswitch/generated-config.ts";
import type { BareSwitch } from "./bare-switch.ts";
import { until } from "./until.ts";

/** An event as the switch sent it in JSON: header to value. `_body` is its body, if it has one. */
type RawEvent = Readonly<Record<string, string | undefined>>;

export type TranscriptEntry =
  | { sent: string; headers?: Record<string, string>; reply: string | Record<string, unknown> }
  | { event: string; headers: Record<string, string> }
  | { cdr: string; variables: Record<string, string>; destinations: string[] };

export interface Transcript {
  scenario: string;
  /** What it was recorded from. */
  software: string;
  entries: TranscriptEntry[];
}

const PARTY = ["Caller-Caller-ID-Number", "Caller-Caller-ID-Name", "Caller-Destination-Number", "Answer-State"];
const CALLED = ["variable_sip_req_user", "variable_sip_to_user", "variable_sip_gateway", "variable_sip_gateway_name"];
const LEG = [...PARTY, ...CALLED, "Call-Direction", "variable_bridge_uuid", "variable_hotline_*"];
const TIMES_OF_LEG = ["Caller-Channel-Created-Time", "Caller-Channel-Answered-Time"];

/** What the daemon reads of each event (src/freeswitch/decode-event.ts), and of a leg's dump. */
const READ: Record<string, readonly string[]> = {
  CHANNEL_PARK: LEG,
  CHANNEL_ANSWER: ["variable_hotline_call_id"],
  CHANNEL_BRIDGE: ["Bridge-A-Unique-ID", "Bridge-B-Unique-ID"],
  CHANNEL_EXECUTE_COMPLETE: ["Application", "Application-UUID", "variable_playback_terminator_used"],
  DTMF: ["DTMF-Digit"],
  RECORD_STOP: ["Record-File-Path"],
  CHANNEL_HOLD: [],
  CHANNEL_UNHOLD: [],
  CHANNEL_HANGUP_COMPLETE: [
    "Hangup-Cause",
    "Caller-Channel-Answered-Time",
    "variable_hotline_call_id",
    "variable_sip_hangup_disposition",
    "variable_sip_invite_failure_status",
    "variable_sip_term_status",
    "variable_proto_specific_hangup_cause",
  ],
  BACKGROUND_JOB: ["Job-UUID", "_body"],
  "hotline::guard": ["Hotline-State", "Hotline-Boot"],
  "sofia::register": ["from-user", "network-ip"],
  "sofia::unregister": ["from-user"],
  "sofia::pre_register": ["profile-name", "to-user", "network-ip"],
  "sofia::register_attempt": ["username", "auth-result", "network-ip"],
  uuid_dump: [...LEG, ...TIMES_OF_LEG],
};
/** Applications whose end the daemon waits for. */
const AWAITED = new Set(["playback", "record", "answer"]);
const CDR_VARIABLES = new Set([
  "uuid",
  "direction",
  "hangup_cause",
  "answer_uepoch",
  "bridge_uepoch",
  "end_uepoch",
  "last_bridge_to",
  "sip_hangup_disposition",
  "sip_term_status",
  "sip_invite_failure_status",
  "proto_specific_hangup_cause",
]);
const TIMES = /-Time$|_uepoch$/;

const TIMEOUT_MS = 5000;

export class Transcriber {
  readonly bare: BareSwitch;
  readonly #scenario: string;
  readonly #connection: EslConnection;
  readonly #entries: TranscriptEntry[] = [];
  readonly #events: RawEvent[] = [];
  readonly #names = new Map<string, string>();
  #software = "";

  private constructor(scenario: string, bare: BareSwitch) {
    this.#scenario = scenario;
    this.bare = bare;
    const { eventSocketPort: port, dataDir } = bare.settings;
    this.#connection = new EslConnection({ host: "127.0.0.1", port, secret: bare.running.secret });
    this.#connection.onEvent = (json) => this.#take(JSON.parse(json) as RawEvent);
    this.#names.set(dataDir, "data");
  }

  static async open(scenario: string, bare: BareSwitch): Promise<Transcriber> {
    const one = new Transcriber(scenario, bare);
    await one.#connection.open(TIMEOUT_MS);
    one.#software = (await one.#connection.api("version", TIMEOUT_MS)).trim();
    await one.#connection.command(`event json ${SUBSCRIPTION}`, null, TIMEOUT_MS);
    return one;
  }

  /** Gives an id a name that is the same in every recording. */
  name<Id extends string>(id: Id, name: string): Id {
    this.#names.set(id, name);
    return id;
  }

  /** @returns the reply as it came */
  async api(command: string): Promise<string> {
    const reply = await this.#connection.api(command, TIMEOUT_MS);
    this.#entries.push({ sent: `api ${command}`, reply: readable(command, reply) });
    return reply;
  }

  /** Asks until the answer is as wanted, and writes down only that one: for lists that lag behind. */
  async apiUntil(command: string, isWanted: (reply: string) => boolean): Promise<string> {
    const reply = await until(command, async () => {
      const text = await this.#connection.api(command, TIMEOUT_MS);
      return isWanted(text) ? { text } : null;
    });
    this.#entries.push({ sent: `api ${command}`, reply: readable(command, reply.text) });
    return reply.text;
  }

  async job(command: string, name: string): Promise<string> {
    const id = this.name(randomUUID(), name);
    const headers = { "Job-UUID": id };
    const reply = await this.#connection.command(`bgapi ${command}`, headers, TIMEOUT_MS);
    this.#entries.push({ sent: `bgapi ${command}`, headers, reply });
    return id;
  }

  async execute(legId: string, application: string, argument = "", eventUuid: string | null = null): Promise<void> {
    await this.message(`sendmsg ${legId}`, {
      "call-command": "execute",
      "execute-app-name": application,
      ...(argument === "" ? {} : { "execute-app-arg": argument }),
      ...(eventUuid === null ? {} : { "Event-UUID": eventUuid }),
    });
  }

  async message(command: string, headers: Record<string, string> | null = null): Promise<void> {
    const reply = await this.#connection.command(command, headers, TIMEOUT_MS);
    this.#entries.push({ sent: command, ...(headers ? { headers } : {}), reply });
  }

  /** Waits for an event, also one that came before. */
  async hears(name: string, isWanted: (event: RawEvent) => boolean = () => true, timeoutMs = 8000): Promise<RawEvent> {
    const isIt = (event: RawEvent) => (event["Event-Subclass"] ?? event["Event-Name"]) === name && isWanted(event);
    return await until(`event ${name}`, () => this.#events.find(isIt), timeoutMs);
  }

  /** How many such events came so far. */
  heard(name: string, isWanted: (event: RawEvent) => boolean): number {
    return this.#events.filter((event) => event["Event-Subclass"] === name && isWanted(event)).length;
  }

  /** The CDR of a leg that has ended. */
  async cdr(legId: string): Promise<void> {
    const path = join(switchPaths(this.bare.settings.dataDir).cdr, `${legId}.cdr.json`);
    const text = await until(`the CDR ${path}`, async () => {
      const read = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return "";
        throw error;
      });
      return read.trimEnd().endsWith("}") && isJson(read) ? read : null;
    });
    const { variables, callflow } = JSON.parse(text) as {
      variables: Record<string, string>;
      callflow: { caller_profile: { destination_number: string } }[];
    };
    this.#entries.push({
      cdr: legId,
      variables: picked(variables, (name) => CDR_VARIABLES.has(name) || name.startsWith("hotline_")),
      destinations: callflow.map(({ caller_profile }) => caller_profile.destination_number),
    });
  }

  /** The leg of a caller who dialled this, with its names given: `<name>` and `<name's call>`. */
  async parked(dialled: string, name: string): Promise<string> {
    const event = await this.hears("CHANNEL_PARK", (raw) => raw["Caller-Destination-Number"] === dialled);
    this.name(event["variable_hotline_call_id"] ?? "", `${name}'s call`);
    return this.name(event["Unique-ID"] ?? "", name);
  }

  close(): Transcript {
    this.#connection.close();
    const entries = JSON.parse(this.#named(JSON.stringify(this.#entries))) as TranscriptEntry[];
    return { scenario: this.#scenario, software: this.#software, entries };
  }

  #take(raw: RawEvent): void {
    this.#events.push(raw);
    const name = raw["Event-Subclass"] ?? raw["Event-Name"] ?? "";
    // The guard's talk with the daemon that is there meanwhile; applications of the dialplan; music for whoever is held.
    if (name === "hotline::guard" && !this.#names.has(raw["Hotline-Boot"] ?? "")) return;
    // Of an INVITE whose password was wrong: it never became a call.
    if (name === "CHANNEL_HANGUP_COMPLETE" && raw["Caller-Channel-Created-Time"] === undefined) return;
    if (name === "CHANNEL_EXECUTE_COMPLETE" && !this.#isAwaited(raw)) return;
    this.#entries.push({ event: name, headers: pickHeaders(raw, name) });
  }

  #isAwaited(raw: RawEvent): boolean {
    const application = raw["Application"] ?? "";
    return AWAITED.has(application) && (application === "answer" || this.#names.has(raw["Application-UUID"] ?? ""));
  }

  /** Ids that were given no name are all one: `<uuid>`. */
  #named(text: string): string {
    let named = text;
    for (const [id, name] of this.#names) named = named.replaceAll(id, `<${name}>`);
    return named.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>");
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function pickHeaders(raw: RawEvent, of: string): Record<string, string> {
  const wanted = new Set(["Unique-ID", ...(READ[of] ?? [])]);
  // How a call that we made was addressed is read by nobody.
  if (raw["Call-Direction"] === "outbound") for (const name of CALLED) wanted.delete(name);
  return picked(
    raw,
    (name) => wanted.has(name) || (wanted.has("variable_hotline_*") && name.startsWith("variable_hotline_")),
  );
}

function picked(values: RawEvent, isWanted: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    isWanted(name) && value !== undefined ? [[name, TIMES.test(name) && value !== "0" ? "<time>" : value]] : [],
  );
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, "en")));
}

/** Replies that are lists or dumps, reduced to what the daemon reads. */
function readable(command: string, reply: string): string | Record<string, unknown> {
  if (command.startsWith("uuid_dump ") && reply.startsWith("{")) {
    return pickHeaders(JSON.parse(reply) as RawEvent, "uuid_dump");
  }
  if (/^show .* as json$/.test(command) && reply.startsWith("{")) {
    const { row_count: count, rows = [] } = JSON.parse(reply) as { row_count: number; rows?: RawEvent[] };
    const columns = new Set(["uuid", "direction", "callstate", "reg_user", "realm"]);
    return { row_count: count, rows: rows.map((row) => picked(row, (name) => columns.has(name))) };
  }
  return reply;
}

/** FreeSWITCH turns caller and callee round on legs that it dialled, by rules of its own; the daemon knows whom it rang and reads neither. */
const UNREAD_ON_DIALLED_LEGS = ["Caller-Caller-ID-Name", "Caller-Caller-ID-Number"];

function withoutUnread<Entry extends object>(entry: Entry): Entry {
  const copy = structuredClone(entry);
  for (const said of Object.values(copy) as unknown[]) {
    if (typeof said !== "object" || said === null) continue;
    const headers = said as Record<string, unknown>;
    if (headers["Call-Direction"] === "outbound") for (const name of UNREAD_ON_DIALLED_LEGS) delete headers[name];
  }
  return copy;
}

/**
 * What a transcript says in each place, independent of what comes first where nothing orders it: the commands with their replies, the
 * events of each leg or job, the CDRs.
 */
export function comparable({ entries }: Transcript): Record<string, unknown[]> {
  const threads: Record<string, unknown[]> = { commands: [] };
  for (const entry of entries) {
    const thread =
      "sent" in entry
        ? "commands"
        : "cdr" in entry
          ? `cdr of ${entry.cdr}`
          : `events of ${entry.headers["Unique-ID"] ?? entry.headers["Job-UUID"] ?? entry.headers["from-user"] ?? entry.event}`;
    (threads[thread] ??= []).push(withoutUnread(entry));
  }
  return threads;
}
