import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { AccessKeeper } from "./bans/access-keeper.ts";
import { BanKeeper } from "./bans/ban-keeper.ts";
import { FIREWALL_STATE_DIR } from "./bans/fence-file.ts";
import { ownNetworks } from "./box/cards.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import type { DatabaseWatch } from "./database/database-watch.ts";
import { isPassing } from "./database/failure.ts";
import type { Db } from "./database/schema.ts";
import { judgeBreakIns } from "./flows/health/hotline.ts";
import type { FreeSwitch } from "./freeswitch/freeswitch-switch.ts";
import type { BanOffice } from "./http/ports.ts";

/** A box that has another address is to be found there at once. */
const LOOK_EVERY_MS = 2_000;

interface BanWiringParts {
  db: Db;
  dataDir: string;
  log: Logger;
  phones: FreeSwitch;
  database: Pick<DatabaseWatch, "isConnected" | "onChange">;
  configuration: Pick<ConfigurationSnapshot, "current">;
  trunks: {
    /** Addresses and networks that calls of trunks come from; */
    readonly trunkNetworks: readonly string[];
    /** of these, those that are not a trunk's server. */
    readonly trunkSources: readonly string[];
    onTrunksApplied(listener: () => void): void;
  };
  onChange: () => void;
}

/** Bans, and who reaches what: as the API and the checks of the box see them. */
export class Fence {
  readonly #parts: BanWiringParts;
  readonly #keeper: BanKeeper;
  readonly #access: AccessKeeper;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: BanWiringParts) {
    const { db, dataDir, log, configuration, trunks, onChange } = parts;
    this.#parts = parts;
    this.#keeper = new BanKeeper({
      ...{ db, log, onChange, file: join(dataDir, "bans"), nowMs: () => Date.now() },
      isExtension: (name) => configuration.current.operators.some(({ extension }) => extension === name),
      ownNetworks: () => [...trunks.trunkNetworks, ...ownAddresses()],
    });
    this.#access = new AccessKeeper({
      ...{ db, file: join(dataDir, "access"), firewallStateDir: FIREWALL_STATE_DIR },
      localNetworksFile: "/etc/hotline/local-networks",
      ...{ trunkSources: () => trunks.trunkSources, ownNetworks },
    });
  }

  start(): void {
    const { phones, database, trunks, log } = this.#parts;
    phones.onEvent((event) => this.#keeper.hear(event));
    phones.onState(({ name }) => {
      if (name !== "connected") return;
      phones
        .registeredPlaces()
        .then((places) => this.#keeper.phonesAre(places))
        .catch((error: unknown) => log.warn({ err: error }, "where the phones are is not known"));
    });
    const load = () => {
      if (!database.isConnected) return;
      Promise.all([this.#keeper.load(), this.#access.load()]).catch((error: unknown) => {
        if (!isPassing(error)) log.warn({ err: error }, "banned addresses of before are not known");
      });
    };
    database.onChange(load);
    trunks.onTrunksApplied(() => {
      this.#access.trunksChanged().catch((error: unknown) => {
        log.warn({ err: error }, "the firewall is not told where calls of trunks come from");
      });
    });
    load();
    const look = () => {
      this.#looking = this.#access.lookAtNetworks().catch((error: unknown) => {
        log.warn({ err: error }, "the firewall is not told in which networks the machine is");
      });
    };
    look();
    this.#timer = setInterval(look, LOOK_EVERY_MS);
    this.#timer.unref();
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#looking;
    await this.#keeper.stop();
  }

  get office(): BanOffice {
    return { keeper: this.#keeper, access: this.#access };
  }

  async reading() {
    return judgeBreakIns({
      isOn: this.#keeper.settings.isOn,
      isFirewallThere: await this.#access.isFirewallThere(),
      banned: this.#keeper.list().length,
      ...{ guessedAt: this.#keeper.guessedAt(), letIn: this.#access.letIn },
    });
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
