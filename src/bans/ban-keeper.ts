/** Knows who guesses, bans them, and tells the firewall. What it knows outlives a restart; without the database it goes on from memory. */
import type { AddressRecord, Ban, BanReason, BanSettings, KnownAddress } from "../calls/ban.ts";
import { USUAL_BAN_SETTINGS } from "../calls/ban.ts";
import type { CallEvent, SipPlace } from "../calls/call-event.ts";
import {
  readAddressRecords,
  readBanSettings,
  readKnownAddresses,
  writeAddressRecords,
  writeBanSettings,
  writeKnownAddresses,
} from "../database/bans.ts";
import { isPassing } from "../database/failure.ts";
import type { Db } from "../database/schema.ts";
import {
  countTry,
  DAY_MS,
  forgiven,
  type GuessedAt,
  guessedAt,
  lifted,
  newRecord,
  type Standing,
  settled,
  USUAL_RULES,
} from "../flows/bans/bans.ts";
import { formatNetwork, isWithin, type Network, parseNetwork } from "../flows/bans/networks.ts";
import { writeFenceFile } from "./fence-file.ts";

interface BanKeeperParts {
  db: Db;
  /** What the firewall reads. */
  file: string;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  /** Whether a phone has this extension. */
  isExtension: (name: string) => boolean;
  /** Addresses and networks that calls of trunks come from, and addresses of this machine. */
  ownNetworks: () => readonly string[];
  onChange: () => void;
  nowMs: () => number;
}

const WRITE_EVERY_MS = 2_000;
/** A flood of addresses must not fill the memory; those that are not banned go first. */
const MOST_RECORDS = 20_000;
const MOST_PLACES = 2_000;
const LONGEST_NAME = 64;
/** An address of a site's network is one machine; elsewhere whoever has one address of IPv6 has 2^64. */
const ONE_MACHINE = ["fc00::/7", "fe80::/10"].flatMap((text) => parseNetwork(text) ?? []);
const LOOPBACK = ["127.0.0.0/8", "::1"].flatMap((text) => parseNetwork(text) ?? []);

export interface BannedAddress extends Ban {
  address: string;
  times: number;
  /** In whose names it tried, the newest first. */
  names: string[];
}

export class BanKeeper {
  readonly #parts: BanKeeperParts;
  #settings: BanSettings = USUAL_BAN_SETTINGS;
  #never: readonly Network[] = [];
  readonly #records = new Map<string, AddressRecord>();
  readonly #known = new Map<string, number>();
  /** Where each phone is registered now, by extension. */
  readonly #phones = new Map<string, SipPlace>();
  /** Tries by address and port: a registered phone that guesses is no longer spared. */
  readonly #placeTries = new Map<string, number[]>();
  readonly #dirty = new Set<string>();
  readonly #dirtyKnown = new Set<string>();
  #isLoaded = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #written = "";

  constructor(parts: BanKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.keep(), WRITE_EVERY_MS);
    this.#timer.unref();
    this.#tellFirewall();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.keep();
    await this.#writing;
  }

  /** What an earlier life knew; what this one saw meanwhile counts more. @throws what the database throws when it is away */
  async load(): Promise<void> {
    if (this.#isLoaded) return;
    const { db, nowMs } = this.#parts;
    const settings = await readBanSettings(db);
    const records = await readAddressRecords(db);
    const known = await readKnownAddresses(db, new Date(nowMs() - DAY_MS));
    this.#isLoaded = true;
    for (const record of records) if (!this.#records.has(record.address)) this.#records.set(record.address, record);
    for (const { address, seenMs } of known) this.#known.set(address, Math.max(seenMs, this.#known.get(address) ?? 0));
    this.#take(settings);
  }

  get settings(): BanSettings {
    return this.#settings;
  }

  async changeSettings(settings: BanSettings): Promise<void> {
    await writeBanSettings(this.#parts.db, settings);
    this.#take(settings);
  }

  /** Phones as the switch lists them, after it was away. */
  phonesAre(places: readonly (SipPlace & { extension: string })[]): void {
    this.#phones.clear();
    for (const { extension, address, port } of places) this.#registered(extension, { address, port });
    this.#tellFirewall();
  }

  hear(event: CallEvent): void {
    switch (event.type) {
      case "password-asked":
        if (!event.isPhone) this.#try(event.from.address, "stranger-call", event.name, event.from.port);
        else if (!this.#parts.isExtension(event.name))
          this.#try(event.from.address, "unknown-extension", event.name, event.from.port);
        return;
      case "password-refused":
        return this.#try(event.from.address, "wrong-password", event.name, event.from.port);
      case "password-accepted":
        return this.#belongsHere(event.from.address, event.name);
      case "phone-registered":
        if (!event.isRegistered) this.#phones.delete(event.extension);
        else if (event.from !== null) this.#registered(event.extension, event.from);
        return this.#tellFirewall();
      case "stranger-refused":
        return this.#try(event.address, "stranger-call", event.dialled, null);
      default:
    }
  }

  signInRefused(address: string, login: string): void {
    this.#try(address, "panel-password", login, null);
  }

  signedIn(address: string, login: string): void {
    this.#belongsHere(address, login);
  }

  /** A session or token that nobody was given. One that ran out is shown again and again by a page that was left open: it counts once. */
  tokenRefused(address: string, fingerprint: string): void {
    const since = this.#parts.nowMs() - USUAL_RULES.windowMs;
    const tries = this.#records.get(keyOf(address) ?? "")?.tries ?? [];
    const name = fingerprint.slice(0, 8);
    if (tries.some((one) => one.name === name && one.reason === "api-token" && one.atMs > since)) return;
    this.#try(address, "api-token", name, null);
  }

  /** The ban under which this address is now. */
  banOf(address: string): Ban | null {
    const key = keyOf(address);
    const ban = key === null || !this.#settings.isOn ? null : (this.#records.get(key)?.ban ?? null);
    return ban !== null && ban.untilMs > this.#parts.nowMs() && this.#standing(address) !== "never" ? ban : null;
  }

  /** The newest first. */
  list(): BannedAddress[] {
    return [...this.#records.values()]
      .flatMap(({ address, timesBanned, tries }) => {
        const ban = this.banOf(address);
        if (ban === null) return [];
        const names = [...new Set(tries.toReversed().map(({ name }) => name))].slice(0, 5);
        return [{ ...ban, address, times: Math.max(1, timesBanned), names }];
      })
      .sort((a, b) => b.sinceMs - a.sinceMs);
  }

  /** Names at whose passwords many addresses guess slowly. */
  guessedAt(): GuessedAt[] {
    return guessedAt(this.#records.values(), this.#parts.nowMs());
  }

  /** @returns false when it was not banned */
  revoke(address: string): boolean {
    const record = this.#records.get(address);
    if (record === undefined || record.ban === null) return false;
    this.#set(lifted(record));
    this.#changed();
    return true;
  }

  /** Writes down what has changed since the last time. Nobody has to wait for it. */
  async keep(): Promise<void> {
    const { db, log, nowMs } = this.#parts;
    this.#settle();
    this.#tellFirewall();
    if (!this.#isLoaded || (this.#dirty.size === 0 && this.#dirtyKnown.size === 0)) return;
    const changed = new Map([...this.#dirty].map((address) => [address, this.#records.get(address) ?? null]));
    const known = [...this.#dirtyKnown].flatMap((address): KnownAddress[] => {
      const seenMs = this.#known.get(address);
      return seenMs === undefined ? [] : [{ address, seenMs }];
    });
    this.#dirty.clear();
    this.#dirtyKnown.clear();
    try {
      await writeAddressRecords(db, changed, new Date(nowMs()));
      await writeKnownAddresses(db, known, new Date(nowMs() - DAY_MS));
    } catch (error) {
      for (const address of changed.keys()) this.#dirty.add(address);
      for (const { address } of known) this.#dirtyKnown.add(address);
      if (!isPassing(error)) log.warn({ err: error }, "banned addresses are not kept");
    }
  }

  #take(settings: BanSettings): void {
    this.#settings = settings;
    this.#never = settings.never.flatMap(({ network }) => parseNetwork(network) ?? []);
    this.#changed();
  }

  #registered(extension: string, place: SipPlace): void {
    this.#phones.set(extension, place);
    this.#belongsHere(place.address, extension);
  }

  #belongsHere(address: string, name: string): void {
    const key = keyOf(address);
    if (key === null || !this.#settings.isOn) return;
    this.#known.set(key, this.#parts.nowMs());
    this.#dirtyKnown.add(key);
    const record = this.#records.get(key);
    if (record !== undefined) this.#set(forgiven(record, name));
  }

  #try(address: string, reason: BanReason, given: string, port: number | null): void {
    const key = keyOf(address);
    if (key === null || !this.#settings.isOn) return;
    const atMs = this.#parts.nowMs();
    const name = given.replaceAll(/\p{Cc}/gu, " ").slice(0, LONGEST_NAME);
    if (port !== null) this.#countPlace(`${address} ${port}`, atMs);
    const standing = this.#standing(address);
    const { record, isBanned } = countTry(this.#records.get(key) ?? newRecord(key), { atMs, reason, name }, standing);
    if (standing === "never") return;
    this.#set(record);
    if (!isBanned || record.ban === null) return;
    const { reach, untilMs } = record.ban;
    this.#parts.log.info({ address: key, reach, reason, until: new Date(untilMs).toISOString() }, "address banned");
    this.#changed();
    void this.keep();
  }

  #countPlace(place: string, atMs: number): void {
    const tries = this.#placeTries.get(place)?.filter((one) => one > atMs - USUAL_RULES.windowMs) ?? [];
    this.#placeTries.delete(place);
    this.#placeTries.set(place, [...tries, atMs].slice(-USUAL_RULES.tries));
    for (const oldest of this.#placeTries.keys()) {
      if (this.#placeTries.size <= MOST_PLACES) break;
      this.#placeTries.delete(oldest);
    }
  }

  #standing(address: string): Standing {
    const network = parseNetwork(address);
    if (network === null) return "unknown";
    const own = this.#parts.ownNetworks().flatMap((text) => parseNetwork(text) ?? []);
    if ([...LOOPBACK, ...own, ...this.#never].some((outer) => isWithin(network, outer))) return "never";
    const key = formatNetwork(network.family === 4 ? network : machineOf(network));
    const isRegistered = [...this.#phones.values()].some((place) => keyOf(place.address) === key);
    return isRegistered || (this.#known.get(key) ?? 0) > this.#parts.nowMs() - DAY_MS ? "known" : "unknown";
  }

  #set(record: AddressRecord): void {
    const kept = settled(record, this.#parts.nowMs());
    if (kept === null) this.#records.delete(record.address);
    else {
      // The newest last.
      this.#records.delete(record.address);
      this.#records.set(record.address, kept);
    }
    this.#dirty.add(record.address);
    if (this.#records.size <= MOST_RECORDS) return;
    for (const [address, { ban }] of this.#records) {
      if (this.#records.size <= MOST_RECORDS * 0.9) break;
      if (ban !== null) continue;
      this.#records.delete(address);
      this.#dirty.add(address);
    }
  }

  /** Bans whose time is up, and tries of yesterday. */
  #settle(): void {
    const nowMs = this.#parts.nowMs();
    let isChanged = false;
    for (const [address, record] of this.#records) {
      const now = settled(record, nowMs);
      if (now === record) continue;
      isChanged ||= record.ban !== null && (now === null || now.ban === null);
      this.#dirty.add(address);
      if (now === null) this.#records.delete(address);
      else this.#records.set(address, now);
    }
    for (const [address, seenMs] of this.#known) if (seenMs < nowMs - DAY_MS) this.#known.delete(address);
    if (isChanged) this.#parts.onChange();
  }

  #changed(): void {
    this.#tellFirewall();
    this.#parts.onChange();
  }

  /** Registered phones are named only where there is a ban that spares them. */
  #tellFirewall(): void {
    const { file, log, nowMs } = this.#parts;
    const bans = this.list();
    const spared = new Set(bans.filter(({ reach }) => reach === "guests").map(({ address }) => address));
    const since = nowMs() - USUAL_RULES.windowMs;
    const phones = [...this.#phones.values()].filter(({ address, port }) => {
      const tries = this.#placeTries.get(`${address} ${port}`)?.filter((atMs) => atMs > since) ?? [];
      return spared.has(keyOf(address) ?? "") && tries.length < USUAL_RULES.tries;
    });
    const lines = [
      ...bans.map(({ reach, address, untilMs }) => `${reach} ${address} ${Math.ceil(untilMs / 1000)}`),
      ...phones.map(({ address, port }) => `phone ${address} ${port}`),
    ];
    const text = lines.join("\n");
    if (text === this.#written) return;
    this.#written = text;
    this.#writing = this.#writing
      .then(() => writeFenceFile(file, lines))
      .catch((error: unknown) => {
        this.#written = "";
        log.warn({ err: error }, "the firewall is not told whom to ban");
      });
  }
}

/** By what an address is counted; null when it is none. */
function keyOf(address: string): string | null {
  const network = parseNetwork(address);
  if (network === null) return null;
  return formatNetwork(network.family === 4 ? network : machineOf(network));
}

function machineOf(network: Network): Network {
  if (network.bits < 128 || ONE_MACHINE.some((outer) => isWithin(network, outer))) return network;
  return { ...network, value: (network.value >> 64n) << 64n, bits: 64 };
}
