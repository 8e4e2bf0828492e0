import type { TrunkChannels } from "./trunk.ts";

/** A trunk at this moment, counted from the switch's own channels. */
export interface TrunkNow {
  gateway: string;
  /** Registered; or it knows us by address, and answers OPTIONS or is not watched. */
  isUp: boolean;
  inbound: number;
  /** Calls that go out, and those that are just about to. */
  outbound: number;
}

/** Why a trunk has no line for a call that goes out. */
export type NoLine = "all-lines-busy" | "kept-free" | "most-outgoing";

/** @returns null when one more call may go out */
export function lineFor(channels: TrunkChannels, now: Pick<TrunkNow, "inbound" | "outbound">): NoLine | null {
  const { total, mostOutgoing, keptFree } = channels;
  const taken = now.inbound + now.outbound;
  if (total !== null && taken >= total) return "all-lines-busy";
  if (mostOutgoing !== null && now.outbound >= mostOutgoing) return "most-outgoing";
  // So many stay free, whoever has the others.
  if (total !== null && taken >= total - keptFree) return "kept-free";
  return null;
}
