/** Whether a call that one trunk did not carry is worth trying by the next. Pure. */

/** How an attempt ended that nobody answered. */
export interface FailedAttempt {
  /** Hangup cause as the switch names it. */
  cause: string;
  /** Of the refusal, when there was one. */
  sipStatus: number | null;
  /** The trunk said that it rings (180, or 183 with sound). */
  hasRung: boolean;
}

/**
 * Statuses by which a trunk says that it, and not the called person, is in the way. 401, 402, 403 and 407: our account there (a password, money,
 * a barred direction); 404, 484, 485 and 604: it knows no way to that number, and another may; 408: it never said anything, or nobody
 * reached the other network; 4xx about form and codecs: another may understand.
 */
const OF_THE_TRUNK: ReadonlySet<number> = new Set([
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 413, 414, 415, 416, 420, 421, 423, 481, 482, 483, 484, 485, 488],
  ...[500, 501, 502, 503, 504, 505, 513, 580, 604, 606],
]);

/** The same by cause, where no answer came at all: the gateway is down, or nothing is there. */
const CAUSES_OF_THE_TRUNK: ReadonlySet<string> = new Set([
  ...["GATEWAY_DOWN", "INVALID_GATEWAY", "INVALID_PROFILE", "NETWORK_OUT_OF_ORDER", "DESTINATION_OUT_OF_ORDER"],
  ...["NO_ROUTE_DESTINATION", "NO_ROUTE_TRANSIT_NET", "NORMAL_CIRCUIT_CONGESTION", "SWITCH_CONGESTION"],
  ...["REQUESTED_CHAN_UNAVAIL", "NORMAL_TEMPORARY_FAILURE", "SERVICE_UNAVAILABLE", "RECOVERY_ON_TIMER_EXPIRE"],
  ...["EXCHANGE_ROUTING_ERROR", "FACILITY_NOT_SUBSCRIBED", "FACILITY_REJECTED", "CHAN_NOT_IMPLEMENTED"],
  ...["MANDATORY_IE_MISSING", "INCOMPATIBLE_DESTINATION", "PROTOCOL_ERROR", "INVALID_NUMBER_FORMAT"],
  ...["UNALLOCATED_NUMBER", "OUTGOING_CALL_BARRED", "SERVICE_NOT_IMPLEMENTED"],
]);

/**
 * Never once it has rung, whatever came then: the called person has heard it, and a second call would ring them again. Never after busy,
 * declined, not answered, or our own hanging up. An emergency call is tried by all trunks, whatever they say.
 */
export function isWorthAnother({ cause, sipStatus, hasRung }: FailedAttempt, isEmergency: boolean): boolean {
  if (cause === "ORIGINATOR_CANCEL") return false;
  if (isEmergency) return true;
  if (hasRung) return false;
  return sipStatus === null ? CAUSES_OF_THE_TRUNK.has(cause) : OF_THE_TRUNK.has(sipStatus);
}
