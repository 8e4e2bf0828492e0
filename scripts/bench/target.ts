import type { PanelClient } from "../../src/testing/panel-client.ts";

/** What the bench calls: a switch with a menu behind one SIP port. */
export interface Target {
  name: "product" | "native";
  sipPort: number;
  switchPid: number;
  /** Null: no daemon has a hand in it. */
  daemonPid: number | null;
  /** Calls in the log that heard the menu's information to its end; 0 without a daemon. */
  loggedCalls(): Promise<number>;
}

export interface Product extends Target {
  name: "product";
  daemonPid: number;
  switchName: "lab" | "freeswitch";
  /** Calls that the daemon has at this moment. */
  liveCalls(): Promise<number>;
  /** Of the operators; none is registered unless a measurement does it. */
  phones: readonly { sipUser: string; sipPassword: string }[];
  phonePort: number;
  /** The owner's, signed in. */
  panel: PanelClient;
  databaseUrl: string;
  /** What the daemon wrote, for when something goes wrong. */
  said(): string;
}

/** One switch to measure, and the same menu without us where that exists. */
export interface Bench {
  product: Product;
  native: Target | null;
}
