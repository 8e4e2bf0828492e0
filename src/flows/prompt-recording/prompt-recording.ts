/**
 * A prompt that is recorded by phone: the phone rings, says what to do, records after a tone, plays it back and asks. Pure.
 *
 *   ringing -> inviting -> beeping -> recording -> asking -> keeping -> telling -> done
 *                  ^          ^___________|___________|                    |
 *                  |______________________|                (hung up anywhere: done)
 */
import type { Digit } from "../../calls/digit.ts";

/** How it ended; `hung-up`: before anything was kept. */
export type PromptRecordingOutcome = "kept" | "no-answer" | "hung-up" | "not-kept";

export type PromptRecordingState =
  | { name: "ringing" }
  /** `tries`: with this one. */
  | { name: "inviting"; tries: number }
  | { name: "beeping"; tries: number }
  | { name: "recording"; tries: number }
  | { name: "asking"; tries: number; plays: number; recordedAtMs: number }
  | { name: "keeping"; isThere: boolean }
  | { name: "telling"; isKept: boolean }
  | { name: "done"; outcome: PromptRecordingOutcome };

export type PromptRecordingEvent =
  | { type: "answered" }
  | { type: "play-finished" }
  | { type: "recorded"; durationMs: number; atMs: number }
  | { type: "key-pressed"; digit: Digit }
  | { type: "kept"; isKept: boolean }
  | { type: "hung-up"; atMs: number };

export type PromptRecordingEffect =
  | { type: "invite" }
  | { type: "beep" }
  | { type: "record" }
  /** The recording, and what the keys do with it. */
  | { type: "play-back" }
  | { type: "keep" }
  | { type: "tell"; isKept: boolean }
  | { type: "hang-up" };

interface Step {
  state: PromptRecordingState;
  effects: PromptRecordingEffect[];
}

/** What is shorter is none: a key that was pressed too soon. */
export const LEAST_MS = 500;
/** Who says nothing, or does not like it, so often, is left alone. */
export const MOST_TRIES = 10;
export const PLAYS = 3;
/**
 * A recording that the hang-up ended is told right before it. Whoever presses a key must hear the question to decline, which takes longer.
 */
const HANG_UP_ENDS_IT_MS = 500;

export function promptRecordingStep(state: PromptRecordingState, event: PromptRecordingEvent): Step {
  if (state.name === "done") return { state, effects: [] };
  if (event.type === "hung-up") return hungUp(state, event.atMs);
  switch (state.name) {
    case "ringing":
      return event.type === "answered" ? to({ name: "inviting", tries: 1 }, { type: "invite" }) : stay(state);
    case "inviting":
      // A key stops what is said, and says that it is known.
      return event.type === "play-finished"
        ? to({ name: "beeping", tries: state.tries }, { type: "beep" })
        : stay(state);
    case "beeping":
      return event.type === "play-finished"
        ? to({ name: "recording", tries: state.tries }, { type: "record" })
        : stay(state);
    case "recording":
      return event.type === "recorded" ? recorded(state.tries, event) : stay(state);
    case "asking":
      return asked(state, event);
    case "keeping":
      if (event.type !== "kept") return stay(state);
      return state.isThere
        ? to({ name: "telling", isKept: event.isKept }, { type: "tell", isKept: event.isKept })
        : to({ name: "done", outcome: event.isKept ? "kept" : "not-kept" });
    case "telling":
      return event.type === "play-finished"
        ? to({ name: "done", outcome: state.isKept ? "kept" : "not-kept" }, { type: "hang-up" })
        : stay(state);
  }
}

function recorded(tries: number, { durationMs, atMs }: { durationMs: number; atMs: number }): Step {
  if (durationMs >= LEAST_MS) return to({ name: "asking", tries, plays: 1, recordedAtMs: atMs }, { type: "play-back" });
  return tries < MOST_TRIES
    ? to({ name: "inviting", tries: tries + 1 }, { type: "invite" })
    : to({ name: "telling", isKept: false }, { type: "tell", isKept: false });
}

function asked(state: Extract<PromptRecordingState, { name: "asking" }>, event: PromptRecordingEvent): Step {
  const { tries, plays } = state;
  if (event.type === "key-pressed" && event.digit === "1")
    return to({ name: "keeping", isThere: true }, { type: "keep" });
  if (event.type === "key-pressed" && event.digit === "2" && tries < MOST_TRIES)
    return to({ name: "beeping", tries: tries + 1 }, { type: "beep" });
  if (event.type !== "play-finished") return stay(state);
  return plays < PLAYS
    ? to({ ...state, plays: plays + 1 }, { type: "play-back" })
    : to({ name: "done", outcome: "not-kept" }, { type: "hang-up" });
}

function hungUp(state: PromptRecordingState, atMs: number): Step {
  switch (state.name) {
    case "ringing":
      return to({ name: "done", outcome: "no-answer" });
    case "asking":
      return state.plays === 1 && atMs - state.recordedAtMs <= HANG_UP_ENDS_IT_MS
        ? to({ name: "keeping", isThere: false }, { type: "keep" })
        : to({ name: "done", outcome: "hung-up" });
    case "keeping":
      return to({ name: "keeping", isThere: false });
    case "telling":
      return to({ name: "done", outcome: state.isKept ? "kept" : "not-kept" });
    default:
      return to({ name: "done", outcome: "hung-up" });
  }
}

function to(state: PromptRecordingState, ...effects: PromptRecordingEffect[]): Step {
  return { state, effects };
}

function stay(state: PromptRecordingState): Step {
  return { state, effects: [] };
}
