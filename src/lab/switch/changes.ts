/** How those who wait for something hear that something happened. One waits at a time; any number may watch. */
export class Changes {
  #wake: (() => void) | null = null;
  #hasChanged = false;
  readonly #watchers = new Set<() => void>();

  notify(): void {
    this.#hasChanged = true;
    this.#wake?.();
    for (const watcher of this.#watchers) watcher();
  }

  /** Calls `watcher` at each `notify`, for those who watch several channels. Returns the unsubscription. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Waits for `notify`, at most `timeoutMs`; at once when there was one since the last wait. */
  next(timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        this.#hasChanged = false;
        resolve();
      };
      if (this.#hasChanged) {
        done();
        return;
      }
      if (timeoutMs !== undefined) timer = setTimeout(done, timeoutMs);
      this.#wake = done;
    });
  }
}
