import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SecretFiles } from "../config/secret-files.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { issueCertificate, type KeyAndCertificate, makeAuthority } from "./authority.ts";
import type { BoxNames } from "./local-names.ts";
import type { OwnCertificateProblem } from "./own-certificate.ts";
import { AUTHORITY_SECRET, PanelCertificate, SERVER_SECRET } from "./panel-certificate.ts";

const DAY_MS = 86_400_000;
const START = Date.now();

interface Bench {
  dir: string;
  box: BoxNames;
  clock: { nowMs: number };
  certificate: PanelCertificate;
  /** Another daemon's with the same files. */
  another: () => PanelCertificate;
}

async function withCertificate(work: (bench: Bench) => Promise<void>): Promise<void> {
  await withTemporaryDir(async (path) => {
    const dir = join(path, "secrets");
    const box: BoxNames = { hostName: "hotline", announced: "hotline.local", addresses: ["192.168.1.50"] };
    const clock = { nowMs: START };
    const another = () =>
      new PanelCertificate({
        secrets: new SecretFiles(dir),
        log: { info: () => undefined, error: (data, message) => expect.fail(`${message} ${JSON.stringify(data)}`) },
        names: () => Promise.resolve({ ...box }),
        nowMs: () => clock.nowMs,
      });
    const certificate = another();
    await certificate.look();
    await work({ dir, box, clock, certificate, another });
  });
}

const inForce = (certificate: PanelCertificate) => new X509Certificate(certificate.usual?.cert ?? "");

test("it is made once, with names and addresses of the box, in files that nobody else reads", async () => {
  await withCertificate(async ({ dir, certificate, another }) => {
    expect(certificate.view?.names).toEqual([
      "hotline.local",
      "hotline",
      "localhost",
      "127.0.0.1",
      "::1",
      "192.168.1.50",
    ]);
    expect(readdirSync(dir).sort()).toEqual([AUTHORITY_SECRET, SERVER_SECRET].sort());
    for (const name of readdirSync(dir))
      expect({ name, mode: statSync(join(dir, name)).mode & 0o777 }).toEqual({ name, mode: 0o600 });
    const after = another();
    await after.look();
    expect(after.usual).toEqual(certificate.usual);
    expect(after.authorityPem).toBe(certificate.authorityPem);
    expect(certificate.view?.authority.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });
});

test("another name or address, or an end that is near, brings a new certificate by the same authority", async () => {
  await withCertificate(async ({ box, clock, certificate }) => {
    const authority = certificate.authorityPem;
    const changes: string[] = [];
    certificate.onChange(() => changes.push(inForce(certificate).serialNumber));
    await certificate.look();
    expect(changes).toHaveLength(0);

    box.addresses = ["10.1.2.3", "fd12::7"];
    await certificate.look();
    expect(inForce(certificate).checkIP("10.1.2.3")).toBeDefined();
    expect(inForce(certificate).checkIP("192.168.1.50")).toBeUndefined();
    // The network renames the second of two boxes.
    box.announced = "hotline-2.local";
    await certificate.look();
    expect(inForce(certificate).checkHost("hotline-2.local")).toBeDefined();
    expect(certificate.view?.names[0]).toBe("hotline-2.local");

    clock.nowMs += 300 * DAY_MS;
    await certificate.look();
    expect(changes).toHaveLength(2);
    clock.nowMs += 70 * DAY_MS;
    await certificate.look();
    expect(Date.parse(inForce(certificate).validTo)).toBeGreaterThan(clock.nowMs + 390 * DAY_MS);
    expect(new Set(changes).size).toBe(3);
    expect(certificate.authorityPem).toBe(authority);
  });
});

test("a damaged or removed file, or another authority, is put right by itself", async () => {
  await withCertificate(async ({ dir, certificate }) => {
    const before = certificate.authorityPem;
    const server = certificate.usual;
    writeFileSync(join(dir, SERVER_SECRET), readFileSync(join(dir, SERVER_SECRET), "utf8").slice(0, 600));
    await certificate.look();
    expect(certificate.usual).not.toEqual(server);
    expect(certificate.authorityPem).toBe(before);
    await new SecretFiles(dir).remove(AUTHORITY_SECRET);
    await certificate.look();
    expect(certificate.authorityPem).not.toBe(before);
    expect(inForce(certificate).verify(new X509Certificate(certificate.authorityPem ?? "").publicKey)).toBe(true);
  });
});

/** A certificate as a firm gets it: an authority of somebody else's, and one for a name of the firm's. */
async function firms(names = ["pbx.lan"], nowMs = START): Promise<KeyAndCertificate & { chain: string }> {
  const authority = await makeAuthority("ca", nowMs);
  const own = await issueCertificate(authority, names, nowMs);
  return { ...own, chain: authority.certificate };
}

test("the owner's certificate is in force at once for its names, the box's own for all others", async () => {
  await withCertificate(async ({ certificate, another }) => {
    const own = await firms();
    let changes = 0;
    certificate.onChange(() => (changes += 1));
    // The chain in the wrong order, and a word of the shop's before it.
    await certificate.useOwn({ key: own.key, certificate: `Dear customer,\n${own.chain}${own.certificate}` });
    expect(changes).toBe(1);
    expect(certificate.view?.own).toMatchObject({ names: ["pbx.lan"], isForBox: false });
    expect(certificate.view?.own?.issuer).toMatch(/^Hotline box /);
    expect(certificate.contextFor("pbx.lan")).not.toBe(certificate.contextFor("hotline.local"));
    expect(inForce(certificate).checkHost("hotline.local")).toBeDefined();
    const after = another();
    await after.look();
    expect(after.view?.own?.names).toEqual(["pbx.lan"]);
    await certificate.dropOwn();
    expect(certificate.view?.own).toBeNull();
    expect(certificate.contextFor("pbx.lan")).toBe(certificate.contextFor("hotline.local"));
  });
});

test("what cannot be used is refused with its reason, and what was in force stays so", async () => {
  await withCertificate(async ({ dir, clock, certificate }) => {
    // OpenSSL makes its own by the true time.
    clock.nowMs += DAY_MS;
    const good = await firms(["hotline.local"]);
    await certificate.useOwn(good);
    expect(certificate.view?.own?.isForBox).toBe(true);
    const before = certificate.view;
    const refusal = async (given: KeyAndCertificate) => {
      const error: unknown = await certificate.useOwn(given).then(
        () => null,
        (reason: unknown) => reason,
      );
      return certificate.refusalOf(error);
    };
    const key = (words: readonly string[]) => execFileSync("openssl", words, { encoding: "utf8", stdio: "pipe" });
    const [weak, weakCertificate] = [join(dir, "weak-key"), join(dir, "weak-certificate")];
    key([
      "req",
      "-x509",
      "-newkey",
      "rsa:512",
      "-nodes",
      "-subj",
      "/CN=a.local",
      "-keyout",
      weak,
      "-out",
      weakCertificate,
    ]);
    const cases: [KeyAndCertificate, "key" | "certificate", OwnCertificateProblem][] = [
      [{ ...good, key: (await firms()).key }, "key", "key-does-not-match"],
      [{ ...good, key: "hello" }, "key", "not-a-key"],
      [{ ...good, key: key(["genpkey", "-algorithm", "RSA", "-aes256", "-pass", "pass:x"]) }, "key", "key-encrypted"],
      [{ ...good, certificate: "hello" }, "certificate", "not-a-certificate"],
      [
        { ...good, certificate: good.certificate.replace(/MII.{9}/, "MIIAAAAAAAAA") },
        "certificate",
        "not-a-certificate",
      ],
      [await firms(["a.local"], START - 500 * DAY_MS), "certificate", "certificate-expired"],
      [await firms(["a.local"], START + 9 * DAY_MS), "certificate", "certificate-not-yet-valid"],
      [
        { key: readFileSync(weak, "utf8"), certificate: readFileSync(weakCertificate, "utf8") },
        "certificate",
        "certificate-not-usable",
      ],
    ];
    for (const [given, field, problem] of cases) expect(await refusal(given)).toEqual({ field, problem });
    expect(certificate.view).toEqual(before);
  });
});
