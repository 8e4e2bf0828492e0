/** Secrets of backups: the repository's password, the key of S3, the key for SFTP. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SecretFiles } from "../config/secret-files.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError, saysFull } from "./backup-error.ts";

const PASSWORD = "backup-password";
const S3_KEY = "backup-s3-key";
const SSH_KEY = "backup-ssh-key";
/** Without letters that are taken for others when written by hand (Crockford's base 32). */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

export class BackupSecrets {
  readonly #secrets: SecretFiles;
  readonly #dir: string;
  readonly #run: RunInBackground;
  #asked: Promise<unknown> = Promise.resolve();

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

  /** What the owner gives to the SFTP server; made at the first time. @throws BackupError when ssh-keygen is missing or cannot */
  async sshPublicKey(): Promise<string> {
    // One after the other: two that were made at once would leave the private half of one and the public half of the other.
    const key = this.#asked.then(async () => await this.#readSshKey());
    this.#asked = key.catch(() => undefined);
    return await key;
  }

  async #readSshKey(): Promise<string> {
    // Empty: the power failed while it was made.
    if (!(await this.#secrets.read(SSH_KEY))) await this.#makeSshKey();
    const publicFile = `${this.sshKeyFile}.pub`;
    const known = await readFile(publicFile, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
      throw error;
    });
    if (known.trim() !== "") return known.trim();
    const lines: string[] = [];
    await this.#keygen(["-y", "-f", this.sshKeyFile], (line) => lines.push(line));
    await writeFile(publicFile, `${lines.join("\n")}\n`, { mode: 0o600 });
    return lines.join("\n").trim();
  }

  /** The private half alone; it says what the public one is. */
  async #makeSshKey(): Promise<void> {
    const made = `${this.sshKeyFile}-made`;
    const clear = async () => {
      for (const file of [`${this.sshKeyFile}.pub`, made, `${made}.pub`]) await rm(file, { force: true });
    };
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await clear();
    await this.#keygen(["-q", "-t", "ed25519", "-N", "", "-C", "hotline-backup", "-f", made]);
    // ssh-keygen does not see to it that it is on the disk.
    await this.#secrets.write(SSH_KEY, await readFile(made, "utf8"));
    await clear();
  }

  async #keygen(args: readonly string[], onLine?: (line: string) => void): Promise<void> {
    const { code, stderr } = await this.#run("ssh-keygen", args, onLine === undefined ? {} : { onLine });
    if (code === 0) return;
    const why = saysFull(stderr) ? "no-room-here" : "failed";
    throw new BackupError(code === 127 ? "no-program" : why, `ssh-keygen: ${stderr}`);
  }
}

/** 120 bits in six groups of four letters. */
export function newPassword(): string {
  const letters = [...randomBytes(24)].map((byte) => LETTERS[byte % LETTERS.length] ?? "0");
  return letters.join("").replaceAll(/(.{4})(?=.)/g, "$1-");
}
