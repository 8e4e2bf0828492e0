import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { keepPicture, type OpenPage, PanelBrowser, signIn } from "../testing/browser.ts";
import { agrees, CallBackSite, talkLong } from "../testing/call-back-site.ts";
import { type Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** An operator works missed callers in the panel, from the missed call to the talk: one test leads to the next. */
const MESSAGE_MS = 4_000;
const RECORDED_MS = 90_000;

let firm: CallBackSite;
let site: Site;
let world: ScriptedPhone;
let ninosPhone: ScriptedPhone;
let browser: PanelBrowser;
let nino: OpenPage;
let page: Page;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101", "102"] });
  ({ site, world } = firm);
  ninosPhone = await site.operator("102");
  await firm.signIn("102", "nino");
  browser = await PanelBrowser.open(site.daemon.origin);
  nino = await browser.person();
  page = nino.page;
  await signIn(page, "nino", "a long enough password");
  // Before it, whether somebody is signed in was asked and denied.
  nino.troubles.length = 0;
  await page.getByRole("link", { name: "Missed" }).first().click();
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await firm?.close();
});

/** As the panel writes a Georgian mobile number. */
const spaced = (number: string) => number.replace(/^(\d{3})(\d{2})(\d{2})(\d{2})$/, "$1 $2 $3 $4");
const ticketRow = (number: string) => page.getByTestId("ticket").filter({ hasText: spaced(number) });
const detail = () => page.getByTestId("ticket-detail");
const tab = (name: string) => page.getByRole("tab", { name });
const actOn = (number: string, name: string) => page.getByRole("button", { name: `${name}: ${spaced(number)}` });
const chooseInMenu = async (number: string, item: string) => {
  await ticketRow(number)
    .getByRole("button", { name: `More actions for ${spaced(number)}` })
    .click();
  await page.getByRole("menuitem", { name: item }).click();
};

/** Waits for an operator for a moment, and gives up. */
async function givesUpWaiting(name: string): Promise<string> {
  const number = site.newNumber();
  const caller = await site.callIn({ from: { number, name } });
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  await caller.ear.hears(RINGBACK);
  const ringing = await ninosPhone.incoming.next();
  await caller.hangUp();
  await ringing.until("ended");
  return number;
}

describe("from the missed call to the talk", () => {
  let number = "";

  test("a caller who gives up is in the list at once, and first on Today", async () => {
    await page.getByText("Nobody waits for a call").waitFor();
    number = await givesUpWaiting("Giorgi");
    await ticketRow(number).getByText("Hung up while waiting for an operator").waitFor();
    await ticketRow(number).getByText("Automatic call-back is off").waitFor();
    await page.getByRole("link", { name: "Today" }).first().click();
    const first = page.getByTestId("attention").getByRole("listitem").first();
    await first.getByText("1 missed caller waits for a call").click();
    await ticketRow(number).waitFor();
  });

  test("the operator sees what is known, and takes the caller over", async () => {
    await ticketRow(number).getByRole("link").click();
    await detail().getByText("called once").waitFor();
    await detail().getByText("Not called back yet.").waitFor();
    expect(await detail().getByTestId("ticket-calls").getByRole("listitem").count()).toBe(1);
    await detail().getByRole("button", { name: "Take over" }).click();
    await detail().getByText("You have taken it over").waitFor();
    await page.keyboard.press("Escape");
    await ticketRow(number).getByText("You have taken it over").waitFor();
  });

  test("calls now: their own phone asks, the caller answers, they talk, and the caller is settled", async () => {
    await actOn(number, "Call now").click();
    await page.getByText(/^Your phone rings/).waitFor();
    const operator = await agrees(ninosPhone);
    const caller = await world.incoming.next();
    await ticketRow(number).getByText("Is being called at this moment").waitFor();
    expect(caller.invite.uri).toContain(number);
    caller.answer();
    await talkLong(operator, caller);
    await page.getByText("Nobody waits for a call").waitFor();
    await tab("Settled").click();
    await ticketRow(number).getByText("Reached and talked with").waitFor();
  });

  test("the talk is there to be heard", async () => {
    await ticketRow(number).getByRole("link").click();
    const attempts = detail().getByTestId("attempts").getByRole("listitem");
    await attempts.getByText("talked", { exact: true }).waitFor();
    await attempts.getByText("Operator 102").waitFor();
    await until(
      "it is recorded",
      async () => {
        const { calls } = await site.panel.get<{ calls: { hasRecording: boolean; direction: string }[] }>("/calls");
        return calls.some(({ hasRecording, direction }) => hasRecording && direction === "outbound");
      },
      RECORDED_MS,
    );
    await attempts.getByRole("link").click();
    await page.getByTestId("player").locator("canvas").first().waitFor({ timeout: RECORDED_MS });
    await page.getByTestId("player").getByRole("button", { name: "Play" }).click();
    await page.getByTestId("player").getByRole("button", { name: "Pause" }).waitFor();
  });

  test("it was a machine after all: opened again, nothing is forgotten", async () => {
    await page.goto("/missed?tab=closed");
    await actOn(number, "Reopen").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/Who answered\?$/).waitFor();
    await dialog.getByRole("button", { name: "An answering machine" }).click();
    await page.getByText(`${spaced(number)} waits for a call again.`).waitFor();
    await tab("To call back").click();
    await ticketRow(number)
      .getByText(/an answering machine answered/)
      .waitFor();
  });

  test("closed with a reason, taken back by Undo, and closed for good", async () => {
    for (const isMeant of [false, true]) {
      await chooseInMenu(number, "Close this entry");
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
      await dialog.getByText("Please fill this in").waitFor();
      await dialog.getByRole("button", { name: "Settled in another way" }).click();
      await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
      await page.getByText("Nobody waits for a call").waitFor();
      if (isMeant) break;
      await page.getByRole("button", { name: "Undo" }).click();
      await ticketRow(number).waitFor();
    }
    await tab("Settled").click();
    await ticketRow(number).getByText("Settled in another way").waitFor();
    await ticketRow(number)
      .getByText(/Operator 102/)
      .waitFor();
  });
});

describe("more that operators do", () => {
  test("a number is blocked, and that is undone: the caller is owed the call again", async () => {
    await tab("To call back").click();
    const number = await givesUpWaiting("Calls each night");
    await ticketRow(number).waitFor();
    await chooseInMenu(number, "Block the number");
    await page.getByRole("dialog").getByRole("button", { name: "Block the number" }).click();
    await ticketRow(number).waitFor({ state: "detached" });
    const notice = page.getByRole("alert").filter({ hasText: `${spaced(number)} is blocked.` });
    await notice.getByRole("button", { name: "Undo" }).click();
    await ticketRow(number).waitFor();
    expect(await site.panel.get("/blocked-numbers")).toEqual([]);
  });

  test("a message is heard where the caller waits, and marked; the caller stays until they are talked with", async () => {
    const hours = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
    await site.setFlow({ hours: { ...hours, alwaysOpen: false }, voicemail: { isEnabled: true } });
    const caller = await site.callIn();
    await caller.ear.hears(toneOf("leave-message"), { timeoutMs: 10_000 });
    await caller.pressKey("5");
    caller.sendMarkers(0);
    const sinceMs = caller.ear.nowMs;
    await until("they have spoken", () => caller.ear.nowMs - sinceMs > MESSAGE_MS);
    await caller.hangUp();
    await ticketRow(caller.number).getByText("Left a message").waitFor();
    await tab("Messages").click();
    const message = page.getByTestId("message").filter({ hasText: spaced(caller.number) });
    await message.getByText("New message").waitFor();
    await message.getByRole("button", { name: /^Listen/ }).click({ timeout: RECORDED_MS });
    await message.getByTestId("player").locator("canvas").first().waitFor();
    await message.getByRole("button", { name: /^Mark as heard/ }).click();
    await page.getByText("No new messages: all are heard.").waitFor();
    await message.getByText(/Heard: Operator 102/).waitFor();
    await tab("To call back").click();
    await ticketRow(caller.number).waitFor();
  });

  test("nothing went wrong unseen", () => {
    expect(nino.troubles).toEqual([]);
  });
});
