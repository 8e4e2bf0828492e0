/**
 * Messages that callers leave: the same way as recordings of conversations, from `spool/messages` (one channel). Those that were left in the
 * static fallback while the daemon was down are found by the same look at the spool; their names tell call and leg.
 */
import { open } from "node:fs/promises";
import { parseMessageName } from "./recording-name.ts";
import type { SpoolKind } from "./spool-kind.ts";
import { NotWavError, readFully, repairWav, type WavInfo } from "./wav-file.ts";

export const MESSAGES: SpoolKind = {
  kind: "message",
  folder: "messages",
  parseName: parseMessageName,
  channels: 1,
  isWorthKeeping: isMessage,
};

/** What is shorter is none (as in the call flow, flows/ivr/document.ts). */
const LEAST_MS = 1_000;
/** The switch ends a message after 5 s of silence; it does not write the frames that never came. */
const ENDING_SILENCE_MS = 4_000;
const SILENCE_AMPLITUDE = 200;
const FRAME_MS = 20;

async function isMessage(path: string): Promise<boolean> {
  try {
    const wav = await repairWav(path, 1);
    if (wav.durationMs < LEAST_MS) return false;
    const spokenMs = await lastLoudMs(path, wav);
    const isEndedBySilence = wav.durationMs - spokenMs >= ENDING_SILENCE_MS;
    return !isEndedBySilence || spokenMs >= LEAST_MS;
  } catch (error) {
    // What is no WAV is kept: somebody has to look at it.
    if (error instanceof NotWavError) return true;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Where the last frame ends that the switch would not take for silence. Read from the end: most messages end with a word. */
async function lastLoudMs(path: string, wav: WavInfo): Promise<number> {
  const frames = Math.floor(wav.durationMs / FRAME_MS);
  const frameBytes = ((wav.sampleRate * FRAME_MS) / 1000) * wav.channels * 2;
  const bytes = Buffer.alloc(frameBytes);
  const file = await open(path, "r");
  try {
    for (let frame = frames - 1; frame >= 0; frame -= 1) {
      await readFully(file, bytes, wav.dataOffset + frame * frameBytes);
      if (meanAmplitude(bytes) >= SILENCE_AMPLITUDE) return (frame + 1) * FRAME_MS;
    }
    return 0;
  } finally {
    await file.close();
  }
}

function meanAmplitude(samples: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < samples.length; at += 2) sum += Math.abs(samples.readInt16LE(at));
  return sum / (samples.length / 2);
}
