import { expect, test } from "vitest";
import { encodedPath, parseMessageName, parseRecordingName } from "./recording-name.ts";

const CALL = "0d8f4a3e-6f0c-4a55-9a8e-2f3a5d1c7b10";
const LEG = "7b1e2c3d-0a0b-4c0d-8e0f-112233445566";

test("the name alone tells call and leg", () => {
  expect(parseRecordingName(`${CALL}.${LEG}.2.wav`)).toEqual({ callId: CALL, legId: LEG, take: 2 });
});

test.each([
  `${CALL}.${LEG}.wav`,
  `${CALL}.${LEG}.1.wav.part`,
  `${CALL}.${LEG}.-1.wav`,
  `../${CALL}.${LEG}.1.wav`,
  `${CALL}.${LEG.toUpperCase()}.1.wav`,
  `${CALL}.${"-".repeat(36)}.1.wav`,
  "core.123",
  "",
])("a name that is not ours is left alone: %s", (name) => {
  expect(parseRecordingName(name)).toBeNull();
});

test("encoded files are sorted by their day in UTC", () => {
  expect(encodedPath(`${CALL}.${LEG}.1.wav`, new Date("2026-11-22T23:59:59.999+04:00"))).toBe(
    `2026/11/22/${CALL}.${LEG}.1.opus`,
  );
  expect(encodedPath(`${CALL}.${LEG}.1.wav`, new Date("2026-11-22T02:00:00+04:00"))).toBe(
    `2026/11/21/${CALL}.${LEG}.1.opus`,
  );
});

test("a message's name tells call and leg, with a take or, from the static fallback, without; neither kind is taken for the other", () => {
  const [call, leg] = ["0b8f7d1e-0000-4000-8000-000000000001", "0b8f7d1e-0000-4000-8000-000000000002"];
  expect(parseMessageName(`${call}.${leg}.message.wav`)).toEqual({ callId: call, legId: leg, take: 0 });
  expect(parseMessageName(`${call}.${leg}.57.message.wav`)).toEqual({ callId: call, legId: leg, take: 57 });
  expect(parseRecordingName(`${call}.${leg}.57.message.wav`)).toBeNull();
  expect(parseMessageName(`${call}.${leg}.57.wav`)).toBeNull();
  expect(parseMessageName(`../${call}.${leg}.message.wav`)).toBeNull();
});
