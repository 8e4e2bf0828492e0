import { bridge, newLink, standBy } from "../bridge.ts";
import type { Channel } from "../channel.ts";
import { type HangupCause, numberOf } from "../hangup-causes.ts";
import { dial } from "../originate.ts";
import { openSound } from "../sound-source.ts";
import type { Application } from "./basics.ts";

/** Calls others and lets the channel talk with the first who answers. */
const bridgeApplication: Application = async (channel, data) => {
  const stopRingback = startRingback(channel);
  const result = await dial({ owner: channel.owner, caller: channel }, data);
  stopRingback();
  if ("cause" in result) {
    channel.setVariable("originate_disposition", result.cause);
    channel.setVariable("originate_failed_cause", result.cause);
    if (channel.isReady && !isReasonToContinue(channel, result.cause)) channel.hangUp(result.cause);
    return;
  }
  const peer = result.channel;
  channel.setVariable("originate_disposition", "SUCCESS");
  const link = newLink();
  const drop = (): void => {
    link.state = "over";
    channel.notify();
  };
  peer.divert(() => standBy(peer, channel, link), drop);
  await bridge(channel, peer, link);
  if (peer.isAnswered) return;
  if (peer.hangupCause === null) peer.hangUp("ORIGINATOR_CANCEL");
  else if (channel.isReady && !isReasonToContinue(channel, peer.hangupCause)) {
    // It was only heard: what its end says, and with which status, is how the call ended.
    channel.respondStatus = Number(peer.variable("sip_invite_failure_status")) || null;
    channel.hangUp(peer.hangupCause);
  }
};

/** `continue_on_fail` is true, or a list of causes; nobody answering is always a reason when it is not set. */
function isReasonToContinue(channel: Channel, cause: HangupCause): boolean {
  const stated = channel.variable("continue_on_fail");
  if (stated === undefined) return ["NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL"].includes(cause);
  if (channel.isTrue("continue_on_fail")) return true;
  return stated.split(",").some((item) => item.toUpperCase() === cause || item === String(numberOf(cause)));
}

/** `transfer_ringback` for a caller who was answered, `ringback` for one who was not. */
function startRingback(channel: Channel): () => void {
  const tone = channel.variable(channel.isAnswered ? "transfer_ringback" : "ringback");
  const { media } = channel;
  if (tone === undefined || media === null) return () => undefined;
  const source = openSound(tone.startsWith("%") ? `tone_stream://${tone};loops=-1` : tone);
  const before = media.play(source);
  return () => {
    media.play(before);
  };
}

export const bridgeApplications: Record<string, Application> = { bridge: bridgeApplication };
