import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Secrets that must be known in clear (trunk passwords, the event socket's): one file each, readable by us alone. They are not in the
 * database, whose dumps travel.
 */
export class SecretFiles {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Null when there is none. */
  async read(name: string): Promise<string | null> {
    try {
      return await readFile(this.#path(name), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    }
  }

  /** On disk, whole, or not at all. */
  async write(name: string, secret: string): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await chmod(this.#dir, 0o700);
    const beside = `${this.#path(name)}.new`;
    await rm(beside, { force: true });
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(secret);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#path(name));
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  /** The secret, made of 32 random bytes at the first time. Letters and digits only, so that it needs no quoting anywhere. */
  async readOrMake(name: string): Promise<string> {
    const found = await this.read(name);
    if (found) return found;
    const made = randomBytes(32).toString("hex");
    await this.write(name, made);
    return made;
  }

  #path(name: string): string {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
      throw new RangeError("a secret's name has small letters, digits and dashes");
    return join(this.#dir, name);
  }
}
