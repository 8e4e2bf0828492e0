import { randomBytes } from "node:crypto";

export interface PanelEvent {
  /** `<start of the daemon>-<number>`; names of another start are recognised as foreign. */
  id: string;
  name:
    | "call-changed"
    | "recording-changed"
    | "voicemail-changed"
    | "ticket-changed"
    | "hours-changed"
    | "alerts-changed"
    | "health-changed"
    | "backup-changed"
    | "box-changed"
    | "live-calls"
    | "operators"
    | "switch"
    | "trunks"
    | "database"
    | "disk"
    | "updates-changed"
    | "reset";
  /** JSON. */
  data: string;
}

type Listener = (event: PanelEvent) => void;

/**
 * Tells all open panels what happens. Events about the log are kept in a ring, so that a panel that was away for a moment gets what it
 * missed by the last id that it saw; states (live calls, presence, ...) are sent whole and need no keeping.
 */
export class EventHub {
  readonly #start = randomBytes(4).toString("hex");
  readonly #ring: PanelEvent[] = [];
  readonly #capacity: number;
  readonly #listeners = new Set<Listener>();
  #last = 0;

  constructor(capacity = 1000) {
    this.#capacity = capacity;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** The id of the newest event; a panel that has it has missed nothing. */
  get lastId(): string {
    return `${this.#start}-${this.#last}`;
  }

  callChanged(callId: string): void {
    this.#keepAndTell("call-changed", { callId });
  }

  recordingChanged(callId: string, recordingId: string): void {
    this.#keepAndTell("recording-changed", { callId, recordingId });
  }

  ticketChanged(ticketId: number): void {
    this.#keepAndTell("ticket-changed", { ticketId });
  }

  /** Of any schedule: its plan, or closed or opened by hand. */
  hoursChanged(): void {
    this.#keepAndTell("hours-changed", {});
  }

  /** Alerts, how trunks stand, or what calls to our own numbers found. */
  alertsChanged(): void {
    this.#keepAndTell("alerts-changed", {});
  }

  /** Its progress, or how the last one went. */
  backupChanged(): void {
    this.tellState("backup-changed", {});
  }

  /** What is offered, how it goes, how it ended. */
  updatesChanged(): void {
    this.tellState("updates-changed", {});
  }

  /** Its network, its clock, or that it is about to start anew. */
  boxChanged(): void {
    this.tellState("box-changed", {});
  }

  /** What was found when the box was looked at. */
  healthChanged(): void {
    this.#keepAndTell("health-changed", {});
  }

  voicemailChanged(callId: string, recordingId: string): void {
    this.#keepAndTell("voicemail-changed", { callId, recordingId });
  }

  /** A whole state; it carries the last id, since missing it costs nothing: the next one replaces it. */
  tellState(name: PanelEvent["name"], state: unknown): void {
    this.#tell({ id: this.lastId, name, data: JSON.stringify(state) });
  }

  /** What came after `lastSeen`; null when that cannot be known any more and the panel has to read everything again. */
  missedSince(lastSeen: string): PanelEvent[] | null {
    const [start, text] = lastSeen.split("-");
    const seen = Number(text);
    if (start !== this.#start || !Number.isInteger(seen) || seen < 0 || seen > this.#last) return null;
    const missed = this.#last - seen;
    return missed > this.#ring.length ? null : this.#ring.slice(this.#ring.length - missed);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keepAndTell(name: PanelEvent["name"], data: object): void {
    this.#last += 1;
    const event = { id: this.lastId, name, data: JSON.stringify(data) };
    this.#ring.push(event);
    if (this.#ring.length > this.#capacity) this.#ring.shift();
    this.#tell(event);
  }

  #tell(event: PanelEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
