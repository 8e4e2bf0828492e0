/**
 * A stand-in for a certificate authority on the internet, on loopback by plain HTTP: ACME (RFC 8555) with ES256 and HTTP-01. It checks
 * signatures, nonces and challenges as a real one does; every name leads to this machine.
 */
import "reflect-metadata";
import { createHash, createPublicKey, type JsonWebKey, KeyObject, randomBytes, verify, webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { z } from "zod";

/** RFC 5280, 4.2.1.6. */
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CHALLENGE_TIMEOUT_MS = 5_000;

const Jws = z.object({ protected: z.string(), payload: z.string(), signature: z.string() });
const Header = z.object({
  alg: z.literal("ES256"),
  nonce: z.string(),
  url: z.string(),
  kid: z.string().optional(),
  jwk: z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }).optional(),
});
const NewAccount = z.object({ termsOfServiceAgreed: z.literal(true), contact: z.array(z.string()).optional() });
const NewOrder = z.object({ identifiers: z.tuple([z.object({ type: z.literal("dns"), value: z.string() })]) });
const Finalize = z.object({ csr: z.string() });

interface Account {
  url: string;
  jwk: JsonWebKey;
  contact: readonly string[];
}

interface AcmeProblem {
  type: string;
  detail: string;
}

interface Order {
  account: Account;
  name: string;
  token: string;
  proof: "pending" | "valid" | AcmeProblem;
  certificate: string | null;
}

/** What is answered instead of what was asked for. */
class Refusal extends Error {
  readonly status: number;
  readonly kind: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, kind: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.kind = kind;
    this.headers = headers;
  }
}

const typeOf = (kind: string) => `urn:ietf:params:acme:error:${kind}`;
const malformed = (detail: string) => new Refusal(400, "malformed", detail);

export class AcmeAuthority {
  /** Names that the name service does not know. */
  readonly unknownNames = new Set<string>();
  /** Names that it does not speak for. */
  readonly refusedNames = new Set<string>();
  /** Where HTTP-01 looks, instead of port 80. */
  challengePort = 0;
  /** Asked for seconds of patience with each order; null: it takes orders. */
  retryAfterSeconds: number | null = null;
  /** Of the next certificates. */
  lifetimeMs = 90 * DAY_MS;
  nowMs = () => Date.now();
  /** Names in the order in which certificates were given. */
  readonly issued: string[] = [];
  readonly accounts: Account[] = [];
  /** Trusted by whoever trusts this authority, PEM. */
  readonly pem: string;
  readonly #root: X509Certificate;
  readonly #key: webcrypto.CryptoKey;
  readonly #nonces = new Set<string>();
  readonly #orders: Order[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #origin = "";

  private constructor(root: X509Certificate, key: webcrypto.CryptoKey) {
    this.#root = root;
    this.#key = key;
    this.pem = `${root.toString("pem")}\n`;
  }

  static async open(): Promise<AcmeAuthority> {
    const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
    const root = await X509CertificateGenerator.createSelfSigned({
      ...{ name: "CN=Stand-in authority", keys, signingAlgorithm: SIGNATURE, serialNumber: "01" },
      ...{ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 3650 * DAY_MS) },
      extensions: [new BasicConstraintsExtension(true, 0, true)],
    });
    const authority = new AcmeAuthority(root, keys.privateKey);
    await authority.#listen();
    return authority;
  }

  /** URL of its directory. */
  get directory(): string {
    return `${this.#origin}/directory`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.#origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  async #answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString("base64url");
    // The first one is forgotten, as authorities do now and then: whoever asks has to take the next (RFC 8555, 6.5).
    if (asked.method === "POST" || this.accounts.length > 0) this.#nonces.add(nonce);
    response.setHeader("replay-nonce", nonce);
    try {
      const { status = 200, headers = {}, body } = await this.#route(asked);
      const isText = typeof body === "string";
      response.writeHead(status, {
        "content-type": isText ? "application/pem-certificate-chain" : "application/json",
        ...headers,
      });
      response.end(isText ? body : JSON.stringify(body ?? null));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, "serverInternal", String(error));
      response.writeHead(refusal.status, { "content-type": "application/problem+json", ...refusal.headers });
      response.end(JSON.stringify({ type: typeOf(refusal.kind), detail: refusal.message, status: refusal.status }));
    }
  }

  async #route(asked: IncomingMessage): Promise<{ status?: number; headers?: Record<string, string>; body?: unknown }> {
    const [, what = "", number = ""] = (asked.url ?? "/").split("/");
    if (what === "directory") {
      const at = (path: string) => `${this.#origin}/${path}`;
      const meta = { termsOfService: at("terms") };
      return {
        body: { newNonce: at("nonce"), newAccount: at("new-account"), newOrder: at("new-order"), meta },
      };
    }
    if (what === "nonce") return {};
    if (asked.method !== "POST") throw new Refusal(405, "malformed", "everything else is POST (RFC 8555, 6.3)");
    if (asked.headers["content-type"] !== "application/jose+json") throw new Refusal(415, "malformed", "not JOSE");
    const { account, jwk, payload } = this.#verified(`${this.#origin}${asked.url}`, await text(asked));
    if (what === "new-account") return this.#account(jwk, payload);
    if (account === null) throw new Refusal(400, "accountDoesNotExist", "sign with the account's URL");
    if (what === "account") return { body: { status: "valid", contact: account.contact } };
    if (what === "new-order") return this.#order(account, payload);
    const order = this.#orders[Number(number)];
    if (order?.account !== account) throw new Refusal(404, "malformed", "nothing is here");
    if (what === "order") return { body: this.#orderView(order) };
    if (what === "authorization") return { body: this.#authorizationView(order) };
    if (what === "challenge") {
      await this.#prove(order);
      return { body: this.#challengeView(order) };
    }
    if (what === "finalize") return { body: await this.#finalize(order, payload) };
    if (what === "certificate" && order.certificate !== null) return { body: `${order.certificate}${this.pem}` };
    throw new Refusal(404, "malformed", "nothing is here");
  }

  /** RFC 8555, 6.2 to 6.5; RFC 7518, 3.4. */
  #verified(url: string, body: string): { account: Account | null; jwk: JsonWebKey; payload: unknown } {
    const jws = Jws.parse(JSON.parse(body));
    const header = Header.parse(fromBase64(jws.protected));
    if (!this.#nonces.delete(header.nonce)) throw new Refusal(400, "badNonce", "this nonce is not known");
    if (header.url !== url) throw new Refusal(401, "unauthorized", "signed for another URL");
    if ((header.jwk === undefined) === (header.kid === undefined)) throw malformed("either jwk or kid");
    const account = this.accounts.find(({ url: kid }) => kid === header.kid) ?? null;
    const jwk = header.jwk ?? account?.jwk;
    if (jwk === undefined) throw new Refusal(400, "accountDoesNotExist", "no such account");
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const signed = Buffer.from(`${jws.protected}.${jws.payload}`);
    const signature = Buffer.from(jws.signature, "base64url");
    if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)) throw malformed("wrongly signed");
    return { account, jwk, payload: jws.payload === "" ? null : fromBase64(jws.payload) };
  }

  #account(jwk: JsonWebKey, payload: unknown) {
    const { contact = [] } = NewAccount.parse(payload);
    const known = this.accounts.find((account) => thumbprintOf(account.jwk) === thumbprintOf(jwk));
    const account = known ?? { url: `${this.#origin}/account/${this.accounts.length}`, jwk, contact };
    if (known === undefined) this.accounts.push(account);
    return {
      ...{ status: known === undefined ? 201 : 200, headers: { location: account.url } },
      body: { status: "valid", contact: account.contact },
    };
  }

  #order(account: Account, payload: unknown) {
    if (this.retryAfterSeconds !== null)
      throw new Refusal(429, "rateLimited", "too many certificates", { "retry-after": `${this.retryAfterSeconds}` });
    const [{ value: name }] = NewOrder.parse(payload).identifiers;
    if (this.refusedNames.has(name)) throw new Refusal(400, "rejectedIdentifier", `${name} is on a list`);
    const token = randomBytes(32).toString("base64url");
    const order: Order = { account, name, token, proof: "pending", certificate: null };
    this.#orders.push(order);
    return { status: 201, headers: { location: this.#urlOf("order", order) }, body: this.#orderView(order) };
  }

  #urlOf(what: string, order: Order): string {
    return `${this.#origin}/${what}/${this.#orders.indexOf(order)}`;
  }

  #orderView(order: Order) {
    const status = typeof order.proof === "object" ? "invalid" : order.proof === "valid" ? "ready" : "pending";
    return {
      status: order.certificate === null ? status : "valid",
      identifiers: [{ type: "dns", value: order.name }],
      authorizations: [this.#urlOf("authorization", order)],
      finalize: this.#urlOf("finalize", order),
      ...(order.certificate === null ? {} : { certificate: this.#urlOf("certificate", order) }),
    };
  }

  #authorizationView(order: Order) {
    return {
      status: typeof order.proof === "object" ? "invalid" : order.proof,
      identifier: { type: "dns", value: order.name },
      challenges: [
        { type: "dns-01", status: "pending", url: this.#urlOf("dns", order), token: order.token },
        this.#challengeView(order),
      ],
    };
  }

  #challengeView(order: Order) {
    const error = typeof order.proof === "object" ? order.proof : undefined;
    return {
      ...{ type: "http-01", url: this.#urlOf("challenge", order), token: order.token },
      ...{ status: error === undefined ? order.proof : "invalid", error },
    };
  }

  /** RFC 8555, 8.3. */
  async #prove(order: Order): Promise<void> {
    const { name, token } = order;
    const problem = (kind: string, detail: string) => ({ type: typeOf(kind), detail });
    if (this.unknownNames.has(name)) {
      order.proof = problem("dns", `no address for ${name}`);
      return;
    }
    const expected = `${token}.${thumbprintOf(order.account.jwk)}`;
    const found = await look(this.challengePort, name, `/.well-known/acme-challenge/${token}`).catch(() => null);
    if (found === null) order.proof = problem("connection", `${name}: connection refused`);
    else if (found.status !== 200 || found.body.trimEnd() !== expected)
      order.proof = problem("unauthorized", `${name}: invalid response: ${found.status}`);
    else order.proof = "valid";
  }

  async #finalize(order: Order, payload: unknown) {
    if (order.proof !== "valid") throw new Refusal(403, "orderNotReady", "nothing is proved");
    const request = new Pkcs10CertificateRequest(Buffer.from(Finalize.parse(payload).csr, "base64url"));
    const extension = request.getExtension(SUBJECT_ALTERNATIVE_NAME);
    const names = extension ? new SubjectAlternativeNameExtension(extension.rawData).names.toJSON() : [];
    const isRight = names.length === 1 && names[0]?.type === "dns" && names[0].value === order.name;
    if (!isRight || !(await request.verify())) throw new Refusal(400, "badCSR", "for other names, or wrongly signed");
    const key = await request.publicKey.export();
    if (KeyObject.from(key).asymmetricKeyDetails?.namedCurve !== "prime256v1") throw malformed("not on P-256");
    const nowMs = this.nowMs();
    const certificate = await X509CertificateGenerator.create({
      ...{ subject: `CN=${order.name}`, issuer: this.#root.subject, publicKey: key, signingKey: this.#key },
      ...{ serialNumber: `40${randomBytes(8).toString("hex")}`, signingAlgorithm: SIGNATURE },
      ...{ notBefore: new Date(nowMs - HOUR_MS), notAfter: new Date(nowMs - HOUR_MS + this.lifetimeMs) },
      extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: order.name }])],
    });
    order.certificate = `${certificate.toString("pem")}\n`;
    this.issued.push(order.name);
    return this.#orderView(order);
  }
}

const fromBase64 = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());

/** RFC 7638, 3. */
function thumbprintOf({ crv, kty, x, y }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

/** @throws the network's errors */
async function look(port: number, host: string, path: string): Promise<{ status: number; body: string }> {
  const asked = request({
    ...{ host: "127.0.0.1", port, path, headers: { host }, agent: false },
    signal: AbortSignal.timeout(CHALLENGE_TIMEOUT_MS),
  });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}
