import type { Logger } from "pino";

interface Part {
  name: string;
  stop: () => Promise<void> | void;
}

/** What is stopped at the end, the last that was started first. */
export class StartedParts {
  readonly #parts: Part[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  started(name: string, stop: Part["stop"]): void {
    this.#parts.push({ name, stop });
  }

  async stop(): Promise<void> {
    for (const part of this.#parts.toReversed()) {
      try {
        await part.stop();
      } catch (error) {
        this.#log.error({ part: part.name, err: error }, "did not stop cleanly");
      }
    }
  }
}
