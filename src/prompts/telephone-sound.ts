/** Any sound made fit for a telephone line: one channel, 8 kHz, 16 bit, telephone band, all prompts equally loud. */
import { findFfmpeg, ProgramError, runProgram } from "../recordings/ffmpeg.ts";
import { wavHeader } from "../recordings/wav-file.ts";
import { PromptError } from "./prompt-error.ts";

export interface TelephoneSound {
  /** A whole WAV file. */
  wav: Buffer;
  durationMs: number;
}

/** Bytes of a file made elsewhere, or the path of one. */
export type SoundSource = { bytes: Buffer } | { path: string };

const RATE = 8_000;
const BYTES_PER_MS = (RATE * 2) / 1000;
/** As loud as speech usually is on a line, and the same for every prompt (EBU R 128). */
const LOUDNESS_LUFS = -19;
/** Room for what lies between the samples, so that nothing is clipped. */
const PEAK_DBFS = -3;
/** Below this, what is left would only be noise made loud. */
const SILENCE_LUFS = -60;
const LONGEST_SECONDS = 300;
/** Recorders that stop at the longest time do so a moment later. */
const LATE_SECONDS = 0.5;
/** A moment of silence before and after: the line opens late, and prompts follow each other. */
const PAUSE_BEFORE_MS = 60;
const PAUSE_AFTER_MS = 180;
const TIMEOUT_MS = 120_000;

/**
 * What owners upload, and nothing else that ffmpeg could read: playlists and the like name other files, which are not theirs to read.
 * Names of ffmpeg's demuxers.
 */
const FORMATS = "wav,mp3,ogg,flac,aac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aiff,amr,caf,w64,asf";

/** Dead air before and after goes, whatever its length was: what is this much quieter than the sound itself. */
const DEAD_AIR_DB = -30;
/** Kept around the sound, so that soft beginnings and ends are not cut. */
const MARGIN_MS = 30;
const BAND = "highpass=f=200,highpass=f=200,lowpass=f=3400,lowpass=f=3400";

/** @throws PromptError `not-audio`, `too-long`, or `voice-failed` when there is no ffmpeg */
export async function toTelephoneSound(source: SoundSource, signal?: AbortSignal): Promise<TelephoneSound> {
  const ffmpeg = await findFfmpeg();
  if (ffmpeg === null) throw new PromptError("voice-failed", "no ffmpeg");
  const run = async (args: readonly string[], input: Buffer | null) =>
    await runProgram(ffmpeg, ["-hide_banner", "-nostdin", ...args], {
      timeoutMs: TIMEOUT_MS,
      ...(input && { input }),
      ...(signal && { signal }),
    });
  const { output: samples, complaints } = await readable(
    run(readArguments("path" in source ? source.path : "pipe:0"), "bytes" in source ? source.bytes : null),
  );
  const seconds = samples.length / 4 / RATE;
  if (seconds > LONGEST_SECONDS + LATE_SECONDS) throw new PromptError("too-long");
  const loudness = measuredLoudness(complaints);
  if (samples.length === 0 || loudness === null || loudness < SILENCE_LUFS)
    throw new PromptError("not-audio", "silence");
  const sound = withoutDeadAir(samples, loudness + DEAD_AIR_DB);
  const { output } = await run(levelArguments(LOUDNESS_LUFS - loudness), sound);
  return {
    wav: Buffer.concat([wavHeader(RATE, 1, output.length), output]),
    durationMs: Math.round(output.length / BYTES_PER_MS),
  };
}

/** Samples as 32-bit floats of one channel at 8 kHz; the loudness is measured on the way and told on standard error. */
function readArguments(from: string): string[] {
  const prepare = `aformat=channel_layouts=mono,${BAND},aresample=${RATE}`;
  // Its own output, and no sink within the graph: at the end of such a graph ffmpeg 7.1 (Debian 13) ends itself by an assertion.
  const graph = `[0:a:0]${prepare},asplit[sound][heard];[heard]ebur128=framelog=verbose[measured]`;
  const safety = ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS];
  const input = ["-t", String(LONGEST_SECONDS + 1), "-i", from];
  return ["-v", "info", "-nostats"].concat(safety, input, [
    "-filter_complex",
    graph,
    "-map",
    "[sound]",
    "-f",
    "f32le",
    "pipe:1",
    "-map",
    "[measured]",
    "-f",
    "null",
    "-",
  ]);
}

function levelArguments(gainDb: number): string[] {
  const limit = 10 ** (PEAK_DBFS / 20);
  const limiter = `alimiter=limit=${limit.toFixed(4)}:attack=2:release=50:level=disabled`;
  const pauses = `adelay=${PAUSE_BEFORE_MS},apad=pad_dur=${PAUSE_AFTER_MS / 1000}`;
  const input = ["-f", "f32le", "-ar", String(RATE), "-ac", "1", "-i", "pipe:0"];
  const filters = `volume=${gainDb.toFixed(2)}dB,${limiter},${pauses}`;
  return ["-v", "error"].concat(input, ["-af", filters, "-f", "s16le", "pipe:1"]);
}

/** The filter `ebur128` ends with a summary: `Integrated loudness:  I:  -23.4 LUFS`; it is -70 for silence. */
function measuredLoudness(complaints: string): number | null {
  const found = /Integrated loudness:\s+I:\s+(-?[0-9.]+) LUFS/.exec(
    complaints.slice(complaints.lastIndexOf("Summary:")),
  );
  return found ? Number(found[1]) : null;
}

/** Cuts what is below a level (dB of full scale) before the first and after the last louder sample, 32-bit floats. */
function withoutDeadAir(samples: Buffer, levelDb: number): Buffer {
  const level = 10 ** (levelDb / 20);
  const count = Math.floor(samples.length / 4);
  const isQuiet = (index: number) => Math.abs(samples.readFloatLE(index * 4)) < level;
  let first = 0;
  while (first < count && isQuiet(first)) first++;
  let last = count - 1;
  while (last > first && isQuiet(last)) last--;
  const margin = (MARGIN_MS * RATE) / 1000;
  return samples.subarray(Math.max(0, first - margin) * 4, Math.min(count, last + 1 + margin) * 4);
}

/** What ffmpeg cannot read is no sound, as far as we are concerned. */
async function readable<Result>(reading: Promise<Result>): Promise<Result> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ProgramError && (error.reason === "failed" || error.reason === "timeout")) {
      throw new PromptError("not-audio", error.message);
    }
    throw error;
  }
}
