import { randomUUID } from "node:crypto";
import { newTag, SipDialog } from "../media/sip-dialog.ts";
import { type HostPort, hostPortOf, toWire } from "../media/sip-endpoint.ts";
import type { CallerProfile } from "./caller-profile.ts";
import { Channel } from "./channel.ts";
import { nowUs } from "./channel-state.ts";
import { type DialLeg, parseDialString } from "./dial-string.ts";
import { dialStringOf, findUser } from "./directory.ts";
import { expandVariables } from "./expand.ts";
import type { Gateway } from "./gateway.ts";
import { causeNamed, type HangupCause } from "./hangup-causes.ts";
import { codecsOf } from "./sip-leg.ts";
import { OutboundLeg } from "./sip-leg-outbound.ts";
import type { SipProfile } from "./sip-profile.ts";
import type { LabSwitch } from "./switch.ts";

/** The leg that was answered (or gave early media, where that counts), or why there is none. */
export type DialResult = { channel: Channel } | { cause: HangupCause };

interface DialContext {
  owner: LabSwitch;
  /** Whose application this is; null for the command `originate`. */
  caller: Channel | null;
}

const DEFAULT_TIMEOUT_SECONDS = 60;

/** Calls what a dial string says; the first leg that is answered wins, the others are told that somebody else was faster. */
export async function dial(context: DialContext, text: string, timeoutSeconds?: number): Promise<DialResult> {
  const { variables, groups } = parseDialString(text);
  const { caller } = context;
  const seconds = Number(
    variables.get("originate_timeout") ??
      timeoutSeconds ??
      caller?.variable("call_timeout") ??
      caller?.variable("originate_timeout") ??
      DEFAULT_TIMEOUT_SECONDS,
  );
  const isEarlyEnough = !/^(true|ring_ready)$/.test(
    variables.get("ignore_early_media") ?? caller?.variable("ignore_early_media") ?? "",
  );
  let result: DialResult = { cause: "DESTINATION_OUT_OF_ORDER" };
  for (const group of groups) {
    if (caller !== null && !caller.isReady) return { cause: "ORIGINATOR_CANCEL" };
    result = await ringTogether(context, group, seconds * 1000, isEarlyEnough);
    if ("channel" in result) return result;
  }
  return result;
}

async function ringTogether(
  context: DialContext,
  group: DialLeg[],
  timeoutMs: number,
  isEarlyEnough: boolean,
): Promise<DialResult> {
  const { caller } = context;
  const legs: Channel[] = [];
  let cause: HangupCause = "NO_ROUTE_DESTINATION";
  for (const leg of group.flatMap((one) => resolveUser(context.owner, one))) {
    const started = startLeg(context, leg);
    if ("channel" in started) legs.push(started.channel);
    else cause = started.cause;
  }
  if (legs.length === 0) return { cause };
  const result = await new Promise<DialResult>((resolve) => {
    const leave: (() => void)[] = [];
    const settle = (settled: DialResult): void => {
      clearTimeout(timer);
      for (const unsubscribe of leave) unsubscribe();
      resolve(settled);
    };
    const check = (): void => {
      const alive = legs.filter((leg) => leg.hangupCause === null);
      const winner = alive.find((leg) => leg.isAnswered || (isEarlyEnough && leg.isEarly));
      if (winner !== undefined) settle({ channel: winner });
      else if (caller !== null && !caller.isReady) settle({ cause: "ORIGINATOR_CANCEL" });
      else if (alive.length === 0) settle({ cause: legs.at(-1)?.hangupCause ?? cause });
      else if (alive.some((leg) => leg.isRingReady)) caller?.ringReady();
    };
    const timer = setTimeout(() => settle({ cause: "NO_ANSWER" }), timeoutMs);
    for (const channel of caller === null ? legs : [caller, ...legs]) leave.push(channel.onChange(check));
    check();
  });
  for (const leg of legs) {
    if ("cause" in result) leg.hangUp(result.cause);
    else if (leg !== result.channel) leg.hangUp("LOSE_RACE");
  }
  return result;
}

/** `user/101@hotline` by the dial string of the directory; anything else stays. */
function resolveUser(owner: LabSwitch, leg: DialLeg): DialLeg[] {
  const [, user, domain = "hotline"] = /^user\/([^@]+)(?:@(.+))?$/.exec(leg.endpoint) ?? [];
  if (user === undefined) return [leg];
  if (findUser(owner.document, user) === null) return [{ ...leg, endpoint: "error/SUBSCRIBER_ABSENT" }];
  const dialled = new Map([
    ["dialed_user", user],
    ["dialed_domain", domain],
  ]);
  const text = expandVariables(dialStringOf(owner.document), {
    variable: (name) => dialled.get(name) ?? owner.globals.get(name),
    call: (command, args) => owner.callInDialplan(command, args),
  });
  return parseDialString(text).groups.flatMap((group) =>
    group.map(({ endpoint, variables }) => ({
      endpoint,
      variables: new Map([...dialled, ...variables, ...leg.variables]),
    })),
  );
}

/** Where an endpoint leads, or why nowhere. */
interface Route {
  profile: SipProfile;
  gateway: Gateway | null;
  /** Request URI, To, and the number in it. */
  uri: string;
  number: string;
  /** Where the INVITE goes. */
  peer: HostPort;
}

function routeOf(owner: LabSwitch, endpoint: string): Route | { cause: HangupCause } {
  const [type = "", second = "", ...rest] = endpoint.split("/");
  if (type === "error") return { cause: causeNamed(second) ?? "NORMAL_UNSPECIFIED" };
  if (type !== "sofia") return { cause: "CHAN_NOT_IMPLEMENTED" };
  if (second === "gateway") {
    const [name = "", number = ""] = rest;
    const profile = [...owner.profiles.values()].find(({ gateways }) => gateways.has(name));
    const gateway = profile?.gateways.get(name);
    if (profile === undefined || gateway === undefined) return { cause: "INVALID_GATEWAY" };
    if (!gateway.isUp || gateway.target === null) return { cause: "GATEWAY_DOWN" };
    const uri = `sip:${gateway.prefix}${toWire(number)}@${gateway.proxy}`;
    return { profile, gateway, uri, number, peer: gateway.target };
  }
  const profile = owner.profiles.get(second);
  if (profile === undefined) return { cause: "INVALID_PROFILE" };
  const address = rest.join("/").replace(/^sip:/, "");
  const uri = `sip:${address}`;
  const peer = hostPortOf(uri);
  // Only the hosts of gateways are resolved.
  if (peer === null) return { cause: "DESTINATION_OUT_OF_ORDER" };
  return { profile, gateway: null, uri, number: address.split("@")[0] ?? "", peer };
}

function startLeg(context: DialContext, { endpoint, variables }: DialLeg): DialResult {
  const { owner, caller } = context;
  const route = routeOf(owner, endpoint);
  if ("cause" in route) return route;
  const { profile, gateway, uri, number } = route;
  const uuid = variables.get("origination_uuid") ?? randomUUID();
  if (owner.channels.has(uuid)) return { cause: "DESTINATION_OUT_OF_ORDER" };
  const channel = new Channel(owner, {
    uuid,
    direction: "outbound",
    name: `sofia/${profile.name}/${gateway === null ? uri.replace(/^sip:/, "") : number}`,
    profile: callerProfileOf(caller, variables, number),
  });
  for (const [name, value] of [...exportsOf(caller), ...variables]) channel.setVariable(name, value);
  channel.setVariable("sofia_profile_name", profile.name);
  if (gateway !== null) {
    channel.setVariable("sip_gateway_name", gateway.name);
    for (const [name, value] of gateway.variables) channel.setVariable(name, value);
  }
  if (caller !== null) {
    channel.other = { channel: caller, type: "originator" };
    channel.setVariable("originator", caller.uuid);
  }
  const leg = new OutboundLeg(
    profile,
    channel,
    dialogOf(route, channel.profile),
    codecsFor(profile, channel.variables),
    {
      headers: {
        ...customHeaders(variables),
        ...(gateway === null ? {} : { contact: [{ uri: gateway.contactUri, params: {} }] }),
      },
      sign: gateway === null ? null : (request, challenge) => gateway.sign(request, challenge),
    },
  );
  channel.leg = {
    ring: () => leg.ring(),
    progress: () => leg.progress(),
    answer: () => leg.answer(),
    end: (cause) => leg.end(cause),
  };
  profile.addLeg(leg);
  owner.addChannel(channel);
  owner.watch(channel.run(() => waitToBeUsed(channel)));
  owner.watch(leg.start());
  return { channel };
}

/** What a leg does while it rings and until somebody wants it. */
async function waitToBeUsed(channel: Channel): Promise<void> {
  channel.state = "CS_CONSUME_MEDIA";
  while (channel.isReady) await channel.changed();
}

function callerProfileOf(
  caller: Channel | null,
  variables: ReadonlyMap<string, string>,
  destinationNumber: string,
): CallerProfile {
  const number =
    variables.get("origination_caller_id_number") ??
    caller?.variable("effective_caller_id_number") ??
    caller?.profile.callerIdNumber ??
    "0000000000";
  const name =
    variables.get("origination_caller_id_name") ??
    caller?.variable("effective_caller_id_name") ??
    caller?.profile.callerIdName ??
    "";
  return {
    username: "",
    dialplan: "",
    callerIdName: name,
    callerIdNumber: number,
    origCallerIdName: name,
    origCallerIdNumber: number,
    calleeIdName: "Outbound Call",
    calleeIdNumber: destinationNumber,
    networkAddr: "",
    ani: number,
    rdnis: "",
    destinationNumber,
    source: caller === null ? "src/switch_ivr_originate.c" : "mod_sofia",
    context: "default",
    index: 1,
    createdUs: nowUs(),
    transferredUs: 0,
    extension: null,
  };
}

/** Variables that the caller passes on to the legs that it dials (`export`). */
function exportsOf(caller: Channel | null): [string, string][] {
  const names = (caller?.variables.get("export_vars") ?? "").split(",");
  return names.flatMap((name): [string, string][] => {
    const value = caller?.variables.get(name);
    return value === undefined ? [] : [[name, value]];
  });
}

function codecsFor(profile: SipProfile, variables: ReadonlyMap<string, string>): ReturnType<typeof codecsOf> {
  return codecsOf(variables.get("absolute_codec_string") ?? profile.outboundCodecs);
}

/** `sip_h_X-...` as headers of the INVITE. */
function customHeaders(variables: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...variables]
      .filter(([name]) => name.startsWith("sip_h_"))
      .map(([name, value]) => [name.slice("sip_h_".length).toLowerCase(), toWire(value)]),
  );
}

function dialogOf({ profile, gateway, uri, peer }: Route, caller: CallerProfile): SipDialog {
  const number = caller.callerIdNumber;
  const from = gateway !== null && !gateway.hasCallerIdInFrom ? gateway.fromUser : number;
  const host = gateway?.host ?? profile.endpoint.address;
  const escaped = caller.callerIdName.replace(/[\r\n]/g, " ").replace(/[\\"]/g, "\\$&");
  return new SipDialog({
    callId: randomUUID(),
    local: {
      name: escaped === "" || escaped === "_undef_" ? undefined : `"${toWire(escaped)}"`,
      uri: `sip:${encodeURIComponent(from).replaceAll("%2B", "+")}@${host}`,
      params: { tag: newTag() },
    },
    remote: { uri, params: {} },
    target: uri,
    peer,
  });
}
