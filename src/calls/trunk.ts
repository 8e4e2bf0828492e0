/** What is agreed with a telephone company about one line to it. */

/** What a line is to the owner, and with it what calls by it cost. */
export const TRUNK_KINDS = ["city", "mobile", "toll-free", "internal"] as const;
export type TrunkKind = (typeof TRUNK_KINDS)[number];

export const TRUNK_TRANSPORTS = ["udp", "tcp", "tls"] as const;
export type TrunkTransport = (typeof TRUNK_TRANSPORTS)[number];

/** How a number is written in what we dial: `+995322112233`, `995322112233`, `0322112233`, or as somebody dialled it. */
export const OUTGOING_FORMATS = ["e164", "e164-no-plus", "national", "as-dialled"] as const;
export type OutgoingFormat = (typeof OUTGOING_FORMATS)[number];

/** How callers' numbers come: `auto` reads national ones and international ones with or without a plus. */
export const INCOMING_FORMATS = ["auto", "e164", "national"] as const;
export type IncomingFormat = (typeof INCOMING_FORMATS)[number];

/** What called people see: our number of this trunk, whatever the operator puts there, or nothing (RFC 3323). */
export const CALLER_ID_POLICIES = ["own-number", "trunk-default", "hidden"] as const;
export type CallerIdPolicy = (typeof CALLER_ID_POLICIES)[number];

/** How keys travel: RFC 4733 events, SIP INFO, or as tones in the sound. */
export const DTMF_MODES = ["rfc2833", "info", "inband"] as const;
export type DtmfMode = (typeof DTMF_MODES)[number];

export const SRTP_MODES = ["off", "optional", "required"] as const;
export type SrtpMode = (typeof SRTP_MODES)[number];

/** What the switch has built in. */
export const TRUNK_CODECS = ["PCMA", "PCMU"] as const;
export type TrunkCodec = (typeof TRUNK_CODECS)[number];

/** How many calls at a time. Null: as many as the operator lets through. */
export interface TrunkChannels {
  total: number | null;
  mostOutgoing: number | null;
  /** Of the total, never taken by calls that go out. */
  keptFree: number;
}

export interface TrunkOutgoing {
  numberFormat: OutgoingFormat;
  /** Put before each number by the switch itself; whoever decides where a call goes leaves it alone. */
  prefix: string;
  callerId: CallerIdPolicy;
}

export interface TrunkIncoming {
  numberFormat: IncomingFormat;
  /** What the operator puts before callers' numbers, taken off before they are read. */
  prefix: string;
}
