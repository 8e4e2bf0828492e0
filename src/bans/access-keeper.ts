/** Who reaches which service: what the owner chose, and the file by which the firewall is told. */
import type { AccessSettings } from "../calls/ban.ts";
import { USUAL_ACCESS } from "../calls/ban.ts";
import { readAccessSettings, writeAccessSettings } from "../database/bans.ts";
import type { Db } from "../database/schema.ts";
import { letInBesides } from "../flows/bans/own-networks.ts";
import { readFenceAnswer, readFenceFile, readNetworkList, writeFenceFile } from "./fence-file.ts";

interface AccessKeeperParts {
  db: Db;
  /** What the firewall reads. */
  file: string;
  /** What counts as local where the owner chose nothing else. */
  localNetworksFile: string;
  firewallStateDir: string;
  /** Where calls of lines come from besides the lines' servers: addresses and networks. */
  trunkSources: () => readonly string[];
  /** That the machine is in now. */
  ownNetworks: () => readonly string[];
}

export class AccessKeeper {
  readonly #parts: AccessKeeperParts;
  #settings: AccessSettings = USUAL_ACCESS;
  #isLoaded = false;
  #writing: Promise<void> = Promise.resolve();
  #written: string | null = null;
  #seen: string | null = null;
  #letIn: readonly string[] = [];

  constructor(parts: AccessKeeperParts) {
    this.#parts = parts;
  }

  get settings(): AccessSettings {
    return this.#settings;
  }

  /** Own networks that are let in too, since none of them is among those that were chosen. */
  get letIn(): readonly string[] {
    return this.#letIn;
  }

  /** What the database says, which may be younger than the file: after a restore. @throws what the database throws when it is away */
  async load(): Promise<void> {
    this.#settings = await readAccessSettings(this.#parts.db);
    this.#isLoaded = true;
    await this.#write();
  }

  async change(settings: AccessSettings): Promise<void> {
    await writeAccessSettings(this.#parts.db, settings);
    this.#settings = settings;
    this.#isLoaded = true;
    await this.#write();
  }

  /** Lines have changed. Until the owner's choice is known the file of an earlier life stands. */
  async trunksChanged(): Promise<void> {
    if (this.#isLoaded) await this.#write();
  }

  /** The machine may have got another address. Before the owner's choice is known that of an earlier life counts. */
  async lookAtNetworks(): Promise<void> {
    const seen = this.#parts.ownNetworks().join();
    if (seen === this.#seen) return;
    await this.#write();
    this.#seen = seen;
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
    const done = this.#writing.then(() => this.#writeNow());
    // The next one does not care how this one ended; who asked for it does.
    this.#writing = done.catch(() => undefined);
    await done;
  }

  async #writeNow(): Promise<void> {
    const chosen = this.#isLoaded ? this.#chosen() : await this.#chosenEarlier();
    if (chosen === null) return;
    const local = chosen.flatMap((line) => (line.startsWith("local ") ? [line.slice("local ".length)] : []));
    this.#letIn = letInBesides(local, { own: this.#parts.ownNetworks(), usual: await this.usualLocal() });
    const all = [...chosen, ...linesOf("own", this.#letIn)];
    // Each time it is written the firewall's rules are loaded.
    if (all.join() === this.#written) return;
    await writeFenceFile(this.#parts.file, all);
    this.#written = all.join();
  }

  #chosen(): string[] {
    const { local, panel, phones } = this.#settings;
    return [
      ...linesOf("local", local ?? []),
      ...linesOf("panel", panel),
      ...linesOf("phones", phones),
      ...linesOf("trunks", [...new Set(this.#parts.trunkSources())]),
    ];
  }

  async #chosenEarlier(): Promise<string[] | null> {
    const lines = await readFenceFile(this.#parts.file);
    return lines?.filter((line) => !line.startsWith("own ")) ?? null;
  }
}

function linesOf(service: string, networks: readonly string[]): string[] {
  return networks.map((network) => `${service} ${network}`);
}
