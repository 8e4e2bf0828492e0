/** What the switch says about a trunk, in the few words that matter to whoever wants to call. Pure. */
import type { TrunkHealth, TrunkReason } from "../../calls/alert.ts";
import type { GatewayState } from "../../calls/call-event.ts";

/** A trunk as the switch tells of it; `status` and `phrase`: the operator's last refusal, if it is one. */
export interface LineReport {
  state: GatewayState;
  status: number | null;
  phrase: string | null;
}

/** `asking`: it used to answer, and nothing has been heard since our start. */
export type Answering = "answers" | "silent" | "never-answered" | "asking";

/** How a trunk stands, and why. */
export interface Standing {
  health: TrunkHealth;
  reason: TrunkReason | null;
  status: number | null;
  phrase: string | null;
}

interface Known {
  isEnabled: boolean;
  isSwitchThere: boolean;
  /** Null: the switch does not have it. */
  line: LineReport | null;
  /** Nobody knows where its server is. */
  unresolved: "no-such-name" | "no-answer" | null;
  /** What OPTIONS found; null: it is not asked. */
  answering: Answering | null;
}

const standing = (health: TrunkHealth, reason: TrunkReason | null): Standing => ({
  ...{ health, reason, status: null, phrase: null },
});

/** A new sign-in of a trunk that works is no trouble, and one of a trunk that does not is no end of it: so the health before counts. */
export function standingOf(
  { isEnabled, isSwitchThere, line, unresolved, answering }: Known,
  before: TrunkHealth,
): Standing {
  if (!isEnabled) return standing("off", "switched-off");
  if (!isSwitchThere) return standing("unknown", "switch-away");
  if (unresolved !== null)
    return standing("down", unresolved === "no-such-name" ? "no-such-name" : "name-server-silent");
  if (line === null) return standing("unknown", "starting");
  const { state, status, phrase } = line;
  // Taken from the switch, by us: it gets it anew in other words.
  if (state === "down") return standing("unknown", "starting");
  if (state === "failed") return { health: "down", reason: reasonOf(status), status, phrase };
  if (answering === "silent") return standing("down", "no-options-answer");
  if (answering === "asking") return standing("unknown", "starting");
  if (state === "trying") {
    if (before === "up") return standing("up", null);
    return before === "down"
      ? { health: "down", reason: reasonOf(status), status, phrase }
      : standing("unknown", "starting");
  }
  // It does not sign in, and has never said a word: nothing tells that it works.
  if (state === "idle" && answering === "never-answered") return standing("unknown", "never-answered");
  return standing("up", null);
}

/** Of a registration that failed (RFC 3261, section 21). */
function reasonOf(status: number | null): TrunkReason {
  if (status === null || status === 408) return "no-answer";
  if (status === 401 || status === 403 || status === 407) return "sign-in-refused";
  if (status === 404) return "unknown-account";
  return status >= 500 && status < 600 ? "server-trouble" : "refused";
}

export function isSameStanding(one: Standing, other: Standing): boolean {
  return one.health === other.health && one.reason === other.reason && one.status === other.status;
}
