import type { QueryClient, QueryKey } from "@tanstack/react-query";

/** Between an answer and the next question for the same: many events in a row cost the daemon no more than this. */
const PAUSE_MS = 250;

/**
 * Asks anew for what an event has made stale, but not before what is asked for already has come: on a busy day events come faster than answers,
 * and a question that each of them begins anew is never answered. What came meanwhile is asked for afterwards, once.
 */
export class Refresher {
  readonly #client: QueryClient;
  /** By key, what is being asked for, and whether it must be asked for again. */
  readonly #asked = new Map<string, { isStale: boolean }>();

  constructor(client: QueryClient) {
    this.#client = client;
  }

  refresh(queryKey: QueryKey): void {
    const name = JSON.stringify(queryKey);
    const asked = this.#asked.get(name);
    if (asked !== undefined) {
      asked.isStale = true;
      return;
    }
    const begun = { isStale: true };
    this.#asked.set(name, begun);
    this.#askWhileStale(queryKey, begun)
      .catch((error: unknown) => reportError(error))
      .finally(() => this.#asked.delete(name));
  }

  /** The daemon has said how it stands now. What is being asked for may have been read before, and must not come after it. */
  async put(queryKey: QueryKey, data: unknown): Promise<void> {
    await this.#client.cancelQueries({ queryKey });
    this.#client.setQueryData(queryKey, data);
  }

  async #askWhileStale(queryKey: QueryKey, asked: { isStale: boolean }): Promise<void> {
    while (asked.isStale) {
      // What is under way may have been read before the event.
      asked.isStale = this.#isAsking(queryKey);
      await this.#client.invalidateQueries({ queryKey }, { cancelRefetch: false });
      // Whoever turned to the next page meanwhile has put an end to it.
      if (this.#isAsking(queryKey)) asked.isStale = true;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #isAsking(queryKey: QueryKey): boolean {
    return this.#client.isFetching({ queryKey, type: "active" }) > 0;
  }
}
