/**
 * Records src/freeswitch/transcripts from FreeSWITCH (FREESWITCH_BIN or PATH): what it answers and reports in each scenario. Run it when a
 * new version of FreeSWITCH is taken, and read the difference.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BareSwitch } from "../src/testing/bare-switch.ts";
import { performScenario, transcriptFile } from "../src/testing/perform-scenario.ts";
import { SCENARIOS } from "../src/testing/transcript-scenarios.ts";

process.env["HOTLINE_E2E_SWITCH"] = "freeswitch";
const folder = fileURLToPath(new URL("../src/freeswitch/transcripts", import.meta.url));
await mkdir(folder, { recursive: true });
const bare = await BareSwitch.open();
try {
  const files = new Set<string>();
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const transcript = await performScenario(name, scenario, bare);
    const file = transcriptFile(name);
    files.add(file);
    await writeFile(join(folder, file), `${JSON.stringify(transcript, null, 1)}\n`);
    console.log(`${name}: ${transcript.entries.length} entries`);
  }
  for (const file of await readdir(folder)) if (!files.has(file)) await rm(join(folder, file));
} finally {
  await bare.close();
}
