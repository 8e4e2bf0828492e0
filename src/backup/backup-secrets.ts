/** Secrets of backups: the repository's password, the key of S3, the key for SFTP. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SecretFiles } from "../config/secret-files.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError } from "./backup-error.ts";

const PASSWORD = "backup-password";
const S3_KEY = "backup-s3-key";
const SSH_KEY = "backup-ssh-key";
/** Without letters that are taken for others when written by hand (Crockford's base 32). */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

export class BackupSecrets {
  readonly #secrets: SecretFiles;
  readonly #dir: string;
  readonly #run: RunInBackground;

  /** @param dir of the secret files */
  constructor(secrets: SecretFiles, dir: string, run: RunInBackground) {
    this.#secrets = secrets;
    this.#dir = dir;
    this.#run = run;
  }

  get sshKeyFile(): string {
    return join(this.#dir, SSH_KEY);
  }

  async password(): Promise<string | null> {
    return await this.#secrets.read(PASSWORD);
  }

  async keepPassword(password: string): Promise<void> {
    await this.#secrets.write(PASSWORD, password);
  }

  async s3Key(): Promise<string | null> {
    return await this.#secrets.read(S3_KEY);
  }

  async keepS3Key(key: string): Promise<void> {
    await this.#secrets.write(S3_KEY, key);
  }

  /** What the owner gives to the SFTP server; made at the first time. @throws BackupError when ssh-keygen is missing */
  async sshPublicKey(): Promise<string> {
    if ((await this.#secrets.read(SSH_KEY)) === null) {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      await rm(`${this.sshKeyFile}.pub`, { force: true });
      const args = ["-q", "-t", "ed25519", "-N", "", "-C", "hotline-backup", "-f", this.sshKeyFile];
      const { code, stderr } = await this.#run("ssh-keygen", args);
      if (code !== 0) throw new BackupError("no-program", `ssh-keygen: ${stderr}`);
    }
    return (await readFile(`${this.sshKeyFile}.pub`, "utf8")).trim();
  }
}

/** 120 bits in six groups of four letters. */
export function newPassword(): string {
  const letters = [...randomBytes(24)].map((byte) => LETTERS[byte % LETTERS.length] ?? "0");
  return letters.join("").replaceAll(/(.{4})(?=.)/g, "$1-");
}
