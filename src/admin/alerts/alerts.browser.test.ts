import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { Site } from "../../testing/site.ts";

/** A line that fails, as the owner of a shop meets it on a phone. */
const PASSWORD = "a long enough password";
let site: Site;
let browser: PanelBrowser;
let page: Page;
let troubles: readonly string[];

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(site.daemon.origin);
  const owner = await browser.person({ viewport: { width: 390, height: 844 } });
  ({ page, troubles } = owner);
  await signIn(page, "owner", PASSWORD);
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test("whom alerts reach is chosen in the settings, and mistakes are said beside the field", async () => {
  await page.goto("/settings");
  const section = page.getByTestId("alert-settings");
  await section.getByLabel("E-mail addresses").fill("owner@example.org, nobody");
  await section.getByLabel("A line is down for").fill("1");
  await section.getByLabel("Call your own numbers at").fill("09:00");
  await page.getByRole("button", { name: "Save", exact: true }).first().click();
  await section.getByText("An address such as name@example.com").waitFor();
  await section.getByLabel("E-mail addresses").fill("owner@example.org");
  await page.getByRole("button", { name: "Save", exact: true }).first().click();
  await page.getByText("Saved", { exact: false }).first().waitFor();
  expect(await site.panel.get("/settings")).toMatchObject({
    alerts: { emails: ["owner@example.org"], trunkDownSeconds: 1, syntheticCallTimes: ["09:00"] },
  });
});

test("what somebody else has changed in the settings meanwhile stays", async () => {
  await page.goto("/settings");
  await page.getByLabel("Name of the firm").fill("City Taxi");
  await site.panel.put("/settings", { ...(await site.panel.get<object>("/settings")), recordCalls: false });
  await page.getByRole("button", { name: "Save", exact: true }).first().click();
  await page.getByText("Saved.", { exact: true }).first().waitFor();
  expect(await site.panel.get("/settings")).toMatchObject({ firmName: "City Taxi", recordCalls: false });
  await site.panel.put("/settings", { firmName: "Test", recordCalls: true });
});

test("a line that is down is on Today until somebody has seen it, and its history is on the page Lines", async () => {
  // Nobody registers anybody there: the box's own port for trunks.
  const trunk = { name: "City", kind: "city", mode: "register", server: "127.0.0.1", port: site.trunkPort };
  await site.panel.post("/trunks", { ...trunk, user: "firm", password: "secret" });
  await page.goto("/");
  const alerts = page.getByTestId("alerts");
  await alerts.getByText("City is down").waitFor({ timeout: 30_000 });
  await alerts.getByText("Not told by e-mail: no mail server is entered in the settings").waitFor({ timeout: 30_000 });
  await alerts.getByRole("button", { name: "Seen" }).click();
  await alerts.getByText("Seen by Owner").waitFor();

  await page.goto("/lines");
  const row = page.getByTestId("trunk-watch").locator("li").first();
  await row.getByText("Down since").waitFor();
  await row.getByRole("button", { name: "History" }).click();
  await page.getByTestId("trunk-history").getByText("Down since").first().waitFor();
  await page.getByText("There is only one line").waitFor();
  expect(await page.getByRole("button", { name: "Try now" }).isDisabled()).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  expect(troubles.filter((trouble) => !/status of (401|409|422)/.test(trouble))).toEqual([]);
});
