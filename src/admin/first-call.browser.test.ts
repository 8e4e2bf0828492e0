import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../database/connect.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { keepPicture, type OpenPage, PanelBrowser, signIn } from "../testing/browser.ts";
import { converse, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** From an empty box to the recording of the first call, as its owner goes the way: one test leads to the next. */
const LOGIN = "nino";
const PASSWORD = "a long enough password";
const CALLER_NAME = "გიორგი ბერიძე";
/** Long enough that its recording can be seen to play. */
const TALK_MS = 4_000;

let site: Site;
let browser: PanelBrowser;
let owner: OpenPage;
let page: Page;

beforeAll(async () => {
  site = await Site.openBare();
  await site.daemon.start();
  await site.untilConnected();
  browser = await PanelBrowser.open(site.daemon.origin);
  owner = await browser.person();
  page = owner.page;
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const button = (name: string) => page.getByRole("button", { name, exact: true });
const heading = (name: string) => page.getByRole("heading", { name, exact: true });
const liveCall = (phase: string) => page.locator(`[data-testid=live-call][data-phase=${phase}]`);

async function fill(fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
}

async function pickCountry(name: string): Promise<void> {
  await page.getByRole("combobox", { name: "Country" }).fill(name);
  await page.getByRole("option", { name, exact: true }).click();
}

async function typedInto(card: number): Promise<Record<string, string>> {
  const list = page.getByTestId("phone-card").nth(card);
  const names = await list.locator("dt").allInnerTexts();
  const values = await list.locator("dd").allInnerTexts();
  return Object.fromEntries(names.map((name, index) => [name, (values[index] ?? "").trim()]));
}

async function registered(card: Record<string, string>): Promise<ScriptedPhone> {
  expect(card).toMatchObject({ "SIP server": "127.0.0.1", Port: `${site.phonePort}` });
  const phone = await site.phone(card["User"] ?? "", card["Password"] ?? "");
  await phone.register();
  return phone;
}

describe("from an empty box to the first recording", () => {
  let maia: ScriptedPhone;
  let number = "";

  test("the first start asks six things, keeps to what is possible, and shows what to type into the phones", async () => {
    await page.goto("/");
    await heading("Welcome. Choose your language").waitFor();
    await button("ქართული").click();
    await page.locator("html[lang=ka]").waitFor({ state: "attached" });
    await heading("თქვენი კომპანია").waitFor();
    await page.goto("/");
    await button("English").click();

    await heading("Your firm").waitFor();
    await button("Next").click();
    await page.getByText("Please fill this in").waitFor();
    await fill({ "Name of the firm": "Tbilisi Water Service" });
    await pickCountry("Mongolia");
    await button("Next").click();

    await heading("The administrator").waitFor();
    await fill({ "Your name": "Nino", Login: LOGIN, Password: "short" });
    await button("Next").click();
    await page.getByText("At least 10 characters", { exact: true }).waitFor();
    await fill({ Password: PASSWORD });
    await button("Next").click();

    await heading("Who answers the calls?").waitFor();
    const extensions = page.getByLabel("Extension");
    const proposed = async () =>
      await extensions.evaluateAll((inputs: HTMLInputElement[]) => inputs.map(({ value }) => value));
    // 101 and 102 are the fire brigade and the police there.
    expect(await proposed()).toEqual(["201", "202"]);
    await extensions.nth(1).fill("102");
    await button("Next").click();
    await page.getByText("An emergency number: choose another").waitFor();
    await button("Back").click();
    await heading("The administrator").waitFor();
    await button("Back").click();
    await heading("Your firm").waitFor();
    await pickCountry("Georgia");
    await button("Next").click();
    await heading("The administrator").waitFor();
    await button("Next").click();
    await heading("Who answers the calls?").waitFor();
    expect(await proposed()).toEqual(["101", "102"]);
    const names = page.getByLabel("Name", { exact: true });
    await names.nth(0).fill("Maia");
    await names.nth(1).fill("Davit");
    await extensions.nth(1).fill("101");
    await button("Next").click();
    await page.getByText("This number is taken").first().waitFor();
    await extensions.nth(1).fill("102");
    await button("Next").click();

    await heading("What do callers meet?").waitFor();
    await page.getByLabel("Clinic").check();
    await page.getByLabel("Something else: the usual short menu").check();
    await button("Next").click();

    await heading("Your line").waitFor();
    await button("Set up").click();
    await page.getByText("Choose what kind of line it is, or “Later” above").waitFor();
    await page.locator("[data-preset=provider]").click();
    await fill({ Server: "no-such-company.invalid", User: "322112233", Password: "secret" });
    await button("Test").click();
    await page.getByText("The line does not work so").waitFor();
    await page.locator("[data-code=no-such-name], [data-code=name-server-silent]").waitFor();
    await page.getByLabel("Later").check();
    await button("Set up").click();

    await heading("Ready. Now the phones").waitFor();
    expect(await page.getByTestId("phone-card").count()).toBe(2);
    await registered(await typedInto(1));
    maia = await registered(await typedInto(0));

    await button("Noted; now a test call").click();
    await heading("A test call").waitFor();
    await button("Leave it out for now; open the panel").click();
    await heading("Today").waitFor();
    await page.getByTestId("lab-switch").waitFor();
    const people = page.getByTestId("presence").getByRole("listitem");
    await people.filter({ hasText: "Maia" }).getByText("Free").waitFor();
    await people.filter({ hasText: "Davit" }).getByText("Free").waitFor();
    await site.panel.post("/session", { login: LOGIN, password: PASSWORD });
  });

  test("somebody new is offered the next extension, and none that calls for help", async () => {
    await page.getByRole("link", { name: "Team" }).click();
    await page.getByRole("button", { name: "Add an operator" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Nana");
    const extension = dialog.getByLabel("Extension");
    expect(await extension.inputValue()).toBe("103");
    await extension.fill("112");
    await dialog.getByRole("button", { name: "Add" }).click();
    await dialog.getByText("An emergency number: choose another").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  test("the country stays when it would make somebody's extension an emergency number", async () => {
    await page.getByRole("link", { name: "Settings" }).first().click();
    await pickCountry("Mongolia");
    const form = page.locator("form").filter({ has: page.getByRole("combobox", { name: "Country" }) });
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByText("These extensions are emergency numbers in that country: 101, 102.").waitFor();
    expect(await site.panel.get("/settings")).toMatchObject({ country: "GE" });
  });

  test("what the owner publishes is what callers meet", async () => {
    await page.getByRole("link", { name: "Call flow" }).click();
    await page.getByRole("link", { name: "To the hours" }).click();
    await page.getByRole("switch", { name: "Always open" }).press("Space");
    await page.getByTestId("save-week").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved: it holds from now on.").waitFor();
    await page.getByTestId("hours-now").getByText("Open now", { exact: true }).waitFor();
    expect(await site.panel.get("/flow")).toMatchObject({ version: 1, hours: { alwaysOpen: true } });
  });

  test("a call is on the live board from the first second to the last, with who rings and who talks", async () => {
    await page.getByRole("link", { name: "Today" }).first().click();
    await page.getByText("No call at the moment").waitFor();

    number = site.newNumber();
    const caller = await site.callIn({ from: { number, name: CALLER_NAME } });
    await caller.until("talking");
    await page.getByTestId("live-call").filter({ hasText: CALLER_NAME }).waitFor();
    await caller.ear.hears(toneOf("greeting"));
    await liveCall("menu").waitFor();

    await caller.pressKey("1");
    await liveCall("ringing").filter({ hasText: "Maia, Davit" }).waitFor();
    const ringing = await maia.incoming.next();
    const presence = page.getByTestId("presence").getByRole("listitem").filter({ hasText: "Maia" });
    await presence.getByText("Ringing").waitFor();

    ringing.answer();
    await converse(caller, ringing);
    await liveCall("talking").filter({ hasText: "Maia (101)" }).filter({ hasText: "rec" }).waitFor();
    await presence.getByText("Talking").waitFor();

    // The call behind the figure is there while they talk.
    const answered = page.getByTestId("today-numbers").locator("div", { hasText: "Answered" });
    await answered.getByRole("link", { name: "1", exact: true }).click();
    await page.getByTestId("call-row").filter({ hasText: CALLER_NAME }).getByText("In progress").waitFor();
    await page.goBack();

    const sinceMs = caller.ear.nowMs;
    await until("they have talked for a while", () => caller.ear.nowMs - sinceMs > TALK_MS);
    await caller.hangUp();
    await page.getByText("No call at the moment").waitFor();
    await presence.getByText("Free").waitFor();
  });

  test("the log has the call, its course in words, and finds it by its number", async () => {
    await page.getByRole("link", { name: "Calls", exact: true }).first().click();
    const row = page.getByTestId("call-row").filter({ hasText: CALLER_NAME });
    await row.filter({ hasText: "Talked" }).filter({ hasText: "Maia" }).waitFor();

    const search = page.getByRole("searchbox").or(page.getByLabel("Search")).first();
    await search.fill("599 99 99 99");
    await page
      .getByText("Nothing matches")
      .or(page.getByRole("button", { name: "Clear" }).first())
      .first()
      .waitFor();
    await row.waitFor({ state: "detached" });
    await search.fill(number);
    await row.waitFor();
    await until("the search is in the address bar", () => page.url().includes(`q=${number}`));

    await row.click();
    const course = page.getByTestId("timeline");
    await course.waitFor();
    const entries = await course.getByRole("listitem").allInnerTexts();
    expect(entries.join("\n")).toMatch(/menu[\s\S]*Maia[\s\S]*hung up/i);
  });

  test("the recording is drawn and plays", async () => {
    await page.evaluate(() => {
      // The browser's own, called with the element that it belongs to.
      const own = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "play");
      const play = own?.value as (this: HTMLMediaElement) => Promise<void>;
      HTMLMediaElement.prototype.play = function rememberAndPlay(this: HTMLMediaElement) {
        Object.assign(window, { played: this });
        return play.call(this);
      };
    });
    const player = page.getByTestId("player");
    await player.waitFor();
    const waves = player.locator("canvas");
    await until("both halves of the recording are drawn", async () => {
      const drawn = await waves.evaluateAll(paintedColumns);
      return drawn.length >= 2 && drawn.every((columns) => columns > 20);
    });

    await player.getByRole("button", { name: "Play" }).click();
    await player.getByRole("button", { name: "Pause" }).waitFor();
    const state = await until("the recording has played for more than a second", async () => {
      const now = await page.evaluate(playedState);
      return now !== null && now.currentTime > 1 ? now : null;
    });
    expect(state.error).toBeNull();
    expect(state.duration).toBeGreaterThan(TALK_MS / 1_000);
    expect(state.decodedBytes).not.toBe(0);
    await until("the clock beside it goes too", async () =>
      /^0:0[1-9]/.test(await page.getByTestId("player-time").innerText()),
    );

    await page.keyboard.press("Escape");
    await page.waitForURL(/\/calls(\?|$)/);
  });

  test("a colleague who took no part in the talk is told who may hear it", async () => {
    const operators = await site.panel.get<{ operatorId: number; extension: string }[]>("/operators");
    const davit = operators.find(({ extension }) => extension === "102");
    await site.panel.patch(`/operators/${davit?.operatorId}`, { login: "davit", password: PASSWORD });
    const other = await browser.person();
    await signIn(other.page, "davit", PASSWORD);
    await other.page.getByRole("link", { name: "Calls", exact: true }).first().click();
    await other.page.getByTestId("call-row").filter({ hasText: CALLER_NAME }).click();
    await other.page.getByText("Only administrators and those who took part in the talk").waitFor();
    const detail = other.page.getByTestId("call-detail");
    expect(await detail.locator("audio").count()).toBe(0);
    expect(await detail.getByRole("link", { name: /^Download/ }).count()).toBe(0);
    await other.context.close();
  });

  test("a recording that is older than recordings are kept is said to be deleted, not missing", async () => {
    const db = connect({ to: site.databaseUrl ?? "" });
    await db.updateTable("recordings").set({ state: "missing", problem: "deleted", peaks: null }).execute();
    await db.destroy();
    await page.reload();
    const row = page.getByTestId("call-row").filter({ hasText: CALLER_NAME });
    await row.waitFor();
    expect(await row.getByRole("img", { name: /recording/i }).count()).toBe(0);
    await row.click();
    await page.getByText("The recording was deleted").waitFor();
    await page.keyboard.press("Escape");
  });

  test("nothing went wrong unseen", () => {
    expect(owner.troubles.filter((trouble) => !/status of 409/.test(trouble))).toEqual([]);
  });
});

/** Runs in the page: on each canvas, how many columns have anything on them. */
function paintedColumns(canvases: Element[]): number[] {
  return canvases.map((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0) return 0;
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    const columns = new Set<number>();
    for (let at = 3; at < pixels.length; at += 4) if ((pixels[at] ?? 0) > 0) columns.add(((at - 3) / 4) % width);
    return columns.size;
  });
}

/** Runs in the page: how far the sound is that was started last. */
function playedState() {
  const { played } = window as unknown as {
    played?: HTMLAudioElement & { webkitAudioDecodedByteCount?: number };
  };
  if (played === undefined) return null;
  const { currentTime, duration, error } = played;
  return { currentTime, duration, error: error?.message ?? null, decodedBytes: played.webkitAudioDecodedByteCount };
}
