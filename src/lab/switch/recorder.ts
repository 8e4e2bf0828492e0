import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../media/g711.ts";
import { WavWriter } from "../media/wav.ts";
import type { Channel } from "./channel.ts";

const SILENCE = new Int16Array(FRAME_SAMPLES);

/**
 * A recording of one channel into a WAV that grows on the disk: what is received left and what is sent right (`RECORD_STEREO`), else both
 * in one. Starts and stops are events RECORD_START and RECORD_STOP; a full disk stops nothing and is told at the stop, as in FreeSWITCH.
 */
export class Recorder {
  readonly path: string;
  readonly #channel: Channel;
  readonly #writer: WavWriter;
  readonly #removeTap: () => void;
  #samples = 0;
  /** Samples since the last frame that was as loud as the mean amplitude asked for; 0 asks for none. */
  #quietSamples = 0;
  readonly #amplitude: number;
  #failure: string | null = null;

  /**
   * Begins a recording, unless there is one of the same name.
   * @throws the file system's error when the file cannot be made, Error when the channel has no sound yet
   */
  static start(channel: Channel, path: string, amplitude = 0): Recorder {
    return channel.recorders.get(path) ?? new Recorder(channel, path, amplitude);
  }

  private constructor(channel: Channel, path: string, amplitude: number) {
    if (channel.media === null) throw new Error("the channel has no media");
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#channel = channel;
    this.#amplitude = amplitude;
    const isStereo = channel.isTrue("RECORD_STEREO");
    this.#writer = new WavWriter(path, SAMPLE_RATE, isStereo ? 2 : 1);
    this.#removeTap = channel.media.addTap({
      slot: (read, written) => {
        const [left, right] = [read ?? SILENCE, written ?? SILENCE];
        const loudness = left.reduce((sum, sample) => sum + Math.abs(sample), 0) / left.length;
        this.#quietSamples = loudness < this.#amplitude ? this.#quietSamples + FRAME_SAMPLES : 0;
        this.#write(isStereo ? [left, right] : [left.map((sample, i) => (sample + (right[i] ?? 0)) / 2)]);
      },
    });
    channel.recorders.set(path, this);
    channel.fire("RECORD_START", { "Record-File-Path": path });
  }

  get durationMs(): number {
    return (this.#samples / SAMPLE_RATE) * 1000;
  }

  get quietMs(): number {
    return (this.#quietSamples / SAMPLE_RATE) * 1000;
  }

  stop(): void {
    if (!this.#channel.recorders.delete(this.path)) return;
    this.#removeTap();
    this.#close();
    const { variables } = this.#channel;
    variables.set("record_file_size", String(sizeOf(this.path)));
    variables.set("record_samples", String(this.#samples));
    variables.set("record_seconds", String(Math.floor(this.durationMs / 1000)));
    variables.set("record_ms", String(Math.round(this.durationMs)));
    const cause = this.#failure === null ? "success-silence" : "uri-failure";
    variables.set("record_completion_cause", cause);
    this.#channel.fire("RECORD_STOP", { "Record-File-Path": this.path, "Record-Completion-Cause": cause });
  }

  #write(channels: Int16Array[]): void {
    this.#samples += FRAME_SAMPLES;
    if (this.#failure !== null) return;
    try {
      this.#writer.write(channels);
    } catch (error) {
      this.#fail(error);
    }
  }

  #close(): void {
    try {
      this.#writer.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure = String(error);
    this.#channel.owner.log("error", `recording ${this.path}: ${this.#failure}`);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
