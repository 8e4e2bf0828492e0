import { setField } from "../caller-profile.ts";
import type { Channel } from "../channel.ts";
import { causeNamed, causeOfStatus } from "../hangup-causes.ts";
import { Recorder } from "../recorder.ts";

/** What a dialplan action or `sendmsg` runs. `data` is expanded already. */
export type Application = (channel: Channel, data: string) => void | Promise<void>;

const DEFAULT_CONTEXT = "default";

/** `name=value`; without `=` the value is empty. */
function assignment(data: string): { name: string; value: string } {
  const equals = data.indexOf("=");
  if (equals < 0) return { name: data.trim(), value: "" };
  return { name: data.slice(0, equals).trim(), value: data.slice(equals + 1).trim() };
}

function assign(channel: Channel, data: string): string {
  const { name, value } = assignment(data);
  channel.setVariable(name, value);
  return name;
}

/** Waits in the daemon's hands: runs what `sendmsg` asks for until something takes the channel away. */
async function park(channel: Channel): Promise<void> {
  channel.fire("CHANNEL_PARK");
  while (channel.isReady) {
    await channel.runMessages();
    channel.takeDigit();
    // One key a step, as FreeSWITCH; those behind it are for an application that a message starts meanwhile.
    if (channel.isReady && !channel.hasDigits) await channel.changed();
    else if (channel.isReady) await channel.changed(20);
  }
  channel.fire("CHANNEL_UNPARK");
}

async function sleep(channel: Channel, data: string): Promise<void> {
  const untilMs = performance.now() + (Number.parseInt(data, 10) || 0);
  while (channel.isReady && !channel.isBroken && performance.now() < untilMs) {
    await channel.runMessages();
    await channel.changed(Math.max(1, untilMs - performance.now()));
  }
}

/** `extension dialplan context`; the dialplan is always XML here. */
function parseTransfer(data: string, channel: Channel): { destination: string; context: string } {
  const [destination = "", , context] = data.split(/\s+/).filter((word) => word !== "");
  return { destination, context: context ?? channel.profile.context ?? DEFAULT_CONTEXT };
}

export const basicApplications: Record<string, Application> = {
  set: (channel, data) => {
    assign(channel, data);
  },
  /** Several, separated by a space, or by the character behind `^^`. */
  multiset: (channel, data) => {
    const separator = data.startsWith("^^") ? data.charAt(2) : " ";
    const list = data.startsWith("^^") ? data.slice(3) : data;
    for (const item of list.split(separator)) if (item !== "") assign(channel, item);
  },
  export: (channel, data) => {
    const name = assign(channel, data.replace(/^nolocal:/, ""));
    const names = new Set((channel.variables.get("export_vars") ?? "").split(",").filter((known) => known !== ""));
    channel.setVariable("export_vars", [...names.add(name)].join(","));
  },
  set_profile_var: (channel, data) => {
    const { name, value } = assignment(data);
    setField(channel.profile, name, value);
  },
  unset: (channel, data) => channel.setVariable(data.trim(), ""),
  answer: (channel) => channel.answer(),
  pre_answer: (channel) => channel.preAnswer(),
  ring_ready: (channel) => channel.ringReady(),
  park,
  sleep,
  hangup: (channel, data) => channel.hangUp(causeNamed(data) ?? "NORMAL_CLEARING"),
  respond: (channel, data) => {
    const status = Number.parseInt(data, 10) || 488;
    channel.respondStatus = status;
    channel.hangUp(causeOfStatus(status));
  },
  transfer: (channel, data) => {
    const { destination, context } = parseTransfer(data, channel);
    channel.transfer(destination, context);
  },
  execute_extension: async (channel, data) => {
    const { destination, context } = parseTransfer(data, channel);
    await channel.executeExtension(destination, context);
  },
  record_session: (channel, data) => {
    // Without sound yet FreeSWITCH too records nothing.
    if (channel.media !== null) Recorder.start(channel, data);
  },
  stop_record_session: (channel, data) => channel.recorders.get(data)?.stop(),
  log: (channel, data) => channel.owner.log("info", `${channel.name}: ${data}`),
  info: (channel) => channel.owner.log("info", `${channel.name}: ${JSON.stringify([...channel.variables])}`),
};
