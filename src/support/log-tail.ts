/** The last lines that the daemon logged, for the support file: wherever its output goes, here they are. */
export class LogTail {
  readonly #lines: string[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most = 5_000) {
    this.#most = most;
  }

  /** As a stream of pino's: one line each time. */
  write(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** Oldest first. */
  text(): string {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)].join("");
  }
}
