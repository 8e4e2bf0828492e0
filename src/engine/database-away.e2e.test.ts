import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { toneOf as frequency, RINGBACK } from "../lab/media/tones.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { converse, converseOn, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** PostgreSQL is killed in mid-call: calls go on, and when it is back the log is as if it had never been away. */
const BEEP = frequency(1_000);
const AWAY_MS = 30_000;
let site: Site;

afterEach(async () => await site?.close());

interface Status {
  database: { connected: boolean; reason: string | null };
}
const database = async () => (await site.panel.get<Status>("/status")).database;
const untilDatabase = async (isAsWanted: (status: Status["database"]) => boolean, timeoutMs = 30_000) =>
  await until("the panel says how the database is", async () => isAsWanted(await database()), timeoutMs);

async function talkWith(phone: ScriptedPhone) {
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.pressKey("1");
  await call.ear.hears(RINGBACK);
  const ringing = await phone.incoming.next();
  ringing.answer();
  await converse(call, ringing);
  return { call, operator: ringing };
}

async function missed(from?: { number: string; name: string }) {
  const call = await site.callIn(from ? { from } : {});
  await call.ear.hears(toneOf("greeting"));
  await call.hangUp();
  return call;
}

/** Both: what the journal still has comes up to two seconds after the database is back, a recording perhaps before. */
const isRecorded = (call: LoggedCall) => call.recordings[0]?.state === "ready" && call.outcome !== null;

const postmaster = async (pidFile: string) => Number((await readFile(pidFile, "utf8")).split("\n")[0]);

/** Each thing that happens once in a call stands once in its time line, and its legs are those that were. */
function expectWhole(call: LoggedCall, legs: number): void {
  const kinds = call.timeline.map(({ kind }) => kind);
  const once = ["arrived", "answered", "talking", "recording-started", "recording-ended", "message-left"];
  const twice = once.filter((kind) => kinds.filter((one) => one === kind).length > 1);
  expect(twice).toEqual([]);
  expect(kinds.filter((kind) => kind === "hung-up")).toHaveLength(1);
  expect(kinds[0]).toBe("arrived");
  expect(call.legs).toHaveLength(legs);
  expect(call.legs.every(({ endedAt }) => endedAt !== null)).toBe(true);
}

test("for 30 s, with the daemon killed and started again meanwhile: nothing is lost and nothing is doubled", {
  timeout: 240_000,
}, async () => {
  site = await Site.open({
    operators: ["101", "102"],
    database: "killable",
    flow: { strategy: "sequential", ringSeconds: 5, maxWaitSeconds: 10, voicemail: { isEnabled: true } },
  });
  const [anna, boris] = [await site.operator("101"), await site.operator("102")];
  const long = await talkWith(anna);
  await site.database?.kill();
  const sinceMs = Date.now();
  await untilDatabase(({ connected }) => !connected);

  // A new caller gets the menu and an operator, one gives up, one leaves a message.
  const before = await talkWith(boris);
  await before.call.hangUp();
  await before.operator.until("ended");
  const gaveUp = await missed();
  boris.behaviour = { type: "reject", status: 486 };
  const speaker = await site.callIn();
  await speaker.ear.hears(toneOf("greeting"));
  await speaker.pressKey("1");
  await speaker.ear.hears(toneOf("leave-message"), { timeoutMs: 25_000 });
  await speaker.ear.hears(BEEP);
  speaker.sendMarkers(0);
  await converseOn(long.call, long.operator, 3);
  await speaker.pressKey("#");
  await speaker.until("ended");
  expect((await site.panel.fetch("/calls")).status).toBe(503);

  await site.daemon.kill();
  await converseOn(long.call, long.operator, 1);
  await site.daemon.start({ isDatabaseAway: true });
  await site.untilConnected();
  expect(await database()).toEqual({ connected: false, reason: "starting" });
  const refused = await site.panel.fetch("/calls");
  expect([refused.status, await refused.json()]).toEqual([503, { error: { code: "database-away" } }]);

  boris.incoming.clear();
  boris.behaviour = { type: "ring" };
  const after = await talkWith(boris);
  await after.call.hangUp();
  await after.operator.until("ended");
  await missed({ number: gaveUp.number, name: "Caller" });
  do await converseOn(long.call, long.operator, 1);
  while (Date.now() - sinceMs < AWAY_MS);

  await site.database?.startAgain();
  await untilDatabase(({ connected }) => connected);
  await converseOn(long.call, long.operator, 1);
  await long.call.hangUp();
  await long.operator.until("ended");

  for (const [talk, operatorName] of [
    [long, "Operator 101"],
    [before, "Operator 102"],
    [after, "Operator 102"],
  ] as const) {
    const logged = await site.logged(talk.call.number, isRecorded);
    expect(logged).toMatchObject({ outcome: "talked", operatorName, recordings: [{ problem: null }] });
    expectWhole(logged, 2);
    expect(await site.callsOf(talk.call.number)).toHaveLength(1);
  }
  const { recordings } = await site.logged(long.call.number);
  expect(recordings[0]?.durationMs).toBeGreaterThan(AWAY_MS);
  const { left, right } = await decodeRecording(site, recordings[0]?.recordingId ?? "");
  for (const [channel, marker] of [
    [left, 0],
    [right, 1],
  ] as const)
    expect(verifyMarkers(channel, marker).missing.filter((second) => second > 1)).toEqual([]);

  const said = await site.logged(speaker.number, isRecorded);
  expect(said).toMatchObject({ outcome: "voicemail", recordings: [{ state: "ready" }] });
  expectWhole(said, said.legs.length);
  const { messages } = await site.panel.get<{ messages: { caller: { number: string } }[] }>("/voicemail");
  expect(messages.map(({ caller }) => caller.number)).toEqual([speaker.number]);

  const { tickets } = await site.panel.get<{ tickets: { caller: { number: string }; callCount: number }[] }>(
    "/tickets",
  );
  const owed = new Map(tickets.map(({ caller, callCount }) => [caller.number, callCount]));
  expect(owed).toEqual(
    new Map([
      [gaveUp.number, 2],
      [speaker.number, 1],
    ]),
  );
  expect(await site.callsOf(gaveUp.number)).toHaveLength(2);
  await until("the journal of both lives is in the database", async () => {
    const segments = (await readdir(join(site.dataDir, "journal"))).filter((name) => name.endsWith(".jsonl"));
    expect(segments).not.toContain("rejected.jsonl");
    return segments.length === 1;
  });
  expect(await readdir(join(site.dataDir, "spool", "cdr"))).toEqual([]);
});

describe("the daemon's own PostgreSQL", () => {
  test("is killed: the daemon starts it again, and the log is whole", async () => {
    site = await Site.open({ operators: ["101"], database: "private" });
    const anna = await site.operator("101");
    const talk = await talkWith(anna);
    const pidFile = join(site.dataDir, "database", "postmaster.pid");
    const pid = await postmaster(pidFile);
    process.kill(pid, "SIGKILL");
    const gaveUp = await missed();
    await until("another server runs", async () => (await postmaster(pidFile)) !== pid, 30_000);
    await until("the panel shows calls", async () => (await site.panel.fetch("/calls")).ok, 30_000);
    await talk.call.hangUp();
    await talk.operator.until("ended");
    const logged = await site.logged(talk.call.number, isRecorded);
    expect(logged).toMatchObject({ outcome: "talked", operatorName: "Operator 101" });
    expectWhole(logged, 2);
    expect((await site.logged(gaveUp.number)).outcome).toBe("abandoned-in-menu");
    const { tickets } = await site.panel.get<{ tickets: object[] }>("/tickets");
    expect(tickets).toHaveLength(1);

    // It does not start at all: calls are taken by the copy of the configuration, and the panel says why it shows nothing.
    await site.daemon.stop();
    const control = join(site.dataDir, "database", "global", "pg_control");
    await rename(control, `${control}.away`);
    await site.daemon.start({ isDatabaseAway: true });
    await site.untilConnected();
    await untilDatabase(({ reason }) => reason === "not-started");
    const next = await talkWith(anna);
    await rename(`${control}.away`, control);
    await untilDatabase(({ connected }) => connected, 60_000);
    await next.call.hangUp();
    await next.operator.until("ended");
    expect(await site.logged(next.call.number, isRecorded)).toMatchObject({ outcome: "talked" });
  });
});
