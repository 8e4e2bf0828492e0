import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { nowUs } from "./channel-state.ts";

export type EventHeaders = Record<string, string>;

export interface SwitchEvent {
  name: string;
  /** For CUSTOM events, for example `sofia::register`. */
  subclass: string | null;
  /** All headers in the order in which FreeSWITCH has them. */
  headers: EventHeaders;
  body: string | null;
}

export interface EventSubscriber {
  wants(name: string, subclass: string | null): boolean;
  deliver(event: SwitchEvent): void;
}

export const CORE_UUID = randomUUID();

/** The time as FreeSWITCH writes it into strings: `2026-11-22 02:48:59`, local. */
export function localTime(atMs: number): string {
  const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

/** Where the switch says what happened. Headers are built only when somebody listens: each event is 5 to 8 KB. */
export class EventBus {
  readonly #subscribers = new Set<EventSubscriber>();
  #sequence = 0;

  /** Returns the unsubscription. */
  subscribe(subscriber: EventSubscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Fires an event without a body. `headers` is called when it is wanted. */
  fire(name: string, headers: () => EventHeaders): void {
    this.#fire(name, null, headers, null);
  }

  fireCustom(subclass: string, headers: EventHeaders, body: string | null = null): void {
    this.#fire("CUSTOM", subclass, () => headers, body);
  }

  fireWithBody(name: string, headers: EventHeaders, body: string): void {
    this.#fire(name, null, () => headers, body);
  }

  #fire(name: string, subclass: string | null, headers: () => EventHeaders, body: string | null): void {
    this.#sequence++;
    const subscribers = [...this.#subscribers].filter((subscriber) => subscriber.wants(name, subclass));
    if (subscribers.length === 0) return;
    const nowMs = nowUs() / 1000;
    const event: SwitchEvent = {
      name,
      subclass,
      body,
      headers: {
        ...(subclass === null ? {} : { "Event-Subclass": subclass }),
        "Event-Name": name,
        "Core-UUID": CORE_UUID,
        "FreeSWITCH-Hostname": hostname(),
        "FreeSWITCH-Switchname": "hotline",
        "Event-Date-Local": localTime(nowMs),
        "Event-Date-GMT": new Date(nowMs).toUTCString(),
        "Event-Date-Timestamp": String(nowMs * 1000),
        "Event-Sequence": String(this.#sequence),
        ...headers(),
      },
    };
    for (const subscriber of subscribers) subscriber.deliver(event);
  }
}
