import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { LONGEST_FLOW_NAME, LONGEST_NOTE } from "../../calls/text-limits.ts";
import type { ScriptedPhone } from "../../lab/phone/phone.ts";
import { keepPicture, type OpenPage, PanelBrowser, signIn } from "../../testing/browser.ts";
import { converse, Site, toneOf } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

/** The owner draws a flow from nothing, walks through it in the browser, publishes it, and somebody calls: one test leads to the next. */
let site: Site;
let maia: ScriptedPhone;
let browser: PanelBrowser;
let owner: OpenPage;
let page: Page;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  maia = await site.operator("101");
  browser = await PanelBrowser.open(site.daemon.origin);
  owner = await browser.person({ viewport: { width: 1440, height: 900 } });
  page = owner.page;
  await signIn(page, "owner", "a long enough password");
  // Before it, whether somebody is signed in was asked and denied.
  owner.troubles.length = 0;
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const panel = () => page.getByTestId("step-panel");
const dialog = () => page.getByTestId("branch-dialog");
const step = (name: string) => page.getByTestId("step").filter({ hasText: name });
const branch = (via: string) => panel().locator(`[data-testid=branch][data-via="${via}"]`);
const findings = () => page.getByTestId("findings-button");
const state = () => page.getByTestId("save-state");
const phone = () => page.getByTestId("phone");

test("a flow from nothing rings the phones", async () => {
  await page.getByRole("link", { name: "Call flow" }).first().click();
  await page.getByTestId("flow").first().waitFor();
  await page.getByRole("button", { name: "New call flow" }).click();
  // The field takes no more than the daemon; what it takes and the daemon does not is said at it.
  await page.getByLabel("Name").fill("Orders\tby phone");
  expect(await page.getByLabel("Name").getAttribute("maxlength")).toBe(`${LONGEST_FLOW_NAME}`);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("One line only").waitFor();
  await page.getByLabel("Name").fill("Orders");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "Orders" }).waitFor();
  await step("Ring operators").waitFor();
  expect(await findings().textContent()).toBe("No problems");
});

test("a menu is put before it: what is missing is marked until it is there", async () => {
  await page.getByRole("button", { name: "Put a step before all others" }).click();
  await dialog().getByRole("button", { name: /^Menu/ }).click();
  await panel().getByRole("heading", { name: "Menu" }).waitFor();
  await findings().filter({ hasText: "error" }).waitFor();
  await panel().locator("select").first().selectOption({ label: "Menu" });
  // Its first key leads on to what was there.
  await branch("1")
    .getByRole("button", { name: /leads to Ring operators/ })
    .waitFor();
  await panel().getByRole("button", { name: "Add a key" }).click();
  await branch("2")
    .getByRole("button", { name: /leads to nowhere yet/ })
    .click();
  await dialog()
    .getByRole("button", { name: /^Say something/ })
    .click();
  await panel().getByRole("heading", { name: "Say something" }).waitFor();
  await panel().locator("select").first().selectOption({ label: "Information" });
  await branch("next")
    .getByRole("button", { name: /leads to/ })
    .click();
  await dialog()
    .getByRole("button", { name: /^Hang up/ })
    .click();
  await findings().filter({ hasText: "No problems" }).waitFor();
});

test("undo takes the last step back, redo brings it again", async () => {
  const count = async () => await page.getByTestId("step").count();
  const before = await count();
  await page.getByRole("button", { name: "Undo" }).click();
  await until("a step less", async () => (await count()) === before - 1);
  await page.getByRole("button", { name: "Redo" }).click();
  await until("all steps again", async () => (await count()) === before);
  await state().filter({ hasText: "Draft saved" }).waitFor();
});

test("walked through in the browser: key 2 informs, and 0 reaches Maia's phone", async () => {
  await page
    .getByRole("button", { name: "Walk through" })
    .or(page.getByRole("link", { name: "Walk through" }))
    .first()
    .click();
  await page.getByTestId("call-setup").getByRole("button", { name: "Call" }).click();
  await page.getByTestId("phone-step").filter({ hasText: "Menu" }).waitFor();
  await phone().getByRole("button", { name: "Key 2" }).click();
  await page.getByTestId("course").filter({ hasText: "Information" }).waitFor();
  await page.getByText("The system hung up.").waitFor();
  await page.getByRole("button", { name: "Call again" }).click();
  await page.getByTestId("phone-step").filter({ hasText: "Menu" }).waitFor();
  await phone().getByRole("button", { name: "Key 0" }).click();
  await page.getByTestId("other-side").getByRole("button", { name: "Answers" }).click();
  await page.getByTestId("phone-state").filter({ hasText: "Talks with Operator 101" }).waitFor();
  await phone().getByRole("button", { name: "Hang up" }).click();
  await page.getByText("You hung up.").waitFor();
});

test("published and given to a number, it is what a caller meets", async () => {
  await page.getByRole("button", { name: "Publish…" }).click();
  const publishing = page.getByTestId("publish-dialog");
  await publishing.getByLabel("Note").fill("For orders\nby phone\tonly");
  expect(await publishing.getByLabel("Note").getAttribute("maxlength")).toBe(`${LONGEST_NOTE}`);
  await publishing.getByRole("button", { name: "Publish" }).click();
  await publishing.getByText("One line only").waitFor();
  await publishing.getByLabel("Note").fill("For orders by phone only");
  await publishing.getByRole("button", { name: "Publish" }).click();
  await publishing.waitFor({ state: "detached" });
  const numbers = await site.panel.get<{ numberId: number; flowId: string | null }[]>("/numbers");
  const { flows } = await site.panel.get<{ flows: { flowId: string; name: string }[] }>("/flows");
  const flowId = flows.find(({ name }) => name === "Orders")?.flowId;
  await site.panel.patch(`/numbers/${numbers[0]?.numberId}`, { flowId });
  const caller = await site.callIn();
  await caller.ear.hears(toneOf("menu"));
  await caller.pressKey("2");
  await caller.ear.hears(toneOf("information"));
  await caller.until("ended");
  const other = await site.callIn();
  await other.ear.hears(toneOf("menu"));
  await other.pressKey("1");
  const ringing = await maia.incoming.next();
  ringing.answer();
  await converse(other, ringing);
  await other.hangUp();
  await site.logged(other.number, ({ outcome }) => outcome === "talked");
});

test("losses show where the caller went, and lead to the call", async () => {
  await page
    .getByRole("button", { name: "Losses" })
    .or(page.getByRole("link", { name: "Losses" }))
    .first()
    .click();
  const menu = step("Menu").first();
  await menu.getByTestId("figures").filter({ hasText: "2 came" }).waitFor();
  // Chromium logs the two refusals.
  expect(owner.troubles.filter((trouble) => !trouble.includes("status of 422"))).toEqual([]);
});

test("a new text is missing until it is spoken, and no longer", async () => {
  await page.getByRole("link", { name: "Steps", exact: true }).click();
  await page.locator("[data-step-button]").filter({ hasText: "Information" }).first().click();
  await panel().locator("select").first().selectOption({ label: "A new text…" });
  await panel().getByLabel("What you call it").fill("Prices");
  await panel().getByRole("button", { name: "Add", exact: true }).click();
  await findings().filter({ hasText: "error" }).waitFor();
  await panel().getByLabel("Text", { exact: true }).fill("A barrel is ten lari.");
  await panel().getByRole("button", { name: "Save and speak" }).click();
  await findings().filter({ hasText: "No problems" }).waitFor();
});

test("languages are offered by the keys by which callers choose them", async () => {
  const settings = await site.panel.get<Record<string, unknown>>("/settings");
  // The firm's own language is English.
  await site.panel.put("/settings", { ...settings, callerLanguages: ["ru", "en"] });
  await page.goto("/call-flow/main/walk");
  await page.getByTestId("call-setup").getByRole("button", { name: "Call" }).click();
  await phone().getByRole("button", { name: "Key 1" }).click();
  await page.locator("[data-testid=phone-hears][lang=ru]").waitFor();
});

test("what somebody else has published meanwhile is shown before it is taken back", async () => {
  await page.goto("/call-flow/main");
  await page.locator("[data-step-button]").filter({ hasText: "Greeting" }).first().click();
  await panel().getByLabel("Name of this step").fill("Hello");
  await state().filter({ hasText: "Draft saved" }).waitFor();
  const { hours: _hours, isCustom: _isCustom, ...form } = await site.panel.get<Record<string, unknown>>("/flow");
  await site.panel.put("/flow", { ...form, strategy: "sequential" });
  await page.getByRole("button", { name: "Publish…" }).click();
  const publishing = page.getByTestId("publish-dialog");
  const change = publishing.getByText(/one after the other/i).first();
  await publishing.getByRole("button", { name: "Publish" }).click();
  await publishing.getByText(/^Somebody else has published another version/).waitFor();
  await change.waitFor();
  await publishing.getByRole("button", { name: "Publish" }).click();
  await publishing.waitFor({ state: "detached" });
});
