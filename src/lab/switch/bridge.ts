import type { Channel } from "./channel.ts";
import { nowUs } from "./channel-state.ts";
import type { HangupCause } from "./hangup-causes.ts";

/** What both ends of a bridge know of it. */
export interface Link {
  state: "waiting" | "joined" | "over";
  isStandingBy: boolean;
}

export function newLink(): Link {
  return { state: "waiting", isStandingBy: false };
}

/**
 * Lets two channels hear each other until one of them hangs up or is given something else to do; keys pass too. Runs in `a`'s loop, beside
 * `standBy` in `b`'s. What becomes of `a` afterwards is decided at the end of this function; of `b`, at the end of `standBy`.
 */
export async function bridge(a: Channel, b: Channel, link: Link): Promise<void> {
  while (a.isReady && link.state === "waiting" && !link.isStandingBy) await a.changed();
  if (link.state === "waiting" && a.isReady && b.isReady) {
    if (b.isAnswered) await a.answer();
    join(a, b);
    link.state = "joined";
    b.notify();
    a.fire("CHANNEL_BRIDGE", { "Bridge-A-Unique-ID": a.uuid, "Bridge-B-Unique-ID": b.uuid });
    const application = a.variable("bridge_pre_execute_aleg_app");
    const data = a.variable("bridge_pre_execute_aleg_data") ?? "";
    if (application !== undefined) await a.execute({ application, data });
    while (a.isReady && b.isReady) {
      if (b.isAnswered) await a.answer();
      else if (b.isEarly) await a.preAnswer();
      listen(a, b);
      passDigits(a, b);
      await a.runMessages();
      if (a.isReady && b.isReady) await a.changed();
    }
    part(a, b);
    a.fire("CHANNEL_UNBRIDGE", { "Bridge-A-Unique-ID": a.uuid, "Bridge-B-Unique-ID": b.uuid });
  }
  link.state = "over";
  b.notify();
  if (a.isReady && b.isAnswered) afterBridge(a, b.hangupCause ?? "NORMAL_CLEARING", a.isTrue("hangup_after_bridge"));
}

/** The other side of `bridge`, in `b`'s loop: waits for the bridge's end, then does what a variable says, else it hangs up. */
export async function standBy(b: Channel, a: Channel, link: Link): Promise<void> {
  b.state = "CS_EXCHANGE_MEDIA";
  link.isStandingBy = true;
  a.notify();
  while (b.isReady && !isOver(link)) {
    if (link.state === "joined") passDigits(b, a);
    await b.runMessages();
    if (b.isReady && !isOver(link)) await b.changed();
  }
  if (b.isReady) afterBridge(b, b.isAnswered ? "NORMAL_CLEARING" : "ORIGINATOR_CANCEL", true);
}

/** A function, because the other end changes it between two looks. */
function isOver(link: Link): boolean {
  return link.state === "over";
}

function afterBridge(channel: Channel, cause: HangupCause, hangsUp: boolean): void {
  const transferTo = channel.variable("transfer_after_bridge");
  if (channel.isTrue("park_after_bridge")) {
    channel.divert(() => channel.runExtension({ actions: [{ application: "park", data: "" }] }));
  } else if (transferTo !== undefined) {
    const [destination = "", , context = channel.profile.context] = transferTo.split(":");
    channel.transfer(destination, context);
  } else if (hangsUp) channel.hangUp(cause);
}

function join(a: Channel, b: Channel): void {
  const atUs = nowUs();
  for (const [own, partner, type] of [
    [a, b, "originatee"],
    [b, a, "originator"],
  ] as const) {
    own.bridgedTo = partner;
    own.other = { channel: partner, type };
    own.times.bridgedUs = atUs;
    for (const name of ["bridge_to", "last_bridge_to", "bridge_uuid", "signal_bond"]) {
      own.variables.set(name, partner.uuid);
    }
    own.variables.set("bridge_channel", partner.name);
    own.variables.set("last_bridge_role", type === "originatee" ? "originator" : "originatee");
  }
  b.variables.set("call_uuid", a.uuid);
}

function listen(a: Channel, b: Channel): void {
  if (a.media !== null) a.media.partner = b.media;
  if (b.media !== null) b.media.partner = a.media;
}

function part(a: Channel, b: Channel): void {
  for (const [own, partner] of [
    [a, b],
    [b, a],
  ] as const) {
    if (own.media !== null) own.media.partner = null;
    own.bridgedTo = null;
    own.variables.delete("bridge_to");
    if (partner.hangupCause !== null) {
      own.variables.set("last_bridge_hangup_cause", partner.hangupCause);
      own.variables.set("bridge_hangup_cause", partner.hangupCause);
    }
  }
  b.variables.set("call_uuid", b.uuid);
}

function passDigits(from: Channel, to: Channel): void {
  for (let digit = from.takeDigit(); digit !== null; digit = from.takeDigit()) {
    to.media?.sendDigit(digit.digit, (digit.durationSamples * 1000) / 8000);
  }
}

/** `uuid_bridge`: takes both out of what they do and lets them talk. False when one is gone or neither has sound. */
export function bridgeByUuid(a: Channel | undefined, b: Channel | undefined): boolean {
  if (a === undefined || b === undefined || a.hangupCause !== null || b.hangupCause !== null) return false;
  const [first, second] = a.media === null && b.media !== null ? [b, a] : [a, b];
  if (first.media === null) return false;
  for (const channel of [first, second]) {
    const { destinationNumber, callerIdName, callerIdNumber } = channel.profile;
    channel.variables.set("original_destination_number", destinationNumber);
    channel.variables.set("original_caller_id_name", callerIdName);
    channel.variables.set("original_caller_id_number", callerIdNumber);
    const atUs = nowUs();
    channel.profiles.push({ ...channel.profile, index: channel.profile.index + 1, createdUs: atUs, extension: null });
  }
  // Also variables at once, so that the guard sees a pair that is about to talk.
  first.variables.set("bridge_uuid", second.uuid);
  second.variables.set("bridge_uuid", first.uuid);
  const link = newLink();
  const drop = (): void => {
    link.state = "over";
    first.notify();
    second.notify();
  };
  second.divert(() => {
    announce(second, first);
    return standBy(second, first, link);
  }, drop);
  first.divert(async () => {
    first.state = "CS_SOFT_EXECUTE";
    announce(first, second);
    await bridge(first, second, link);
    if (first.isReady && second.hangupCause !== null && !second.isAnswered) first.hangUp("DESTINATION_OUT_OF_ORDER");
  }, drop);
  return true;
}

function announce(channel: Channel, partner: Channel): void {
  channel.runningApplication = "uuid_bridge";
  channel.runningData = partner.uuid;
  channel.fire("CHANNEL_EXECUTE", { Application: "uuid_bridge", "Application-Data": partner.uuid });
}
