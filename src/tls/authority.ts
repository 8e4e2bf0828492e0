/**
 * The box's own certificate authority and the certificates that it signs: ECDSA on P-256, X.509 version 3 (RFC 5280). Pure but for the dice:
 * names and times come in, PEM comes out.
 */
import "reflect-metadata";
import { createHash, KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from "@peculiar/asn1-x509";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { isPermittedName, PERMITTED_NAMES, PERMITTED_NETWORKS } from "./local-names.ts";

/** A key and the certificate for it, both PEM. */
export interface KeyAndCertificate {
  key: string;
  certificate: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 10 * 365;
/** Browsers take no more than 398; the day before is for clocks that are behind. */
const SERVER_DAYS = 396;
const BACKDATED_DAYS = 1;
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/**
 * An authority that can speak for names and addresses of local networks alone: who trusts it trusts nobody for the rest of the internet.
 * @param hostName the box's, without a domain; it too may then stand in certificates
 */
export async function makeAuthority(hostName: string, nowMs: number): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const mark = createHash("sha256")
    .update(await spki(keys.publicKey))
    .digest("hex")
    .slice(0, 6)
    .toUpperCase();
  const names = [...PERMITTED_NAMES, ...(isIP(hostName) === 0 && !hostName.includes(".") ? [hostName] : [])];
  const permitted = [
    ...names.map((dNSName) => new GeneralName({ dNSName })),
    ...PERMITTED_NETWORKS.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const constraints = new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(permitted.map((base) => new GeneralSubtree({ base }))),
  });
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=Hotline box ${mark}, O=Hotline`,
    keys,
    serialNumber: serialNumber(),
    ...lifetime(nowMs, AUTHORITY_DAYS),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(id_ce_nameConstraints, true, AsnConvert.serialize(constraints)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: privatePem(keys.privateKey), certificate: `${certificate.toString("pem")}\n` };
}

/** @param names host names and addresses; the authority must be allowed to speak for each */
export async function issueCertificate(
  authority: KeyAndCertificate,
  names: readonly string[],
  nowMs: number,
): Promise<KeyAndCertificate> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8(authority.key), CURVE, false, ["sign"]);
  const issuerKey = await webcrypto.subtle.importKey(
    "spki",
    issuer.publicKey.export({ type: "spki", format: "der" }),
    CURVE,
    true,
    ["verify"],
  );
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? "hotline.local"}, O=Hotline`,
    // Node writes one part of a name on each line, in the order of the certificate.
    issuer: issuer.subject.split("\n").join(", "),
    publicKey: keys.publicKey,
    signingKey,
    serialNumber: serialNumber(),
    ...lifetime(nowMs, SERVER_DAYS),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) > 0 ? ("ip" as const) : ("dns" as const), value })),
      ),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: privatePem(keys.privateKey), certificate: `${certificate.toString("pem")}\n` };
}

/** Names and addresses that a certificate is for, as it was given them; of a foreign one, all that it names. */
export function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ").flatMap((part) => {
    const [, kind, value = ""] = /^(DNS|IP Address):(.+)$/.exec(part) ?? [];
    return kind === undefined ? [] : [value.toLowerCase()];
  });
}

/** As the screen and browsers show it: `AB:CD:…`, SHA-256 of the certificate. */
export const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;

/** Whether the authority may speak for the name; a bare host name only if it was the box's when the authority was made. */
export function speakerOf(authority: KeyAndCertificate): (name: string) => boolean {
  const extension = new ParsedCertificate(authority.certificate).getExtension(id_ce_nameConstraints);
  const constraints = extension && AsnConvert.parse(extension.value, NameConstraints);
  const hosts = new Set((constraints?.permittedSubtrees ?? []).map(({ base }) => base.dNSName));
  return (name) => isPermittedName(name) || hosts.has(name);
}

function lifetime(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(nowMs - BACKDATED_DAYS * DAY_MS),
    notAfter: new Date(nowMs + (days - BACKDATED_DAYS) * DAY_MS),
  };
}

/** Positive and of full length, as RFC 5280 section 4.1.2.2 wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

const privatePem = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();

const spki = async (key: webcrypto.CryptoKey): Promise<Buffer> =>
  Buffer.from(await webcrypto.subtle.exportKey("spki", key));

function pkcs8(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----/g, "").replaceAll(/\s/g, ""), "base64");
}
