import type { HangupCause } from "./hangup-causes.ts";

/** FreeSWITCH's states that can be seen from outside, with their numbers. */
export const STATE_NUMBERS = {
  CS_INIT: 1,
  CS_ROUTING: 2,
  CS_SOFT_EXECUTE: 3,
  CS_EXECUTE: 4,
  CS_EXCHANGE_MEDIA: 5,
  CS_CONSUME_MEDIA: 7,
  CS_HANGUP: 10,
  CS_REPORTING: 11,
} as const;
export type ChannelState = keyof typeof STATE_NUMBERS;

/** When things happened; 0 is never. */
export interface ChannelTimes {
  createdUs: number;
  answeredUs: number;
  progressUs: number;
  progressMediaUs: number;
  bridgedUs: number;
  hangupUs: number;
  lastHoldUs: number;
}

/** As FreeSWITCH: the machine's clock is read at the start, and what it is set to later is not followed. */
export function nowUs(): number {
  return Math.floor(performance.timeOrigin + performance.now()) * 1000;
}

/** The SIP side of a channel. Each of these may be asked more than once, or when it is too late. */
export interface ChannelLeg {
  ring(): void;
  /** Sends our SDP early (183). Resolves when sound can flow. */
  progress(): Promise<void>;
  /** Resolves when the 200 is out. */
  answer(): Promise<void>;
  /**
   * Ends the leg by what fits: BYE, CANCEL, or a final response, `status` if that is not null. Returns the `sip_hangup_disposition`, null when
   * it had ended already.
   */
  end(cause: HangupCause, status: number | null): string | null;
}
