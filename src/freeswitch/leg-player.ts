import { SwitchError } from "../calls/failure.ts";
import type { LegId, PlayId } from "../calls/ids.ts";

/** One `play` command, encoded. */
export interface Playback {
  playId: PlayId;
  /** `record` stops and is stopped as a playback is; left out: `playback`. */
  application?: "playback" | "record";
  /** What the switch's application takes. */
  argument: string;
  /** Start it again each time it ends by itself; for what the switch cannot loop. */
  isRepeated: boolean;
}

/** What the player asks of the switch. */
export interface PlayerPort {
  /** Queues `playback` on the leg with `playId` as its Event-UUID. @throws SwitchError */
  start(legId: LegId, playback: Playback): Promise<void>;
  /** Breaks what plays. @throws SwitchError */
  interrupt(legId: LegId): Promise<void>;
  finished(legId: LegId, playId: PlayId): void;
}

//   unknown -> (nothing)                           what a former daemon started was broken
//   (nothing) -> playing -> (nothing)              ended by itself or by a key: finished
//                playing -> stopping -> (nothing)  stopped: finished
//                           stopping -> playing    replaced: the new one plays, the old one is not reported
type LegState =
  | { name: "unknown" }
  | { name: "playing"; playback: Playback; startedAtMs: number; isEndedByKey: boolean }
  | { name: "stopping"; playback: Playback; next: Playback | null; isReported: boolean; silent: Promise<void> };

/** Breaks again after this: a playback that was queued but had not begun is not stopped by a break. */
const BREAK_AGAIN_MS = 150;
/** A key stops a playback inside the switch (`playback_terminators`); only if its end is not told by then it is broken. */
const KEY_ENDS_WITHIN_MS = 60;
const STOP_DEADLINE_MS = 5000;
/** After this a leg on which a former daemon may have played something is silent. */
const UNKNOWN_SILENT_MS = 250;
/** What ends sooner is broken (a missing file); to repeat it would spin. */
const SHORTEST_REPEAT_MS = 200;

/**
 * One playback at a time on each leg. The switch would run a second one nested in the first and go on with the first afterwards, so a
 * `play` first stops what plays, waits for the switch to say so, and then starts. The latest wins.
 *
 * Each `play` is followed by exactly one `finished` (ended by itself, by a key, or by `stop`), unless a later `play` on the same leg replaced
 * it or the leg went away.
 */
export class LegPlayer {
  #port: PlayerPort;
  #legs = new Map<LegId, LegState>();
  #waiting = new Map<LegId, { resolve: () => void; reject: (error: SwitchError) => void }>();

  constructor(port: PlayerPort) {
    this.#port = port;
  }

  /** A leg that was there before us: a former daemon's playback may still run on it. */
  adopt(legId: LegId): void {
    if (!this.#legs.has(legId)) this.#legs.set(legId, { name: "unknown" });
  }

  /** @throws SwitchError */
  async play(legId: LegId, playback: Playback): Promise<void> {
    if (this.#legs.get(legId)?.name === "unknown") await this.#silenceUnknown(legId);
    const state = this.#legs.get(legId);
    if (state === undefined || state.name === "unknown") {
      await this.#start(legId, playback);
      return;
    }
    if (state.name === "stopping") {
      state.next = playback;
      await state.silent;
      return;
    }
    await this.#stop(legId, state, playback);
  }

  /** Resolves when the leg is silent; at once if nothing plays. @throws SwitchError */
  async stop(legId: LegId): Promise<void> {
    if (this.#legs.get(legId)?.name === "unknown") await this.#silenceUnknown(legId);
    const state = this.#legs.get(legId);
    if (state === undefined || state.name === "unknown") return;
    if (state.name === "playing") {
      await this.#stop(legId, state, null);
      return;
    }
    const dropped = state.next;
    state.next = null;
    await state.silent;
    if (dropped !== null) this.#port.finished(legId, dropped.playId);
  }

  /** The party pressed a key: what plays ends by itself, and the switch is about to say so. */
  onKey(legId: LegId): void {
    const state = this.#legs.get(legId);
    if (state?.name === "playing") state.isEndedByKey = true;
  }

  /** CHANNEL_EXECUTE_COMPLETE of a playback or recording. */
  onComplete(legId: LegId, playId: PlayId, wasKey: boolean): void {
    const state = this.#legs.get(legId);
    if (state?.name === "unknown") {
      this.#legs.delete(legId);
      this.#settle(legId, null);
      return;
    }
    if (state === undefined || state.playback.playId !== playId) return;
    if (state.name === "stopping") {
      this.#legs.delete(legId);
      this.#settle(legId, null);
      if (state.isReported) this.#port.finished(legId, playId);
      return;
    }
    const { playback } = state;
    const mayRepeat = playback.isRepeated && !wasKey && Date.now() - state.startedAtMs >= SHORTEST_REPEAT_MS;
    this.#legs.delete(legId);
    if (!mayRepeat) {
      this.#port.finished(legId, playId);
      return;
    }
    this.#start(legId, playback).catch((error: unknown) => {
      if (!(error instanceof SwitchError)) throw error;
      if (error.reason === "refused") this.#port.finished(legId, playId);
    });
  }

  /** The leg hung up, or was parked anew: nothing of ours plays on it. */
  forget(legId: LegId): void {
    this.#legs.delete(legId);
    if (this.#waiting.has(legId)) this.#settle(legId, new SwitchError("no-such-leg", "the leg went away"));
  }

  /** The connection was lost. */
  forgetAll(): void {
    this.#legs.clear();
    for (const legId of this.#waiting.keys()) this.#settle(legId, new SwitchError("socket-lost", "connection lost"));
  }

  /** Nothing says whether something plays there: it is broken, and its end awaited for a moment. */
  async #silenceUnknown(legId: LegId): Promise<void> {
    if (this.#waiting.has(legId)) return;
    let enough: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve, reject) => {
      this.#waiting.set(legId, { resolve, reject });
      enough = setTimeout(() => this.#settle(legId, null), UNKNOWN_SILENT_MS);
    });
    ended.catch(() => undefined);
    try {
      await this.#port.interrupt(legId);
      await ended;
    } finally {
      clearTimeout(enough);
      this.#waiting.delete(legId);
      if (this.#legs.get(legId)?.name === "unknown") this.#legs.delete(legId);
    }
  }

  async #start(legId: LegId, playback: Playback): Promise<void> {
    const state: LegState = { name: "playing", playback, startedAtMs: Date.now(), isEndedByKey: false };
    this.#legs.set(legId, state);
    try {
      await this.#port.start(legId, playback);
    } catch (error) {
      if (this.#legs.get(legId) === state) this.#legs.delete(legId);
      throw error;
    }
  }

  async #stop(legId: LegId, playing: Extract<LegState, { name: "playing" }>, next: Playback | null): Promise<void> {
    const { playback, isEndedByKey } = playing;
    const silent = this.#interrupt(legId, isEndedByKey ? KEY_ENDS_WITHIN_MS : 0);
    // Who waits may be nobody but us; the rejection is ours to see then.
    silent.catch(() => undefined);
    const state: LegState = { name: "stopping", playback, next, isReported: next === null, silent };
    this.#legs.set(legId, state);
    await silent;
    // Replaced again while we waited: the latest wins, and the one asked for here is dropped.
    if (state.next !== null) await this.#start(legId, state.next);
  }

  /** Breaks, after `patienceMs`, until the switch says that the playback has ended. */
  async #interrupt(legId: LegId, patienceMs: number): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#waiting.set(legId, { resolve, reject });
    });
    ended.catch(() => undefined);
    const deadline = setTimeout(() => {
      this.#legs.delete(legId);
      this.#settle(legId, new SwitchError("timeout", `playback not stopped within ${STOP_DEADLINE_MS} ms`));
    }, STOP_DEADLINE_MS);
    try {
      if (patienceMs > 0) await endedWithin(ended, patienceMs);
      while (this.#waiting.has(legId)) {
        await this.#port.interrupt(legId);
        await endedWithin(ended, BREAK_AGAIN_MS);
      }
      await ended;
    } catch (error) {
      this.#waiting.delete(legId);
      this.#legs.delete(legId);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  #settle(legId: LegId, error: SwitchError | null): void {
    const waiting = this.#waiting.get(legId);
    if (waiting === undefined) return;
    this.#waiting.delete(legId);
    if (error === null) waiting.resolve();
    else waiting.reject(error);
  }
}

/** Resolves with `ended`, or after `ms`. @throws what `ended` rejects with */
async function endedWithin(ended: Promise<void>, ms: number): Promise<void> {
  let enough: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    enough = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([ended, late]);
  } finally {
    clearTimeout(enough);
  }
}
