import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { keepPicture, type OpenPage, PanelBrowser, signIn } from "../testing/browser.ts";
import { Site } from "../testing/site.ts";

/** What the panel says when something is not as it should be, and that it finds back by itself. */
let site: Site;
let browser: PanelBrowser;
let owner: OpenPage;
let page: Page;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(site.daemon.origin);
  owner = await browser.person();
  page = owner.page;
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const liveCall = (number: string) => page.getByTestId("live-call").filter({ hasText: spaced(number) });
/** As the panel writes a Georgian mobile number. */
const spaced = (number: string) => number.replace(/^(\d{3})(\d{2})(\d{2})(\d{2})$/, "$1 $2 $3 $4");

describe("signing in", () => {
  test("a wrong password says so, in the language of the page, and keeps the login", async () => {
    await page.goto("/");
    await page.getByLabel("Login").fill("owner");
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("Login or password is wrong.").waitFor();
    expect(await page.getByLabel("Login").inputValue()).toBe("owner");
    expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe("");

    await page.getByRole("button", { name: "Русский" }).click();
    await alert.getByText(/парол/i).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("ru");
    await page.getByRole("button", { name: "English" }).click();
  });

  test("the right one opens the page that was asked for", async () => {
    await page.goto("/team");
    await page.getByLabel("Login").fill("owner");
    await page.getByLabel("Password", { exact: true }).fill("a long enough password");
    await page.getByLabel("Password", { exact: true }).press("Enter");
    await page.getByRole("heading", { name: "Team", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/team");
  });

  test("who is signed out is sent to the sign-in page, and back takes nobody in", async () => {
    const other = await browser.person();
    await signIn(other.page, "owner", "a long enough password");
    await other.page.goto("/settings");
    await other.page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
    await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await other.page.goBack();
    await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await other.context.close();
  });
});

test("of many open tabs those that nobody looks at leave their connection to the others, and catch up when they are looked at", async () => {
  const { page: first, context } = await browser.person();
  // Chromium without a screen shows all its tabs at once.
  await context.addInitScript(() => {
    const isBehind = () => document.documentElement.dataset["behind"] === "true";
    Object.defineProperty(document, "visibilityState", { get: () => (isBehind() ? "hidden" : "visible") });
  });
  const show = async (tab: Page, isShown: boolean) =>
    await tab.evaluate((isBehind) => {
      document.documentElement.dataset["behind"] = String(isBehind);
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, !isShown);
  await signIn(first, "owner", "a long enough password");
  let shown = first;
  // Browsers open six connections to a host.
  for (let tabs = 2; tabs <= 9; tabs += 1) {
    await show(shown, false);
    shown = await context.newPage();
    await shown.goto("/");
    await shown.getByTestId("switch-state").waitFor();
  }
  const call = await site.callIn();
  const callIn = (tab: Page) => tab.getByTestId("live-call").filter({ hasText: spaced(call.number) });
  await callIn(shown).waitFor();
  expect(await callIn(first).count()).toBe(0);
  await show(shown, false);
  await show(first, true);
  await callIn(first).waitFor();
  await call.hangUp();
  await callIn(first).waitFor({ state: "detached" });
  expect(await first.getByTestId("stream-lost").count()).toBe(0);
  await context.close();
});

test("a line that is added is there at once, with its state", async () => {
  await page.goto("/lines");
  await page.getByRole("button", { name: "Add a trunk" }).first().click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "by IP address" }).click();
  await form.getByLabel("Name", { exact: true }).fill("City");
  await form.getByLabel("Server").fill("127.0.0.1");
  await form.locator("button[type=submit]").click();
  await form.getByRole("button", { name: "Later" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByText("Ready (does not register)").waitFor();
});

describe("losses", () => {
  test("the switch stops: every page says what that means for callers, until it is back", async () => {
    await page.goto("/");
    await page.getByTestId("lab-switch").waitFor();
    expect(await page.getByTestId("switch-away").count()).toBe(0);

    await site.switch.stop();
    await page.getByTestId("switch-away").waitFor();
    await page.getByTestId("switch-state").getByText("not connected").waitFor();
    await page.getByRole("link", { name: "Team" }).first().click();
    await page.getByTestId("operators").waitFor();
    expect(await page.getByTestId("switch-away").isVisible()).toBe(true);

    await site.startSwitchAgain();
    await page.getByTestId("switch-away").waitFor({ state: "detached" });
    await page.getByTestId("lab-switch").waitFor();
    await page.getByRole("link", { name: "Today" }).first().click();
    const call = await site.callIn();
    await liveCall(call.number).waitFor();
    await call.hangUp();
    await liveCall(call.number).waitFor({ state: "detached" });
  });

  test("the daemon is killed: the page says that it no longer hears it, and catches up without being reloaded", async () => {
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    await site.daemon.kill();
    await page.getByTestId("stream-lost").waitFor();

    await site.daemon.start();
    await page.getByTestId("stream-lost").waitFor({ state: "detached" });
    await page.getByTestId("switch-away").waitFor({ state: "detached" });
    const call = await site.callIn();
    await liveCall(call.number).waitFor();
    await call.hangUp();
    await liveCall(call.number).waitFor({ state: "detached" });
    expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
  });

  test("the daemon hangs and its connection stands: the page says that it no longer hears it, and catches up", async () => {
    await page.goto("/");
    await page.getByRole("heading", { name: "Today", level: 1 }).waitFor();
    await page.getByTestId("stream-lost").waitFor({ state: "detached" });
    site.daemon.process.kill("SIGSTOP");
    try {
      await page.getByTestId("stream-lost").waitFor({ timeout: 60_000 });
    } finally {
      site.daemon.process.kill("SIGCONT");
    }
    await page.getByTestId("stream-lost").waitFor({ state: "detached", timeout: 60_000 });
    await site.untilConnected();
    const call = await site.callIn();
    await liveCall(call.number).waitFor();
    await call.hangUp();
    await liveCall(call.number).waitFor({ state: "detached" });
  });

  test("the daemon is away: a page that was not open yet waits for it, and comes by itself", async () => {
    await page.goto("/");
    await page.getByRole("heading", { name: "Today", level: 1 }).waitFor();
    await site.daemon.kill();
    await page.getByTestId("stream-lost").waitFor();
    await page.getByRole("link", { name: "Hours" }).first().click();
    await page.waitForTimeout(1_500);
    expect(await page.getByTestId("stream-lost").isVisible()).toBe(true);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(0);

    await site.daemon.start();
    await page.getByRole("heading", { name: "Hours", level: 1 }).waitFor();
    await page.getByTestId("stream-lost").waitFor({ state: "detached" });
    // With what it is drawn with, too.
    const links = page.locator("link[rel=stylesheet]");
    expect(
      await links.evaluateAll((all) => all.filter((link) => (link as HTMLLinkElement).sheet === null).length),
    ).toBe(0);
  });

  test("the panel was replaced while it was open: a page of another version loads it anew, once", async () => {
    await page.goto("/");
    await page.getByRole("heading", { name: "Today", level: 1 }).waitFor();
    let isGone = true;
    await page.route(/team-page[^/]*\.js$/, async (route) => {
      if (isGone) await route.fulfill({ status: 404 });
      else await route.continue();
    });
    page.once("domcontentloaded", () => {
      isGone = false;
    });
    await page.getByRole("link", { name: "Team" }).first().click();
    await page.getByRole("heading", { name: "Team", level: 1 }).waitFor();
    expect(isGone).toBe(false);
  });

  test("the page threw nothing, whatever failed", () => {
    expect(owner.troubles.filter((trouble) => trouble.startsWith("thrown"))).toEqual([]);
  });
});
