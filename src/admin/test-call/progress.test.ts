import { expect, test } from "vitest";
import type { LiveCall } from "../api/client.ts";
import { follow, NOTHING_YET, type Progress } from "./progress.ts";

const MAIA: NonNullable<LiveCall["operator"]> = { operatorId: 1, name: "Maia", extension: "101" };
const CALLER: LiveCall["caller"] = {
  ...{ number: "599123456", e164: "+995599123456", formatted: "599 12 34 56" },
  ...{ name: "", isHidden: false },
};
const call = (part: Partial<LiveCall>): LiveCall => ({
  ...{ callId: "one", direction: "inbound", startedAt: "2026-11-22T10:00:00.000Z", caller: CALLER },
  ...{ dialled: "0322112233", trunkName: null, language: null, phase: "greeting" },
  ...{ phaseSince: "2026-11-22T10:00:00.000Z", nodeName: null, ringing: [], operator: null, isRecording: false },
  ...part,
});
const after = (...boards: LiveCall[][]): Progress => boards.reduce(follow, NOTHING_YET);

test("from the first second to the answer", () => {
  expect(after([])).toEqual(NOTHING_YET);
  expect(after([call({})])).toMatchObject({ stage: "in-flow", caller: "599 12 34 56" });
  const asNumber = { ...CALLER, name: CALLER.number };
  expect(after([call({ caller: asNumber })])).toMatchObject({ caller: "599 12 34 56" });
  expect(after([call({})], [call({ phase: "ringing", ringing: [MAIA] })])).toMatchObject({
    ...{ stage: "ringing", who: ["Maia"] },
  });
  const answered = after([call({})], [call({ phase: "talking", operator: MAIA })]);
  expect(answered).toMatchObject({ stage: "answered", who: ["Maia"] });
  expect(follow(answered, [])).toBe(answered);
});

test("who hangs up before anybody answers is told, and may call again", () => {
  const ended = after([call({ phase: "ringing", ringing: [MAIA] })], [call({ phase: "talking" })], []);
  expect(ended).toMatchObject({ stage: "unanswered", callId: null });
  expect(follow(ended, [])).toBe(ended);
  expect(follow(ended, [call({ callId: "two" })])).toMatchObject({ stage: "in-flow", callId: "two" });
});

test("an operator's phone in the flow counts, a call between colleagues or to the outside does not", () => {
  expect(after([call({ direction: "internal", dialled: "*80" })]).stage).toBe("in-flow");
  expect(after([call({ direction: "internal", dialled: "102" }), call({ direction: "outbound" })]).stage).toBe(
    "waiting",
  );
});

test("the call that is followed is followed on, though another comes in", () => {
  const later = call({ callId: "two", startedAt: "2026-11-22T10:00:09.000Z", phase: "menu" });
  const progress = after([call({})], [later, call({ phase: "ringing", ringing: [MAIA] })]);
  expect(progress).toMatchObject({ callId: "one", stage: "ringing" });
});
