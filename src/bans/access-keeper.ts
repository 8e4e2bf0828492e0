/** Who reaches which service: what the owner chose, and the file by which the firewall is told. */
import type { AccessSettings } from "../calls/ban.ts";
import { USUAL_ACCESS } from "../calls/ban.ts";
import { readAccessSettings, writeAccessSettings } from "../database/bans.ts";
import type { Db } from "../database/schema.ts";
import { readFenceAnswer, readNetworkList, writeFenceFile } from "./fence-file.ts";

interface AccessKeeperParts {
  db: Db;
  /** What the firewall reads. */
  file: string;
  /** What counts as local where the owner chose nothing else. */
  localNetworksFile: string;
  firewallStateDir: string;
}

export class AccessKeeper {
  readonly #parts: AccessKeeperParts;
  #settings: AccessSettings = USUAL_ACCESS;

  constructor(parts: AccessKeeperParts) {
    this.#parts = parts;
  }

  get settings(): AccessSettings {
    return this.#settings;
  }

  /** What the database says, which may be younger than the file: after a restore. @throws what the database throws when it is away */
  async load(): Promise<void> {
    this.#settings = await readAccessSettings(this.#parts.db);
    await this.#write();
  }

  async change(settings: AccessSettings): Promise<void> {
    await writeAccessSettings(this.#parts.db, settings);
    this.#settings = settings;
    await this.#write();
  }

  /** Networks of the box's own file; none where it is no box. */
  async usualLocal(): Promise<string[]> {
    return (await readNetworkList(this.#parts.localNetworksFile)) ?? [];
  }

  /** Whether a firewall of ours is there. */
  async isFirewallThere(): Promise<boolean> {
    return (await readFenceAnswer(this.#parts.firewallStateDir, "bans")) !== null;
  }

  async #write(): Promise<void> {
    const { local, panel, phones } = this.#settings;
    const lines = (service: string, networks: readonly string[]) => networks.map((network) => `${service} ${network}`);
    await writeFenceFile(this.#parts.file, [
      ...lines("local", local ?? []),
      ...lines("panel", panel),
      ...lines("phones", phones),
    ]);
  }
}
