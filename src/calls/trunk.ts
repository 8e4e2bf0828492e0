/** What is agreed with a telephone company about one line to it. */

/** What a line is to the owner, and with it what calls by it cost. */
export type TrunkKind = "city" | "mobile" | "toll-free" | "internal";

/** How many calls at a time. Null: as many as the operator lets through. */
export interface TrunkChannels {
  total: number | null;
  mostOutgoing: number | null;
  /** Of the total, never taken by calls that go out. */
  keptFree: number;
}

export interface TrunkOutgoing {
  numberFormat: "e164" | "e164-no-plus" | "national" | "as-dialled";
  /** Put before each number by the switch itself; whoever decides where a call goes leaves it alone. */
  prefix: string;
  callerId: "own-number" | "trunk-default" | "hidden";
}

export interface TrunkIncoming {
  numberFormat: "auto" | "e164" | "national";
  /** What the operator puts before callers' numbers, taken off before they are read. */
  prefix: string;
}
