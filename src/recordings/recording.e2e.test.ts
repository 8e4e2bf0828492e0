import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyMarkers } from "../lab/phone/markers.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { converse, converseOn, Site, toneOf } from "../testing/site.ts";

/** From the conversation to the player in the panel. */
let site: Site;
let anna: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
  anna.behaviour = { type: "answer" };
});
afterAll(async () => await site.close());

async function talk(seconds: number) {
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.pressKey("1");
  const operator = await anna.incoming.next();
  await converse(call, operator);
  call.sendMarkers(0);
  operator.sendMarkers(1);
  await converseOn(call, operator, seconds);
  await call.hangUp();
  return call;
}

test("caller left, operator right, every second; length, size and checksum are the file's own; the spool is empty", async () => {
  const call = await talk(5);
  const logged = await site.logged(call.number, (one) => one.recordings[0]?.state === "ready");
  const [recording] = logged.recordings;
  const response = await site.panel.fetch(`/recordings/${recording?.recordingId}/audio`);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.length).toBe(recording?.bytes);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(recording?.sha256);
  const { left, right } = await decodeRecording(site, recording?.recordingId ?? "");
  expect(Math.abs(left.length / 8 - (recording?.durationMs ?? 0))).toBeLessThan(100);
  for (const [channel, marker, other] of [
    [left, 0, 1],
    [right, 1, 0],
  ] as const) {
    const { seconds, missing } = verifyMarkers(channel, marker);
    expect(seconds).toBeGreaterThanOrEqual(4);
    expect(missing.filter((second) => second > 1)).toEqual([]);
    expect(verifyMarkers(channel, other).missing).toHaveLength(seconds);
  }
  expect(await readdir(join(site.dataDir, "spool", "recordings"))).toEqual([]);
});

test("the player can jump: ranges are served, and the waveform has both sides", async () => {
  const call = await talk(2);
  const logged = await site.logged(call.number, (one) => one.recordings[0]?.state === "ready");
  const id = logged.recordings[0]?.recordingId;
  const part = await site.panel.fetch(`/recordings/${id}/audio`, { headers: { Range: "bytes=10-19" } });
  expect(part.status).toBe(206);
  expect((await part.arrayBuffer()).byteLength).toBe(10);
  const peaks = await site.panel.get<{ left: number[]; right: number[] }>(`/recordings/${id}/peaks`);
  expect(Math.max(...peaks.left)).toBeGreaterThan(0.05);
  expect(Math.max(...peaks.right)).toBeGreaterThan(0.05);
});

test("recording switched off: the talk is logged, nothing is recorded", async () => {
  await site.switchRecording(false);
  const call = await talk(1);
  const logged = await site.logged(call.number);
  expect(logged).toMatchObject({ outcome: "talked", recordings: [] });
  expect(await readdir(join(site.dataDir, "spool", "recordings"))).toEqual([]);
});

describe("while the daemon is away the setting counts as it stood", () => {
  test.each([
    ["switched off", false, null, false],
    ["switched on, and off for the called number", true, false, false],
    ["switched off, and on for the called number", false, true, true],
    ["switched on", true, null, true],
  ] as const)("recording %s", async (_, ofSite, ofNumber, isRecorded) => {
    const [number] = await site.panel.get<{ numberId: number }[]>("/numbers");
    await site.panel.patch(`/numbers/${number?.numberId}`, { recordCalls: ofNumber });
    // Something has to change after the number, so that the switch is known to know of it.
    await site.switchRecording(!ofSite);
    await site.switchRecording(ofSite);
    await site.daemon.kill();
    const call = await site.callIntoFallback();
    const operator = await anna.incoming.next({ timeoutMs: 10_000 });
    await converse(call, operator);
    await call.hangUp();
    await operator.until("ended");
    const spool = await readdir(join(site.dataDir, "spool", "recordings"));
    expect(spool.length > 0).toBe(isRecorded);
    await site.daemon.start();
    await site.untilConnected();
    const logged = await site.logged(
      call.number,
      ({ outcome, recordings: [first] }) => outcome !== null && first?.state === (isRecorded ? "ready" : undefined),
    );
    expect(logged).toMatchObject({ outcome: "fallback-talked", operatorName: "Operator 101" });
  });
});
