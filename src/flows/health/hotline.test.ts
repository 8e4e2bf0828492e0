import { expect, test } from "vitest";
import {
  judgeBackup,
  judgeBreakIns,
  judgeDatabase,
  judgeRecordings,
  judgeSwitch,
  judgeSyntheticCalls,
  judgeTrunks,
} from "./hotline.ts";

const HOUR_MS = 3_600_000;
const word = ({ state, reason }: { state: string; reason: string }) => `${state} ${reason}`;

test("a box whose own network is let in, though others were chosen, is looked at; where no firewall of ours is, nothing is let in", () => {
  const moved = { isOn: true, isFirewallThere: true, banned: 0, guessedAt: [], letIn: ["192.168.0.0/24"] };
  expect(judgeBreakIns(moved)).toEqual({ state: "look", reason: "moved", params: { networks: "192.168.0.0/24" } });
  expect(word(judgeBreakIns({ ...moved, isFirewallThere: false }))).toBe("unknown no-firewall");
  expect(word(judgeBreakIns({ ...moved, letIn: [] }))).toBe("ok quiet");
});

test("switch and database: away is broken, starting is not known yet", () => {
  expect(word(judgeSwitch({ connected: true, isLab: false, reason: null }))).toBe("ok connected");
  expect(word(judgeSwitch({ connected: true, isLab: true, reason: null }))).toBe("look lab");
  expect(word(judgeSwitch({ connected: false, isLab: false, reason: "refused" }))).toBe("broken away");
  expect(word(judgeSwitch({ connected: false, isLab: false, reason: "starting" }))).toBe("unknown starting");
  expect(word(judgeDatabase({ connected: false, reason: "away" }))).toBe("broken away");
  expect(word(judgeDatabase({ connected: false, reason: "starting" }))).toBe("unknown starting");
});

test("trunks: one of two that is down wants a look, all down is broken, switched off ones count for nothing", () => {
  const trunk = (name: string, health: "up" | "down" | "unknown" | "off" | null) => ({ name, health });
  expect(word(judgeTrunks([]))).toBe("unknown none");
  expect(word(judgeTrunks([trunk("A", "up"), trunk("B", "off")]))).toBe("ok up");
  expect(judgeTrunks([trunk("A", "up"), trunk("B", "down")])).toMatchObject({
    ...{ state: "look", reason: "some-down", params: { names: "B" } },
  });
  expect(word(judgeTrunks([trunk("A", "down"), trunk("B", "off")]))).toBe("broken all-down");
  expect(word(judgeTrunks([trunk("A", "unknown"), trunk("B", null)]))).toBe("unknown not-told");
});

test("calls to our own numbers: what could not be tried says nothing", () => {
  const planned = { isPlanned: true };
  expect(word(judgeSyntheticCalls([], { isPlanned: false }))).toBe("unknown not-planned");
  expect(word(judgeSyntheticCalls([{ number: "1", outcome: "no-second-trunk" }], planned))).toBe("unknown not-yet");
  expect(word(judgeSyntheticCalls([{ number: "1", outcome: "arrived" }], planned))).toBe("ok arrived");
  expect(
    judgeSyntheticCalls(
      [
        { number: "1", outcome: "arrived" },
        { number: "2", outcome: "wrong-number" },
      ],
      planned,
    ),
  ).toEqual({
    ...{ state: "broken", reason: "failed", params: { count: 1, numbers: "2" } },
  });
});

test("recordings: a file that is gone is worse than one that never came", () => {
  const well = { lost: 0, withoutFile: 0, withoutCall: 0, stuck: 0 };
  expect(word(judgeRecordings(well))).toBe("ok complete");
  expect(word(judgeRecordings({ ...well, lost: 1 }))).toBe("look lost");
  expect(word(judgeRecordings({ ...well, lost: 1, withoutFile: 1 }))).toBe("broken files-gone");
  expect(word(judgeRecordings({ ...well, stuck: 1 }))).toBe("look stuck");
  expect(word(judgeRecordings({ ...well, withoutCall: 1 }))).toBe("look without-call");
});

test("a backup is old after a day and a half, and too old after four days", () => {
  const nowMs = 1_000 * HOUR_MS;
  const backup = { isSetUp: true, nowMs, setUpMs: 0, lastGoodMs: nowMs, lastProblem: null, lastDrill: null };
  const aged = (hours: number, lastProblem: string | null = null) =>
    word(judgeBackup({ ...backup, lastGoodMs: nowMs - hours * HOUR_MS, lastProblem }));
  expect(word(judgeBackup({ ...backup, isSetUp: false }))).toBe("look not-set-up");
  expect(aged(36)).toBe("ok recent");
  expect(aged(37)).toBe("look old");
  expect(aged(1, "target-away")).toBe("look failed");
  expect(aged(97, "target-away")).toBe("broken too-old");
  expect(word(judgeBackup({ ...backup, setUpMs: nowMs, lastGoodMs: null }))).toBe("unknown not-yet");
  expect(word(judgeBackup({ ...backup, lastDrill: { isGood: false, atMs: nowMs } }))).toBe("broken drill-failed");
  expect(word(judgeBackup({ ...backup, lastDrill: { isGood: true, atMs: nowMs } }))).toBe("ok recent");
});
