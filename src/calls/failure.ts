/**
 * Why a leg that we dialled was not answered. A closed union: nobody reads message texts.
 *
 * `busy` 486/600; `no-answer` 408/480 or the ring time passed; `refused` 603/403; `not-registered` the phone is not there;
 * `unreachable` anything the network or the trunk answered instead; `cancelled` we hung up first; `socket-lost` the switch went away.
 */
export type DialFailure =
  | "busy"
  | "no-answer"
  | "refused"
  | "not-registered"
  | "unreachable"
  | "cancelled"
  | "socket-lost";

/** Why the switch did not carry out a command. */
export type SwitchFailure = "socket-lost" | "timeout" | "no-such-leg" | "refused" | "unsafe-argument";

export class SwitchError extends Error {
  override readonly name = "SwitchError";
  readonly reason: SwitchFailure;
  constructor(reason: SwitchFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
