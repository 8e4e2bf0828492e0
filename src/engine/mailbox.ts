/**
 * Events of one call, one after the other: an event posted while another is being handled waits its turn, so a transition never
 * sees half of another. Handling is synchronous; whatever takes time comes back as a later event.
 */
export class Mailbox<Event> {
  readonly #handle: (event: Event) => void;
  readonly #waiting: Event[] = [];
  #isDraining = false;

  constructor(handle: (event: Event) => void) {
    this.#handle = handle;
  }

  post(event: Event): void {
    this.#waiting.push(event);
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#handle(next);
    } finally {
      this.#isDraining = false;
    }
  }
}
