/**
 * The old system after a new one that failed, as the user hotline, before the daemon is started: the database as it was before the update, if the
 * new system has changed its form. What it held meanwhile is kept beside. Cut off at any moment it can be run again. Usage: bring-back.js
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { backgroundOf } from "./backup/background-program.ts";
import { dumpDatabase, listMigrations, loadDatabase } from "./backup/database-dump.ts";
import { readConfig } from "./config/config.ts";
import { connect } from "./database/connect.ts";
import type { Db } from "./database/schema.ts";
import { needsCopyBack } from "./flows/updates/judge-update.ts";
import { COPY, COPY_FACTS, CopyFacts, readJson, UPDATE_FOLDER } from "./updates/update-record.ts";

/** What the new system wrote into the database; nobody but support looks at it. */
const LEFT = "after.dump";
const UNFINISHED = `${LEFT}.new`;
const WORK = "work";

const { dataDir, databaseUrl } = readConfig(process.env);
const folder = join(dataDir, UPDATE_FOLDER);
const run = backgroundOf(null);
const say = (what: string) => process.stderr.write(`${what}\n`);

const forget = async (name: string) => await rm(join(folder, name), { recursive: true, force: true });

/** As far as that goes: the old system does not stay without its database for it. */
async function keepAside(db: Db, url: string): Promise<void> {
  try {
    await forget(LEFT);
    await dumpDatabase({ db, url, run }, join(folder, UNFINISHED));
    await rename(join(folder, UNFINISHED), join(folder, LEFT));
  } catch (error) {
    say(`what the new system wrote is not kept: ${String(error)}`);
    await forget(UNFINISHED);
  }
}

/** In one transaction: the whole or nothing. */
async function load(url: string): Promise<void> {
  const work = join(folder, WORK);
  await mkdir(work, { recursive: true, mode: 0o700 });
  try {
    await loadDatabase({ url, run }, join(folder, COPY), work);
  } finally {
    await forget(WORK);
  }
}

const before = await readJson(join(folder, COPY_FACTS), CopyFacts);
if (before === null || databaseUrl === null) {
  say("there is no copy from before the update; the database stays as it is");
} else {
  const db = connect({ to: databaseUrl, onIdleError: () => undefined });
  try {
    const now = await listMigrations(db);
    if (needsCopyBack(before.migrations, now)) {
      await forget(WORK);
      await keepAside(db, databaseUrl);
      await load(databaseUrl).catch(async (error: unknown) => {
        say(`${String(error)}; again, with more room`);
        await forget(LEFT);
        await load(databaseUrl);
      });
      say("the database is as it was before the update");
    } else say("the new system has not changed the database's form; it stays as it is");
  } finally {
    await db.destroy();
  }
}
