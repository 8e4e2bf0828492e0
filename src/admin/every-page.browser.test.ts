import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LANGUAGES } from "../calls/language.ts";
import { USUAL_OUTGOING } from "../calls/outgoing.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import { RINGBACK } from "../lab/media/tones.ts";
import { PanelBrowser, signIn } from "../testing/browser.ts";
import { converse, Site, toneOf } from "../testing/site.ts";

/** What holds for each page: nothing serious for axe in either colour scheme; nothing to scroll sideways, no broken word on a phone, in any language. */
const PHONE = { width: 390, height: 844 };
const LONG_NAME = "საქართველოს წყალმომარაგების გაერთიანებული კომპანიის დისპეტჩერი";

let site: Site;
let browser: PanelBrowser;
let axeSource: string;
let callId: string;
/** Of a flow that is not published. */
let flowId: string;

beforeAll(async () => {
  axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  site = await Site.open({ operators: ["101", "102"] });
  browser = await PanelBrowser.open(site.daemon.origin);
  callId = await aTalk();
  await aMissedCall();
  await aTalkThatGoesOn();
  await site.panel.patch(`/operators/${site.phones[1]?.operatorId}`, { name: LONG_NAME });
  await site.setFlow({ hours: usualHours() });
  const periods = [
    { from: "09:00", to: "13:00" },
    { from: "14:00", to: "16:30" },
  ];
  await site.panel.patch("/schedules/1", { dates: [{ date: "2036-12-31", name: LONG_NAME.slice(0, 60), periods }] });
  const trunk = { kind: "city", mode: "ip-peer", server: "127.0.0.1", port: 5099 };
  const channels = { total: 30, mostOutgoing: 20, keptFree: 4 };
  const { trunkId } = await site.panel.post<{ trunkId: number }>("/trunks", {
    ...{ ...trunk, channels, name: "Silknet, main line of the office in Vake" },
  });
  const numbers = { kinds: ["mobile", "premium"], countries: ["AM", "AZ"], prefixes: ["599", "0322"] };
  ({ flowId } = await site.panel.post<{ flowId: string }>("/flows", { name: "Shop", template: "shop" }));
  const rule = { name: LONG_NAME.slice(0, 60), numbers, trunkIds: [trunkId], callerNumber: "0322112233" };
  const costs = { prices: [{ numbers, perMinuteMinor: 3.25 }], bundles: [{ numbers, minutesPerMonth: 500 }] };
  await site.panel.put("/outgoing", {
    ...{ ...USUAL_OUTGOING, rules: [rule] },
    trunks: [{ trunkId, limits: { minutesPerDay: 0, moneyPerDayMinor: 5000 }, costs: { ...costs, stepSeconds: 60 } }],
  });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** A conversation with a recording, by a caller with a long name; gives its id. */
async function aTalk(): Promise<string> {
  const maia = await site.operator("101");
  const number = site.newNumber();
  const caller = await site.callIn({ from: { number, name: LONG_NAME.repeat(3) } });
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  const ringing = await maia.incoming.next();
  ringing.answer();
  await converse(caller, ringing);
  await caller.hangUp();
  const isRecorded = ({ recordings }: { recordings: { state: string }[] }) => recordings[0]?.state === "ready";
  return (await site.logged(number, isRecorded)).callId;
}

/** Somebody who does not wait until the phone is answered. */
async function aMissedCall(): Promise<void> {
  const number = site.newNumber();
  const caller = await site.callIn({ from: { number, name: LONG_NAME } });
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  await caller.ear.hears(RINGBACK);
  await caller.hangUp();
  await site.logged(number);
}

/** Somebody who hides the number talks with the second operator until the site is closed. */
async function aTalkThatGoesOn(): Promise<void> {
  const davit = await site.operator("102");
  davit.behaviour = { type: "answer", markers: 1 };
  const caller = await site.callIn({ from: "hidden" });
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  await converse(caller, await davit.incoming.next());
}

interface View {
  name: string;
  path: string;
  /** There when the page shows what it loads. */
  shows: string;
  /** Opens something on it. */
  open?: (page: Page) => Promise<void>;
}

const views: View[] = [
  { name: "today", path: "/", shows: "[data-testid=live-call]" },
  { name: "the live board", path: "/live", shows: "[data-testid=live-call]" },
  { name: "the call log", path: "/calls", shows: "[data-testid=call-row]" },
  { name: "a call", path: "/calls/:call", shows: "[data-testid=player] canvas" },
  { name: "an empty search", path: "/calls?q=nobody", shows: "main h1" },
  { name: "missed callers", path: "/missed", shows: "[data-testid=ticket]" },
  {
    name: "a missed caller",
    path: "/missed",
    shows: "[data-testid=ticket]",
    open: async (page) => {
      await page.locator("[data-testid=ticket] a").first().click();
      await page.getByTestId("ticket-detail").waitFor();
    },
  },
  { name: "the team", path: "/team", shows: "[data-testid=operator]" },
  { name: "the health of the box", path: "/health", shows: "[data-testid=checks] li" },
  { name: "backups", path: "/health/backup", shows: "main form" },
  { name: "who is kept out", path: "/health/protection", shows: "[data-testid=access]" },
  { name: "the test call", path: "/test-call", shows: "main h1" },
  { name: "versions of a flow that has none", path: "/call-flow/:flow/versions", shows: "main section p" },
  { name: "updates", path: "/health/updates", shows: "[data-testid=no-box]" },
  { name: "the call flow", path: "/call-flow", shows: "main form" },
  { name: "the hours", path: "/hours", shows: "[data-testid=own-date]" },
  {
    name: "the calls of a step",
    path: "/calls?flow=main&node=menu&ended=here&tag=vip",
    shows: "[data-testid=call-place]",
  },
  { name: "the lines", path: "/lines", shows: "[data-testid=trunk]" },
  {
    name: "what a line is",
    path: "/lines",
    shows: "[data-testid=trunk]",
    open: async (page) => {
      await page.locator("main section button").first().click();
      await page.locator("[data-preset=internal]").waitFor();
    },
  },
  {
    name: "the form for a line with all of it, and a test that failed",
    path: "/lines",
    shows: "[data-testid=trunk]",
    open: async (page) => {
      await page.locator("[data-testid=trunk] button").first().click();
      await page.getByRole("menuitem").nth(1).click();
      const form = page.getByRole("dialog");
      await form.locator("button[aria-expanded=false]").first().click();
      for (const part of await form.locator("h3 button").all()) await part.click();
      await form.locator("textarea").waitFor();
      await form.locator("button:has(.tabler-icon-plug-connected)").click();
      await form.getByTestId("trunk-test").waitFor();
    },
  },
  {
    name: "the form for a number",
    path: "/lines",
    shows: "[data-testid=number]",
    open: async (page) => {
      await page.locator("main section").nth(1).locator("button").first().click();
      await page.getByRole("dialog").locator("form").waitFor();
    },
  },
  {
    name: "calls that go out, and where one would go",
    path: "/lines/outgoing",
    shows: "[data-testid=rule]",
    open: async (page) => {
      await page.locator("main form input").first().fill("599123456");
      await page.locator("main form button[type=submit]").first().click();
      await page.getByTestId("where-answer").waitFor();
    },
  },
  {
    name: "the form for a rule",
    path: "/lines/outgoing",
    shows: "[data-testid=rule]",
    open: async (page) => {
      await page.locator("main section").nth(1).locator("button").first().click();
      await page.getByRole("dialog").locator("form").waitFor();
    },
  },
  {
    name: "the form for what a line costs",
    path: "/lines/outgoing",
    shows: "[data-testid=terms-row]",
    open: async (page) => {
      await page.locator("[data-testid=terms-row] button").first().click();
      await page.getByRole("dialog").locator("fieldset").last().waitFor();
    },
  },
  { name: "the settings", path: "/settings", shows: "main form" },
  { name: "network and box", path: "/settings/box", shows: "[data-testid=not-managed]" },
  { name: "a page that is not there", path: "/nowhere", shows: "main h1" },
  {
    name: "a new password for a phone",
    path: "/team",
    shows: "[data-testid=operator]",
    open: async (page) => {
      await page.locator("[data-testid=operator] button").last().click();
      await page.getByRole("menuitem").nth(1).click();
      await page.getByRole("dialog").locator("button").last().waitFor();
    },
  },
  {
    name: "the form for an operator",
    path: "/team",
    shows: "[data-testid=operator]",
    open: async (page) => {
      await page.locator("main header button, main button").first().click();
      await page.getByRole("dialog").locator("form").waitFor();
    },
  },
];

async function show(page: Page, view: View): Promise<void> {
  await page.goto(view.path.replace(":call", callId).replace(":flow", flowId));
  await page.locator(view.shows).first().waitFor();
  await view.open?.(page);
  await page.locator(".mantine-Skeleton-root").first().waitFor({ state: "detached" });
}

/** What axe finds serious or critical, one line each: rule, element, what is wrong. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations, passes } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] }),
  );
  expect(passes.length).toBeGreaterThan(5);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`));
}

/** The elements that stick out at the right, if the page can be scrolled sideways. */
async function sticksOut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return [`${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 160))];
  });
}

/** Words that stand in two lines without a hyphen, and buttons and fields of choice whose words are cut. Signs that no person reads apart. */
async function brokenOrCut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode() as Text | null; node !== null; node = walker.nextNode() as Text | null) {
      const parent = node.parentElement;
      if (parent === null || parent.closest("pre, code, script, style, option, textarea") !== null) continue;
      for (const { 0: word, index } of node.data.matchAll(/\p{L}{3,}/gu)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const lines = new Set(
          [...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top)),
        );
        if (lines.size > 1) found.add(`broken: ${word}`);
      }
    }
    for (const label of document.querySelectorAll(".mantine-Button-label"))
      if (label.scrollWidth > label.clientWidth + 1) found.add(`cut: ${label.textContent}`);
    return [...found];
  });
}

test("what these checks look for, they find", async () => {
  const { page, context } = await browser.person({ viewport: PHONE, hasTouch: true, isMobile: true });
  await page.goto("/");
  await page.locator("form").waitFor();
  expect(await sticksOut(page)).toEqual([]);
  await page.evaluate(() => {
    const bar = document.createElement("div");
    bar.textContent = "wide";
    bar.style.minWidth = "500px";
    const narrow = document.createElement("div");
    narrow.textContent = "unreadable";
    narrow.style.width = "2rem";
    const picture = document.createElement("img");
    picture.src = "/icon.svg";
    document.body.append(bar, narrow, picture);
  });
  expect((await sticksOut(page))[0]).toMatch(/^50[01] > 390$/);
  expect(await brokenOrCut(page)).toEqual(["broken: unreadable"]);
  expect((await seriousFindings(page)).join()).toContain("image-alt");
  await context.close();
});

test.each(["light", "dark"] as const)("axe finds nothing serious on any page in the %s scheme", async (colorScheme) => {
  const { page, context } = await browser.person({ colorScheme });
  await page.goto("/");
  await page.locator("form").waitFor();
  expect(await seriousFindings(page), "the sign-in page").toEqual([]);
  await signIn(page, "owner", "a long enough password");
  const found: Record<string, string[]> = {};
  for (const view of views) {
    await show(page, view);
    const findings = await seriousFindings(page);
    if (findings.length > 0) found[view.name] = findings;
  }
  expect(found).toEqual({});
  await context.close();
});

test.each(LANGUAGES)(
  "at the width of a phone no page scrolls sideways, breaks a word or cuts a button in %s",
  async (language) => {
    const { page, context } = await browser.person({ viewport: PHONE, hasTouch: true, isMobile: true });
    await signIn(page, "owner", "a long enough password");
    // The language belongs to the account, and this is another session of the same one.
    await site.panel.patch("/session", { language });
    const found: Record<string, string[]> = {};
    for (const view of views) {
      await show(page, view);
      await page.locator(`html[lang=${language}]`).waitFor({ state: "attached" });
      const ugly = [...(await sticksOut(page)), ...(await brokenOrCut(page))];
      if (ugly.length > 0) found[view.name] = ugly;
    }
    expect(found).toEqual({});
    await context.close();
  },
);
