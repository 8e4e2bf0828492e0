import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { SecurityUpdates } from "./security-updates.ts";

test("what the night left is told, the owner's word is kept, and where there is no box it is said so", async () => {
  await withTemporaryDir(async (dir) => {
    const state = join(dir, "root/state.json");
    const updates = new SecurityUpdates(dir, state);
    expect(await updates.view()).toMatchObject({ isBox: false, lastRunAt: null, outcome: null, mayReboot: false });

    await mkdir(join(dir, "root"));
    expect(await updates.view()).toMatchObject({ isBox: true, lastRunAt: null, installed: 0 });
    // As the script writes it.
    await writeFile(
      state,
      '{"lastRunAt":"2026-11-22T02:10:03Z","outcome":"done","problem":"","installed":"12","waitingSwitch":"1.12.0-1","postponedAt":"","restartWaits":true,"needsReboot":false}\n',
    );
    expect(await updates.view()).toEqual({
      ...{ isBox: true, lastRunAt: "2026-11-22T02:10:03Z", outcome: "done", problem: null, installed: 12 },
      ...{ waitingSwitch: "1.12.0-1", postponedAt: null, restartWaits: true, needsReboot: false, mayReboot: false },
    });

    await updates.allowReboot(true);
    expect((await updates.view()).mayReboot).toBe(true);
    // The script looks for this word.
    expect(await readFile(join(dir, "security-updates.json"), "utf8")).toMatch(/"mayReboot":\s*true/);
    await updates.allowReboot(false);
    expect((await updates.view()).mayReboot).toBe(false);

    await writeFile(state, '{"lastRunAt":"20');
    expect(await updates.view()).toMatchObject({ isBox: true, lastRunAt: null, outcome: null });
  });
});
