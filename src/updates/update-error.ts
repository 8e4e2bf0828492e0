import type { UpdateProblem } from "../calls/update.ts";

/** An update that cannot go on, in a word that the panel explains. */
export class UpdateError extends Error {
  readonly problem: UpdateProblem;

  constructor(problem: UpdateProblem, detail: string) {
    super(`${problem}: ${detail}`);
    this.name = "UpdateError";
    this.problem = problem;
  }
}
