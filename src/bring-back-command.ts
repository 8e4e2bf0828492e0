/**
 * The old system after a new one that failed, as the user hotline, before the daemon is started: the database as it was before the update, if the
 * new system has changed its form. What it held meanwhile is kept beside. Usage: bring-back.js
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { dumpDatabase, listMigrations, loadDatabase } from "./backup/database-dump.ts";
import { readConfig } from "./config/config.ts";
import { connect } from "./database/connect.ts";
import { needsCopyBack } from "./flows/updates/judge-update.ts";
import { COPY, COPY_FACTS, CopyFacts, readJson, UPDATE_FOLDER } from "./updates/update-record.ts";

/** What the new system wrote into the database; nobody but support looks at it. */
const LEFT = "after.dump";

const { dataDir, databaseUrl } = readConfig(process.env);
const folder = join(dataDir, UPDATE_FOLDER);
const say = (what: string) => process.stderr.write(`${what}\n`);
const before = await readJson(join(folder, COPY_FACTS), CopyFacts);
if (before === null || databaseUrl === null) {
  say("there is no copy from before the update; the database stays as it is");
} else {
  const db = connect({ to: databaseUrl, onIdleError: () => undefined });
  try {
    const now = await listMigrations(db);
    if (needsCopyBack(before.migrations, now)) {
      const work = join(folder, "work");
      await mkdir(work, { recursive: true, mode: 0o700 });
      await rm(join(folder, LEFT), { force: true });
      await dumpDatabase(db, databaseUrl, join(folder, LEFT));
      await loadDatabase(databaseUrl, join(folder, COPY), work);
      await rm(work, { recursive: true, force: true });
      say("the database is as it was before the update");
    } else say("the new system has not changed the database's form; it stays as it is");
  } finally {
    await db.destroy();
  }
}
