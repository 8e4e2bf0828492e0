import { type Codec, FRAME_SAMPLES } from "../media/g711.ts";
import { mediaClock } from "../media/media-clock.ts";
import { RtpSession } from "../media/rtp-session.ts";

/** Sound that a channel plays, 20 ms at a time. */
export interface SoundSource {
  /** The next 160 samples; null at the end. */
  next(): Int16Array | null;
}

/** Hears both directions of a channel, one frame of each per 20 ms; null where there was none. */
export interface MediaTap {
  slot(read: Int16Array | null, written: Int16Array | null): void;
}

/** Frames that may wait for their tick; more is the other side's clock running ahead, and the oldest goes. */
const MAX_WAITING_FRAMES = 4;

/**
 * The sound of one channel: RTP on one side, and on the other what the switch does with it, in steps of the media clock. In each step the
 * taps get the frames of the step before, one received frame is taken, goes to the partner of a bridge, and the source that is playing
 * gives its next frame.
 */
export class ChannelMedia {
  readonly rtp: RtpSession;
  readonly #waiting: Int16Array[] = [];
  readonly #taps = new Set<MediaTap>();
  readonly #leaveClock: () => void;
  readonly #onSourceEnd: () => void;
  #read: Int16Array | null = null;
  #written: Int16Array | null = null;
  #source: SoundSource | null = null;
  /** Where received sound goes while bridged. */
  partner: ChannelMedia | null = null;
  /** True while the other side has put us on hold: it is sent nothing. */
  isOnHold = false;

  private constructor(rtp: RtpSession, onDigit: (digit: string) => void, onSourceEnd: () => void) {
    this.rtp = rtp;
    this.#onSourceEnd = onSourceEnd;
    rtp.onFrame((pcm) => this.#receive(pcm));
    rtp.onDigit(onDigit);
    this.#leaveClock = mediaClock.onTick(() => this.#tick());
  }

  static async open(address: string, onDigit: (digit: string) => void, onSourceEnd: () => void): Promise<ChannelMedia> {
    return new ChannelMedia(await RtpSession.open(address), onDigit, onSourceEnd);
  }

  connect(remote: { address: string; port: number }, codec: Codec, telephoneEventType: number | null): void {
    this.rtp.payloadType = codec;
    if (telephoneEventType !== null) this.rtp.telephoneEventType = telephoneEventType;
    this.rtp.setRemote(remote.address, remote.port);
  }

  get isPlaying(): boolean {
    return this.#source !== null;
  }

  /** Plays `source` in the place of what was playing, which is returned so that it can go on afterwards. */
  play(source: SoundSource | null): SoundSource | null {
    const before = this.#source;
    this.#source = source;
    return before;
  }

  /** Sends a frame out, unless something is being played. */
  write(frame: Int16Array): void {
    this.#written = frame;
    if (!this.isOnHold) this.rtp.send(frame);
  }

  sendDigit(digit: string, durationMs: number): void {
    this.rtp.sendDigit(digit, { durationMs }).catch(() => undefined);
  }

  /** Returns the removal. */
  addTap(tap: MediaTap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  close(): void {
    this.#leaveClock();
    this.partner = null;
    this.rtp.close();
  }

  #receive(pcm: Int16Array): void {
    // Phones that pack more than 20 ms into a packet are cut to our step.
    for (let from = 0; from + FRAME_SAMPLES <= pcm.length; from += FRAME_SAMPLES) {
      this.#waiting.push(pcm.subarray(from, from + FRAME_SAMPLES));
    }
    if (this.#waiting.length > MAX_WAITING_FRAMES) this.#waiting.splice(0, this.#waiting.length - MAX_WAITING_FRAMES);
  }

  #tick(): void {
    for (const tap of this.#taps) tap.slot(this.#read, this.#written);
    this.#read = this.#waiting.shift() ?? null;
    this.#written = null;
    if (this.partner !== null && this.#read !== null && !this.partner.isPlaying) this.partner.write(this.#read);
    if (this.#source === null) return;
    const frame = this.#source.next();
    if (frame === null) {
      this.#source = null;
      this.#onSourceEnd();
    } else this.write(frame);
  }
}
