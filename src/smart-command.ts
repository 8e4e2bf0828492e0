/**
 * Asks the disks how they are and leaves it where the daemon reads it, which may not ask them itself. For a timer, as root, once an hour:
 *   node --import tsx src/smart-command.ts [FILE]
 */
import { rename, writeFile } from "node:fs/promises";
import { askDisks, readSmartReport, SMART_REPORT } from "./health/program-readings.ts";

const [file = SMART_REPORT] = process.argv.slice(2);
const readings = await askDisks((await readSmartReport(file)) ?? []);
// No report at all: the page says what is missing.
if (readings !== "no-program") {
  await writeFile(`${file}.new`, JSON.stringify(readings === "no-disk" ? [] : readings), { mode: 0o644 });
  await rename(`${file}.new`, file);
}
