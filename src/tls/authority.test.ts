import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { issueCertificate, type KeyAndCertificate, makeAuthority, namesOf, speakerOf } from "./authority.ts";

const DAY_MS = 86_400_000;
const now = Date.now();
const NAMES = ["hotline.local", "shop-pbx", "192.168.1.50", "fd00::5", "localhost"];

/** What OpenSSL says of the certificate when it trusts this authority alone. */
async function verdict(authority: KeyAndCertificate, server: KeyAndCertificate): Promise<string> {
  return await withTemporaryDir(async (dir) => {
    const [ca, certificate] = [join(dir, "ca"), join(dir, "certificate")];
    writeFileSync(ca, authority.certificate);
    writeFileSync(certificate, server.certificate);
    const { stdout, stderr } = spawnSync(
      "openssl",
      ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca, certificate],
      { encoding: "utf8" },
    );
    return `${stdout}${stderr}`;
  });
}

const textOf = ({ certificate }: KeyAndCertificate) =>
  execFileSync("openssl", ["x509", "-noout", "-text"], { input: certificate, encoding: "utf8" });

test("OpenSSL takes what the authority signed for names of local networks, strictly by RFC 5280", async () => {
  const authority = await makeAuthority("shop-pbx", now);
  const server = await issueCertificate(authority, NAMES, now);
  expect(await verdict(authority, server)).toMatch(/: OK\n$/);
  expect(namesOf(new X509Certificate(server.certificate))).toEqual([
    ...NAMES.slice(0, 2),
    "192.168.1.50",
    "fd00:0:0:0:0:0:0:5",
    "localhost",
  ]);
  const text = textOf(authority);
  expect(text).toMatch(/ASN1 OID: prime256v1/);
  expect(text).toMatch(/X509v3 Name Constraints: critical\s+Permitted:\s+DNS:local\s/);
  expect(text).toMatch(/IP:192.168.0.0\/255.255.0.0/);
  expect(text).toMatch(/CA:TRUE, pathlen:0/);
});

test("for any other name or address it is not believed, whoever holds its key", async () => {
  const authority = await makeAuthority("shop-pbx", now);
  const maySpeakFor = speakerOf(authority);
  for (const name of ["bank.example", "other-host", "local.example", "8.8.8.8", "172.32.0.1", "2001:db8::1"]) {
    const said = await verdict(authority, await issueCertificate(authority, [name], now));
    const isRefused = said.includes("permitted subtree violation");
    expect({ name, may: maySpeakFor(name), isRefused }).toEqual({ name, may: false, isRefused: true });
  }
  for (const name of ["shop-pbx", "a.b.local", "pbx.lan", "172.31.0.1", "fe80::1"])
    expect({ name, may: maySpeakFor(name) }).toEqual({ name, may: true });
});

test("the authority holds ten years, what it signs less than browsers still take", async () => {
  const authority = await makeAuthority("hotline", now);
  const server = await issueCertificate(authority, ["hotline.local"], now);
  const days = ({ certificate }: KeyAndCertificate) => {
    const { validFrom, validTo } = new X509Certificate(certificate);
    return (Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS;
  };
  expect(days(authority)).toBe(3650);
  expect(days(server)).toBeLessThanOrEqual(397);
  expect(days(server)).toBeGreaterThan(390);
});
