/** What every measurement is; a new figure is a new file with one of these, and a line in `bench.ts`. */
import type { Figure, Mark } from "./figures.ts";
import type { Bench } from "./target.ts";

export interface Measurement {
  /** By which it is chosen on the command line. */
  name: string;
  run: (bench: Bench, extent: Extent) => Promise<Findings>;
}

/** `short` tries the bench itself; its figures are not worth keeping. */
export type Extent = "full" | "short";

export interface Findings {
  figures: Figure[];
  marks: Mark[];
}
