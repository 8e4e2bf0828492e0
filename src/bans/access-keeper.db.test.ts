import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeAccessSettings } from "../database/bans.ts";
import type { Db } from "../database/schema.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { AccessKeeper } from "./access-keeper.ts";

const OFFICE = "192.168.1.0/24";
const CHOSEN = { local: [OFFICE], panel: ["203.0.113.7"], phones: [] };

interface Machine {
  keeper: AccessKeeper;
  /** Another life of the daemon. */
  again: () => AccessKeeper;
  world: { own: string[] };
  file: () => Promise<string>;
  db: Db;
}

async function withMachine(work: (machine: Machine) => Promise<void>): Promise<void> {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      const world = { own: ["192.168.1.5/24"] };
      await writeFile(join(dir, "local-networks"), "# usual\n10.0.0.0/8\n192.168.0.0/16\n");
      const again = () =>
        new AccessKeeper({
          ...{ db, file: join(dir, "access"), firewallStateDir: join(dir, "state") },
          localNetworksFile: join(dir, "local-networks"),
          ...{ trunkSources: () => [], ownNetworks: () => world.own },
        });
      const file = async () => await readFile(join(dir, "access"), "utf8");
      await work({ keeper: again(), again, world, file, db });
    });
  });
}

test("whoever moves the box is not locked out by the networks of the old place", async () => {
  await withMachine(async ({ keeper, world, file, db }) => {
    await writeAccessSettings(db, CHOSEN);
    await keeper.load();
    expect(await file()).toBe(`local ${OFFICE}\npanel 203.0.113.7\n`);
    world.own = ["192.168.0.5/24", "203.0.113.9/24"];
    await keeper.lookAtNetworks();
    expect(await file()).toBe(`local ${OFFICE}\npanel 203.0.113.7\nown 192.168.0.0/24\n`);
    expect(keeper.letIn).toEqual(["192.168.0.0/24"]);
    // No cable, and back in the old place.
    world.own = [];
    await keeper.lookAtNetworks();
    expect(keeper.letIn).toEqual([]);
    world.own = ["192.168.1.5/24"];
    await keeper.lookAtNetworks();
    expect(await file()).toBe(`local ${OFFICE}\npanel 203.0.113.7\n`);
    // What the owner says anew counts at once.
    world.own = ["10.0.0.5/24"];
    await keeper.lookAtNetworks();
    await keeper.change({ ...CHOSEN, local: ["10.0.0.0/25"] });
    expect(await file()).toBe("local 10.0.0.0/25\npanel 203.0.113.7\n");
    await keeper.change({ ...CHOSEN, local: null });
    expect(await file()).toBe("panel 203.0.113.7\n");
  });
});

test("in another place it does so too while the database does not answer, and forgets nothing", async () => {
  await withMachine(async ({ keeper, again, world, file, db }) => {
    await keeper.lookAtNetworks();
    await expect(file()).rejects.toThrow("ENOENT");
    await keeper.change(CHOSEN);
    world.own = ["10.0.0.5/24"];
    const early = again();
    await early.lookAtNetworks();
    const moved = `local ${OFFICE}\npanel 203.0.113.7\nown 10.0.0.0/24\n`;
    expect(await file()).toBe(moved);
    world.own = ["10.1.0.5/24"];
    const later = again();
    await later.lookAtNetworks();
    expect(await file()).toBe(moved.replace("10.0.0.0", "10.1.0.0"));
    await writeAccessSettings(db, { ...CHOSEN, panel: [] });
    await later.load();
    expect(await file()).toBe(`local ${OFFICE}\nown 10.1.0.0/24\n`);
  });
});
