import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { generate, markerTone } from "../../lab/media/tones.ts";
import { encodeWav } from "../../lab/media/wav.ts";
import type { ScriptedPhone } from "../../lab/phone/phone.ts";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { Site, toneOf } from "../../testing/site.ts";
import { VoiceServer } from "../../testing/voice-server.ts";

/** One that hums stands on the desk, and whoever asks gets it. */
const MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** What callers hear: a voice of the owner's choice, earlier takes, and a recording by phone. */
let site: Site;
let voice: VoiceServer;
let browser: PanelBrowser;
let page: Page;
let troubles: string[];
let anna: ScriptedPhone;

beforeAll(async () => {
  voice = await VoiceServer.open();
  site = await Site.open({ operators: ["101"], lookUpsAllowed: [voice.host] });
  anna = await site.operator("101");
  browser = await PanelBrowser.open(site.daemon.origin, { args: MICROPHONE });
});
beforeEach(async () => {
  ({ page, troubles } = await browser.person());
  await signIn(page, "owner", "a long enough password");
  // Before it the panel asks whether somebody is signed in, which the browser logs as a 401.
  troubles.length = 0;
});
afterEach(async ({ task }) => {
  await keepPicture(task, page);
  await page.context().close();
  await site.untilQuiet();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await voice?.close();
});

const prompt = (name: string) => page.locator(`[data-testid=prompt][data-prompt="${name}"]`);

async function openPrompts(language: string): Promise<void> {
  await page.goto("/call-flow");
  await page.locator("[data-testid=prompts]").waitFor();
  await page.getByRole("radiogroup", { name: "Language of the texts" }).getByText(language).click();
}

const takesOf = (row: Locator) => row.getByTestId("prompt-takes").locator("li");

test("a language without a voice of ours is given a server: tried first, then all of it is spoken", async () => {
  await page.goto("/settings");
  const section = page.getByRole("region", { name: "The voice" });
  await section.getByText("Монгол").click();
  await section.getByRole("switch", { name: /^A server on the network/ }).press("Space");
  await section.getByLabel("Address").fill(voice.url);
  await section.getByLabel("Name of the voice").fill("altan");
  voice.way = "error";
  await section.getByRole("button", { name: "Try it" }).click();
  await section.getByText("The voice's server refused.").waitFor();
  voice.way = "well";
  await section.getByRole("button", { name: "Try it" }).click();
  await section.getByRole("button", { name: "Listen to the voice" }).waitFor();
  expect(voice.asked.at(-1)).toMatchObject({ language: "mn", voice: "altan" });
  expect(voice.asked.at(-1)?.text).toMatch(/^Сайн байна уу/);
  await section.getByLabel("Token").fill("s3cret");
  await section.getByRole("button", { name: "Save" }).click();
  await page.getByText("The voice is saved.").waitFor();
  await section.getByText("Empty: the token stays as it is").waitFor();
  await expect
    .poll(() => voice.asked.filter(({ authorization }) => authorization === "Bearer s3cret").length, {
      timeout: 60_000,
    })
    .toBeGreaterThan(30);
  await openPrompts("Монгол");
  await prompt("greeting").getByText("Machine voice").waitFor();
  expect(troubles.filter((trouble) => !trouble.includes("503"))).toEqual([]);
});

test("an earlier take is listed with what it came from, and is put back", async () => {
  await openPrompts("English");
  const row = prompt("goodbye");
  const sound = encodeWav({ sampleRate: 8_000, channels: [generate(markerTone(2), { ms: 1_500 })] });
  const file = { name: "goodbye.wav", mimeType: "audio/wav", buffer: Buffer.from(sound) };
  await row.locator("input[type=file]").setInputFiles(file);
  await page.getByText("Your recording is in use").first().waitFor();
  // Browsers tell of no file that is chosen already: who has changed it since and takes it again would wait for nothing.
  expect(await row.locator("input[type=file]").inputValue()).toBe("");
  await row.getByRole("button", { name: /^Earlier takes:/ }).click();
  await takesOf(row).nth(1).waitFor();
  expect(await takesOf(row).first().innerText()).toContain("Callers hear this one");
  await takesOf(row)
    .nth(1)
    .getByRole("button", { name: /^Use this one/ })
    .click();
  await page.getByText("The earlier take is in use again").waitFor();
  await takesOf(row).first().getByText("Callers hear this one").waitFor();
  expect(troubles).toEqual([]);
});

test("the microphone is open while somebody records and no longer, however often they pressed", async () => {
  await page.addInitScript(() => {
    const given: MediaStream[] = [];
    Object.assign(window, { given });
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wish) => {
      const stream = await ask(wish);
      given.push(stream);
      return stream;
    };
  });
  const open = async () =>
    await page.evaluate(() => {
      const { given } = window as unknown as { given: MediaStream[] };
      return given.flatMap((stream) => stream.getTracks()).filter(({ readyState }) => readyState === "live").length;
    });
  await openPrompts("English");
  const row = prompt("goodbye");
  // Twice, while the browser still asks whether it may.
  await row.getByRole("button", { name: /^Record: / }).evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await row.getByRole("button", { name: /^Stop/ }).getByText("0:01").waitFor();
  expect(await open()).toBe(1);
  await row.getByRole("button", { name: /^Stop/ }).click();
  await row.getByRole("button", { name: "Use it", exact: true }).waitFor();
  expect(await open()).toBe(0);
  expect(troubles).toEqual([]);
});

test("a prompt is recorded by the phone that is chosen, and the page says how far it is", async () => {
  await openPrompts("English");
  const row = prompt("closed");
  await row.getByRole("button", { name: /^Record by phone/ }).click();
  await page.getByRole("menuitem", { name: /101/ }).click();
  const call = await anna.incoming.next();
  await row.getByText("The phone rings.").waitFor();
  call.answer();
  await call.ear.hears(toneOf("record-invite"));
  // It sounds once, maybe before the page says so.
  const tone = call.ear.hears({ name: "1000 Hz", frequenciesHz: [1_000] }, { timeoutMs: 15_000 });
  await row.getByText("Speak after the tone").waitFor();
  await tone;
  call.sendMarkers(0);
  await expect.poll(() => call.rtpCounts.sent, { timeout: 10_000 }).toBeGreaterThan(150);
  await call.pressKey("#");
  call.say(null);
  await call.ear.hears(toneOf("record-choose"));
  await row.getByText("1 keeps it").waitFor();
  await call.pressKey("1");
  await call.until("ended");
  await row.getByText("It is kept, and callers hear it.").waitFor();
  await row.getByText(/^Your recording/).waitFor();
  expect(troubles).toEqual([]);
});
