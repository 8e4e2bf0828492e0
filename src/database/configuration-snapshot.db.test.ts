import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import { DEFAULT_FLOW } from "../flows/ivr/document.ts";
import { usualSimpleFlow } from "../flows/ivr/simple-flow.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { publishSimpleFlow } from "./call-flows.ts";
import { ConfigurationSnapshot } from "./configuration-snapshot.ts";
import { insertOperator } from "./operators.ts";
import type { Db } from "./schema.ts";
import { UNCONFIGURED, writeSiteSettings } from "./site-settings.ts";
import { insertTrunk, USUAL_TRUNK } from "./trunks.ts";

async function setUp(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await writeSiteSettings(tx, { ...UNCONFIGURED, firmName: "Shop", timeZone: "Asia/Tbilisi" });
    await insertOperator(tx, { name: "Nino", extension: "101", ha1: "a".repeat(32) });
    await insertTrunk(tx, {
      ...USUAL_TRUNK,
      ...{ codecs: ["PCMA"], sources: [] },
      name: "City",
      kind: "city",
      mode: "register",
      server: "sip.example",
      port: 5060,
      user: "u",
    });
    await publishSimpleFlow(tx, DEFAULT_FLOW, usualSimpleFlow(usualHours()), { by: null });
  });
}

async function withSnapshot(
  work: (around: { db: Db; file: string; open: () => ConfigurationSnapshot }) => Promise<void>,
) {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      const file = join(dir, "snapshot.json");
      await work({ db, file, open: () => new ConfigurationSnapshot({ db, file, log: keptLog() }) });
    });
  });
}

it("holds what routing needs, is told once a change, and outlives the daemon without the database", async () => {
  await withSnapshot(async ({ db, file, open }) => {
    const snapshot = open();
    await snapshot.readFile();
    expect(snapshot.current).toMatchObject({ isSetUp: false, operators: [], flow: { version: 0 } });
    const told: string[] = [];
    snapshot.onChange(({ site }) => told.push(site.firmName));
    await setUp(db);
    await Promise.all([snapshot.refresh(), snapshot.refresh()]);
    await snapshot.refresh();
    expect(told).toEqual(["Shop"]);
    expect(snapshot.current).toMatchObject({
      isSetUp: true,
      operators: [{ name: "Nino", extension: "101" }],
      trunks: [{ gateway: "trunk-1" }],
      flow: { id: "main", version: 1 },
    });
    // What a phone registers with is no part of it.
    expect(await readFile(file, "utf8")).not.toContain("a".repeat(32));
    const later = open();
    await later.readFile();
    expect(later.current).toEqual(snapshot.current);
  });
});

it("is not misled by a file that is cut, and a place that refuses it does not keep a change from taking effect", async () => {
  await withSnapshot(async ({ db, file, open }) => {
    await setUp(db);
    await open().refresh();
    await writeFile(file, (await readFile(file, "utf8")).slice(0, 200));
    const snapshot = open();
    await snapshot.readFile();
    expect(snapshot.current.isSetUp).toBe(false);
    await rm(file);
    await mkdir(join(file, "in the way"), { recursive: true });
    await snapshot.refresh();
    expect(snapshot.current.isSetUp).toBe(true);
    // The next change, or the same one again, is written when the place is free.
    await rm(file, { recursive: true });
    await snapshot.refresh();
    expect(await readFile(file, "utf8")).toContain("Asia/Tbilisi");
  });
});
