/**
 * The certificates by which the panel is served: the box's own, made and renewed by itself, and the owner's, if they brought one. Every one
 * lies with its key in one secret file, so that no crash parts them.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import {
  fingerprintOf,
  issueCertificate,
  type KeyAndCertificate,
  makeAuthority,
  namesOf,
  speakerOf,
} from "./authority.ts";
import { type BoxNames, certificateNames } from "./local-names.ts";
import { checkOwnCertificate, OwnCertificateError } from "./own-certificate.ts";

export const AUTHORITY_SECRET = "panel-authority";
export const SERVER_SECRET = "panel-certificate";
const OWN_SECRET = "panel-own-certificate";

const LOOK_EVERY_MS = 60_000;
const RENEWED_BEFORE_MS = 30 * 86_400_000;

interface Secrets {
  read(name: string): Promise<string | null>;
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
}

interface Parts {
  secrets: Secrets;
  log: { info(data: object, message: string): void; error(data: object, message: string): void };
  names: () => Promise<BoxNames>;
  nowMs: () => number;
}

/** What is in force. */
interface Held {
  authority: KeyAndCertificate;
  server: KeyAndCertificate;
  own: KeyAndCertificate | null;
  names: readonly string[];
  announced: string | null;
}

export interface CertificateView {
  /** Of the authority that devices are told to trust. */
  authority: { fingerprint: string; validUntilMs: number };
  names: readonly string[];
  /** What the network calls the box just now; null: nobody says. */
  announced: string | null;
  validUntilMs: number;
  own: { names: readonly string[]; issuer: string; validUntilMs: number; isForBox: boolean } | null;
}

export class PanelCertificate {
  readonly #parts: Parts;
  readonly #listeners: (() => void)[] = [];
  #held: Held | null = null;
  #contexts: { server: SecureContext; own: SecureContext | null } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes what is missing, then looks from time to time. A full disk keeps nobody from starting: it is tried again. */
  async start(): Promise<void> {
    await this.#lookQuietly();
    this.#timer = setInterval(() => void this.#lookQuietly(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#work;
  }

  /** Told after each change of what is in force. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Null until there is one. */
  get view(): CertificateView | null {
    if (this.#held === null) return null;
    const { authority, server, own, names, announced } = this.#held;
    const ownLeaf = own && new X509Certificate(own.certificate);
    return {
      authority: { fingerprint: fingerprintOf(authority.certificate), validUntilMs: endOf(authority) },
      ...{ names, announced, validUntilMs: endOf(server) },
      own: own &&
        ownLeaf && {
          names: namesOf(ownLeaf),
          issuer: issuerOf(ownLeaf),
          validUntilMs: endOf(own),
          isForBox: names.some((name) => isFor(ownLeaf, name)),
        },
    };
  }

  /** The authority's certificate, PEM. */
  get authorityPem(): string | null {
    return this.#held?.authority.certificate ?? null;
  }

  /** For who asks for no name, that is by address: the owner's only if it names one. */
  get usual(): { key: string; cert: string } | null {
    if (this.#held === null) return null;
    const { server, own, names } = this.#held;
    const ownLeaf = own && new X509Certificate(own.certificate);
    const isOwn = ownLeaf !== null && names.some((name) => isIP(name) > 0 && isFor(ownLeaf, name));
    const { key, certificate } = isOwn && own !== null ? own : server;
    return { key, cert: certificate };
  }

  /** For who asks for this name: the owner's for the names in it, the box's for all others. */
  contextFor(name: string): SecureContext | undefined {
    const own = this.#held?.own ?? null;
    if (own !== null && this.#contexts?.own && isFor(new X509Certificate(own.certificate), name))
      return this.#contexts.own;
    return this.#contexts?.server;
  }

  /** In force when it resolves. @throws OwnCertificateError */
  async useOwn(given: KeyAndCertificate): Promise<void> {
    const checked = checkOwnCertificate(given, this.#parts.nowMs());
    await this.#inTurn(async () => {
      await this.#parts.secrets.write(OWN_SECRET, toText(checked));
      await this.#look();
    });
  }

  refusalOf(error: unknown): { field: "certificate" | "key"; problem: string } | null {
    return error instanceof OwnCertificateError ? { field: error.field, problem: error.problem } : null;
  }

  async dropOwn(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#parts.secrets.remove(OWN_SECRET);
      await this.#look();
    });
  }

  /** What is missing is made, what has to be is made anew. */
  async look(): Promise<void> {
    await this.#inTurn(() => this.#look());
  }

  async #lookQuietly(): Promise<void> {
    await this.look().catch((error: unknown) => {
      this.#parts.log.error({ err: error }, "the panel's certificate is not as it should be");
    });
  }

  async #look(): Promise<void> {
    const { secrets, names, nowMs, log } = this.#parts;
    const box = await names();
    let authority = fromText(await secrets.read(AUTHORITY_SECRET));
    if (authority === null || endOf(authority) <= nowMs()) {
      authority = await makeAuthority(box.hostName.toLowerCase(), nowMs());
      await secrets.write(AUTHORITY_SECRET, toText(authority));
      log.info({}, "a certificate authority of this box's own was made");
    }
    const wanted = certificateNames(box, speakerOf(authority));
    let server = fromText(await secrets.read(SERVER_SECRET));
    if (server === null || !isGood(server, authority, wanted, nowMs())) {
      server = await issueCertificate(authority, wanted, nowMs());
      await secrets.write(SERVER_SECRET, toText(server));
      log.info({}, "the panel has a new certificate");
    }
    const own = fromText(await secrets.read(OWN_SECRET));
    const held: Held = { authority, server, own, names: wanted, announced: box.announced };
    if (JSON.stringify(held) === JSON.stringify(this.#held)) return;
    this.#contexts = { server: contextOf(server), own: own && contextOf(own) };
    this.#held = held;
    for (const listener of this.#listeners) listener();
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    // The next one does not care how this one ended; who asked for it does.
    this.#work = done.catch(() => undefined);
    await done;
  }
}

function isGood(
  server: KeyAndCertificate,
  authority: KeyAndCertificate,
  names: readonly string[],
  nowMs: number,
): boolean {
  const certificate = new X509Certificate(server.certificate);
  const issuer = new X509Certificate(authority.certificate);
  return (
    endOf(server) > nowMs + RENEWED_BEFORE_MS &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey) &&
    sameNames(namesOf(certificate), names)
  );
}

/** Addresses are written in several ways; OpenSSL's is one. */
function sameNames(some: readonly string[], others: readonly string[]): boolean {
  const plain = (names: readonly string[]) => [...new Set(names.map(plainName))].sort().join(" ");
  return plain(some) === plain(others);
}

function plainName(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname : name;
}

/** `name`: as a visitor sent it. What Node takes for an address (`fe80::1%eth0`) OpenSSL may refuse to compare: it is for none of those. */
function isFor(certificate: X509Certificate, name: string): boolean {
  try {
    return (isIP(name) > 0 ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_INVALID_ARG_VALUE") return false;
    throw error;
  }
}

const endOf = ({ certificate }: KeyAndCertificate): number => Date.parse(new X509Certificate(certificate).validTo);

const contextOf = ({ key, certificate }: KeyAndCertificate) => createSecureContext({ key, cert: certificate });

/** The issuer in a word: its common name, else its organisation. */
function issuerOf(certificate: X509Certificate): string {
  const part = (name: string) => new RegExp(`^${name}=(.+)$`, "m").exec(certificate.issuer)?.[1];
  return part("CN") ?? part("O") ?? certificate.issuer.replaceAll("\n", ", ");
}

const toText = ({ key, certificate }: KeyAndCertificate): string => `${key.trim()}\n${certificate.trim()}\n`;

/** Null for what is no key with its certificate (a file that somebody damaged): it is made anew. */
function fromText(text: string | null): KeyAndCertificate | null {
  const [, key, certificate] =
    /^(-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----)\s*(-----BEGIN CERTIFICATE-----[\s\S]+)$/.exec(
      text ?? "",
    ) ?? [];
  if (key === undefined || certificate === undefined) return null;
  const pair = { key: `${key}\n`, certificate };
  try {
    contextOf(pair);
    return pair;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
