/** Named timers of one call; they leave with it. Starting a running one restarts it. */
export class Timers<Name extends string> {
  readonly #running = new Map<Name, NodeJS.Timeout>();
  readonly #onFire: (name: Name) => void;

  constructor(onFire: (name: Name) => void) {
    this.#onFire = onFire;
  }

  start(name: Name, ms: number): void {
    this.stop(name);
    this.#running.set(
      name,
      setTimeout(() => {
        this.#running.delete(name);
        this.#onFire(name);
      }, ms),
    );
  }

  stop(name: Name): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  stopAll(): void {
    for (const name of this.#running.keys()) this.stop(name);
  }
}
