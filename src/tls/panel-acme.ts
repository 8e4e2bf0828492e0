/**
 * Gets the panel a certificate from an authority on the internet and renews it, by ACME (RFC 8555). What is got is the owner's certificate from
 * then on, as if they had brought it; nothing of it is kept here but what was asked for and when it is asked for again.
 */
import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import type { AcmeFailure, AcmeView } from "../calls/acme.ts";
import { AcmeError } from "./acme-error.ts";
import { isDue, pauseAfter, renewalOf } from "./acme-schedule.ts";
import { OwnCertificateError } from "./own-certificate.ts";
import type { PanelCertificate } from "./panel-certificate.ts";

const SECRET = "panel-acme";
const LOOK_EVERY_MS = 3_600_000;

const FAILURES = [
  "name-unknown",
  "not-reachable",
  "wrong-answer",
  "authority-away",
  "rate-limited",
  "refused",
  "not-usable",
] as const satisfies readonly AcmeFailure[];

/** What is on disk, in one file, so that no crash parts it. */
const Kept = z.object({
  domain: z.string(),
  email: z.string().nullable(),
  /** With which authority, and the account's key there (PEM). */
  account: z.object({ directory: z.string(), key: z.string() }),
  /** The owner's certificate is one that was got here. */
  isObtained: z.boolean(),
  /** In a row. */
  failures: z.number(),
  failure: z.object({ reason: z.enum(FAILURES), atMs: z.number(), said: z.string() }).nullable(),
  nextTryMs: z.number(),
});
type Kept = z.infer<typeof Kept>;

interface Parts {
  secrets: {
    read(name: string): Promise<string | null>;
    write(name: string, secret: string): Promise<void>;
    remove(name: string): Promise<void>;
  };
  certificate: Pick<PanelCertificate, "view" | "useOwn" | "dropOwn">;
  /** URL of the authority's directory (RFC 8555, 7.1.1). */
  directory: string;
  log: {
    info(data: object, message: string): void;
    warn(data: object, message: string): void;
    error(data: object, message: string): void;
  };
  nowMs: () => number;
}

export class PanelAcme {
  readonly #parts: Parts;
  /** By token: what the authority, and whoever else knows the token, is answered (RFC 8555, 8.3). */
  readonly #expected = new Map<string, string>();
  #kept: Kept | null = null;
  #trying: AbortController | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStarted = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Goes on where the life before ended; it waits for no authority. */
  async start(): Promise<void> {
    this.#kept = fromText(await this.#parts.secrets.read(SECRET));
    this.#isStarted = true;
    this.#lookSoon();
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#trying?.abort();
    await this.#work;
  }

  /** URL of the authority's directory. */
  get directory(): string {
    return this.#parts.directory;
  }

  /** Null: nobody wants it. */
  get view(): AcmeView | null {
    if (this.#kept === null) return null;
    const { domain, email, isObtained, failure, nextTryMs } = this.#kept;
    const own = this.#parts.certificate.view?.own ?? null;
    return {
      ...{ domain, email, failure, nextTryMs },
      isTrying: isDue(this.#kept, this.#parts.nowMs()),
      validUntilMs: isObtained && own?.names.includes(domain) ? own.validUntilMs : null,
    };
  }

  /** What is answered at `/.well-known/acme-challenge/` for this token; null: it is not expected now. */
  answerFor(token: string): string | null {
    return this.#expected.get(token) ?? null;
  }

  /** From now on it is tried. @param wanted.domain in ASCII and small letters */
  async turnOn({ domain, email }: { domain: string; email: string | null }): Promise<void> {
    this.#trying?.abort();
    await this.#inTurn(async () => {
      const { directory, nowMs } = this.#parts;
      const before = this.#kept;
      const isSameAccount = before?.email === email && before.account.directory === directory;
      await this.#keep({
        ...{ domain, email, failures: 0, failure: null, nextTryMs: nowMs() },
        account: isSameAccount ? before.account : { directory, key: makeKey() },
        isObtained: before?.isObtained ?? false,
      });
    });
    this.#lookSoon();
  }

  /** The box goes on with its own certificate, or with the one that the owner brought before. */
  async turnOff(): Promise<void> {
    await this.giveWay(async () => {
      if (this.#kept?.isObtained === true) await this.#parts.certificate.dropOwn();
    });
  }

  /** Another certificate takes this one's place. @param use that it does; if it throws, nothing changes @throws what `use` throws */
  async giveWay(use: () => Promise<void>): Promise<void> {
    this.#trying?.abort();
    try {
      await this.#inTurn(async () => {
        await use();
        await this.#parts.secrets.remove(SECRET);
        this.#kept = null;
      });
    } finally {
      this.#lookSoon();
    }
  }

  /** Tries, if it is time. */
  async look(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#kept !== null && isDue(this.#kept, this.#parts.nowMs())) await this.#try(this.#kept);
    });
  }

  #lookSoon(): void {
    const looked = this.look().catch((error: unknown) => {
      this.#parts.log.error({ err: error }, "the panel's certificate could not be asked for");
    });
    void looked.then(() => this.#arm());
  }

  #arm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (!this.#isStarted || this.#kept === null) return;
    const untilNextMs = this.#kept.nextTryMs - this.#parts.nowMs();
    const inMs = untilNextMs > 0 ? Math.min(untilNextMs, LOOK_EVERY_MS) : LOOK_EVERY_MS;
    this.#timer = setTimeout(() => this.#lookSoon(), inMs);
    this.#timer.unref();
  }

  async #try(kept: Kept): Promise<void> {
    const { certificate, directory, log, nowMs } = this.#parts;
    const { domain, email } = kept;
    const trying = new AbortController();
    this.#trying = trying;
    const account = kept.account.directory === directory ? kept.account : { directory, key: makeKey() };
    try {
      // Only now: the library takes some 30 MB, and most boxes never need it.
      const { obtainCertificate } = await import("./acme-order.ts");
      const key = makeKey();
      const obtained = await obtainCertificate({
        ...{ directory, accountKey: account.key, certificateKey: key, email, domain, signal: trying.signal },
        expect: (token, keyAuthorization) => this.#expected.set(token, keyAuthorization),
      });
      await certificate.useOwn({ key, certificate: obtained });
      const nextTryMs = renewalOf(obtained);
      await this.#keep({ domain, email, account, isObtained: true, failures: 0, failure: null, nextTryMs });
      log.info({}, "the panel has a new certificate from the authority");
    } catch (error) {
      if (trying.signal.aborted) return;
      const failure = failureOf(error);
      if (failure === null) throw error;
      const failures = kept.failures + 1;
      const { reason, said, retryAfterMs } = failure;
      log.warn({ reason, failures, err: error }, "no certificate from the authority");
      const nextTryMs = nowMs() + pauseAfter(failures, retryAfterMs);
      await this.#keep({ ...kept, account, failures, failure: { reason, said, atMs: nowMs() }, nextTryMs });
    } finally {
      this.#trying = null;
      this.#expected.clear();
    }
  }

  async #keep(kept: Kept): Promise<void> {
    await this.#parts.secrets.write(SECRET, JSON.stringify(kept));
    this.#kept = kept;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    // The next one does not care how this one ended; who asked for it does.
    this.#work = done.catch(() => undefined);
    await done;
  }
}

/** ECDSA on P-256, PEM. */
function makeKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
}

/** Null: it is no failure of authority or name. */
function failureOf(error: unknown): Pick<AcmeError, "reason" | "said" | "retryAfterMs"> | null {
  if (error instanceof AcmeError) return error;
  if (error instanceof OwnCertificateError) return { reason: "not-usable", said: error.problem, retryAfterMs: null };
  return null;
}

/** Null for what nobody wrote here (a file that somebody damaged): it is asked for anew in the panel. */
function fromText(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    return Kept.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
