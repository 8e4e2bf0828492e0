import { FRAME_SAMPLES } from "../media/g711.ts";
import { mediaClock, TICK_MS } from "../media/media-clock.ts";
import { ToneDetector } from "../media/tone-detector.ts";
import { framesOf, KNOWN_TONES, PROMPT_FREQUENCIES_HZ, type Tone } from "../media/tones.ts";
import { Condition, type Deadline } from "./condition.ts";

/** A tone counts as heard after this many windows running: 120 ms of it. Noise and the edges of other tones do not last as long. */
const LEAST_WINDOWS = 5;
/** A tone with a shorter gap is one tone; and one heard so lately is heard now. */
const GAP_MS = 100;
/** A hole in the stream: what was before and what comes after are no one sound. */
const HOLE_MS = 3 * TICK_MS;

export interface HeardTone {
  tone: string;
  /** In ms since the call began. */
  fromMs: number;
  toMs: number;
}

interface Listening {
  tone: Tone;
  windows: number;
  last: HeardTone | null;
}

/** What a phone hears: which known tones, from when to when. Times are ms since the call began. */
export class Ear {
  readonly #startedAtMs: number;
  readonly #detector = new ToneDetector(KNOWN_TONES.flatMap((tone) => tone.frequenciesHz));
  readonly #listenings = new Map<string, Listening>();
  readonly #log: HeardTone[] = [];
  readonly #condition = new Condition();
  #lastFrameAtMs: number | null = null;
  #lastSoundAtMs = 0;
  /** When the first packet came, with whatever in it; null before. */
  firstPacketAtMs: number | null = null;
  /** When the first packet came that was no silence. */
  firstSoundAtMs: number | null = null;
  frames = 0;

  /** @param startedAtMs `performance.now()` of the call's beginning */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
    for (const tone of KNOWN_TONES) this.#listenTo(tone);
  }

  get nowMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** When a packet came last that was no silence; 0: none did. */
  get lastSoundAtMs(): number {
    return this.#lastSoundAtMs;
  }

  /** Everything heard so far, in the order in which it began. */
  get log(): readonly HeardTone[] {
    return this.#log;
  }

  /** Tones that sounded at or after `markMs` (a former `nowMs`). */
  heardSince(markMs: number): HeardTone[] {
    return this.#log.filter(({ toMs }) => toMs >= markMs);
  }

  /** Resolves when the tone sounds: now, or within the deadline. @throws PhoneError (timeout), saying what was heard instead */
  hears(tone: Tone, deadline: Deadline = {}): Promise<HeardTone> {
    const listening = this.#listenTo(tone);
    const fromMs = this.nowMs;
    return this.#condition.until(
      () => {
        const { last } = listening;
        return last !== null && this.nowMs - last.toMs < GAP_MS ? last : undefined;
      },
      `to hear ${tone.name}`,
      deadline,
      () => `heard ${this.#summary(fromMs)}`,
    );
  }

  /** Resolves when nothing but silence (or no packet at all) has come for `forMs`. @throws PhoneError (timeout) */
  async hearsSilence({ forMs, timeoutMs }: { forMs: number; timeoutMs?: number }): Promise<void> {
    // Also silence without packets must be noticed.
    const leave = mediaClock.onTick(() => this.#condition.changed());
    try {
      await this.#condition.until(
        () => (this.nowMs - this.#lastSoundAtMs >= forMs ? true : undefined),
        `${forMs} ms of silence`,
        timeoutMs === undefined ? {} : { timeoutMs },
        () => `hears ${this.#summary(this.nowMs - GAP_MS)}`,
      );
    } finally {
      leave();
    }
  }

  /** Hears the next 20 ms. */
  push(pcm: Int16Array): void {
    const atMs = this.nowMs;
    this.frames++;
    this.firstPacketAtMs ??= atMs;
    if (this.#lastFrameAtMs !== null && atMs - this.#lastFrameAtMs > HOLE_MS) {
      this.#detector.reset();
      for (const listening of this.#listenings.values()) listening.windows = 0;
    }
    this.#lastFrameAtMs = atMs;
    if (pcm.length === FRAME_SAMPLES) this.#judge(pcm, atMs);
    else for (const frame of framesOf(pcm)) this.#judge(frame, atMs);
    this.#condition.changed();
  }

  #judge(frame: Int16Array, atMs: number): void {
    const { isSilent, presentHz } = this.#detector.push(frame);
    if (!isSilent) {
      this.#lastSoundAtMs = atMs;
      this.firstSoundAtMs ??= atMs;
    }
    let prompts = 0;
    for (const hz of presentHz) if (PROMPT_FREQUENCIES_HZ.has(hz)) prompts++;
    for (const listening of this.#listenings.values()) {
      const { frequenciesHz } = listening.tone;
      // Two prompts at once are four sines: six pairs, of which nobody could say which two they are. So that is no prompt.
      const isPresent = (frequenciesHz.length === 1 || prompts === 2) && frequenciesHz.every((hz) => presentHz.has(hz));
      listening.windows = isPresent ? listening.windows + 1 : 0;
      if (!isPresent) continue;
      const { last } = listening;
      if (last !== null && atMs - last.toMs < GAP_MS) last.toMs = atMs;
      else if (listening.windows >= LEAST_WINDOWS) {
        listening.last = { tone: listening.tone.name, fromMs: atMs - (LEAST_WINDOWS - 1) * TICK_MS, toMs: atMs };
        this.#log.push(listening.last);
      }
    }
  }

  #listenTo(tone: Tone): Listening {
    let listening = this.#listenings.get(tone.name);
    if (listening === undefined) {
      listening = { tone, windows: 0, last: null };
      this.#listenings.set(tone.name, listening);
      for (const hz of tone.frequenciesHz) this.#detector.watch(hz);
    }
    return listening;
  }

  #summary(fromMs: number): string {
    const heard = this.heardSince(fromMs).map(
      ({ tone, fromMs, toMs }) => `${tone} (${Math.round(fromMs)} to ${Math.round(toMs)} ms)`,
    );
    if (heard.length > 0) return heard.join(", ");
    return this.#lastFrameAtMs === null
      ? "no packet"
      : this.#lastSoundAtMs >= fromMs
        ? "sounds of no known tone"
        : "silence";
  }
}
