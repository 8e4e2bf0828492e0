import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BareSwitch } from "../testing/bare-switch.ts";
import { performScenario, transcriptFile } from "../testing/perform-scenario.ts";
import { comparable, type Transcript } from "../testing/transcript.ts";
import { SCENARIOS } from "../testing/transcript-scenarios.ts";

const FOLDER = fileURLToPath(new URL("./transcripts", import.meta.url));

let bare: BareSwitch;
beforeAll(async () => {
  bare = await BareSwitch.open();
});
afterAll(() => bare.close());

test("each scenario has its transcript, recorded from FreeSWITCH", async () => {
  expect((await readdir(FOLDER)).sort()).toEqual(Object.keys(SCENARIOS).map(transcriptFile).sort());
});

test.each(Object.entries(SCENARIOS))("%s: the switch says what FreeSWITCH says", async (name, scenario) => {
  const recorded = JSON.parse(await readFile(join(FOLDER, transcriptFile(name)), "utf8")) as Transcript;
  expect(recorded.software).toContain("FreeSWITCH");
  const said = await performScenario(name, scenario, bare);
  expect(comparable(said)).toEqual(comparable(recorded));
});
