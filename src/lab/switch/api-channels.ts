import { bridgeByUuid } from "./bridge.ts";
import type { Channel } from "./channel.ts";
import { callStateOf, channelHeaders } from "./channel-headers.ts";
import { nowUs } from "./channel-state.ts";
import { localTime } from "./events.ts";
import { causeNamed } from "./hangup-causes.ts";
import { dial } from "./originate.ts";
import { Recorder } from "./recorder.ts";
import type { LabSwitch } from "./switch.ts";

/** Answers a command; `args` is all behind its name. The text is what FreeSWITCH would say. */
export type ApiCommand = (owner: LabSwitch, args: string) => string | Promise<string>;

const NO_CHANNEL = "-ERR No such channel!\n";

function usage(syntax: string): string {
  return `-USAGE: ${syntax}\n`;
}

/** Commands of the form `name <uuid> ...`. */
function onChannel(syntax: string, run: (channel: Channel, rest: string) => string, none = NO_CHANNEL): ApiCommand {
  return (owner, args) => {
    const [uuid = "", ...rest] = args.split(" ");
    if (uuid === "") return usage(syntax);
    const channel = owner.channels.get(uuid);
    return channel === undefined ? none : run(channel, rest.join(" ").trim());
  };
}

export const channelCommands: Record<string, ApiCommand> = {
  uuid_exists: (owner, args) => String(owner.channels.has(args.trim())),
  uuid_getvar: onChannel("<uuid> <var>", (channel, name) => channel.variable(name) ?? "_undef_"),
  uuid_setvar: onChannel("<uuid> <var> [value]", (channel, rest) => {
    const [name = "", ...value] = rest.split(" ");
    if (name === "") return usage("<uuid> <var> [value]");
    channel.setVariable(name, value.join(" "));
    return "+OK\n";
  }),
  uuid_setvar_multi: onChannel(
    "<uuid> <var>=<value>;<var>=<value>...",
    (channel, rest) => {
      for (const item of rest.split(";")) {
        const equals = item.indexOf("=");
        if (equals > 0) channel.setVariable(item.slice(0, equals), item.slice(equals + 1));
      }
      return "+OK\n";
    },
    `${NO_CHANNEL}${usage("<uuid> <var>=<value>;<var>=<value>...")}`,
  ),
  uuid_dump: onChannel("<uuid> [format]", (channel, format) => {
    if (format !== "json") return "-ERR only json is known here\n";
    return JSON.stringify({
      "Event-Name": "CHANNEL_DATA",
      "Event-Date-Timestamp": String(nowUs()),
      ...channelHeaders(channel),
    });
  }),
  uuid_kill: onChannel("<uuid> [cause]", (channel, cause) => {
    channel.hangUp(causeNamed(cause) ?? "NORMAL_CLEARING");
    return "+OK\n";
  }),
  uuid_break: onChannel("<uuid> [all]", (channel, flag) => {
    channel.break(flag.includes("all"));
    return "+OK\n";
  }),
  uuid_transfer: onChannel("<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]", (channel, rest) => {
    const [destination = "", , context = channel.profile.context] = rest.split(/\s+/);
    if (destination === "") return usage("<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]");
    channel.transfer(destination, context);
    return "+OK\n";
  }),
  uuid_park: onChannel("<uuid>", (channel) => {
    channel.divert(() => channel.runExtension({ actions: [{ application: "park", data: "" }] }));
    return "+OK\n";
  }),
  uuid_record: onChannel(
    "<uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]",
    record,
    "-ERR Cannot locate session!\n",
  ),
  uuid_send_dtmf: onChannel(
    "<uuid> <dtmf_data>",
    (channel, digits) => {
      for (const digit of digits) if (/[0-9*#A-D]/.test(digit)) channel.media?.sendDigit(digit, 250);
      return `+OK ${channel.uuid} sent DTMF ${digits}.\n`;
    },
    "-ERR Cannot locate session!\n",
  ),
  uuid_bridge: (owner, args) => {
    const [first = "", second = ""] = args.split(" ");
    if (second === "") return usage("<uuid> <other_uuid>");
    const isBridged = bridgeByUuid(owner.channels.get(first), owner.channels.get(second));
    return isBridged ? `+OK ${second}\n` : "-ERR Invalid uuid\n";
  },
  originate,
  hupall: (owner, args) => {
    const [causeName = "", variable, value = ""] = args.split(" ");
    const cause = causeNamed(causeName) ?? "MANAGER_REQUEST";
    for (const channel of owner.channels.values()) {
      if (variable === undefined || channel.variable(variable) === value) channel.hangUp(cause);
    }
    if (variable === undefined) return `+OK hangup all channels with cause ${cause}\n`;
    return `+OK hangup all channels matching [${variable}]=[${value}] with cause: ${cause}\n`;
  },
  show,
};

function record(channel: Channel, rest: string): string {
  const [action, path = ""] = rest.split(" ");
  if (path !== "" && action === "start") {
    try {
      Recorder.start(channel, path);
      return "+OK Success\n";
    } catch (error) {
      channel.owner.log("error", `recording ${path}: ${String(error)}`);
      return "-ERR Cannot record session!\n";
    }
  }
  if (path !== "" && action === "stop") {
    const recorders = path === "all" ? [...channel.recorders.values()] : [channel.recorders.get(path)];
    if (recorders[0] === undefined) return "-ERR Cannot stop record session!\n";
    for (const recorder of recorders) recorder?.stop();
    return "+OK Success\n";
  }
  return usage("<uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]");
}

const ORIGINATE_SYNTAX =
  "<call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]";

async function originate(owner: LabSwitch, args: string): Promise<string> {
  const [, dialString = "", then = "", rest = ""] =
    /^((?:\{[^}]*\}|\[[^\]]*\]|[^\s{[])+)\s+(&[^\s(]+(?:\([^)]*\))?|\S+)(?:\s+([^]*))?$/.exec(args) ?? [];
  if (dialString === "" || then === "") return usage(ORIGINATE_SYNTAX);
  const [, context = "default", , , timeout] = rest.split(/\s+/);
  const result = await dial(
    { owner, caller: null },
    dialString,
    timeout === undefined ? undefined : Number.parseInt(timeout, 10),
  );
  if ("cause" in result) return `-ERR ${result.cause}\n`;
  const { channel } = result;
  const [, application, data = ""] = /^&([^(]+)(?:\(([^)]*)\))?$/.exec(then) ?? [];
  // Whom we called becomes the caller of the channel, as FreeSWITCH turns it round for a call without an A-leg.
  const { callerIdName, callerIdNumber, destinationNumber } = channel.profile;
  channel.setVariable("pre_transfer_caller_id_name", callerIdName);
  channel.setVariable("pre_transfer_caller_id_number", callerIdNumber);
  Object.assign(channel.profile, {
    callerIdName: destinationNumber,
    callerIdNumber: destinationNumber,
    calleeIdName: callerIdName,
    calleeIdNumber: callerIdNumber,
  });
  if (application === undefined) channel.transfer(then, context);
  else channel.divert(() => channel.runExtension({ actions: [{ application, data }] }));
  return `+OK ${channel.uuid}\n`;
}

function show(owner: LabSwitch, args: string): string {
  const channels = [...owner.channels.values()];
  switch (args.trim()) {
    case "channels as json":
      return rowsAsJson(channels.map(channelRow));
    case "channels count":
      return `\n${channels.length} total.\n`;
    case "calls as json":
      return rowsAsJson(callsOf(channels).map(([a, b]) => ({ ...channelRow(a), ...partnerRow(b) })));
    case "calls count":
      return `\n${callsOf(channels).length} total.\n`;
    case "registrations as json":
      return rowsAsJson(registrationRows(owner));
    default:
      owner.log("warning", `show ${args}: not known here`);
      return "-ERR only channels, calls and registrations as json are known here\n";
  }
}

function rowsAsJson(rows: Record<string, string>[]): string {
  if (rows.length === 0) return '{"row_count": 0}\n';
  return JSON.stringify({ row_count: rows.length, rows });
}

/** Pairs that talk, by their first leg; a channel on its own counts as a call too. */
function callsOf(channels: Channel[]): [Channel, Channel | null][] {
  return channels
    .filter((channel) => channel.bridgedTo === null || channel.other?.type === "originatee")
    .map((channel) => [channel, channel.bridgedTo]);
}

function channelRow(channel: Channel): Record<string, string> {
  const { profile, times, codecName } = channel;
  const createdMs = times.createdUs / 1000;
  const codec = codecName === "" ? ["", "", ""] : [codecName, "8000", "64000"];
  const [name = "", rate = "", bits = ""] = codec;
  return {
    uuid: channel.uuid,
    direction: channel.direction,
    created: localTime(createdMs),
    created_epoch: String(Math.floor(createdMs / 1000)),
    name: channel.name,
    state: channel.state,
    cid_name: profile.callerIdName,
    cid_num: profile.callerIdNumber,
    ip_addr: profile.networkAddr,
    dest: profile.destinationNumber,
    application: channel.runningApplication,
    application_data: channel.runningData,
    dialplan: profile.dialplan,
    context: profile.context,
    read_codec: name,
    read_rate: rate,
    read_bit_rate: bits,
    write_codec: name,
    write_rate: rate,
    write_bit_rate: bits,
    callstate: callStateOf(channel),
    callee_name: profile.calleeIdName,
    callee_num: profile.calleeIdNumber,
    call_uuid: channel.variables.get("call_uuid") ?? "",
    initial_cid_name: channel.profiles[0]?.origCallerIdName ?? "",
    initial_cid_num: channel.profiles[0]?.origCallerIdNumber ?? "",
    initial_dest: channel.profiles[0]?.destinationNumber ?? "",
    initial_context: channel.profiles[0]?.context ?? "",
  };
}

function partnerRow(partner: Channel | null): Record<string, string> {
  if (partner === null) return { b_uuid: "" };
  const row = channelRow(partner);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [`b_${name}`, value]));
}

function registrationRows(owner: LabSwitch): Record<string, string>[] {
  return [...owner.profiles.values()].flatMap(({ name, registrar }) =>
    registrar.registrations.map((registration) => ({
      reg_user: registration.user,
      realm: "hotline",
      token: registration.callId,
      url: `sofia/${name}/${registration.contact}`,
      expires: String(Math.floor(registration.expiresAtMs / 1000)),
      network_ip: registration.source.address,
      network_port: String(registration.source.port),
      network_proto: "udp",
    })),
  );
}
