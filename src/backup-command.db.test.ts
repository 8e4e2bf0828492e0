import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { backgroundOf } from "./backup/background-program.ts";
import { BackupDesk } from "./backup/backup-desk.ts";
import { BackupSecrets } from "./backup/backup-secrets.ts";
import { USUAL_KEEP } from "./calls/backup.ts";
import { SecretFiles } from "./config/secret-files.ts";
import { keptLog } from "./testing/quiet-log.ts";
import { withTemporaryDir } from "./testing/temporary.ts";
import { withTestDatabase } from "./testing/test-database.ts";

const COMMAND = fileURLToPath(new URL("backup-command.ts", import.meta.url));

async function command(args: readonly string[], env: Record<string, string>) {
  const { PATH = "", HOME = "/" } = process.env;
  const options = { env: { PATH, HOME, ...env }, timeout: 50_000 };
  return await promisify(execFile)(process.execPath, ["--import", "tsx", COMMAND, ...args], options).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

test("on the machine itself: a backup by command, and its restoring into an empty database", async () => {
  await withTemporaryDir(async (root) => {
    const place = join(root, "backups");
    const secrets = new SecretFiles(join(root, "old", "secrets"));
    let password = "";
    await withTestDatabase(async ({ db, url }) => {
      const run = backgroundOf(null);
      const desk = new BackupDesk({
        ...{ db, databaseUrl: () => url, dataDir: join(root, "old"), version: "0.1.0", log: keptLog() },
        secrets: new BackupSecrets(secrets, join(root, "old", "secrets"), run),
        run,
        ...{ lastTimeOfDay: () => 0, onChange: () => undefined, onRestored: () => undefined, nowMs: () => Date.now() },
        ownNetworks: () => [],
      });
      await desk.open();
      const env = { HOTLINE_DATA_DIR: join(root, "old"), DATABASE_URL: url };
      expect(await command(["backup"], env)).toMatchObject({ code: 1, stderr: "no place for backups is chosen\n" });
      const made = await desk.configure(
        { target: { kind: "path", path: place }, at: "02:30", keep: USUAL_KEEP },
        { password: null, s3Key: null },
      );
      password = made.newPassword ?? "";
      await db
        .insertInto("operators")
        .values({ name: "Nino", extension: "101", sip_ha1: "0".repeat(32) })
        .execute();
      expect(await command(["backup"], env)).toMatchObject({ code: 0 });
      const listed = await command(["snapshots"], env);
      expect(listed.stdout).toMatch(/^20[0-9-]+T[0-9:.]+Z {2}\S+ {2}[0-9a-f]{64}\n$/);
    });
    await withTestDatabase(async ({ db, url }) => {
      const env = { HOTLINE_DATA_DIR: join(root, "new"), DATABASE_URL: url };
      expect(await command(["restore", place], env)).toMatchObject({ code: 2 });
      const wrong = await command(["restore", place], { ...env, HOTLINE_BACKUP_PASSWORD: "wrong" });
      expect(wrong.code).toBe(1);
      expect(await command(["restore", place], { ...env, HOTLINE_BACKUP_PASSWORD: password })).toMatchObject({
        code: 0,
      });
      expect(await db.selectFrom("operators").select("name").execute()).toEqual([{ name: "Nino" }]);
    });
  });
});
