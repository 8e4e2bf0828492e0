/** Addresses that guess, and what is done about them. */

/** What an address did that nobody does who belongs here. */
export const BAN_REASONS = [
  /** A phone's password, by REGISTER or INVITE. */
  "wrong-password",
  /** Asked for a challenge in the name of an extension that nobody has. */
  "unknown-extension",
  /** Called at the trunks' port without being a trunk. */
  "stranger-call",
  "panel-password",
  /** A session or token that nobody was given. */
  "api-token",
] as const;
export type BanReason = (typeof BAN_REASONS)[number];

export interface BanTry {
  atMs: number;
  reason: BanReason;
  /** In whose name: an extension, a login, a token's fingerprint. Text of a stranger. */
  name: string;
}

/**
 * `all`: nothing from there is heard. `guests`: only what has shown that it belongs here, which are phones that are registered and people who
 * are signed in.
 */
type BanReach = "all" | "guests";

export interface Ban {
  reach: BanReach;
  reason: BanReason;
  sinceMs: number;
  untilMs: number;
  /** That led to it, and came since. */
  tries: number;
}

export interface AddressRecord {
  /** An IPv4 address, or an IPv6 address or network. */
  address: string;
  /** Of the last day, the newest last. */
  tries: readonly BanTry[];
  ban: Ban | null;
  /** How often it was banned for longer than the shortest time, and when the last ban ended (or ends), Unix ms. */
  timesBanned: number;
  lastEndMs: number | null;
}

/** Where somebody showed lately that they belong here. */
export interface KnownAddress {
  address: string;
  seenMs: number;
}

export interface BanSettings {
  isOn: boolean;
  /** Addresses and networks that are never banned, with a note each. */
  never: readonly { network: string; note: string }[];
}

/** Who reaches which service beside the trunks, who reach their own. */
export interface AccessSettings {
  /** What counts as the local network; null: what the box's own file says. */
  local: readonly string[] | null;
  /** Networks beyond the local ones, by service. */
  panel: readonly string[];
  phones: readonly string[];
}

export const USUAL_BAN_SETTINGS: BanSettings = { isOn: true, never: [] };
export const USUAL_ACCESS: AccessSettings = { local: null, panel: [], phones: [] };
