import { headerOf } from "./event-socket-protocol.ts";
import type { LabSwitch } from "./switch.ts";

const SILENCE_MS = 3000;
const SWEEP_MS = 1000;
const TICK_MS = 200;

/**
 * The guard rule of freeswitch-conf/scripts/guard.lua, step by step: no heartbeat for 3 s sets `hotline_control` to `down`, moves callers
 * whom the daemon held to 'one moment' and ends operators' phones that ring for nobody; a heartbeat with a new boot id sets it to `up`.
 */
export class Guard {
  readonly #owner: LabSwitch;
  #control: "up" | "down" = "down";
  #boot = "";
  /** Counted in ticks, not by the clock. */
  #quietMs = 0;
  #hasHeard = false;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(owner: LabSwitch) {
    this.#owner = owner;
  }

  start(): void {
    this.#owner.globals.set("hotline_control", "down");
    this.#unsubscribe = this.#owner.events.subscribe({
      wants: (_, subclass) => subclass === "hotline::alive",
      deliver: ({ headers }) => this.#hear(headerOf(new Map(Object.entries(headers)), "Hotline-Boot") ?? ""),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
  }

  #hear(boot: string): void {
    this.#quietMs = 0;
    this.#hasHeard = true;
    if (this.#control === "up" && boot === this.#boot) return;
    this.#control = "up";
    this.#boot = boot;
    this.#say();
  }

  #tick(): void {
    // A heartbeat in this tick: the Lua's wait for one would have ended early.
    if (this.#hasHeard) {
      this.#hasHeard = false;
      return;
    }
    this.#quietMs += TICK_MS;
    if (this.#control === "up" && this.#quietMs >= SILENCE_MS) {
      this.#control = "down";
      this.#say();
    }
    if (this.#control === "down" && this.#quietMs % SWEEP_MS === 0) this.#sweep();
  }

  #say(): void {
    this.#owner.globals.set("hotline_control", this.#control);
    this.#owner.log("info", `guard: the daemon is ${this.#control}`);
    this.#owner.events.fireCustom("hotline::guard", {
      "Hotline-State": this.#control,
      "Hotline-Boot": this.#boot,
    });
  }

  #sweep(): void {
    for (const channel of this.#owner.channels.values()) {
      if (channel.variable("bridge_uuid") !== undefined) continue;
      const held = channel.variable("hotline_held");
      if (held === "true") {
        channel.setVariable("hotline_held", "guard");
        const destination = channel.variable("hotline_origin") === "phone" ? "phone-alone" : "one-moment";
        channel.transfer(destination, "hotline");
      } else if (channel.variable("hotline_held") === "message") {
        if (channel.variable("record_ms") !== undefined) channel.transfer("message-left", "hotline");
      } else if (channel.variable("hotline_role") === "operator") channel.hangUp("ORIGINATOR_CANCEL");
    }
  }
}
