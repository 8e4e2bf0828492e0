import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SecretFiles } from "./secret-files.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "hotline-secrets-"));
});
afterEach(() => rm(dir, { recursive: true }));

it("keeps a secret readable by nobody else, also over what a cut left behind", async () => {
  const secrets = new SecretFiles(join(dir, "secrets"));
  expect(await secrets.read("trunk-1")).toBeNull();
  await secrets.write("trunk-1", "first");
  await writeFile(join(dir, "secrets", "trunk-1.new"), "half", { mode: 0o666 });
  await secrets.write("trunk-1", "pa$$ wörd\"<'>");
  expect(await secrets.read("trunk-1")).toBe("pa$$ wörd\"<'>");
  expect((await stat(join(dir, "secrets", "trunk-1"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir, "secrets"))).mode & 0o777).toBe(0o700);
  await secrets.remove("trunk-1");
  await secrets.remove("trunk-1");
  expect(await secrets.read("trunk-1")).toBeNull();
});

it("makes a long random secret once", async () => {
  const secrets = new SecretFiles(dir);
  const made = await secrets.readOrMake("event-socket");
  expect(made).toMatch(/^[0-9a-f]{64}$/);
  expect(await secrets.readOrMake("event-socket")).toBe(made);
});

it("takes no name that leads elsewhere", async () => {
  await expect(new SecretFiles(dir).write("../passwd", "x")).rejects.toThrow(RangeError);
});
