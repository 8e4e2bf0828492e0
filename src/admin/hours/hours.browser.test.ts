import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { OwnDate, WeeklyHours } from "../../calls/schedule.ts";
import { addDays, wallClock } from "../../flows/hours/wall-clock.ts";
import { usualHours } from "../../flows/hours/weekly-hours.ts";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

/** The page Hours as the owner of a shop uses it on a phone, and what the operators see of it. */
const PASSWORD = "a long enough password";
const PHONE = { width: 390, height: 844 };
const ZONE = "Asia/Tbilisi";

interface Schedule {
  scheduleId: number;
  name: string;
  weekly: WeeklyHours;
  holidays: { country: string | null; exceptions: string[] };
  dates: OwnDate[];
  override: { state: string; until: string | null } | null;
}

let site: Site;
let browser: PanelBrowser;
let page: Page;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(site.daemon.origin);
  const owner = await browser.person({ viewport: PHONE });
  ({ page } = owner);
  await signIn(page, "owner", PASSWORD);
});
beforeEach(async () => {
  const weekly = { ...usualHours(), alwaysOpen: true };
  await site.panel.patch("/schedules/1", { weekly, dates: [], holidays: { country: null, exceptions: [] } });
  await site.panel.delete("/schedules/1/override");
  await page.goto("/hours");
  await page.getByTestId("hours-now").waitFor();
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Chromium logs every refusal of the daemon: before signing in, and those that a test asks for. */
const unexpected = (all: readonly string[]) => all.filter((trouble) => !/status of (401|409|422)/.test(trouble));

const main = async (): Promise<Schedule> => {
  const [first] = await site.panel.get<Schedule[]>("/schedules");
  if (!first) throw new Error("no schedule");
  return first;
};
const now = () => page.getByTestId("hours-now");
const button = (name: string) => page.getByRole("button", { name, exact: true });

test("one touch closes the shop, Today says so, and another goes back to the usual hours", async () => {
  await now().getByText("Open now", { exact: true }).waitFor();
  await button("Close now").click();
  await now().getByText("Closed now", { exact: true }).waitFor();
  await now().getByText("By hand, instead of the usual hours").waitFor();
  expect((await main()).override).toEqual({ state: "closed", until: null });
  await page.goto("/");
  const attention = page.getByTestId("attention").getByText("Closed by hand, until somebody ends it");
  await attention.click();
  await button("Back to the usual hours").click();
  await now().getByText("Open now", { exact: true }).waitFor();
  expect((await main()).override).toBeNull();
});

test("closed until a time of one's own, typed as people type it", async () => {
  await page.getByLabel("Until").selectOption("time");
  await page.getByLabel("Time", { exact: true }).fill("noon");
  await button("Close now").click();
  expect((await main()).override).toBeNull();
  await page.getByLabel("Time", { exact: true }).fill("930");
  await page.getByLabel("Time", { exact: true }).blur();
  await button("Close now").click();
  await now()
    .getByText(/^Closed now until (tomorrow )?09:30$/)
    .waitFor();
  const { override } = await main();
  const ends = Date.parse(override?.until ?? "");
  expect(wallClock(ends, ZONE).minutes).toBe(9 * 60 + 30);
  expect(ends - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
});

test("what a phone's code does is there without asking", async () => {
  const anna = await site.operator("101");
  const call = await anna.call("*91");
  await call.until("ended");
  await now().getByText("Closed now", { exact: true }).waitFor();
});

test("the week is saved when it is right, and what contradicts itself is pointed at", async () => {
  await page.getByRole("switch", { name: "Always open" }).press("Space");
  const monday = page.locator("[data-day=monday]");
  await monday.getByLabel("Monday: to").fill("9");
  await page.getByTestId("save-week").getByRole("button", { name: "Save" }).click();
  await monday.getByText("It ends as it begins; for a whole day write 00:00 to 24:00").waitFor();
  await monday.getByLabel("Monday: to").fill("17.30");
  await page.getByTestId("save-week").getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved: it holds from now on.").waitFor();
  expect((await main()).weekly).toMatchObject({ alwaysOpen: false, monday: [{ from: "09:00", to: "17:30" }] });
  await page.getByTestId("save-week").waitFor({ state: "detached" });
});

test("public holidays: chosen by country, worked on every year, or with short hours on their date", async () => {
  await site.panel.patch("/schedules/1", { weekly: usualHours() });
  await page.getByRole("combobox", { name: "Holidays of" }).fill("Georgia");
  await page.getByRole("option", { name: "Georgia", exact: true }).click();
  const easter = page.getByTestId("holiday").filter({ hasText: "Easter Monday" });
  await easter.getByRole("combobox").selectOption("works");
  await until("it is kept", async () => (await main()).holidays.exceptions.includes("orthodox 1"));
  const independence = page.getByTestId("holiday").filter({ hasText: "Independence Day" });
  await independence.getByRole("combobox").selectOption("short");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const { dates, holidays } = await main();
  expect(holidays).toEqual({ country: "GE", exceptions: ["orthodox 1"] });
  expect(dates).toMatchObject([{ name: "Independence Day", periods: [{ from: "10:00", to: "14:00" }] }]);
  expect(await independence.getByRole("combobox").inputValue()).toBe("short");
  await independence.getByRole("combobox").selectOption("closed");
  await until("it is closed again", async () => (await main()).dates.length === 0);
  await page.getByRole("combobox", { name: "Holidays of" }).fill("Kyrgyzstan");
  await page.getByRole("option", { name: "Kyrgyzstan", exact: true }).click();
  await page.getByText("No public holidays are known for this country", { exact: false }).waitFor();
  expect((await main()).holidays.country).toBe("GE");
});

test("an own date closes a day; taken away, it can be had back", async () => {
  const tomorrow = addDays(wallClock(Date.now(), ZONE).date, 1);
  await button("Add a date").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByText("Please fill this in").waitFor();
  await dialog.getByLabel("Date", { exact: true }).fill(tomorrow);
  await dialog.getByLabel("Name").fill("Stocktaking");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  const row = page.getByTestId("own-date").filter({ hasText: "Stocktaking" });
  await row.getByText("Closed").waitFor();
  expect((await main()).dates).toEqual([{ date: tomorrow, name: "Stocktaking", periods: [] }]);
  await row.getByRole("button").last().click();
  await row.waitFor({ state: "detached" });
  await button("Undo").click();
  await row.waitFor();
});

test("further hours for a number: added, chosen there, and not deleted while it uses them", async () => {
  await button("Add hours").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Workshop");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await until("they are shown", async () => (await page.getByLabel("Hours", { exact: true }).inputValue()) === "2");
  await page.goto("/lines");
  await page.getByTestId("number").getByRole("button").click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog.getByLabel("Hours", { exact: true }).selectOption({ label: "Workshop" });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.goto("/hours?schedule=2");
  await page.getByText("Used by Test").waitFor();
  await button("Workshop: more").click();
  await page.getByRole("menuitem", { name: "Delete hours" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("0322112233").first().waitFor();
  await site.panel.patch("/numbers/1", { scheduleId: null });
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByLabel("Hours", { exact: true }).waitFor({ state: "detached" });
  expect(await site.panel.get<Schedule[]>("/schedules")).toHaveLength(1);
});

test("an operator sees what holds and can close and open, but not change the plan", async () => {
  const login = { login: "nino", password: PASSWORD };
  await site.panel.post("/operators", { name: "Nino", extension: "110", ...login });
  await site.panel.patch("/schedules/1", { weekly: usualHours(), holidays: { country: "GE", exceptions: [] } });
  const other = await browser.person({ viewport: PHONE });
  await signIn(other.page, login.login, login.password);
  await other.page.goto("/hours");
  await other.page.getByTestId("holiday").first().waitFor();
  const touch = other.page.getByTestId("hours-now").getByRole("button");
  await touch.first().click();
  await other.page.getByRole("button", { name: "Back to the usual hours" }).waitFor();
  expect((await main()).override).not.toBeNull();
  expect(await other.page.getByTestId("holiday").first().getByRole("combobox").count()).toBe(0);
  expect(await other.page.locator("[data-day=monday]").count()).toBe(0);
  expect(await other.page.getByRole("button", { name: "Add a date" }).count()).toBe(0);
  expect(unexpected(other.troubles)).toEqual([]);
  await other.context.close();
});
