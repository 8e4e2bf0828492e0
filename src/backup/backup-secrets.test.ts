import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SecretFiles } from "../config/secret-files.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { backgroundOf } from "./background-program.ts";
import { BackupSecrets } from "./backup-secrets.ts";

/** What a server takes for the key's own: without the comment behind it. */
const fits = (publicKey: string) => publicKey.split(" ").slice(0, 2).join(" ");

async function withSecrets(
  work: (secrets: BackupSecrets, dir: string, ofPrivateKey: () => string) => Promise<void>,
): Promise<void> {
  await withTemporaryDir(async (path) => {
    const dir = join(path, "secrets");
    const secrets = new BackupSecrets(new SecretFiles(dir), dir, backgroundOf(null));
    const args = ["-y", "-f", secrets.sshKeyFile];
    await work(secrets, dir, () => fits(execFileSync("ssh-keygen", args, { encoding: "utf8" }).trim()));
  });
}

test("whoever asks for the key for SFTP while it is being made is told that one", async () => {
  await withSecrets(async (secrets, dir, ofPrivateKey) => {
    const told = await Promise.all(Array.from({ length: 6 }, async () => await secrets.sshPublicKey()));
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/^ssh-ed25519 [^ ]+ hotline-backup$/);
    expect(fits(told[0] ?? "")).toBe(ofPrivateKey());
    expect(await secrets.sshPublicKey()).toBe(told[0]);
    expect((await readdir(dir)).sort()).toEqual(["backup-ssh-key", "backup-ssh-key.pub"]);
  });
});

test("a power cut while the key for SFTP is made leaves one that can be told, and that is the box's own", async () => {
  await withSecrets(async (secrets, _dir, ofPrivateKey) => {
    const first = await secrets.sshPublicKey();
    const publicFile = `${secrets.sshKeyFile}.pub`;
    // What the private key says is what counts: the server has it by now.
    await rm(publicFile);
    expect(await secrets.sshPublicKey()).toBe(first);
    await writeFile(publicFile, "");
    expect(await secrets.sshPublicKey()).toBe(first);
    // One of which nothing came onto the disk is none.
    await writeFile(secrets.sshKeyFile, "");
    const second = await secrets.sshPublicKey();
    expect(second).not.toBe(first);
    expect(fits(second)).toBe(ofPrivateKey());
  });
});
