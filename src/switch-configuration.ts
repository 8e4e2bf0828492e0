import { SwitchError } from "./calls/failure.ts";
import { extension } from "./calls/ids.ts";
import type { PhoneAccount } from "./database/operators.ts";
import { SwitchConfigError } from "./freeswitch/config-text.ts";
import type { FreeSwitch } from "./freeswitch/freeswitch-switch.ts";
import {
  applyOperators,
  applyTrunks,
  eventually,
  prepareSwitchFiles,
  type SwitchSettings,
} from "./freeswitch/generated-config.ts";
import { RegistrationRetry } from "./freeswitch/registration-retry.ts";
import type { TrunkAccount as Gateway } from "./freeswitch/trunk-xml.ts";
import type { ApplyResult, HttpLogger, SwitchConfiguration, TrunkAccount } from "./http/ports.ts";
import { serverOf } from "./http/trunk-server.ts";
import type { KnownAddresses } from "./sip/known-addresses.ts";
import type { WatchedServer } from "./sip/options-watch.ts";
import type { ResolveFailure, ServerAddress } from "./sip/resolve-host.ts";

/** How often it is asked whether servers have moved (as often as a name server lets an answer be kept, at most). */
const LOOK_UP_EVERY_MS = 60_000;

/** Hands what the panel changes to the switch, one change after the other. While the switch is away, the next connection catches up. */
export class LiveSwitchConfiguration implements SwitchConfiguration {
  readonly #switch: FreeSwitch;
  readonly #settings: () => SwitchSettings;
  readonly #addresses: KnownAddresses;
  readonly #log: HttpLogger;
  readonly #retry: RegistrationRetry;
  readonly #listeners: (() => void)[] = [];
  #trunks: readonly TrunkAccount[] = [];
  #given: readonly Gateway[] = [];
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(port: FreeSwitch, settings: () => SwitchSettings, addresses: KnownAddresses, log: HttpLogger) {
    this.#switch = port;
    this.#settings = settings;
    this.#addresses = addresses;
    this.#log = log;
    this.#retry = new RegistrationRetry(port, log, { onUnanswered: (gateway) => this.#passOver(gateway) });
  }

  /** Looks from time to time whether a server has moved, or can be found at last; those that refuse or are silent are asked again. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#looking = this.#lookUp().catch((error: unknown) =>
        this.#log.warn({ err: error }, "trunks were not followed to their new addresses"),
      );
    }, LOOK_UP_EVERY_MS);
    this.#timer.unref();
    this.#retry.start();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#retry.stop();
    await this.#looking;
  }

  /** Told when the switch has other trunks; of one that does not register no event tells. */
  onTrunksApplied(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Enabled trunks that the switch was not given, since nobody knows where they are, by gateway. */
  get unresolved(): ReadonlyMap<string, ResolveFailure> {
    const known = new Set(this.#given.map(({ trunkId }) => trunkId));
    return new Map(
      this.#trunks
        .filter(({ isEnabled, trunkId }) => isEnabled && !known.has(trunkId))
        .map((trunk) => [trunk.gateway, this.#addresses.failureOf(serverOf(trunk)) ?? "no-answer"]),
    );
  }

  /** By which a trunk signs in, and calls itself. */
  accountNames(gateway: string): string[] {
    const trunk = this.#trunks.find((one) => one.gateway === gateway);
    return [trunk?.user, trunk?.fromUser, trunk?.authUser].flatMap((name) => name ?? []);
  }

  /** Servers of the trunks that the switch has and that are to be asked whether they are there. */
  get watched(): WatchedServer[] {
    return this.#given.flatMap((given) => {
      const trunk = this.#trunks.find(({ trunkId }) => trunkId === given.trunkId);
      if (trunk === undefined || !trunk.isWatched) return [];
      const { host, transport, addresses, addressPort, username } = given;
      const fromUser = given.fromUser ?? (username === "" ? "hotline" : username);
      const fromDomain = given.fromDomain ?? host;
      return [
        { gateway: trunk.gateway, host, transport, address: addresses[0], port: addressPort, fromUser, fromDomain },
      ];
    });
  }

  /** Addresses and networks that calls of the switch's trunks come from. */
  get trunkNetworks(): string[] {
    return this.#given.flatMap(({ addresses, sources }) => [...addresses, ...sources]);
  }

  /** Of these, those beside the trunks' servers. */
  get trunkSources(): string[] {
    return this.#given.flatMap(({ sources }) => [...sources]);
  }

  async applyOperators(phones: readonly PhoneAccount[]): Promise<void> {
    const accounts = phones.map((phone) => ({ extension: extension(phone.extension), ha1: phone.ha1 }));
    await this.#inTurn(async () => {
      if (this.#isAway) return;
      await applyOperators(this.#settings(), accounts, this.#switch.console);
    });
  }

  async applyTrunks(trunks: readonly TrunkAccount[]): Promise<ApplyResult> {
    return await this.#inTurn(async () => await this.#apply(trunks));
  }

  async #apply(trunks: readonly TrunkAccount[]): Promise<ApplyResult> {
    if (this.#isAway) return { ok: true };
    const gateways = await this.#gateways(trunks);
    try {
      await applyTrunks(this.#settings(), gateways, this.#switch.console);
      this.#trunks = trunks;
      this.#given = gateways;
      this.#addresses.keepOnly(trunks.map(serverOf));
      for (const listener of this.#listeners) listener();
      return { ok: true };
    } catch (error) {
      if (error instanceof SwitchConfigError && error.reason !== "switch-away") {
        return { ok: false, reason: error.message };
      }
      if (error instanceof SwitchConfigError || error instanceof SwitchError) return { ok: true };
      throw error;
    }
  }

  /** All at once: one whose name server is silent holds up the others no longer than itself. */
  async #gateways(trunks: readonly TrunkAccount[]): Promise<Gateway[]> {
    const enabled = trunks.filter(({ isEnabled }) => isEnabled);
    const found = await Promise.all(
      enabled.map(async (trunk) => {
        const address = await this.#addresses.find(serverOf(trunk));
        return address === null ? [] : [gatewayOf(trunk, address)];
      }),
    );
    return found.flat();
  }

  async #lookUp(): Promise<void> {
    if (this.#isAway) return;
    const servers = this.#trunks.filter(({ isEnabled }) => isEnabled).map(serverOf);
    await Promise.all(servers.map(async (server) => await this.#addresses.refresh(server)));
    await this.#inTurn(async () => {
      if (JSON.stringify(await this.#gateways(this.#trunks)) === JSON.stringify(this.#given)) return;
      this.#log.info({}, "a trunk's server has another address");
      const applied = await this.#apply(this.#trunks);
      if (!applied.ok) this.#log.error({ reason: applied.reason }, "the switch does not take a new address over");
    });
  }

  /** A server that is silent at one of its addresses may answer at another. */
  #passOver(gateway: string): void {
    const trunk = this.#trunks.find((one) => one.gateway === gateway);
    if (trunk === undefined || !this.#addresses.passOver(serverOf(trunk))) return;
    this.#log.info({ gateway }, "a trunk's server is tried at its next address");
    this.#inTurn(async () => await this.#apply(this.#trunks)).catch((error: unknown) =>
      this.#log.warn({ err: error }, "a trunk's server was not tried at its next address"),
    );
  }

  /** What the site changed of what the switch does alone: its language, its emergency numbers, what is recorded, the ways out. */
  async applySite(): Promise<void> {
    await this.#inTurn(async () => {
      const settings = this.#settings();
      await prepareSwitchFiles(settings);
      if (!this.#isAway) await this.#switch.console("reloadxml");
    });
  }

  /**
   * Makes the SIP profiles listen at the address that the settings say. Starting a profile anew ends its calls, so one that listens elsewhere
   * is left alone unless `mayCut` says otherwise. @returns false when a profile was left alone, or the switch is away
   */
  async applyAddress(mayCut: (bound: string) => boolean): Promise<boolean> {
    return await this.#inTurn(async () => {
      const settings = this.#settings();
      if (this.#isAway) return false;
      const bound = boundAddresses(await this.#switch.console("sofia status"));
      const wrong = PROFILES.filter((name) => bound.get(name) !== settings.sipAddress);
      if (wrong.length === 0) return true;
      if (wrong.some((name) => !mayCut(bound.get(name) ?? ""))) return false;
      await prepareSwitchFiles(settings);
      await this.#switch.console("reloadxml");
      for (const name of wrong) {
        this.#log.info({ profile: name, from: bound.get(name) ?? null, to: settings.sipAddress }, "SIP moves");
        const answer = await this.#switch.console(`sofia profile ${name} ${bound.has(name) ? "restart" : "start"}`);
        // Within ten seconds of its start a profile refuses, and the others are not kept waiting for that.
        if (/must be up for at least/.test(answer)) return false;
      }
      return await eventually(async () => {
        const moved = boundAddresses(await this.#switch.console("sofia status"));
        return PROFILES.every((name) => moved.get(name) === settings.sipAddress);
      });
    });
  }

  get #isAway(): boolean {
    return this.#switch.state.name !== "connected";
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(work);
    // The next change does not care how this one ended; who asked for it does.
    this.#work = result.catch(() => undefined);
    return await result;
  }
}

const PROFILES = ["internal", "external"] as const;

/** Rows of `sofia status`: `internal  profile  sip:mod_sofia@192.168.1.50:5060  RUNNING (0)`. A profile that could not start has none. */
function boundAddresses(status: string): Map<string, string> {
  const rows = status.matchAll(/^\s*(\S+)\s+profile\s+sips?:[^@\s]+@(\[[^\]]+\]|[^:;\s]+)/gm);
  return new Map([...rows].map(([, name = "", host = ""]) => [name, host.replace(/^\[|\]$/g, "")]));
}

function gatewayOf(trunk: TrunkAccount, { addresses, port: addressPort }: ServerAddress): Gateway {
  const { trunkId, port, transport, sources, expirySeconds, codecs, dtmf, srtp, outgoing } = trunk;
  return {
    ...{ trunkId, port, transport, addresses, addressPort, sources, expirySeconds, codecs, dtmf, srtp },
    host: trunk.server,
    username: trunk.user ?? "",
    password: trunk.password ?? "",
    authUsername: trunk.authUser,
    fromUser: trunk.fromUser,
    fromDomain: trunk.fromDomain,
    isRegistering: trunk.mode === "register",
    prefix: outgoing.prefix,
    callerId: outgoing.callerId,
  };
}
