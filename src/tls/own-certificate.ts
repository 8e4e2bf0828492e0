/** A certificate that the owner brings, with its key: whether it can be used, and if not, why. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { KeyAndCertificate } from "./authority.ts";

export type OwnCertificateProblem =
  | "not-a-certificate"
  | "not-a-key"
  | "key-encrypted"
  | "key-does-not-match"
  | "certificate-expired"
  | "certificate-not-yet-valid"
  | "certificate-not-usable";

export class OwnCertificateError extends Error {
  override readonly name = "OwnCertificateError";
  readonly problem: OwnCertificateProblem;

  constructor(problem: OwnCertificateProblem) {
    super(problem);
    this.problem = problem;
  }

  /** Which of the two it is about. */
  get field(): "certificate" | "key" {
    return this.problem === "not-a-key" || this.problem.startsWith("key-") ? "key" : "certificate";
  }
}

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * @param given PEM; the chain in any order, other text around it is dropped
 * @returns key and chain, the box's own certificate first
 * @throws OwnCertificateError
 */
export function checkOwnCertificate(given: KeyAndCertificate, nowMs: number): KeyAndCertificate {
  const chain = (given.certificate.match(BLOCK) ?? []).map(parseCertificate);
  if (chain.length === 0) throw new OwnCertificateError("not-a-certificate");
  const key = parseKey(given.key);
  const own = chain.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw new OwnCertificateError("key-does-not-match");
  if (Date.parse(own.validTo) <= nowMs) throw new OwnCertificateError("certificate-expired");
  if (Date.parse(own.validFrom) > nowMs) throw new OwnCertificateError("certificate-not-yet-valid");
  const usable = {
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: [own, ...chain.filter((other) => other !== own)].map(String).join(""),
  };
  try {
    createSecureContext({ key: usable.key, cert: usable.certificate });
  } catch (error) {
    // What OpenSSL does not take: keys that are too short, kinds that TLS does not know.
    if (error instanceof Error) throw new OwnCertificateError("certificate-not-usable");
    throw error;
  }
  return usable;
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    if (error instanceof Error) throw new OwnCertificateError("not-a-certificate");
    throw error;
  }
}

function parseKey(pem: string): KeyObject {
  if (pem.includes("ENCRYPTED")) throw new OwnCertificateError("key-encrypted");
  try {
    return createPrivateKey(pem);
  } catch (error) {
    if (error instanceof Error) throw new OwnCertificateError("not-a-key");
    throw error;
  }
}
