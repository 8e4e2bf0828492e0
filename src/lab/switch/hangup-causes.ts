/** Hangup causes as FreeSWITCH names them, with their numbers: Q.850 below 128, FreeSWITCH's own above. */
const CAUSE_NUMBERS = {
  UNALLOCATED_NUMBER: 1,
  NO_ROUTE_TRANSIT_NET: 2,
  NO_ROUTE_DESTINATION: 3,
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  SUBSCRIBER_ABSENT: 20,
  CALL_REJECTED: 21,
  NUMBER_CHANGED: 22,
  EXCHANGE_ROUTING_ERROR: 25,
  DESTINATION_OUT_OF_ORDER: 27,
  INVALID_NUMBER_FORMAT: 28,
  FACILITY_REJECTED: 29,
  NORMAL_UNSPECIFIED: 31,
  NORMAL_CIRCUIT_CONGESTION: 34,
  NETWORK_OUT_OF_ORDER: 38,
  NORMAL_TEMPORARY_FAILURE: 41,
  SWITCH_CONGESTION: 42,
  REQUESTED_CHAN_UNAVAIL: 44,
  OUTGOING_CALL_BARRED: 52,
  INCOMING_CALL_BARRED: 54,
  SERVICE_UNAVAILABLE: 63,
  CHAN_NOT_IMPLEMENTED: 66,
  SERVICE_NOT_IMPLEMENTED: 79,
  INCOMPATIBLE_DESTINATION: 88,
  MANDATORY_IE_MISSING: 96,
  RECOVERY_ON_TIMER_EXPIRE: 102,
  INTERWORKING: 127,
  ORIGINATOR_CANCEL: 487,
  SYSTEM_SHUTDOWN: 501,
  LOSE_RACE: 502,
  MANAGER_REQUEST: 503,
  ALLOTTED_TIMEOUT: 602,
  MEDIA_TIMEOUT: 604,
  PICKED_OFF: 605,
  USER_NOT_REGISTERED: 606,
  INVALID_GATEWAY: 608,
  GATEWAY_DOWN: 609,
  INVALID_PROFILE: 611,
} as const;

export type HangupCause = keyof typeof CAUSE_NUMBERS;

export function numberOf(cause: HangupCause): number {
  return CAUSE_NUMBERS[cause];
}

/** What stands in `hangup_cause_q850`: FreeSWITCH's own causes count as 16. */
export function q850Of(cause: HangupCause): number {
  const number = CAUSE_NUMBERS[cause];
  return number < 128 ? number : 16;
}

/** A cause by name (any case) or number; null when there is none such. */
export function causeNamed(text: string): HangupCause | null {
  const name = text.trim().toUpperCase();
  if (name in CAUSE_NUMBERS) return name as HangupCause;
  const number = Number(name);
  return (Object.keys(CAUSE_NUMBERS) as HangupCause[]).find((cause) => CAUSE_NUMBERS[cause] === number) ?? null;
}

const CAUSE_OF_STATUS: Record<number, HangupCause> = {
  401: "CALL_REJECTED",
  402: "CALL_REJECTED",
  403: "CALL_REJECTED",
  407: "CALL_REJECTED",
  603: "CALL_REJECTED",
  404: "UNALLOCATED_NUMBER",
  485: "NO_ROUTE_DESTINATION",
  604: "NO_ROUTE_DESTINATION",
  408: "RECOVERY_ON_TIMER_EXPIRE",
  504: "RECOVERY_ON_TIMER_EXPIRE",
  410: "NUMBER_CHANGED",
  480: "NO_USER_RESPONSE",
  400: "NORMAL_TEMPORARY_FAILURE",
  481: "NORMAL_TEMPORARY_FAILURE",
  500: "NORMAL_TEMPORARY_FAILURE",
  503: "NORMAL_TEMPORARY_FAILURE",
  486: "USER_BUSY",
  600: "USER_BUSY",
  484: "INVALID_NUMBER_FORMAT",
  488: "INCOMPATIBLE_DESTINATION",
  606: "INCOMPATIBLE_DESTINATION",
  502: "NETWORK_OUT_OF_ORDER",
  405: "SERVICE_UNAVAILABLE",
  406: "SERVICE_NOT_IMPLEMENTED",
  415: "SERVICE_NOT_IMPLEMENTED",
  501: "SERVICE_NOT_IMPLEMENTED",
  482: "EXCHANGE_ROUTING_ERROR",
  483: "EXCHANGE_ROUTING_ERROR",
  487: "ORIGINATOR_CANCEL",
};

/** What a final response to our INVITE means, as mod_sofia reads it. */
export function causeOfStatus(status: number): HangupCause {
  const known = CAUSE_OF_STATUS[status];
  if (known !== undefined) return known;
  // FreeSWITCH where another address is not called (`outbound_redirect_fatal`); here it never is.
  if (status >= 300 && status < 400) return "REQUESTED_CHAN_UNAVAIL";
  return status >= 400 ? "NORMAL_UNSPECIFIED" : "NORMAL_CLEARING";
}

const STATUS_OF_CAUSE: Partial<Record<HangupCause, number>> = {
  UNALLOCATED_NUMBER: 404,
  NO_ROUTE_TRANSIT_NET: 404,
  NO_ROUTE_DESTINATION: 404,
  USER_BUSY: 486,
  NO_USER_RESPONSE: 408,
  CALL_REJECTED: 603,
  NUMBER_CHANGED: 410,
  DESTINATION_OUT_OF_ORDER: 502,
  INVALID_PROFILE: 502,
  INVALID_NUMBER_FORMAT: 484,
  INVALID_GATEWAY: 484,
  FACILITY_REJECTED: 501,
  SERVICE_NOT_IMPLEMENTED: 501,
  REQUESTED_CHAN_UNAVAIL: 503,
  NORMAL_CIRCUIT_CONGESTION: 503,
  NETWORK_OUT_OF_ORDER: 503,
  NORMAL_TEMPORARY_FAILURE: 503,
  SWITCH_CONGESTION: 503,
  GATEWAY_DOWN: 503,
  OUTGOING_CALL_BARRED: 403,
  INCOMING_CALL_BARRED: 403,
  INCOMPATIBLE_DESTINATION: 488,
  RECOVERY_ON_TIMER_EXPIRE: 504,
  ORIGINATOR_CANCEL: 487,
  EXCHANGE_ROUTING_ERROR: 483,
};

/** What a caller who was not answered yet is told. */
export function statusOfCause(cause: HangupCause): number {
  return STATUS_OF_CAUSE[cause] ?? 480;
}

const REASONS: Record<number, string> = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  410: "Gone",
  480: "Temporarily Unavailable",
  481: "Call Does Not Exist",
  483: "Too Many Hops",
  484: "Address Incomplete",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  600: "Busy Everywhere",
  603: "Decline",
};

export function reasonOf(status: number): string {
  return REASONS[status] ?? "Unknown";
}
