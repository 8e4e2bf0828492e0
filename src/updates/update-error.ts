export type UpdateProblem =
  | "not-a-box"
  | "busy"
  | "in-conversation"
  | "not-there"
  | "no-copy"
  | "no-room"
  | "not-whole"
  | "checksum"
  | "channel-away"
  | "channel-wrong"
  | "signature"
  | "other-product"
  | "not-readable"
  | "failed";

/** An update that cannot go on, in a word that the panel explains. */
export class UpdateError extends Error {
  readonly problem: UpdateProblem;

  constructor(problem: UpdateProblem, detail: string) {
    super(`${problem}: ${detail}`);
    this.name = "UpdateError";
    this.problem = problem;
  }
}
