import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { WEEKDAYS, type WeeklyHours } from "../calls/schedule.ts";
import { nextMidnight, wallClock } from "../flows/hours/wall-clock.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Hours that are closed and opened by hand, from the panel and from a phone, and what callers hear then. */
const ZONE = "Asia/Tbilisi";
const week = (alwaysOpen: boolean): WeeklyHours => ({
  alwaysOpen,
  ...{ monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] },
});

interface Schedule {
  scheduleId: number;
  override: { state: string; until: string | null } | null;
  now: { isOpen: boolean; reason: string };
}

let site: Site;
let anna: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
});
beforeEach(async () => {
  await site.panel.patch("/schedules/1", {
    ...{ weekly: week(true), dates: [], holidays: { country: null, exceptions: [] } },
  });
  await site.panel.delete("/schedules/1/override");
});
afterEach(async () => await site.untilQuiet());
afterAll(async () => await site.close());

async function callerHears(prompt: "greeting" | "closed"): Promise<void> {
  const call = await site.callIn();
  await call.ear.hears(toneOf(prompt));
  const other = prompt === "greeting" ? "closed" : "greeting";
  expect(call.ear.log.map(({ tone }) => tone)).not.toContain(toneOf(other).name);
  await call.hangUp();
}

/** The operator dials the code, hears the answer to its end and is hung up on. */
async function dial(code: string, answer: "hours-closed" | "hours-open" | "hours-plan" | "hours-not-changed") {
  const call = await anna.call(code);
  await call.ear.hears(toneOf(answer));
  await call.until("ended");
}

const schedule = async (): Promise<Schedule | undefined> => (await site.panel.get<Schedule[]>("/schedules"))[0];

async function logged(dialled: string): Promise<LoggedCall> {
  const { callId } = await until(`the call of ${dialled} is in the log`, async () => {
    const { calls } = await site.panel.get<{ calls: { callId: string; outcome: string | null; dialled: string }[] }>(
      "/calls?direction=internal",
    );
    return calls.find((call) => call.dialled === dialled && call.outcome !== null);
  });
  return await site.panel.get<LoggedCall>(`/calls/${callId}`);
}

test("*91 closes, and callers hear it; *90 goes back to the plan, and callers are greeted again", async () => {
  await callerHears("greeting");
  await dial("*91", "hours-closed");
  expect(await schedule()).toMatchObject({ override: { state: "closed", until: null }, now: { isOpen: false } });
  await callerHears("closed");
  await dial("*90", "hours-plan");
  expect(await schedule()).toMatchObject({ override: null, now: { isOpen: true, reason: "weekly" } });
  await callerHears("greeting");
  const call = await logged("*91");
  expect(call).toMatchObject({ outcome: "information-heard", direction: "internal", caller: { number: "101" } });
  expect(call.timeline.map(({ kind }) => kind)).toEqual(["arrived", "hours-changed", "hung-up"]);
  expect(call.timeline.at(-1)?.data).toMatchObject({ by: "system" });
});

test("*91 in opening hours lasts until the next opening", async () => {
  const { weekday, date } = wallClock(Date.now(), ZONE);
  const tomorrow = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + 1) % 7] ?? "monday";
  const all = [{ from: "00:00", to: "24:00" }];
  const weekly = { ...week(false), [weekday]: all, [tomorrow]: [{ from: "10:00", to: "12:00" }] };
  await site.panel.patch("/schedules/1", { weekly });
  await dial("*91", "hours-closed");
  const found = await schedule();
  const opening = new Date(nextMidnight(Date.parse(`${date}T12:00:00Z`), ZONE) + 10 * 3_600_000);
  expect(found?.override).toEqual({ state: "closed", until: opening.toISOString() });
});

test("*92 opens until midnight what the plan has closed", async () => {
  await site.panel.patch("/schedules/1", { weekly: week(false) });
  await callerHears("closed");
  await dial("*92", "hours-open");
  const midnight = new Date(nextMidnight(Date.now(), ZONE)).toISOString();
  expect(await schedule()).toMatchObject({ override: { state: "open", until: midnight }, now: { isOpen: true } });
  await callerHears("greeting");
});

test("a code for hours that there are not says so, and changes nothing", async () => {
  await dial("*91*77", "hours-not-changed");
  expect(await schedule()).toMatchObject({ override: null, now: { isOpen: true } });
  expect(await logged("*91*77")).toMatchObject({ outcome: "failed" });
});

test("the operator hangs up before the answer ends: it is done all the same, and their phone is free again", async () => {
  const call = await anna.call("*91");
  await call.ear.hears(toneOf("hours-closed"));
  await call.hangUp();
  await site.untilPresence("101", ({ state }) => state === "free");
  await callerHears("closed");
});

test("closed from the panel until a time: closed before it, open after it, without anybody's doing", async () => {
  const untilMs = Date.now() + 4_000;
  const body = { state: "closed", until: new Date(untilMs).toISOString() };
  await site.panel.post("/schedules/1/override", body);
  await callerHears("closed");
  await until("that time is over", () => Promise.resolve(Date.now() > untilMs));
  await callerHears("greeting");
});

test("a date of its own closes today, and half a day of it opens today", async () => {
  const { date } = wallClock(Date.now(), ZONE);
  await site.panel.patch("/schedules/1", { dates: [{ date, name: "Stocktaking", periods: [] }] });
  await callerHears("closed");
  const periods = [{ from: "00:00", to: "24:00" }];
  await site.panel.patch("/schedules/1", { weekly: week(false), dates: [{ date, name: "Fair", periods }] });
  await callerHears("greeting");
});

test("a number with hours of its own goes by those", async () => {
  const { scheduleId } = await site.panel.post<Schedule>("/schedules", {
    ...{ name: "Workshop", weekly: week(false), dates: [], holidays: { country: null, exceptions: [] } },
  });
  const [number] = await site.panel.get<{ numberId: number }[]>("/numbers");
  await site.panel.patch(`/numbers/${number?.numberId}`, { scheduleId });
  await callerHears("closed");
  await dial(`*92*${scheduleId}`, "hours-open");
  await callerHears("greeting");
  await site.panel.patch(`/numbers/${number?.numberId}`, { scheduleId: null });
});

test("who called while it was closed by hand is called back when it opens", async () => {
  const opening = new Date(Date.now() + 3_600_000).toISOString();
  await site.panel.post("/schedules/1/override", { state: "closed", until: opening });
  const call = await site.callIn();
  await call.ear.hears(toneOf("closed"));
  await call.hangUp();
  await site.logged(call.number);
  // Nothing else keeps it: there is a line to call by.
  await site.panel.post("/trunks", {
    ...{ name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: 9 },
  });
  const ticket = await until("there is a ticket", async () => {
    const { tickets } = await site.panel.get<{ tickets: { caller: { number: string }; dueAt: string | null }[] }>(
      "/tickets",
    );
    return tickets.find(({ caller }) => caller.number === call.number);
  });
  expect(ticket.dueAt).toBe(opening);
});

test("closed stays closed when the daemon is killed and comes back", async () => {
  await dial("*91", "hours-closed");
  await site.daemon.kill();
  await site.daemon.start();
  await site.untilConnected();
  await anna.register();
  await callerHears("closed");
  await dial("*90", "hours-plan");
  await callerHears("greeting");
});
