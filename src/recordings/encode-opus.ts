import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { ProgramError, runProgram } from "./ffmpeg.ts";
import { declareLeftAndRight, pageLength, readOpusFacts } from "./ogg-opus.ts";
import type { WavInfo } from "./wav-file.ts";

/** `disk-full` is told by the errno of our own write, not by what ffmpeg says. */
export type EncodeFailure = "ffmpeg-missing" | "ffmpeg-failed" | "disk-full" | "aborted";

export class EncodeError extends Error {
  override readonly name = "EncodeError";
  readonly reason: EncodeFailure;
  constructor(reason: EncodeFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface EncodedFile {
  bytes: number;
  sha256: string;
}

const BITS_PER_SECOND_PER_CHANNEL = 24_000;
/** Of 0 to 10. 3 takes less than half the time of 10, and speech on a telephone line measures alike (0.2 dB of its spectrum). */
const EFFORT = 3;
/** Encoding runs at about a hundred times real time; this is for a machine that is very busy with calls. */
const SLOWEST_TIMES_REAL_TIME = 2;
const LEAST_TIMEOUT_MS = 60_000;
/** An encoded file may differ from its source by less than a frame of Opus (20 ms) and rounding. */
const LENGTH_TOLERANCE_MS = 40;

/**
 * Encodes a repaired WAV to Opus in Ogg (RFC 7845), each channel by itself, into an empty file that is open for reading and writing;
 * the file is flushed to the disk when this resolves.
 * @throws EncodeError
 */
export async function encodeOpus(
  ffmpeg: string,
  wavPath: string,
  wav: WavInfo,
  into: FileHandle,
  signal?: AbortSignal,
): Promise<EncodedFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const append = async (piece: Buffer) => {
    hash.update(piece);
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await into.write(piece, done, piece.length - done, bytes);
      done += bytesWritten;
      bytes += bytesWritten;
    }
  };
  let head: Buffer | null = Buffer.alloc(0);
  const onOutput = async (piece: Buffer) => {
    if (head === null) return await append(piece);
    head = Buffer.concat([head, piece]);
    const length = pageLength(head);
    if (length === null || head.length < length) return;
    const start = head;
    head = null;
    await append(Buffer.concat([declareLeftAndRight(start.subarray(0, length)), start.subarray(length)]));
  };
  try {
    await runProgram(ffmpeg, encodeArguments(wavPath, wav.channels), {
      timeoutMs: Math.max(LEAST_TIMEOUT_MS, wav.durationMs / SLOWEST_TIMES_REAL_TIME),
      onOutput,
      ...(signal && { signal }),
    });
    await into.sync();
  } catch (error) {
    throw asEncodeError(error);
  }
  const facts = await readOpusFacts(into);
  if (facts === null || facts.channels !== wav.channels) throw new EncodeError("ffmpeg-failed", "not Opus in Ogg");
  if (Math.abs(facts.durationMs - wav.durationMs) > LENGTH_TOLERANCE_MS) {
    throw new EncodeError("ffmpeg-failed", `${facts.durationMs} ms encoded of ${wav.durationMs} ms`);
  }
  return { bytes, sha256: hash.digest("hex") };
}

function encodeArguments(wavPath: string, channels: 1 | 2): string[] {
  // Two channels coded apart: see `declareLeftAndRight`.
  const mapping = channels === 2 ? "-mapping_family 255" : "";
  const bitRate = BITS_PER_SECOND_PER_CHANNEL * channels;
  const coding = `-c:a libopus -application voip -compression_level ${EFFORT} -b:a ${bitRate} -vbr on -frame_duration 20 ${mapping}`;
  const words = (text: string) => text.split(" ").filter((word) => word !== "");
  return words("-nostdin -hide_banner -v error -f wav -i").concat(
    wavPath,
    words(`-map 0:a:0 -map_metadata -1 ${coding} -f ogg pipe:1`),
  );
}

function asEncodeError(error: unknown): unknown {
  if (error instanceof ProgramError) {
    if (error.reason === "missing") return new EncodeError("ffmpeg-missing", error.message);
    if (error.reason === "aborted") return new EncodeError("aborted", error.message);
    return new EncodeError("ffmpeg-failed", error.message);
  }
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT") return new EncodeError("disk-full", `no room: ${code}`);
  return error;
}
