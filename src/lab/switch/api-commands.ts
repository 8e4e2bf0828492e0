import { randomUUID } from "node:crypto";
import { BlockList, isIPv4 } from "node:net";
import { type ApiCommand, channelCommands } from "./api-channels.ts";
import { sofiaCommands } from "./api-sofia.ts";
import { findUser } from "./directory.ts";
import { localTime } from "./events.ts";
import type { LabSwitch } from "./switch.ts";

const VERSION = "Hotline lab switch 0.1 (speaks FreeSWITCH 1.11 event socket)";

const generalCommands: Record<string, ApiCommand> = {
  version: () => `${VERSION}\n`,
  status: (owner) => `UP\n${VERSION} is ready\n${owner.channels.size} session(s)\n`,
  create_uuid: () => randomUUID(),
  global_getvar: (owner, args) => owner.globals.get(args.trim()) ?? "",
  global_setvar: (owner, args) => {
    const equals = args.indexOf("=");
    if (equals < 1) return "-ERR no reply\n";
    owner.globals.set(args.slice(0, equals).trim(), args.slice(equals + 1).trim());
    return "+OK";
  },
  reloadxml: (owner) => {
    // FreeSWITCH too answers +OK whatever happened; the text in brackets tells.
    const problem = owner.reload();
    return `+OK [${problem ?? "Success"}]\n`;
  },
  /** Of all that can be put off only this: who asks for it by the event socket would cut itself off before the answer. */
  sched_api: (owner, args) => {
    const seconds = /^\+([0-9]+) none reload mod_event_socket$/.exec(args.trim())?.[1];
    if (seconds === undefined) return "-ERR only mod_event_socket is loaded anew here\n";
    setTimeout(() => owner.reloadEventSocket(), Number(seconds) * 1_000).unref();
    return `+OK Job-UUID: ${randomUUID()}\n`;
  },
  user_exists: (owner, args) => {
    const [, user = ""] = args.split(/\s+/);
    return String(findUser(owner.document, user) !== null);
  },
  strftime: (_, args) => {
    const [date = "", time = ""] = localTime(Date.now()).split(" ");
    const [year, month, day] = date.split("-");
    const [hour, minute, second] = time.split(":");
    const parts: Record<string, string | undefined> = { Y: year, m: month, d: day, H: hour, M: minute, S: second };
    return (args.trim() || "%Y-%m-%d %H:%M:%S").replace(/%([YmdHMS])/g, (_whole, key: string) => parts[key] ?? "");
  },
  module_exists: () => "true",
  /** `acl <address> <network>[,<network>...]`; the networks in the argument itself, no named lists. */
  acl: (_, args) => {
    const [address = "", networks = ""] = args.trim().split(/\s+/);
    const list = new BlockList();
    for (const [network = "", bits = ""] of networks.split(",").map((one) => one.split("/")))
      if (isIPv4(network)) list.addSubnet(network, Number(bits), "ipv4");
    return String(isIPv4(address) && list.check(address));
  },
  fsctl: (owner, args) => {
    if (!args.startsWith("shutdown")) return "-ERR only shutdown is known here\n";
    owner.requestStop();
    return "+OK\n";
  },
  shutdown: (owner) => {
    owner.requestStop();
    return "+OK\n";
  },
  lab: faults,
};

/** What only the lab switch can: to break on demand. */
function faults(owner: LabSwitch, args: string): string {
  const [knob, argument = ""] = args.split(/\s+/);
  switch (knob) {
    case "drop-sockets":
      // After the answer is out, so that who asked knows that it was heard.
      setImmediate(() => owner.dropSockets());
      return "+OK\n";
    case "refuse-logins":
      owner.refuseLogins(Number.parseInt(argument, 10) || 1);
      return "+OK\n";
    case "stall":
      owner.stallCommands(Number.parseInt(argument, 10) || 1000);
      return "+OK\n";
    default:
      return "-USAGE: lab drop-sockets | refuse-logins <count> | stall <ms>\n";
  }
}

export const apiCommands: ReadonlyMap<string, ApiCommand> = new Map(
  Object.entries({ ...generalCommands, ...channelCommands, ...sofiaCommands }),
);
