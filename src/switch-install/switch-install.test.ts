import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { SwitchInstall } from "./switch-install.ts";

const TOKEN = "PT0123456789abcdef";

async function withPlaces(work: (install: SwitchInstall, dir: string) => Promise<void>): Promise<void> {
  await withTemporaryDir(async (dir) => {
    const [requests, state] = [join(dir, "requests"), join(dir, "state")];
    await mkdir(requests);
    await mkdir(state);
    await work(
      new SwitchInstall({ requests, state, program: join(dir, "freeswitch"), unfinished: join(dir, "unfinished") }),
      dir,
    );
  });
}
const says = async (dir: string, words: object) =>
  await writeFile(join(dir, "state/state.json"), JSON.stringify({ step: "asking", percent: 0, problem: "", ...words }));

test("the token lies in a file of its own that nobody else reads, until root has taken it", async () => {
  await withPlaces(async (install, dir) => {
    expect(await install.view()).toMatchObject({ state: "none" });
    // What an earlier try came to is over as soon as somebody asks again.
    await says(dir, { state: "failed", problem: "wrong-token" });
    expect(await install.view()).toMatchObject({ state: "failed", problem: "wrong-token" });
    expect(await install.ask(TOKEN)).toBe(true);
    const path = join(dir, "requests/token");
    expect(await readFile(path, "utf8")).toBe(`${TOKEN}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await install.view()).toMatchObject({ state: "running", step: "asking", problem: null });

    await rm(path);
    await says(dir, { state: "running", step: "fetching", percent: 42 });
    expect(await install.view()).toEqual({ state: "running", step: "fetching", percent: 42, problem: null });
  });
});

test("what is installed is installed, whatever was said before, and half a word says nothing", async () => {
  await withPlaces(async (install, dir) => {
    await writeFile(join(dir, "state/state.json"), '{"state":"runn');
    expect(await install.view()).toMatchObject({ state: "none" });
    await says(dir, { state: "failed", problem: "no-room" });
    await writeFile(join(dir, "freeswitch"), "");
    await chmod(join(dir, "freeswitch"), 0o755);
    expect(await install.view()).toMatchObject({ state: "done", problem: null });
  });
});

test("an installation that was cut off is not done, though the program is there, and is asked for again", async () => {
  await withPlaces(async (install, dir) => {
    await writeFile(join(dir, "freeswitch"), "");
    await chmod(join(dir, "freeswitch"), 0o755);
    await writeFile(join(dir, "unfinished"), "");
    // The power was cut: of what root said in memory nothing is left.
    expect(await install.view()).toMatchObject({ state: "none" });
    await says(dir, { state: "failed", problem: "no-internet" });
    expect(await install.view()).toMatchObject({ state: "failed", problem: "no-internet" });
    await rm(join(dir, "unfinished"));
    expect(await install.view()).toMatchObject({ state: "done" });
  });
});

test("where there is no box it is said so, and nothing is written", async () => {
  const install = new SwitchInstall(null);
  expect(await install.view()).toMatchObject({ state: "no-box" });
  expect(await install.ask(TOKEN)).toBe(false);
});
