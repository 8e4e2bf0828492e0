/** Puts the figures into README, between two markers. */
import { readFile, writeFile } from "node:fs/promises";

const BEGIN = "<!-- bench: written by make bench BENCH=--readme -->";
const END = "<!-- /bench -->";

/** @throws Error when the file does not have both markers, in their order */
export async function replaceInFile(path: string, text: string): Promise<void> {
  const before = await readFile(path, "utf8");
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path} has no ${BEGIN} ... ${END}`);
  await writeFile(path, `${before.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${before.slice(end)}`);
}
