import { type Codec, FRAME_SAMPLES, PCMA } from "../media/g711.ts";
import { mediaClock } from "../media/media-clock.ts";
import type { DigitTiming, RtpSession } from "../media/rtp-session.ts";
import { type AudioDescription, answerTo, type Direction, readSdp, SdpOrigin } from "../media/sdp.ts";
import { Ear } from "./ear.ts";
import { MarkerVoice, type Voice } from "./markers.ts";

const SILENCE = new Int16Array(FRAME_SAMPLES);

/** The sound of one call: what is agreed about it, what the phone says and hears. */
export class CallAudio {
  readonly ear = new Ear(performance.now());
  /** Keys that the other side pressed. */
  digits = "";
  /** Sends no sound at all (a muted phone with silence suppression); keys are sent. */
  isSilent: boolean;
  /** Sound is sent while this is set. */
  isTalking = false;
  voice: Voice | null = null;
  markerIndex: number | null = null;

  readonly #rtp: RtpSession;
  readonly #codecs: readonly Codec[];
  readonly #changed: () => void;
  readonly #leaveClock: () => void;
  readonly #sdp = new SdpOrigin();
  #direction: Direction = "sendrecv";
  #remote: AudioDescription | null = null;

  /** @param changed called when the other side's audio or keys have changed */
  constructor(rtp: RtpSession, codecs: readonly Codec[], isSilent: boolean, changed: () => void) {
    this.#rtp = rtp;
    this.#codecs = codecs;
    this.isSilent = isSilent;
    this.#changed = changed;
    rtp.payloadType = codecs[0] ?? PCMA;
    rtp.onFrame((pcm) => this.ear.push(pcm));
    rtp.onDigit((digit) => {
      this.digits += digit;
      changed();
    });
    this.#leaveClock = mediaClock.onTick(() => this.#speak());
  }

  get counts(): RtpSession["counts"] {
    return this.#rtp.counts;
  }

  /** What the other side said last about its audio. */
  get remote(): AudioDescription | null {
    return this.#remote;
  }

  offer(direction: Direction = this.#direction): string {
    this.#direction = direction;
    const { address, port } = this.#rtp;
    return this.#sdp.write({ address, port, codecs: [...this.#codecs], telephoneEventType: 101, direction });
  }

  /** Takes their offer and answers; null when there is no codec in common. @throws SdpError */
  answer(theirs: string): string | null {
    const offer = readSdp(theirs);
    const { address, port } = this.#rtp;
    const answer = answerTo(offer, { address, port, codecs: this.#codecs, direction: this.#direction });
    if (answer === null) return null;
    this.#take(offer);
    return this.#sdp.write(answer);
  }

  /** Takes their answer. @throws SdpError */
  takeAnswer(theirs: string): void {
    this.#take(readSdp(theirs));
  }

  sendMarkers(index: number): void {
    this.markerIndex = index;
    this.voice = new MarkerVoice(index);
  }

  async pressKey(digits: string, timing: DigitTiming): Promise<void> {
    await Promise.all(Array.from(digits, (digit) => this.#rtp.sendDigit(digit, timing)));
  }

  close(): void {
    this.#leaveClock();
    this.#rtp.close();
  }

  #take(audio: AudioDescription): void {
    this.#remote = audio;
    if (audio.port !== 0) this.#rtp.setRemote(audio.address, audio.port);
    const codec = audio.codecs.find((payload) => this.#codecs.includes(payload));
    if (codec !== undefined) this.#rtp.payloadType = codec;
    if (audio.telephoneEventType !== null) this.#rtp.telephoneEventType = audio.telephoneEventType;
    this.#changed();
  }

  #speak(): void {
    const isHeard = this.#remote?.direction === "sendrecv" || this.#remote?.direction === "recvonly";
    if (!this.isTalking || this.isSilent || !isHeard) return;
    // On hold the line stays up, with nothing on it.
    this.#rtp.send(this.#direction === "sendrecv" ? (this.voice?.next() ?? SILENCE) : SILENCE);
  }
}
