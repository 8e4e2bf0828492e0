import type { CallId, LegId } from "../calls/ids.ts";

/**
 * `<callId>.<legId>.<take>.wav`. The take is the time into the call in tenths of a second, so that a name is never given twice on one leg,
 * not even by an earlier life of the daemon; the static fallback uses 0.
 */
export function recordingFileName(callId: CallId, legId: LegId, intoCallMs: number): string {
  return `${callId}.${legId}.${takeOf(intoCallMs)}.wav`;
}

/** `<callId>.<legId>.<take>.message.wav`; the static fallback's has no take. */
export function messageFileName(callId: CallId, legId: LegId, intoCallMs: number): string {
  return `${callId}.${legId}.${takeOf(intoCallMs)}.message.wav`;
}

function takeOf(intoCallMs: number): number {
  return Math.min(999_999, 1 + Math.max(0, Math.floor(intoCallMs / 100)));
}
