import { once } from "node:events";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { converse, Site, toneOf } from "../../testing/site.ts";
import { temporaryDir } from "../../testing/temporary.ts";

/** The owner's box dies; what was backed up to a USB disk comes back on a new one. One test leads to the next. */
const PASSWORD = "a long enough password";
const LONG = { timeout: 90_000 };
let old: Site;
let disk: { path: string; remove: () => Promise<void> };
let browser: PanelBrowser;
let page: Page;
let troubles: readonly string[];
let number: string;
let recordingId: string;
let recording: Buffer;
let backupPassword = "";

beforeAll(async () => {
  disk = await temporaryDir();
  old = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(old.daemon.origin);
  ({ page, troubles } = await browser.person({ viewport: { width: 390, height: 844 } }));
  const maia = await old.operator("101");
  const caller = await old.callIn();
  number = caller.number;
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  const ringing = await maia.incoming.next();
  ringing.answer();
  await converse(caller, ringing);
  await caller.hangUp();
  const { callId } = await old.logged(number, ({ recordings }) => recordings[0]?.state === "ready");
  const call = await old.panel.get<{ recordings: { recordingId: string }[] }>(`/calls/${callId}`);
  recordingId = call.recordings[0]?.recordingId ?? "";
  recording = Buffer.from(await (await old.panel.fetch(`/recordings/${recordingId}/audio`)).arrayBuffer());
  if (recording.subarray(0, 4).toString() !== "OggS") throw new Error("the recording is no Ogg file");
  await maia.close();
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await old?.close();
  await disk?.remove();
});

/** As on a box into which a disk was plugged: what was found is chosen in the place of typing it. */
async function chooseFound(path: string, folder: string): Promise<void> {
  await page.route(path, async (route) => await route.fulfill({ json: { folders: [folder] } }));
  const field = page.getByRole("combobox", { name: "Folder" });
  await field.click();
  await page.getByRole("option", { name: folder, exact: true }).click(LONG);
  expect(await field.inputValue()).toBe(folder);
  await page.unroute(path);
}
const button = (name: string) => page.getByRole("button", { name, exact: true });

test("health says that there is no backup; a place is chosen, and its password is shown once", async () => {
  await signIn(page, "owner", PASSWORD);
  await page.goto("/health");
  const row = page.locator("[data-check=backup]");
  await row.getByText("No place for backups is chosen.").waitFor();
  await row.getByText("What to do", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Backup", exact: true }).click();
  await page.getByRole("combobox", { name: "Folder" }).fill("backups");
  await button("Save").click();
  await page.getByText("A path such as", { exact: false }).waitFor();
  await chooseFound("**/api/backup/folders", join(disk.path, "backups"));
  await button("Save").click();
  backupPassword = await page.getByTestId("backup-password").innerText(LONG);
  expect(backupPassword).toMatch(/^([0-9a-z]{4}-){5}[0-9a-z]{4}$/);
  await button("I have written it down").click();
  await page.reload();
  await button("Back up now").waitFor();
  expect(await page.content()).not.toContain(backupPassword);
});

test("a backup is made by a touch, tried out, and listed", async () => {
  await button("Back up now").click();
  await page.locator("[data-kind=backup][data-good=true]").waitFor(LONG);
  await button("Try it out").click();
  await page.locator("[data-kind=drill][data-good=true]").waitFor(LONG);
  await page.getByText("1 of 1 recordings are as they should be", { exact: false }).waitFor();
  await button("List them").click();
  await expect.poll(() => page.getByTestId("snapshots").locator("li").count(), { timeout: 30_000 }).toBe(1);
  await page.goto("/health");
  await page.locator("[data-check=backup][data-state=ok]").waitFor(LONG);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  expect(troubles.filter((trouble) => !/status of (401|409|422)/.test(trouble))).toEqual([]);
});

/** Bringing it back may take an hour: whoever opens the page meanwhile sees how it goes, and how it ended. */
async function showsWhatIsUnderWay(): Promise<void> {
  const path = "**/api/restore";
  let answer: object = { running: { phase: "files", percent: null }, last: null };
  await page.route(path, async (route) => await route.fulfill({ json: answer }));
  await page.goto("/");
  await page.getByTestId("restore-progress").waitFor();
  answer = { running: null, last: { isGood: false, problem: "target-away" } };
  await page.getByRole("alert").getByText("The place for backups is not reached.").waitFor();
  await page.unroute(path);
}

test("on a new box everything comes back: the log, the recording, the sign-in, and the phones' passwords", async () => {
  const box = await Site.openBare({ database: "private" });
  const other = await PanelBrowser.open(box.daemon.origin);
  try {
    await box.daemon.start();
    await box.untilConnected();
    const owner = await other.person({ viewport: { width: 390, height: 844 } });
    page = owner.page;
    await showsWhatIsUnderWay();
    await page.goto("/");
    await button("I have a backup of my hotline").click();
    await chooseFound("**/api/restore/folders", join(disk.path, "backups"));
    await page.getByLabel("Password of the backups").fill("not this one");
    await button("Look for backups").click();
    await page.getByText("The backups there have another password.", { exact: false }).waitFor(LONG);
    await page.getByLabel("Password of the backups").fill(backupPassword);
    await button("Look for backups").click();
    await page.getByLabel("Which one?").waitFor(LONG);
    const ended = once(box.daemon.process, "exit", { signal: AbortSignal.timeout(90_000) });
    await button("Bring it back").click();
    await page.getByText("It is back.", { exact: false }).waitFor(LONG);
    expect((await ended)[0]).toBe(75);
    await box.daemon.start();
    await box.untilConnected();

    await page.goto("/");
    await signIn(page, "owner", PASSWORD);
    await page.goto(`/calls?q=${number}`);
    await page.getByTestId("call-row").first().waitFor();
    const sound = await page.request.get(`/api/recordings/${recordingId}/audio`);
    expect(sound.status()).toBe(200);
    expect((await sound.body()).equals(recording)).toBe(true);
    const [settings] = old.phones;
    const phone = await box.phone(settings?.sipUser ?? "", settings?.sipPassword ?? "");
    await phone.register();
    // Nobody else brings another firm's backup in.
    const again = await box.panel.fetch("/restore/snapshots", { method: "POST", body: "{}" });
    expect(again.status).toBe(409);
  } finally {
    await other.close();
    await box.close();
  }
});
