/** What the owner is told without having to look: kinds of alerts, and how they are sent. */
import type { CheckId, CheckState } from "./health.ts";
import type { FreezeReason } from "./outgoing.ts";

export const ALERT_KINDS = ["trunk-down", "trunk-frozen", "synthetic-call-failed", "unknown-number", "health"] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export interface AlertSettings {
  /** Nobody: no mail is sent. By the site's mail server. */
  emails: string[];
  /** Gets each alert by HTTP POST; null: none. */
  webhookUrl: string | null;
  /** A trunk that is down for so long is an alert. */
  trunkDownSeconds: number;
  /** `HH:MM` in the site's time zone, at which the box calls its own numbers; none: never. */
  syntheticCallTimes: string[];
}

export const USUAL_ALERTS: AlertSettings = {
  emails: [],
  webhookUrl: null,
  trunkDownSeconds: 60,
  syntheticCallTimes: [],
};

/** Whether a trunk carries calls. `unknown`: nobody can say at the moment; `off`: nobody wants it to. */
export type TrunkHealth = "up" | "down" | "unknown" | "off";

/** Why a trunk is in its state, in a word that the panel translates. */
export type TrunkReason =
  | "sign-in-refused"
  | "unknown-account"
  | "no-answer"
  | "server-trouble"
  | "refused"
  | "no-options-answer"
  | "no-such-name"
  | "name-server-silent"
  | "never-answered"
  | "switch-away"
  | "starting"
  | "switched-off";

/** What a call of the box to one of its own numbers found. */
export type SyntheticOutcome =
  | "arrived"
  /** It came, but was said to be for another number. */
  | "wrong-number"
  /** For the right number, but by another trunk than the number's. */
  | "wrong-trunk"
  | "never-arrived"
  /** The operator refused it, or nobody carried it. */
  | "refused"
  /** Somebody else answered it. */
  | "answered-elsewhere"
  | "busy"
  /** Nothing could be tried: no second trunk, or none that works or has a free line. */
  | "no-second-trunk"
  | "no-trunk-now";

/** Words and figures of an alert; names are the owner's own. */
interface AlertParams {
  "trunk-down": { name: string; reason: TrunkReason | ""; status: number; phrase: string; since: string };
  "trunk-frozen": { name: string; reason: FreezeReason };
  "synthetic-call-failed": {
    number: string;
    name: string;
    outcome: SyntheticOutcome;
    trunkName: string;
    arrivedAs: string;
  };
  "unknown-number": { number: string; trunkName: string; count: number; lastAt: string };
  health: { check: CheckId; state: CheckState; reason: string; since: string };
}

/** Kind and what it is about: of each there is one open alert at most. */
export type AlertFact = { [Kind in AlertKind]: { kind: Kind; subject: string; params: AlertParams[Kind] } }[AlertKind];
