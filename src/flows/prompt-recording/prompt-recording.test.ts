import { describe, expect, test } from "vitest";
import {
  LEAST_MS,
  MOST_TRIES,
  PLAYS,
  type PromptRecordingEvent,
  type PromptRecordingState,
  promptRecordingStep,
} from "./prompt-recording.ts";

const AT_MS = 1_000_000;
const ANSWERED: PromptRecordingEvent = { type: "answered" };
const PLAYED: PromptRecordingEvent = { type: "play-finished" };
const key = (digit: "1" | "2" | "3" | "#"): PromptRecordingEvent => ({ type: "key-pressed", digit });
const said = (durationMs = 4_000, atMs = AT_MS): PromptRecordingEvent => ({ type: "recorded", durationMs, atMs });
const hungUp = (atMs = AT_MS + 60_000): PromptRecordingEvent => ({ type: "hung-up", atMs });
const kept = (isKept = true): PromptRecordingEvent => ({ type: "kept", isKept });

function call(...events: PromptRecordingEvent[]): { state: PromptRecordingState; did: string[] } {
  let state: PromptRecordingState = { name: "ringing" };
  const did: string[] = [];
  for (const event of events) {
    const step = promptRecordingStep(state, event);
    state = step.state;
    did.push(...step.effects.map(({ type }) => type));
  }
  return { state, did };
}

const RECORDED = [ANSWERED, PLAYED, PLAYED, said()];

describe("a prompt recorded by phone", () => {
  test("is kept by 1, which is told, and the phone is let go", () => {
    expect(call(...RECORDED, key("1"), kept(), PLAYED)).toEqual({
      state: { name: "done", outcome: "kept" },
      did: ["invite", "beep", "record", "play-back", "keep", "tell", "hang-up"],
    });
    expect(call(...RECORDED, key("1"), kept(false), PLAYED).state).toEqual({ name: "done", outcome: "not-kept" });
  });

  test("is recorded again by 2, after the tone alone, and any other key only hears it again", () => {
    expect(call(...RECORDED, key("2"), PLAYED, said(), key("1")).did).toEqual([
      ...["invite", "beep", "record", "play-back", "beep", "record", "play-back", "keep"],
    ]);
    expect(call(...RECORDED, key("3"), PLAYED).did.at(-1)).toBe("play-back");
  });

  test("is asked for again when nothing was said, and not for ever", () => {
    expect(call(ANSWERED, PLAYED, PLAYED, said(LEAST_MS - 1)).did.at(-1)).toBe("invite");
    const tries = Array.from({ length: MOST_TRIES - 1 }, () => [said(0), PLAYED, PLAYED]).flat();
    const { state, did } = call(ANSWERED, PLAYED, PLAYED, ...tries, said(0), PLAYED);
    expect(state).toEqual({ name: "done", outcome: "not-kept" });
    expect(did.filter((one) => one === "record")).toHaveLength(MOST_TRIES);
    expect(did.at(-1)).toBe("hang-up");
  });

  test("is not kept by whoever hears it so often without a key", () => {
    const { state, did } = call(...RECORDED, ...Array.from({ length: PLAYS }, () => PLAYED));
    expect(state).toEqual({ name: "done", outcome: "not-kept" });
    expect(did.filter((one) => one === "play-back")).toHaveLength(PLAYS);
    expect(did).not.toContain("keep");
  });

  test("is kept by the hang-up that ends the recording, and not by one that follows the question", () => {
    const ended = call(ANSWERED, PLAYED, PLAYED, said(4_000, AT_MS), hungUp(AT_MS + 20));
    expect(ended.did.at(-1)).toBe("keep");
    expect(promptRecordingStep(ended.state, kept())).toEqual({ state: { name: "done", outcome: "kept" }, effects: [] });
    expect(call(...RECORDED, hungUp(AT_MS + 5_000))).toMatchObject({ state: { name: "done", outcome: "hung-up" } });
    expect(call(...RECORDED, key("2"), hungUp(AT_MS + 100)).state).toEqual({ name: "done", outcome: "hung-up" });
  });

  test("ends wherever the phone hangs up, and what is being kept then is kept", () => {
    expect(call(hungUp()).state).toEqual({ name: "done", outcome: "no-answer" });
    for (const events of [[ANSWERED], [ANSWERED, PLAYED], [ANSWERED, PLAYED, PLAYED]])
      expect(call(...events, hungUp()).state).toEqual({ name: "done", outcome: "hung-up" });
    expect(call(...RECORDED, key("1"), hungUp(), kept()).state).toEqual({ name: "done", outcome: "kept" });
    expect(call(...RECORDED, key("1"), kept(), hungUp()).state).toEqual({ name: "done", outcome: "kept" });
  });

  test("does nothing more once it is over", () => {
    const { state } = call(...RECORDED, hungUp());
    for (const event of [ANSWERED, PLAYED, said(), key("1"), kept(), hungUp()])
      expect(promptRecordingStep(state, event)).toEqual({ state, effects: [] });
  });
});
