import { profileHeaders } from "./caller-profile.ts";
import type { Channel } from "./channel.ts";
import { STATE_NUMBERS } from "./channel-state.ts";
import type { EventHeaders } from "./events.ts";
import { localTime } from "./events.ts";

function answerStateOf(channel: Channel): "hangup" | "answered" | "early" | "ringing" {
  if (channel.hangupCause !== null) return "hangup";
  if (channel.isAnswered) return "answered";
  return channel.isEarly ? "early" : "ringing";
}

export function callStateOf(channel: Channel): string {
  if (channel.state === "CS_REPORTING") return "HANGUP";
  if (channel.isHeld) return "HELD";
  if (channel.isAnswered) return "ACTIVE";
  if (channel.isEarly) return "EARLY";
  return channel.direction === "inbound" || channel.isRingReady ? "RINGING" : "DOWN";
}

/** The headers that every event of a channel has, in FreeSWITCH's names; those about keys come without the variables. */
export function channelHeaders(channel: Channel, hasVariables = true): EventHeaders {
  const { codecName, other, hangupCause } = channel;
  const codec = (side: string): EventHeaders => ({
    [`Channel-${side}-Codec-Name`]: codecName,
    [`Channel-${side}-Codec-Rate`]: "8000",
    [`Channel-${side}-Codec-Bit-Rate`]: "64000",
  });
  return {
    "Channel-State": channel.state,
    "Channel-Call-State": callStateOf(channel),
    "Channel-State-Number": String(STATE_NUMBERS[channel.state]),
    "Channel-Name": channel.name,
    "Unique-ID": channel.uuid,
    "Call-Direction": channel.direction,
    "Presence-Call-Direction": channel.direction,
    "Channel-HIT-Dialplan": String(channel.hasSeenDialplan),
    "Channel-Call-UUID": channel.variables.get("call_uuid") ?? channel.uuid,
    "Answer-State": answerStateOf(channel),
    ...(hangupCause === null ? {} : { "Hangup-Cause": hangupCause }),
    ...(codecName === "" ? {} : { ...codec("Read"), ...codec("Write") }),
    ...profileHeaders("Caller", channel.profile, legOf(channel)),
    ...(other === null
      ? {}
      : { "Other-Type": other.type, ...profileHeaders("Other-Leg", other.channel.profile, legOf(other.channel)) }),
    ...(hasVariables
      ? Object.fromEntries([...channel.variables].map(([name, value]) => [`variable_${name}`, value]))
      : {}),
  };
}

function legOf(channel: Channel): Parameters<typeof profileHeaders>[2] {
  const { times } = channel;
  return {
    uuid: channel.uuid,
    name: channel.name,
    direction: channel.direction,
    times: {
      Created: times.createdUs,
      Answered: times.answeredUs,
      Progress: times.progressUs,
      "Progress-Media": times.progressMediaUs,
      Hangup: times.hangupUs,
      Transfer: channel.profile.transferredUs,
      Bridged: times.bridgedUs,
    },
  };
}

/** The variables about times that FreeSWITCH sets at the end: `answer_epoch`, `billsec`, `duration`, ... */
export function endVariables(channel: Channel): [string, string][] {
  const { times, profile } = channel;
  const stamps: [string, number][] = [
    ["start", times.createdUs],
    ["profile_start", profile.createdUs],
    ["answer", times.answeredUs],
    ["bridge", times.bridgedUs],
    ["progress", times.progressUs],
    ["progress_media", times.progressMediaUs],
    ["last_hold", times.lastHoldUs],
    ["end", times.hangupUs],
  ];
  const since = (fromUs: number, toUs: number): number => (fromUs === 0 || toUs < fromUs ? 0 : toUs - fromUs);
  const spans: [string, string, number][] = [
    ["duration", "m", since(times.createdUs, times.hangupUs)],
    ["bill", "bill", since(times.answeredUs, times.hangupUs)],
    ["answer", "answer", times.answeredUs === 0 ? 0 : since(times.createdUs, times.answeredUs)],
    ["wait", "wait", times.bridgedUs === 0 ? 0 : since(times.createdUs, times.bridgedUs)],
  ];
  return [
    ...stamps.filter(([, us]) => us > 0).map(([name, us]): [string, string] => [`${name}_stamp`, localTime(us / 1000)]),
    ...stamps.flatMap(([name, us]): [string, string][] => [
      [`${name}_epoch`, String(Math.floor(us / 1_000_000))],
      [`${name}_uepoch`, String(us)],
    ]),
    ...spans.flatMap(([name, prefix, us]): [string, string][] =>
      name === "duration"
        ? [
            ["duration", String(Math.round(us / 1_000_000))],
            ["mduration", String(Math.round(us / 1000))],
            ["uduration", String(us)],
          ]
        : [
            [`${prefix}sec`, String(Math.round(us / 1_000_000))],
            [`${prefix}msec`, String(Math.round(us / 1000))],
            [`${prefix}usec`, String(us)],
          ],
    ),
    ["caller_id", `"${profile.callerIdName}" <${profile.callerIdNumber}>`],
  ];
}
