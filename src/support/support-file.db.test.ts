import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { callId } from "../calls/ids.ts";
import { SecretFiles } from "../config/secret-files.ts";
import { connect } from "../database/connect.ts";
import type { Db } from "../database/schema.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { LogTail } from "./log-tail.ts";
import { makeSupportFile } from "./support-file.ts";

const NAMES = ["Nino Beridze", "გიორგი კაპანაძე", "Tbilisi Water Service", "nino.b"];
const NUMBERS = ["599112233", "+995 599 11 22 33", "0322 11 22 33", "995322445566"];
const SECRETS = ["line-password-77", "smtp hunter2!", "event-socket-0a1b", "hunter-of-urls", "panel-of-prometheus"];
const HA1 = "9e107d9d372bb6826bd81d3542a419d6";
const EVERYTHING = [...NAMES, ...NUMBERS, ...SECRETS, HA1];

/** What a log of a bad day holds. */
const LOG = [
  "2026-11-22 10:00:00.123456 98.10% [NOTICE] switch_channel.c:1123 New Channel sofia/internal/599112233@192.0.2.7",
  `2026-11-22 10:00:01.000000 [DEBUG] caller "Nino Beridze" <+995 599 11 22 33> for 0322 11 22 33`,
  `2026-11-22 10:00:02.000000 [ERR] gateway password line-password-77, digest ${HA1}, db postgresql://shop:hunter-of-urls@db/x`,
  "2026-11-22 10:00:03.000000 [INFO] გიორგი კაპანაძე 995322445566 event-socket-0a1b smtp hunter2! panel-of-prometheus",
].join("\n");

async function plant(db: Db, dataDir: string): Promise<void> {
  const secrets = new SecretFiles(join(dataDir, "secrets"));
  await secrets.write("trunk-1", "line-password-77");
  await secrets.write("smtp-password", "smtp hunter2!");
  await secrets.write("metrics-token", "panel-of-prometheus\n");
  await mkdir(join(dataDir, "freeswitch", "log"), { recursive: true });
  await writeFile(join(dataDir, "freeswitch", "event-socket-secret"), "event-socket-0a1b");
  await writeFile(join(dataDir, "freeswitch", "log", "freeswitch.log"), LOG);
  await db.insertInto("operators").values({ name: "Nino Beridze", extension: "101", sip_ha1: HA1 }).execute();
  await db
    .insertInto("users")
    .values({
      login: "nino.b",
      name: "Nino Beridze",
      password_hash: "hash",
      role: "admin",
      language: "ka",
      operator_id: null,
    })
    .execute();
  await db
    .insertInto("site_settings")
    .values({ key: "firmName", value: JSON.stringify("Tbilisi Water Service") })
    .execute();
  await db
    .insertInto("calls")
    .values({
      ...{ id: callId(randomUUID()), direction: "inbound", started_at: new Date(), caller_number: "599112233" },
      ...{ caller_name: "გიორგი კაპანაძე", dialled: "0322112233" },
    })
    .execute();
  await db
    .insertInto("trunks")
    .values({
      name: "City",
      kind: "city",
      mode: "register",
      server: "sip.example.ge",
      port: 5060,
      sip_user: "995322445566",
    })
    .execute();
}

async function contents(archive: Uint8Array, dir: string): Promise<Map<string, string>> {
  const path = join(dir, "support.tar.gz");
  await writeFile(path, archive);
  await promisify(execFile)("tar", ["-xzf", path, "-C", dir]);
  const entries = await readdir(join(dir, "hotline-support"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [file.slice(dir.length), await readFile(file, "utf8")] as const)),
  );
}

function partsFor(db: Db, dataDir: string) {
  const tail = new LogTail(3);
  for (const text of ["forgotten", LOG, "caller Nino Beridze", "the last line"]) tail.write(`${text}\n`);
  return {
    ...{ db, dataDir, version: "0.1.0", configuration: { httpPort: 8080 }, secrets: ["hunter-of-urls"] },
    ...{ checks: () => [], state: () => ({ note: "599112233" }), daemonLog: () => tail.text() },
  };
}

test("nothing that was planted is in it: no secret, no name, no number; what helps is", async () => {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dataDir) => {
      await plant(db, dataDir);
      const files = await contents(await makeSupportFile(partsFor(db, dataDir)), dataDir);
      for (const [file, text] of files)
        for (const planted of EVERYTHING)
          expect(text.toLowerCase().includes(planted.toLowerCase()), `${planted} in ${file}`).toBe(false);
      const text = (name: string) => files.get(`/hotline-support/${name}`) ?? "";
      expect(text("logs/freeswitch.log")).toContain("2026-11-22 10:00:00.123456 98.10% [NOTICE] switch_channel.c:1123");
      expect(text("logs/daemon.log")).toContain("the last line");
      expect(text("logs/daemon.log")).not.toContain("forgotten");
      expect(text("database.json")).toContain("sip.example.ge");
      expect(text("about.json")).toContain('"version": "0.1.0"');
      // Sizes of the machine are no phone numbers.
      expect(text("about.json")).toMatch(/"memoryBytes": [0-9]{8,}/);
      // Nothing is left lying about.
      expect(await readdir(join(dataDir, "support"))).toEqual([]);
    });
  });
});

test("while the database is away it is made all the same, without the log that holds names", async () => {
  await withTemporaryDir(async (dataDir) => {
    await mkdir(join(dataDir, "freeswitch", "log"), { recursive: true });
    await writeFile(join(dataDir, "freeswitch", "log", "freeswitch.log"), LOG);
    const db = connect({ to: () => null });
    const files = await contents(await makeSupportFile(partsFor(db, dataDir)), dataDir);
    expect(files.get("/hotline-support/logs/freeswitch.log")).toContain("left out");
    expect(files.get("/hotline-support/database.json")).toContain("away");
  });
});
