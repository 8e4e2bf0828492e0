import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SecretFiles } from "../config/secret-files.ts";
import { AcmeAuthority } from "../testing/acme-authority.ts";
import { freeTcpPort, withTemporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";
import { pauseAfter } from "./acme-schedule.ts";
import { issueCertificate, makeAuthority } from "./authority.ts";
import { PanelAcme } from "./panel-acme.ts";
import { PanelCertificate } from "./panel-certificate.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NAME = "pbx.shop.ge";
const PATH = "/.well-known/acme-challenge/";

interface Life {
  certificate: PanelCertificate;
  acme: PanelAcme;
}

interface Bench extends Life {
  authority: AcmeAuthority;
  clock: { nowMs: number };
  /** Tokens that were asked for. */
  asked: string[];
  secretsDir: string;
  /** Another daemon's with the same files. */
  another: (directory?: string) => Promise<Life>;
}

/** A box that answers challenges at a port of its own. */
async function withAcme(work: (bench: Bench) => Promise<void>): Promise<void> {
  await withTemporaryDir(async (dir) => {
    const authority = await AcmeAuthority.open();
    const clock = { nowMs: Date.now() };
    authority.nowMs = () => clock.nowMs;
    const secretsDir = join(dir, "secrets");
    const secrets = new SecretFiles(secretsDir);
    const lives: Life[] = [];
    const another = async (directory = authority.directory) => {
      const fail = (data: object, message: string) => expect.fail(`${message} ${JSON.stringify(data)}`);
      const log = { info: () => undefined, warn: () => undefined, error: fail };
      const nowMs = () => clock.nowMs;
      const names = () => Promise.resolve({ hostName: "hotline", announced: null, addresses: [] });
      const certificate = new PanelCertificate({ secrets, log, names, nowMs });
      await certificate.look();
      const acme = new PanelAcme({ secrets, certificate, directory, log, nowMs });
      const life = { certificate, acme };
      lives.push(life);
      return life;
    };
    const life = await another();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const token = (request.url ?? "").slice(PATH.length);
      asked.push(token);
      const answer = lives.map(({ acme }) => acme.answerFor(token)).find((found) => found !== null);
      response.writeHead(answer === undefined ? 404 : 200).end(answer);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    authority.challengePort = typeof address === "object" ? (address?.port ?? 0) : 0;
    try {
      await work({ ...life, authority, clock, asked, secretsDir, another });
    } finally {
      for (const { acme } of lives) await acme.stop();
      server.closeAllConnections();
      server.close();
      await authority.close();
    }
  });
}

const wanted = { domain: NAME, email: "owner@shop.ge" };

test("a name that leads here gets a certificate, which is the owner's from then on", async () => {
  await withAcme(async ({ acme, certificate, authority, clock, asked, secretsDir }) => {
    expect(acme.view).toBeNull();
    await acme.turnOn(wanted);
    expect(acme.view).toMatchObject({ ...wanted, isTrying: true, validUntilMs: null, failure: null });
    await acme.look();
    const own = certificate.view?.own;
    expect(own).toMatchObject({ names: [NAME], issuer: "Stand-in authority" });
    const end = (own?.validUntilMs ?? 0) - clock.nowMs;
    expect(Math.round(end / DAY_MS)).toBe(90);
    expect(acme.view).toMatchObject({ isTrying: false, validUntilMs: own?.validUntilMs, failure: null });
    expect(Math.round(((acme.view?.nextTryMs ?? 0) - clock.nowMs) / DAY_MS)).toBe(60);
    expect(certificate.contextFor(NAME)).not.toBe(certificate.contextFor("hotline.local"));
    expect(authority.accounts.map(({ contact }) => contact)).toEqual([["mailto:owner@shop.ge"]]);
    // What was asked for is not answered any more.
    expect(asked).toHaveLength(1);
    expect(acme.answerFor(asked[0] ?? "")).toBeNull();
    for (const name of readdirSync(secretsDir))
      expect({ name, mode: statSync(join(secretsDir, name)).mode & 0o777 }).toEqual({ name, mode: 0o600 });
  });
});

test("what stands against it is told in its kind, and it is tried again after growing pauses", async () => {
  await withAcme(async ({ acme, authority, certificate, clock }) => {
    const right = authority.challengePort;
    const next = async () => {
      clock.nowMs = acme.view?.nextTryMs ?? 0;
      await acme.look();
      const { failure, nextTryMs = 0 } = acme.view ?? {};
      return { reason: failure?.reason, hours: (nextTryMs - clock.nowMs) / HOUR_MS };
    };
    authority.challengePort = await freeTcpPort();
    await acme.turnOn(wanted);
    expect(await next()).toEqual({ reason: "not-reachable", hours: 1 });
    expect(acme.view?.failure?.said).toBe(`${NAME}: connection refused`);
    authority.unknownNames.add(NAME);
    expect(await next()).toEqual({ reason: "name-unknown", hours: 2 });
    authority.unknownNames.clear();
    const stranger = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(stranger, "listening");
    authority.challengePort = (stranger.address() as { port: number }).port;
    expect(await next()).toEqual({ reason: "wrong-answer", hours: 4 });
    stranger.close();
    authority.challengePort = right;
    authority.refusedNames.add(NAME);
    expect(await next()).toEqual({ reason: "refused", hours: 8 });
    authority.refusedNames.clear();
    authority.retryAfterSeconds = 12 * 3_600;
    expect(await next()).toEqual({ reason: "rate-limited", hours: 16 });
    // Before it is time nobody is asked.
    authority.retryAfterSeconds = null;
    clock.nowMs += HOUR_MS;
    await acme.look();
    expect(authority.issued).toEqual([]);
    expect(certificate.view?.own).toBeNull();
    expect(await next()).toMatchObject({ reason: undefined });
    expect(authority.issued).toEqual([NAME]);
  });
});

test("pauses double from an hour to a day; what the authority asks for counts if it is longer", () => {
  expect([1, 2, 3, 5, 6, 40].map((failures) => pauseAfter(failures, null) / HOUR_MS)).toEqual([1, 2, 4, 16, 24, 24]);
  expect(pauseAfter(1, 5 * HOUR_MS)).toBe(5 * HOUR_MS);
  expect(pauseAfter(1, 5)).toBe(HOUR_MS);
  expect(pauseAfter(1, 9 * DAY_MS)).toBe(DAY_MS);
});

test("what failed while the clock was ahead is tried again as soon as it is right", async () => {
  await withAcme(async ({ acme, authority, clock }) => {
    const rightMs = clock.nowMs;
    const port = authority.challengePort;
    clock.nowMs += 365 * DAY_MS;
    authority.challengePort = await freeTcpPort();
    await acme.turnOn(wanted);
    await acme.look();
    expect(acme.view).toMatchObject({ failure: { reason: "not-reachable" } });
    authority.challengePort = port;
    clock.nowMs = rightMs;
    await acme.look();
    expect(authority.issued).toEqual([NAME]);
  });
});

test("it is renewed with a third of its life left; until that works the one in use stays", async () => {
  await withAcme(async ({ acme, authority, certificate, clock }) => {
    await acme.turnOn(wanted);
    await acme.look();
    const first = certificate.view?.own?.validUntilMs ?? 0;
    clock.nowMs += 59 * DAY_MS;
    await acme.look();
    expect(authority.issued).toHaveLength(1);
    clock.nowMs += DAY_MS;
    const right = authority.challengePort;
    authority.challengePort = await freeTcpPort();
    await acme.look();
    expect(acme.view).toMatchObject({ validUntilMs: first, failure: { reason: "not-reachable" } });
    authority.challengePort = right;
    authority.lifetimeMs = 6 * DAY_MS;
    clock.nowMs += HOUR_MS;
    await acme.look();
    expect(certificate.view?.own?.validUntilMs).not.toBe(first);
    expect(acme.view?.failure).toBeNull();
    expect(Math.round(((acme.view?.nextTryMs ?? 0) - clock.nowMs) / DAY_MS)).toBe(4);
    expect(authority.accounts).toHaveLength(1);
  });
});

test("an authority that is away is told so", async () => {
  await withAcme(async ({ another }) => {
    const { acme } = await another(`http://127.0.0.1:${await freeTcpPort()}/directory`);
    await acme.turnOn(wanted);
    await acme.look();
    expect(acme.view?.failure?.reason).toBe("authority-away");
  });
});

test("another daemon goes on where this one ended, with the same account", async () => {
  await withAcme(async ({ acme, authority, clock, another }) => {
    const right = authority.challengePort;
    authority.challengePort = await freeTcpPort();
    await acme.turnOn(wanted);
    await acme.look();
    await acme.stop();
    authority.challengePort = right;
    const after = await another();
    await after.acme.start();
    expect(after.acme.view).toEqual(acme.view);
    clock.nowMs += HOUR_MS;
    await after.acme.look();
    expect(after.certificate.view?.own?.names).toEqual([NAME]);
    await after.acme.stop();
    const last = await another();
    await last.acme.start();
    expect(last.acme.view?.validUntilMs).toBe(after.certificate.view?.own?.validUntilMs);
    expect(authority.accounts).toHaveLength(1);
  });
});

test("a daemon that is stopped in the middle of it waits for nobody, and the next one tries", async () => {
  await withAcme(async ({ acme, authority, another }) => {
    let heard = 0;
    const silent = createServer(() => (heard += 1)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const right = authority.challengePort;
    authority.challengePort = (silent.address() as { port: number }).port;
    await acme.turnOn(wanted);
    await until("the authority asks for the challenge", () => heard > 0);
    await acme.stop();
    silent.closeAllConnections();
    silent.close();
    authority.challengePort = right;
    const after = await another();
    await after.acme.start();
    await after.acme.look();
    expect(after.certificate.view?.own?.names).toEqual([NAME]);
  });
});

test("turned off, the box goes on with its own; a certificate that the owner brings takes its place", async () => {
  await withAcme(async ({ acme, certificate, authority, clock }) => {
    await acme.turnOn(wanted);
    await acme.look();
    await acme.turnOff();
    expect({ acme: acme.view, own: certificate.view?.own }).toEqual({ acme: null, own: null });

    const firm = await makeAuthority("firm", clock.nowMs);
    const brought = await issueCertificate(firm, ["pbx.lan"], clock.nowMs);
    await certificate.useOwn(brought);
    // Until there is another, the brought one stays; then it is replaced.
    authority.challengePort = 0;
    await acme.turnOn(wanted);
    await acme.look();
    expect(certificate.view?.own?.names).toEqual(["pbx.lan"]);
    await acme.turnOff();
    expect(certificate.view?.own?.names).toEqual(["pbx.lan"]);
  });
});

test("with another name the one in use stays until there is one for it", async () => {
  await withAcme(async ({ acme, certificate, authority }) => {
    await acme.turnOn(wanted);
    await acme.look();
    authority.unknownNames.add("tel.shop.ge");
    await acme.turnOn({ domain: "tel.shop.ge", email: null });
    await acme.look();
    expect(acme.view).toMatchObject({ validUntilMs: null, failure: { reason: "name-unknown" } });
    expect(certificate.view?.own?.names).toEqual([NAME]);
    await acme.turnOff();
    expect(certificate.view?.own).toBeNull();
  });
});

test("a brought certificate that is refused changes nothing; one that is taken turns it off", async () => {
  await withAcme(async ({ acme, certificate, clock, another }) => {
    const firm = await makeAuthority("firm", clock.nowMs);
    const brought = await issueCertificate(firm, ["pbx.lan"], clock.nowMs);
    await acme.turnOn(wanted);
    await acme.look();
    const before = acme.view;
    await expect(acme.giveWay(() => certificate.useOwn({ ...brought, key: firm.key }))).rejects.toThrow(
      "key-does-not-match",
    );
    expect(acme.view).toEqual(before);
    await acme.giveWay(() => certificate.useOwn(brought));
    expect(acme.view).toBeNull();
    const after = await another();
    await after.acme.start();
    expect(after.acme.view).toBeNull();
    expect(after.certificate.view?.own?.names).toEqual(["pbx.lan"]);
  });
});

test("key and certificate belong together, and the key is on P-256", async () => {
  await withAcme(async ({ acme, certificate, secretsDir }) => {
    await acme.turnOn({ domain: NAME, email: null });
    await acme.look();
    expect(certificate.view?.own?.names).toEqual([NAME]);
    const text = (await new SecretFiles(secretsDir).read("panel-own-certificate")) ?? "";
    const { publicKey } = new X509Certificate(text.slice(text.indexOf("-----BEGIN CERTIFICATE")));
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  });
});
