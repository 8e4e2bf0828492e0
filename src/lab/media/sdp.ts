import { randomInt } from "node:crypto";
import { parse, parsePayloads, type SessionDescription, write } from "sdp-transform";
import { type Codec, PCMA, PCMU } from "./g711.ts";

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** What one side says about its audio (RFC 3264). */
export interface AudioDescription {
  address: string;
  /** 0 means that the stream is refused. */
  port: number;
  /** In the order of preference; G.711 only. Empty when the other side has none. */
  codecs: Codec[];
  /** Payload type of RFC 4733 events; null when not offered. */
  telephoneEventType: number | null;
  direction: Direction;
}

export class SdpError extends Error {
  override readonly name = "SdpError";
}

const CODEC_NAMES: Record<Codec, string> = { 0: "PCMU", 8: "PCMA" };
/** RFC 3264, section 6.1: what one side sends the other receives. */
const MIRRORED: Record<Direction, Direction> = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
};

export function mirrored(direction: Direction): Direction {
  return MIRRORED[direction];
}

/** Numbers of one side's session: the version grows with each offer or answer that it sends (RFC 3264, section 8). */
export class SdpOrigin {
  readonly #sessionId = randomInt(1, 0x7fffffff);
  #version = 0;

  write(audio: AudioDescription): string {
    this.#version++;
    const rtp = audio.codecs.map((payload) => ({
      payload: payload as number,
      codec: CODEC_NAMES[payload],
      rate: 8000,
    }));
    const fmtp: { payload: number; config: string }[] = [];
    if (audio.telephoneEventType !== null) {
      rtp.push({ payload: audio.telephoneEventType, codec: "telephone-event", rate: 8000 });
      fmtp.push({ payload: audio.telephoneEventType, config: "0-16" });
    }
    return write({
      version: 0,
      origin: {
        username: "-",
        sessionId: this.#sessionId,
        sessionVersion: this.#version,
        netType: "IN",
        ipVer: 4,
        address: audio.address,
      },
      name: "-",
      connection: { version: 4, ip: audio.address },
      timing: { start: 0, stop: 0 },
      media: [
        {
          type: "audio",
          port: audio.port,
          protocol: "RTP/AVP",
          payloads: rtp.map(({ payload }) => payload).join(" "),
          rtp,
          fmtp,
          ptime: 20,
          direction: audio.direction,
        },
      ],
    });
  }
}

/** Reads an offer or answer. @throws SdpError when it has no audio over RTP with an address */
export function readSdp(text: string): AudioDescription {
  let session: SessionDescription;
  try {
    session = parse(text);
  } catch (error) {
    throw new SdpError("cannot be read", { cause: error });
  }
  const audio = session.media.find(({ type, protocol }) => type === "audio" && protocol === "RTP/AVP");
  const address = audio?.connection?.ip ?? session.connection?.ip;
  if (audio === undefined || address === undefined) throw new SdpError("no audio over RTP/AVP");
  const payloads = parsePayloads(audio.payloads ?? "");
  const event = audio.rtp.find(({ codec, rate }) => codec.toLowerCase() === "telephone-event" && rate === 8000);
  const stated = audio.direction ?? session.direction ?? "sendrecv";
  return {
    address,
    port: audio.port,
    codecs: payloads.filter((payload): payload is Codec => payload === PCMA || payload === PCMU),
    telephoneEventType: event?.payload ?? null,
    // RFC 2543 phones hold with the address 0.0.0.0.
    direction: address === "0.0.0.0" ? "inactive" : stated,
  };
}

/**
 * Our answer to an offer: its first codec that we have, its event payload type, its direction mirrored and narrowed to `direction`.
 * Returns null when there is no codec in common (then 488 is due).
 */
export function answerTo(
  offer: AudioDescription,
  own: { address: string; port: number; codecs: readonly Codec[]; direction?: Direction },
): AudioDescription | null {
  const codec = offer.codecs.find((payload) => own.codecs.includes(payload));
  if (codec === undefined) return null;
  const [theirs, ours] = [mirrored(offer.direction), own.direction ?? "sendrecv"];
  const sends = theirs.startsWith("send") && ours.startsWith("send");
  const receives = theirs.includes("recv") && ours.includes("recv");
  return {
    address: own.address,
    port: own.port,
    codecs: [codec],
    telephoneEventType: offer.telephoneEventType,
    direction: sends ? (receives ? "sendrecv" : "sendonly") : receives ? "recvonly" : "inactive",
  };
}
