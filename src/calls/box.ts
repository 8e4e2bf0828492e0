/** The machine itself: its network, its clock, its power. What the daemon and the screen ask of root, and what root says. */

export interface StaticAddress {
  method: "static";
  /** IPv4, dotted; as are all addresses here. */
  address: string;
  /** Bits of the network: 24. */
  prefix: number;
  gateway: string;
  /** Name servers, one to three. */
  dns: readonly string[];
}

export interface NetworkSettings {
  /** Name of the network card (`enp1s0`); null: whichever is plugged in, by DHCP. */
  card: string | null;
  /** 1 to 4094; null: untagged. */
  vlan: number | null;
  ipv4: { method: "dhcp" } | StaticAddress;
}

/** What an image begins with. */
export const USUAL_NETWORK: NetworkSettings = { card: null, vlan: null, ipv4: { method: "dhcp" } };

/** How long new network settings are tried before the old ones come back by themselves. */
export const NETWORK_TRIAL_MS = 60_000;

export type BoxRequest =
  /** Tried for `NETWORK_TRIAL_MS`; the request's id is the trial's. */
  | { kind: "network"; settings: NetworkSettings }
  | { kind: "keep-network"; trial: string }
  | { kind: "return-network"; trial: string }
  /** What is null stays as it is. No servers: the network's own, or Debian's. */
  | { kind: "clock"; timeZone: string | null; ntpServers: readonly string[] | null }
  | { kind: "restart" }
  | { kind: "shut-down" }
  | { kind: "factory-reset"; keepRecordings: boolean };

/** Why root did not do it. */
export type BoxProblem =
  /** It is no request that this version knows. */
  | "not-understood"
  /** Network and clock of this machine are somebody else's: Debian's own tools set them. */
  | "managed-elsewhere"
  /** Settings are wrong; the fields say how. */
  | "invalid"
  /** Another trial is under way. */
  | "trial-under-way"
  /** The trial is over: the old settings are back already. */
  | "trial-over"
  /** A program of the system did not do it; the journal says why. */
  | "failed"
  /** Root does not answer: its service does not run. */
  | "no-answer";

export interface BoxAnswer {
  /** The request's. */
  id: string;
  problem: BoxProblem | null;
  /** Path of a field (`ipv4.gateway`) to the code of what is wrong with it. */
  fields: Readonly<Record<string, string>>;
}

interface NetworkTrial {
  id: string;
  settings: NetworkSettings;
  /** Unix ms. */
  untilMs: number;
}

/** Left where everybody on the box reads it. */
export interface BoxState {
  /** Network and clock are ours to set: on the image. */
  isManaged: boolean;
  /** What is kept, and comes back if a trial is not confirmed. */
  network: NetworkSettings;
  trial: NetworkTrial | null;
  ntpServers: readonly string[];
  timeZone: string;
  /** The last few, newest last. */
  answers: readonly BoxAnswer[];
}
