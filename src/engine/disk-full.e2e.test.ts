import { afterEach, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { converse, converseOn, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { canMount } from "../testing/small-disk.ts";
import { until } from "../testing/until.ts";

/** The disk fills in mid-call: nobody who talks notices, and the owner is told what is missing. Only root can mount a disk to fill. */
const DISK_BYTES = 96 * 1024 ** 2;
let site: Site;

afterEach(async () => await site?.close());

interface Today {
  attention: { kind: string }[];
}
const warns = async (kind: string) =>
  (await site.panel.get<Today>("/today")).attention.some((one) => one.kind === kind);
const untilWarned = async (isWarned: boolean) =>
  await until(
    `the panel ${isWarned ? "warns" : "no longer warns"} of the full disk`,
    async () => {
      return (await warns("disk-full")) === isWarned;
    },
    30_000,
  );

async function talkWith(phone: ScriptedPhone) {
  phone.incoming.clear();
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.pressKey("1");
  await call.ear.hears(RINGBACK);
  const ringing = await phone.incoming.next();
  ringing.answer();
  await converse(call, ringing);
  return { call, operator: ringing };
}

async function hangUp({ call, operator }: Awaited<ReturnType<typeof talkWith>>) {
  await call.hangUp();
  await operator.until("ended");
}

const isReady = ({ outcome, recordings }: LoggedCall) => outcome !== null && recordings[0]?.state === "ready";

describe.skipIf(!canMount())("the disk is full", () => {
  test("while people talk: they talk on, the panel warns, and the log says what is missing of the recording", {
    timeout: 180_000,
  }, async () => {
    site = await Site.open({ operators: ["101", "102"], diskBytes: DISK_BYTES });
    const [anna, boris] = [await site.operator("101"), await site.operator("102")];
    const before = await talkWith(anna);
    await converseOn(before.call, before.operator, 4);
    await site.disk?.fill();
    await untilWarned(true);
    await converseOn(before.call, before.operator, 4);

    // Callers get through as ever.
    const meanwhile = await talkWith(boris);
    await converseOn(meanwhile.call, meanwhile.operator, 3);
    await hangUp(meanwhile);
    await hangUp(before);
    await site.disk?.free();
    await untilWarned(false);

    const cut = await site.logged(before.call.number, isReady);
    expect(cut).toMatchObject({ outcome: "talked", recordings: [{ state: "ready", problem: "shorter-than-talk" }] });
    const { left } = await decodeRecording(site, cut.recordings[0]?.recordingId ?? "");
    const heard = verifyMarkers(left, before.call.markerIndex ?? 0);
    expect(heard.seconds).toBeGreaterThanOrEqual(2);
    // Nothing of it could be written.
    const unheard = await site.logged(meanwhile.call.number, ({ recordings }) => recordings[0]?.problem === "empty");
    expect(unheard).toMatchObject({ outcome: "talked" });

    const after = await talkWith(anna);
    await converseOn(after.call, after.operator, 3);
    await hangUp(after);
    const whole = await site.logged(after.call.number, isReady);
    expect(whole).toMatchObject({ outcome: "talked", recordings: [{ state: "ready", problem: null }] });
  });

  test("with the database on it, and the daemon killed: callers reach the phones, and the log has them when there is room", {
    timeout: 240_000,
  }, async () => {
    site = await Site.open({ operators: ["101"], diskBytes: 2 * DISK_BYTES, database: "private" });
    const anna = await site.operator("101");
    const before = await talkWith(anna);
    await site.disk?.fill();
    await converseOn(before.call, before.operator, 3);
    await hangUp(before);
    // The switch's own record finds no room; the daemon's journal has its own.
    await site.untilQuiet();
    await site.daemon.kill();
    await site.daemon.start({ isDatabaseAway: true });
    await site.untilConnected(30_000);
    const meanwhile = await talkWith(anna);
    await converseOn(meanwhile.call, meanwhile.operator, 3);
    await hangUp(meanwhile);
    await site.disk?.free();
    expect(await site.logged(before.call.number)).toMatchObject({ outcome: "talked" });
    expect(await site.logged(meanwhile.call.number)).toMatchObject({ outcome: "talked" });
    expect(await site.callsOf(meanwhile.call.number)).toHaveLength(1);
  });
});
