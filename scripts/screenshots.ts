/** `make screenshots`: takes the manual's pictures anew, from the demo firm. Usage: screenshots.ts [folder] */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { USUAL_OUTGOING } from "../src/calls/outgoing.ts";
import { PanelBrowser } from "../src/testing/browser.ts";
import { until } from "../src/testing/until.ts";
import { DEMO_FIRM, DEMO_LOGIN, type DemoSite, messageVoice, openDemoSite, talkingVoices } from "./demo-site.ts";

const LAPTOP = { width: 1440, height: 900 };
const TELEPHONE = { width: 390, height: 844 };
const folder = process.argv[2] ?? fileURLToPath(new URL("../docs/images", import.meta.url));

/** A conversation to its end; gives the id of its call once its recording can be played. */
async function recordedCall(site: DemoSite): Promise<string> {
  const voices = talkingVoices();
  const [phone] = site.phones;
  const call = await site.callIn(0);
  await call.until("talking");
  await sleep(7_000);
  await call.pressKey("1");
  const ringing = await phone?.incoming.next({ timeoutMs: 20_000 });
  await sleep(2_000);
  ringing?.answer();
  call.say(voices.caller);
  ringing?.say(voices.operator);
  await sleep(voices.durationMs);
  await call.hangUp();
  for (const { incoming } of site.phones) incoming.clear();
  return await until(
    "the recording is ready",
    async () => {
      const { calls } = await site.panel.get<{ calls: { callId: string; recordingState: string | null }[] }>("/calls");
      return calls.find(({ recordingState }) => recordingState === "ready")?.callId;
    },
    60_000,
  );
}

/** Nobody answers, so the caller leaves a message. Few seconds to wait, as long as it takes. */
async function message(site: DemoSite): Promise<void> {
  const { version: _, ...flow } = await site.panel.get<{ version: number }>("/flow");
  await site.panel.put("/flow", { ...flow, ringSeconds: 5, maxWaitSeconds: 10 });
  const voice = messageVoice();
  const call = await site.callIn(8);
  await call.until("talking");
  await sleep(7_000);
  await call.pressKey("1");
  await until(
    "the caller hears the tone",
    async () => {
      const { calls } = await site.panel.get<{ calls: { callId: string }[] }>("/calls?limit=1");
      const { timeline } = await site.panel.get<{ timeline: { kind: string }[] }>(`/calls/${calls[0]?.callId}`);
      return timeline.some(({ kind }) => kind === "leaving-message");
    },
    60_000,
  );
  await sleep(9_000);
  call.say(voice.caller);
  await sleep(voice.durationMs);
  await call.hangUp();
  for (const { incoming } of site.phones) incoming.clear();
  await site.panel.put("/flow", flow);
}

/** One talks, one waits while a phone rings, one is in the menu. */
async function goOnCalls(site: DemoSite): Promise<void> {
  const [first, second] = site.phones;
  const one = await site.callIn(1);
  await one.until("talking");
  await one.pressKey("1");
  const ringing = await first?.incoming.next({ timeoutMs: 20_000 });
  ringing?.answer();
  second?.incoming.clear();
  await sleep(4_000);
  const other = await site.callIn(2);
  await other.until("talking");
  await other.pressKey("1");
  await second?.incoming.next({ timeoutMs: 20_000 });
  await site.callIn(12);
  await sleep(5_000);
}

async function open(site: DemoSite, browser: PanelBrowser, language: "en" | "ka", viewport: typeof LAPTOP) {
  const { page, context } = await browser.person({ viewport, isMobile: viewport === TELEPHONE });
  await page.goto("/");
  await page.locator("input[autocomplete=username]").fill(DEMO_LOGIN.login);
  await page.locator("input[autocomplete=current-password]").fill(DEMO_LOGIN.password);
  await page.locator("button[type=submit]").click();
  await page.getByRole("navigation").first().waitFor();
  await site.panel.patch("/session", { language });
  const take = async (name: string, path: string, shows: string, prepare?: (page: Page) => Promise<void>) => {
    await page.goto(path);
    await page.locator(`html[lang=${language}]`).waitFor({ state: "attached" });
    await page.locator(shows).first().waitFor();
    await page.locator(".mantine-Skeleton-root").first().waitFor({ state: "detached" });
    await prepare?.(page);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
    console.log(`${name}.png`);
  };
  return { take, close: () => context.close() };
}

/** The questions of the first start, one after the other, as somebody answers them. */
async function firstStart(origin: string): Promise<void> {
  const browser = await PanelBrowser.open(origin);
  const { page } = await browser.person({ viewport: { width: 1100, height: 740 } });
  const field = (label: string) => page.getByLabel(label, { exact: true });
  const steps: { name: string; heading: string; answer: () => Promise<void> }[] = [
    { name: "language", heading: "Welcome. Choose your language", answer: async () => {} },
    { name: "firm", heading: "Your firm", answer: async () => await field("Name of the firm").fill(DEMO_FIRM) },
    {
      name: "admin",
      heading: "The administrator",
      answer: async () => {
        await field("Your name").fill("Nino Beridze");
        await field("Login").fill("nino");
        await field("Password").fill("a long enough password");
      },
    },
    {
      name: "operators",
      heading: "Who answers the calls?",
      answer: async () => {
        await field("Name").nth(0).fill("Maia");
        await field("Name").nth(1).fill("Davit");
      },
    },
    { name: "flow", heading: "What do callers meet?", answer: async () => {} },
    { name: "line", heading: "Your line", answer: async () => await page.locator("[data-preset=provider]").click() },
  ];
  await page.goto("/");
  for (const { name, heading, answer } of steps) {
    await page.getByRole("heading", { name: heading, exact: true }).waitFor();
    await answer();
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, `first-start-${name}.png`), animations: "disabled" });
    console.log(`first-start-${name}.png`);
    // The last button would set the demo firm up.
    const further = name === "language" ? "English" : "Next";
    if (name !== "line") await page.getByRole("button", { name: further, exact: true }).click();
  }
  await browser.close();
}

async function newPhonePassword(page: Page): Promise<void> {
  await page.locator("[data-extension='103'] button").last().click();
  await page.getByRole("menuitem", { name: "New phone password" }).click();
  await page.getByRole("button", { name: "Make a new password" }).click();
  await page.getByTestId("phone-card").waitFor();
}

/** A line whose server nobody runs, and what the test says of it. */
async function lineTest(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Add a trunk" }).click();
  const form = page.getByRole("dialog");
  await form.locator("[data-preset=provider]").click();
  await form.getByLabel("Name", { exact: true }).fill("City line");
  await form.getByLabel("Server").fill("127.0.0.1:9");
  await form.getByLabel("User", { exact: true }).fill("322112233");
  await form.getByLabel("Password", { exact: true }).fill("from-the-contract");
  await form.getByRole("button", { name: "Test", exact: true }).click();
  await form.getByTestId("trunk-test").waitFor();
}

async function whereToMobile(page: Page): Promise<void> {
  await page.getByLabel("Number to call").fill("599 12 34 56");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByTestId("where-answer").waitFor();
}

/** One rule and the prices of the demo firm's line. */
async function callsOut(site: DemoSite): Promise<void> {
  const [trunk] = await site.panel.get<{ trunkId: number }[]>("/trunks");
  if (trunk === undefined) throw new Error("the demo firm has no line");
  const { trunkId } = trunk;
  const every = { kinds: [], countries: [], prefixes: [] };
  const mobile = { ...every, kinds: ["mobile"] };
  const prices = [
    { numbers: mobile, perMinuteMinor: 12 },
    { numbers: every, perMinuteMinor: 4 },
  ];
  await site.panel.put("/outgoing", {
    ...{ ...USUAL_OUTGOING, allowedCountries: ["AM", "TR"] },
    rules: [{ name: "Mobile numbers", numbers: mobile, trunkIds: [trunkId], callerNumber: null }],
    trunks: [
      {
        trunkId,
        limits: { minutesPerDay: 600, moneyPerDayMinor: 5000 },
        costs: { prices, bundles: [{ numbers: mobile, minutesPerMonth: 500 }], stepSeconds: 60 },
      },
    ],
  });
}

async function openStep(page: Page): Promise<void> {
  await page.getByTestId("step").filter({ hasText: "Menu" }).first().getByRole("button").first().click();
  await page.getByTestId("step-panel").waitFor();
}

async function walk(page: Page): Promise<void> {
  await page.getByTestId("call-setup").getByRole("button", { name: "Call" }).click();
  await page.getByTestId("phone-step").filter({ hasText: "Menu" }).waitFor();
}

await mkdir(folder, { recursive: true });
console.log("Making the demo firm; its prompts are being spoken");
const site = await openDemoSite(firstStart);
const browser = await PanelBrowser.open(site.origin);
try {
  await site.panel.post("/session", DEMO_LOGIN);
  const callId = await recordedCall(site);
  await message(site);
  await callsOut(site);
  const row = "[data-testid=call-row]";
  const live = "[data-phase=ringing]";
  const english = await open(site, browser, "en", LAPTOP);
  await english.take("call", `/calls/${callId}`, "[data-testid=player] canvas");
  await english.take("calls", "/calls", row);
  await english.take("call-flow", "/call-flow", "main form");
  const { flowId } = await site.panel.post<{ flowId: string }>("/flows", { name: "Shop", template: "shop" });
  await english.take("flow-editor", `/call-flow/${flowId}`, "[data-testid=step]", openStep);
  await english.take("flow-walk", `/call-flow/${flowId}/walk`, "[data-testid=call-setup]", walk);
  await english.take("hours", "/hours", "main section");
  await english.take("lines", "/lines", "main li");
  await english.take("line-test", "/lines", "main li", lineTest);
  await english.take("outgoing", "/lines/outgoing", "[data-testid=rule]", whereToMobile);
  await english.take("team", "/team", "[data-testid=operator]");
  await english.take("phone-settings", "/team", "[data-testid=operator]", newPhonePassword);
  await english.take("settings", "/settings", "main form");
  await english.take("missed", "/missed", "[data-testid=ticket]");
  await english.take("messages", "/missed?tab=voicemail", "[data-testid=message]");
  await goOnCalls(site);
  await english.take("today", "/", live);
  await english.take("live", "/live", live);
  await english.close();
  const georgian = await open(site, browser, "ka", TELEPHONE);
  await georgian.take("today-ka", "/", live);
  await georgian.take("missed-ka", "/missed", "[data-testid=ticket]");
  await georgian.close();
} finally {
  await browser.close();
  await site.close();
}
