import { expect, test } from "vitest";
import type { BackupProblem } from "../calls/backup.ts";
import { SETUP, withApi, withEmptyApi } from "../testing/test-api.ts";
import type { BackupOffice } from "./ports.ts";

class Refusal extends Error {
  readonly problem: BackupProblem;
  constructor(problem: BackupProblem) {
    super(problem);
    this.problem = problem;
  }
}

function office(changes: Partial<BackupOffice>): BackupOffice {
  return {
    ...{ settings: null, running: null, runs: [], lastRestore: null },
    configure: () => Promise.resolve({ newPassword: "abcd-efgh" }),
    begin: () => true,
    cancel: () => undefined,
    isOnSameDisk: () => Promise.resolve(false),
    folders: () => Promise.resolve(["/media/BLUE/hotline"]),
    snapshots: () => Promise.resolve([]),
    beginRestore: () => true,
    sshPublicKey: () => Promise.resolve("ssh-ed25519 AAAA hotline"),
    problemOf: (error) => (error instanceof Refusal ? error.problem : null),
    ...changes,
  };
}

const path = {
  target: { kind: "path", path: "/media/backup" },
  at: "02:30",
  keep: { daily: 7, weekly: 4, monthly: 6 },
};
const sftp = { kind: "sftp", host: "nas.local", port: 22, user: "backup", path: "hotline" };

test("a place is chosen by the admin alone; its new password is in that one answer", async () => {
  await withApi(
    async (api) => {
      expect(await api.panel.put("/backup", path)).toMatchObject({ newPassword: "abcd-efgh" });
      expect(JSON.stringify(await api.panel.get("/backup"))).not.toContain("abcd-efgh");
      expect(await api.panel.get("/backup/folders")).toEqual({ folders: ["/media/BLUE/hotline"] });
      for (const path of ["/backup", "/backup/folders"]) expect((await api.newPanel().fetch(path)).status).toBe(401);
      expect((await api.newPanel().fetch("/support-file")).status).toBe(401);
    },
    { backup: office({}) },
  );
});

test("what the target refuses comes as a word that the panel explains", async () => {
  await withApi(
    async (api) => {
      await expect(api.panel.put("/backup", path)).rejects.toThrow("backup-target-full");
      await expect(api.panel.post("/backup/run", { kind: "backup" })).rejects.toThrow("backup-no-repository");
    },
    { backup: office({ configure: () => Promise.reject(new Refusal("target-full")) }) },
  );
});

test.each([
  [{ kind: "path", path: "relative" }],
  [{ kind: "path", path: '/media/"; rm' }],
  [{ kind: "path", path: "/media/$(reboot)" }],
  [{ ...sftp, host: "-oProxyCommand=reboot" }],
  [{ ...sftp, host: "nas local" }],
  [{ ...sftp, user: "-l" }],
  [{ ...sftp, user: "a b" }],
  [{ ...sftp, path: "a b'c" }],
  [{ ...sftp, port: 0 }],
  [{ kind: "s3", endpoint: "file:///etc", bucket: "hotline", prefix: "", keyId: "k" }],
  [{ kind: "s3", endpoint: "https://u:p@s3.example.com", bucket: "hotline", prefix: "", keyId: "k" }],
  [{ kind: "s3", endpoint: "https://s3.example.com", bucket: "../x", prefix: "", keyId: "k" }],
])("a target that would reach a command line as something else is refused: %j", async (target) => {
  await withApi(
    async (api) => {
      await expect(api.panel.put("/backup", { ...path, target })).rejects.toThrow("422");
    },
    { backup: office({ configure: () => Promise.reject(new Error("must not be asked")) }) },
  );
});

test("a backup is brought back only before anybody is set up", async () => {
  const place = { target: path.target, password: "abcd" };
  await withEmptyApi(
    async (api) => {
      expect(await api.panel.post("/restore/folders")).toEqual({ folders: ["/media/BLUE/hotline"] });
      expect(await api.panel.post("/restore/snapshots", place)).toEqual({ snapshots: [] });
      expect(await api.panel.post("/restore", { ...place, snapshotId: "a".repeat(64) })).toEqual({ isBegun: true });
      await api.panel.post("/setup", SETUP);
      await expect(api.panel.post("/restore/snapshots", place)).rejects.toThrow("already-set-up");
      await expect(api.panel.post("/restore", { ...place, snapshotId: "a".repeat(64) })).rejects.toThrow(
        "already-set-up",
      );
      for (const path of ["/restore/ssh-key", "/restore/folders"])
        await expect(api.panel.post(path)).rejects.toThrow("already-set-up");
    },
    { backup: office({}) },
  );
});

test("checks of the box are for the admin, and what is amiss is on Today", async () => {
  await withApi(async (api) => {
    api.box.checks = [
      { check: "smart", state: "broken", reason: "failing", params: { device: "/dev/sda" }, sinceMs: 0 },
      { check: "clock", state: "look", reason: "alone", params: {}, sinceMs: 0 },
      { check: "trunks", state: "broken", reason: "all-down", params: {}, sinceMs: 0 },
    ];
    expect(await api.panel.get("/health")).toMatchObject({
      checks: [{ check: "smart", state: "broken", since: "1970-01-01T00:00:00.000Z" }, {}, {}],
    });
    const { attention } = await api.panel.get<{ attention: { kind: string; params: object }[] }>("/today");
    expect(attention.filter(({ kind }) => kind === "health").map(({ params }) => params)).toEqual([
      { check: "smart", state: "broken" },
      { check: "clock", state: "look" },
    ]);
    expect((await api.newPanel().fetch("/health")).status).toBe(401);
  });
});
