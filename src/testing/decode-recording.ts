import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { findFfmpeg } from "../recordings/ffmpeg.ts";
import type { Site } from "./site.ts";

/** A recording as the panel plays it, back to sound at 8 kHz: left is the caller, right the operator. */
export async function decodeRecording(
  site: Site,
  recordingId: string,
): Promise<{ left: Int16Array; right: Int16Array }> {
  const response = await site.panel.fetch(`/recordings/${recordingId}/audio`);
  if (!response.ok) throw new Error(`recording ${recordingId}: ${response.status}`);
  const ffmpeg = await findFfmpeg();
  if (ffmpeg === null) throw new Error("ffmpeg is not on this machine");
  const child = spawn(ffmpeg, ["-v", "error", "-i", "pipe:0", "-ar", "8000", "-ac", "2", "-f", "s16le", "pipe:1"]);
  child.stdin.end(Buffer.from(await response.arrayBuffer()));
  const pcm = await buffer(child.stdout);
  const frames = Math.floor(pcm.length / 4);
  const left = new Int16Array(frames);
  const right = new Int16Array(frames);
  for (let at = 0; at < frames; at += 1) {
    left[at] = pcm.readInt16LE(at * 4);
    right[at] = pcm.readInt16LE(at * 4 + 2);
  }
  return { left, right };
}
