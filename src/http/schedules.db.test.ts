import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import type { Schedule, WeeklyHours } from "../calls/schedule.ts";
import { up as schedulesMigration } from "../database/migrations/2026-11-22-schedules.ts";
import { isOpenBySchedule, nextOpening } from "../flows/hours/schedule.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { type TestApi, withApi } from "../testing/test-api.ts";
import { withTestDatabase } from "../testing/test-database.ts";

interface View {
  scheduleId: number;
  isMain: boolean;
  name: string;
  weekly: WeeklyHours;
  holidays: { country: string | null; exceptions: string[] };
  dates: Schedule["dates"];
  override: { state: string; until: string | null } | null;
  now: { isOpen: boolean; reason: string; name: string | null; until: string | null };
  usedBy: { numbers: { number: string }[]; flows: { name: string }[] };
}

const HOUR_MS = 3_600_000;
const later = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const always: WeeklyHours = { ...usualHours(), alwaysOpen: true };
const SECOND = { name: "Workshop", weekly: usualHours(), holidays: { country: "MN", exceptions: [] }, dates: [] };

async function refusal(panel: PanelClient, method: string, path: string, body?: unknown): Promise<unknown> {
  const init = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await panel.fetch(path, body === undefined ? { method } : { method, ...init });
  return [response.status, ((await response.json()) as { error: unknown }).error];
}

const main = (api: TestApi): Schedule => {
  const found = api.configuration.current.schedules.find(({ scheduleId }) => scheduleId === 1);
  if (!found) throw new Error("no main schedule");
  return found;
};

describe("schedules", () => {
  it("a new firm has one: usual hours, closed on its country's holidays", async () => {
    await withApi(async (api) => {
      const [only, ...others] = await api.panel.get<View[]>("/schedules");
      expect(others).toEqual([]);
      expect(only).toMatchObject({
        ...{ scheduleId: 1, isMain: true, name: "", weekly: usualHours(), dates: [], override: null },
        ...{
          holidays: { country: "GE", exceptions: [] },
          usedBy: { numbers: [], flows: [{ flowId: "main", name: "" }] },
        },
      });
      // The copy that calls go by knows the dates themselves, in the firm's language.
      const { days } = main(api).holidays;
      expect(days.find(({ date }) => date === "2027-01-07")).toEqual({
        date: "2027-01-07",
        key: "01-07",
        name: "შობა",
      });
      expect(isOpenBySchedule(main(api), Date.parse("2027-01-07T08:00Z"), "Asia/Tbilisi").reason).toBe("holiday");
    });
  });

  it("are added, changed in parts, renamed and deleted; each change is in force at once", async () => {
    await withApi(async (api) => {
      const added = await api.panel.post<View>("/schedules", SECOND);
      expect(added).toMatchObject({ scheduleId: 2, isMain: false, ...SECOND });
      expect(api.configuration.current.schedules).toHaveLength(2);
      const dates = [
        { date: "2026-12-31", name: "Eve", periods: [{ from: "09:00", to: "13:00" }] },
        { date: "2026-12-30", name: "", periods: [] },
      ];
      const changed = await api.panel.patch<View>("/schedules/2", {
        dates,
        holidays: { country: null, exceptions: [] },
      });
      expect(changed).toMatchObject({ name: "Workshop", weekly: usualHours(), holidays: { country: null } });
      expect(changed.dates.map(({ date }) => date)).toEqual(["2026-12-30", "2026-12-31"]);
      expect(api.configuration.current.schedules[1]?.dates).toEqual(changed.dates);
      await api.panel.delete("/schedules/2");
      expect(api.configuration.current.schedules).toHaveLength(1);
      expect(await refusal(api.panel, "DELETE", "/schedules/2")).toEqual([404, { code: "not-found" }]);
      expect(await refusal(api.panel, "DELETE", "/schedules/1")).toEqual([409, { code: "main-schedule" }]);
    });
  });

  it("names are there once, whatever their case; only the main one needs none", async () => {
    await withApi(async ({ panel }) => {
      await panel.post("/schedules", SECOND);
      const taken = [409, { code: "name-taken", fields: { name: "name-taken" } }];
      expect(await refusal(panel, "POST", "/schedules", { ...SECOND, name: "WORKSHOP" })).toEqual(taken);
      expect(await refusal(panel, "PATCH", "/schedules/1", { name: "workshop" })).toEqual(taken);
      expect(await refusal(panel, "PATCH", "/schedules/2", { name: "" })).toEqual([
        422,
        { code: "invalid-input", fields: { name: "required" } },
      ]);
      expect(await panel.patch<View>("/schedules/1", { name: "Shop" })).toMatchObject({ name: "Shop" });
      expect(await panel.patch<View>("/schedules/1", { name: "" })).toMatchObject({ name: "" });
    });
  });

  it.each([
    [
      "hours that overlap",
      {
        weekly: {
          ...usualHours(),
          monday: [
            { from: "09:00", to: "13:00" },
            { from: "12:00", to: "18:00" },
          ],
        },
      },
      { "weekly.monday.1.from": "overlaps" },
    ],
    [
      "hours that end as they begin",
      { weekly: { ...usualHours(), friday: [{ from: "09:00", to: "09:00" }] } },
      { "weekly.friday.0.to": "same-time" },
    ],
    [
      "a night that runs into the next morning's hours",
      { weekly: { ...usualHours(), monday: [{ from: "20:00", to: "09:30" }] } },
      { "weekly.monday.0.to": "overlaps" },
    ],
    [
      "no times at all",
      { weekly: { ...usualHours(), monday: [{ from: "nine", to: "25:00" }] } },
      { "weekly.monday.0.from": "not-a-time", "weekly.monday.0.to": "not-a-time" },
    ],
    [
      "a day that there is not",
      { dates: [{ date: "2026-02-30", name: "", periods: [] }] },
      { "dates.0.date": "not-a-date" },
    ],
    [
      "a date twice",
      {
        dates: [
          { date: "2026-12-31", name: "", periods: [] },
          { date: "2026-12-31", name: "", periods: [] },
        ],
      },
      { "dates.1.date": "twice" },
    ],
    [
      "contradicting hours of a date",
      {
        dates: [
          {
            date: "2026-12-31",
            name: "",
            periods: [
              { from: "10:00", to: "12:00" },
              { from: "11:00", to: "13:00" },
            ],
          },
        ],
      },
      { "dates.0.periods.1.from": "overlaps" },
    ],
    [
      "a country without known holidays",
      { holidays: { country: "KG", exceptions: [] } },
      { "holidays.country": "no-holidays-known" },
    ],
  ])("%s are refused, each at its field, and nothing changes", async (_, change, fields) => {
    await withApi(async ({ panel, configuration }) => {
      const before = configuration.current.schedules;
      expect(await refusal(panel, "PATCH", "/schedules/1", change)).toEqual([422, { code: "invalid-input", fields }]);
      expect(configuration.current.schedules).toEqual(before);
    });
  });

  it("a night past midnight is none of that", async () => {
    await withApi(async ({ panel }) => {
      const weekly = { ...usualHours(), saturday: [{ from: "20:00", to: "02:00" }] };
      expect(await panel.patch<View>("/schedules/1", { weekly })).toMatchObject({ weekly });
    });
  });

  it("one that a number or a call flow uses stays, and it is said where", async () => {
    await withApi(async ({ panel, db }) => {
      await panel.post("/schedules", SECOND);
      await panel.patch("/numbers/1", { scheduleId: 2, name: "Service" });
      const [, second] = await panel.get<View[]>("/schedules");
      expect(second?.usedBy).toMatchObject({ numbers: [{ number: "0322112233", name: "Service" }], flows: [] });
      expect(await refusal(panel, "DELETE", "/schedules/2")).toMatchObject([
        409,
        { code: "in-use", params: { numbers: "Service (0322112233)", flows: "" } },
      ]);
      expect(await refusal(panel, "PATCH", "/numbers/1", { scheduleId: 9 })).toEqual([
        422,
        { code: "invalid-input", fields: { scheduleId: "no-such-schedule" } },
      ]);
      await panel.patch("/numbers/1", { scheduleId: null });
      const document = { nodes: { evening: { type: "hours", schedule: 2 } } };
      await db.insertInto("flows").values({ id: "service", name: "Service line", created_by: null }).execute();
      await db
        .insertInto("call_flows")
        .values({ id: "service", version: 1, document: JSON.stringify({ document }), published_by: null })
        .execute();
      expect(await refusal(panel, "DELETE", "/schedules/2")).toMatchObject([
        409,
        { code: "in-use", params: { numbers: "", flows: "Service line" } },
      ]);
      // Older versions do not count.
      await db
        .insertInto("call_flows")
        .values({
          id: "service",
          version: 2,
          document: JSON.stringify({ document: { nodes: {} } }),
          published_by: null,
        })
        .execute();
      await panel.delete("/schedules/2");
    });
  });
});

describe("closed now, open now", () => {
  it("by one touch, until a time; in force at once, shown on Today, and back to the plan by another", async () => {
    await withApi(async (api) => {
      await api.panel.patch("/schedules/1", { weekly: always });
      const until = later(2);
      const closed = await api.panel.post<View>("/schedules/1/override", { state: "closed", until });
      expect(closed).toMatchObject({
        override: { state: "closed", until },
        now: { isOpen: false, reason: "override", until },
      });
      expect(nextOpening(main(api), Date.now(), "Asia/Tbilisi")).toBe(Date.parse(until));
      const { attention } = await api.panel.get<{ attention: { kind: string }[] }>("/today");
      expect(attention).toContainEqual({
        kind: "hours-overridden",
        params: { state: "closed", until, name: "" },
        link: "/hours",
      });
      const back = await api.panel.delete<View>("/schedules/1/override");
      expect(back).toMatchObject({ override: null, now: { isOpen: true, reason: "weekly", until: null } });
      expect(isOpenBySchedule(main(api), Date.now(), "Asia/Tbilisi").isOpen).toBe(true);
      const today = await api.panel.get<{ attention: { kind: string }[] }>("/today");
      expect(today.attention.map(({ kind }) => kind)).not.toContain("hours-overridden");
      const audit = await api.db.selectFrom("audit").select(["action", "subject", "data"]).orderBy("id").execute();
      expect(audit.slice(-2)).toEqual([
        { action: "hours-overridden", subject: "schedule:1", data: { state: "closed", until } },
        { action: "hours-override-ended", subject: "schedule:1", data: {} },
      ]);
    });
  });

  it("without an end it lasts; one that has run out is as if it had never been", async () => {
    await withApi(async (api) => {
      const open = await api.panel.post<View>("/schedules/1/override", { state: "open", until: null });
      expect(open).toMatchObject({ override: { state: "open", until: null }, now: { isOpen: true, until: null } });
      await api.db
        .updateTable("schedules")
        .set({ override_until: new Date(Date.now() - 1_000) })
        .execute();
      await api.configuration.refresh();
      const [found] = await api.panel.get<View[]>("/schedules");
      expect(found).toMatchObject({ override: null, now: { reason: expect.not.stringMatching("override") as string } });
    });
  });

  it.each([
    ["a time that is over", { state: "closed", until: "2026-01-01T00:00:00Z" }, { until: "in-the-past" }],
    ["no time", { state: "closed", until: "tomorrow" }, { until: "not-a-time" }],
    ["no state", { state: "away", until: null }, { state: "not-a-state" }],
  ])("%s is refused", async (_, body, fields) => {
    await withApi(async ({ panel }) => {
      expect(await refusal(panel, "POST", "/schedules/1/override", body)).toEqual([
        422,
        { code: "invalid-input", fields },
      ]);
      expect(await refusal(panel, "POST", "/schedules/7/override", { state: "open", until: null })).toEqual([
        404,
        { code: "not-found" },
      ]);
    });
  });

  it("an operator may close and open the shop, and look at the plan, but not change it", async () => {
    await withApi(async ({ panel, newPanel }) => {
      const login = { login: "nino", password: "another long password" };
      await panel.post("/operators", { name: "Nino", extension: "110", ...login });
      const operator = newPanel();
      await operator.post("/session", login);
      expect(await operator.get<View[]>("/schedules")).toHaveLength(1);
      expect(await operator.post<View>("/schedules/1/override", { state: "closed", until: null })).toMatchObject({
        now: { isOpen: false },
      });
      await operator.delete("/schedules/1/override");
      for (const [method, path, body] of [
        ["PATCH", "/schedules/1", { weekly: always }],
        ["POST", "/schedules", SECOND],
        ["DELETE", "/schedules/1", undefined],
      ] as const)
        expect(await refusal(operator, method, path, body)).toEqual([403, { code: "not-allowed" }]);
    });
  });
});

describe("holidays of the coming twelve months", () => {
  it("are listed for any country that is known, in the reader's language", async () => {
    await withApi(async ({ panel }) => {
      const georgia = await panel.get<{ date: string; key: string; name: string }[]>("/schedules/holidays?country=GE");
      expect(georgia).toHaveLength(17);
      expect(georgia.find(({ key }) => key === "01-01")?.name).toBe("ახალი წელი");
      await panel.patch("/session", { language: "en" });
      const mongolia = await panel.get<{ key: string; name: string }[]>("/schedules/holidays?country=MN");
      expect(mongolia.find(({ key }) => key === "tsagaan-sar-1")?.name).toBe("Tsagaan Sar");
      expect(await refusal(panel, "GET", "/schedules/holidays?country=KG")).toEqual([
        422,
        { code: "invalid-input", fields: { country: "no-holidays-known" } },
      ]);
    });
  });
});

describe("the simple call flow", () => {
  it("shows and changes the week of the main schedule, and leaves it alone when it says nothing of it", async () => {
    await withApi(async (api) => {
      const weekly = { ...usualHours(), monday: [] };
      await api.panel.patch("/schedules/1", { weekly });
      const { hours, ...flow } = await api.panel.get<{ hours: WeeklyHours }>("/flow");
      expect(hours).toEqual(weekly);
      expect(await api.panel.put<{ hours: WeeklyHours }>("/flow", flow)).toMatchObject({ hours: weekly });
      await api.panel.put("/flow", { ...flow, hours: always });
      expect(main(api).weekly).toEqual(always);
      expect((await api.panel.get<View[]>("/schedules"))[0]?.weekly).toEqual(always);
    });
  });
});

describe("a database from before there were schedules", () => {
  it("gets the published flow's hours as its main schedule, without holidays, and further ones get further ids", async () => {
    await withTestDatabase(async ({ db }) => {
      await sql`alter table numbers drop column schedule_id`.execute(db);
      await sql`drop table schedules`.execute(db);
      for (const [version, hours] of [
        [1, usualHours()],
        [2, always],
      ] as const)
        await db
          .insertInto("call_flows")
          .values({ id: "main", version, document: JSON.stringify({ simple: { hours } }), published_by: null })
          .execute();
      await schedulesMigration(db as never);
      const [found, ...others] = await db.selectFrom("schedules").selectAll().execute();
      expect(others).toEqual([]);
      expect(found).toMatchObject({ id: 1, name: "", weekly: always, holiday_country: null, holiday_exceptions: [] });
      const added = await sql<{
        id: number;
      }>`insert into schedules (name, weekly) values ('x', '{}') returning id`.execute(db);
      expect(added.rows[0]?.id).toBe(2);
    });
  });
});
