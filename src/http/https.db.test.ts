/** The panel by HTTPS, on real sockets, as curl and Node's own client see it. */
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { SecretFiles } from "../config/secret-files.ts";
import { AcmeAuthority } from "../testing/acme-authority.ts";
import { getSecurely, type SecurePlace } from "../testing/secure-panel.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { SETUP, startTestApi, type TestApi } from "../testing/test-api.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";
import { issueCertificate, makeAuthority } from "../tls/authority.ts";
import type { BoxNames } from "../tls/local-names.ts";
import { PanelAcme } from "../tls/panel-acme.ts";
import { PanelCertificate } from "../tls/panel-certificate.ts";

const run = promisify(execFile);

interface Bench {
  api: TestApi;
  place: SecurePlace;
  certificate: PanelCertificate;
  acme: PanelAcme;
  /** On the internet; it asks for challenges at `api`. */
  authority: AcmeAuthority;
  box: BoxNames;
  dir: string;
}

async function withHttps(work: (bench: Bench) => Promise<void>): Promise<void> {
  await withTestDatabase(async ({ db }) =>
    withTemporaryDir(async (dir) => {
      const box: BoxNames = { hostName: "hotline", announced: "hotline.local", addresses: ["192.168.1.50"] };
      const authority = await AcmeAuthority.open();
      const fail = (data: object, message: string) => expect.fail(`${message} ${JSON.stringify(data)}`);
      const parts = {
        secrets: new SecretFiles(join(dir, "secrets")),
        log: { info: () => undefined, warn: () => undefined, error: fail },
        nowMs: () => Date.now(),
      };
      const certificate = new PanelCertificate({ ...parts, names: () => Promise.resolve({ ...box }) });
      await certificate.start();
      const acme = new PanelAcme({ ...parts, certificate, directory: authority.directory });
      await acme.start();
      const https = { certificate, acme, port: () => api.securePort };
      const api: TestApi = await startTestApi(db, dir, { https }, certificate);
      authority.challengePort = Number(new URL(api.origin).port);
      try {
        await api.panel.post("/setup", SETUP);
        const ca = await (await fetch(`${api.origin}/ca.crt`)).text();
        const place = { host: "127.0.0.1", port: api.securePort ?? 0, name: "hotline.local", ca };
        await work({ api, place, certificate, acme, authority, box, dir });
      } finally {
        await acme.stop();
        await authority.close();
        await api.stop();
        await certificate.stop();
      }
    }),
  );
}

test("whoever trusts the box's authority reaches it by name and by address, and nobody else does", async () => {
  await withHttps(async ({ api, place, dir }) => {
    const given = await fetch(`${api.origin}/ca.crt`);
    expect(given.headers.get("content-type")).toBe("application/x-x509-ca-cert");
    const { https } = await api.panel.get<{ https: { port: number; fingerprint: string; name: string } }>("/status");
    const { fingerprint256 } = new X509Certificate(place.ca);
    expect(https).toEqual({ port: place.port, fingerprint: fingerprint256, name: "hotline.local" });

    const ca = join(dir, "ca.crt");
    writeFileSync(ca, place.ca);
    const curl = async (...words: string[]) => {
      const usual = [
        "--silent",
        "--show-error",
        "--noproxy",
        "*",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
      ];
      return await run("curl", [...usual, ...words]).then(
        ({ stdout }) => stdout,
        (error: { stderr: string }) => error.stderr,
      );
    };
    const byName = `https://hotline.local:${place.port}/`;
    const resolve = ["--resolve", `hotline.local:${place.port}:127.0.0.1`];
    expect(await curl("--cacert", ca, ...resolve, byName)).toBe("200");
    expect(await curl("--cacert", ca, `https://127.0.0.1:${place.port}/`)).toBe("200");
    expect(await curl(...resolve, byName)).toMatch(/\(60\)/);
    const other = ["--resolve", `other.local:${place.port}:127.0.0.1`, `https://other.local:${place.port}/`];
    expect(await curl("--cacert", ca, ...other)).toMatch(/\(60\).*other\.local/s);
  });
});

test("cookies are for HTTPS alone there; nothing makes a browser insist on HTTPS for ever", async () => {
  await withHttps(async ({ place }) => {
    const { login, password } = SETUP.admin;
    const headers = { "x-hotline": "1", origin: "https://hotline.local" };
    const answer = await getSecurely(place, "/api/session", { method: "POST", headers, body: { login, password } });
    expect(answer.status).toBe(200);
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict/);
    // The box's own authority is not trusted by every device: with HSTS a browser would offer no way in.
    expect(answer.headers["strict-transport-security"]).toBeUndefined();
    const session = await getSecurely(place, "/api/session", { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(JSON.parse(session.body)).toMatchObject({ login });
  });
});

test("live events and parts of recordings come by HTTPS as by HTTP", async () => {
  await withHttps(async ({ api, place, dir }) => {
    const { login, password } = SETUP.admin;
    const headers = { "x-hotline": "1", origin: "https://hotline.local" };
    const signedIn = await getSecurely(place, "/api/session", { method: "POST", headers, body: { login, password } });
    const cookie = (signedIn.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
    const path = join(dir, "sound.webm");
    writeFileSync(path, Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 128)));
    const id = "6f0c1c0e-2f0f-4d0c-9a52-0d6d7a3f5c11";
    const peaks = { durationMs: 1_000, left: [0], right: [0] };
    api.recordings.set(id, { file: { path, startedAt: new Date() }, peaks });
    const part = await getSecurely(place, `/api/recordings/${id}/audio`, { headers: { cookie, range: "bytes=10-19" } });
    expect(part.status).toBe(206);
    expect(part.headers["content-range"]).toBe("bytes 10-19/1000");
    expect([...Buffer.from(part.body)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);

    const socket = connectTls({ host: "127.0.0.1", port: place.port, ca: place.ca, servername: place.name });
    let said = "";
    socket.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    socket.write(`GET /api/events HTTP/1.1\r\nHost: hotline.local\r\nCookie: ${cookie}\r\n\r\n`);
    await expect.poll(() => said).toContain("event: switch");
    api.events.callChanged(id);
    await expect.poll(() => said).toContain("event: call-changed");
    socket.destroy();
  });
});

test("a changed name and the owner's certificate are in force for the next who comes, without a restart", async () => {
  await withHttps(async ({ api, place, certificate, box }) => {
    const second = { ...place, name: "hotline-2.local" };
    await expect(getSecurely(second, "/")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    box.announced = "hotline-2.local";
    await certificate.look();
    expect((await getSecurely(second, "/")).status).toBe(200);

    const firm = await makeAuthority("firm", Date.now());
    const own = await issueCertificate(firm, ["pbx.lan"], Date.now());
    const firms = { ...place, name: "pbx.lan", ca: firm.certificate };
    await expect(getSecurely(firms, "/")).rejects.toMatchObject({
      code: expect.stringMatching(/VERIFY|SELF_SIGNED/) as string,
    });
    const wrong = await api.panel.fetch("/panel-certificate/own", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: firm.key, certificate: own.certificate }),
    });
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ error: { fields: { key: "key-does-not-match" } } });
    await api.panel.put("/panel-certificate/own", own);
    expect((await getSecurely(firms, "/")).status).toBe(200);
    expect((await getSecurely(second, "/")).status).toBe(200);
    const seen = await api.panel.get<{ certificate: { own: object } }>("/panel-certificate");
    expect(seen.certificate.own).toMatchObject({ names: ["pbx.lan"], isForBox: false });
    expect(JSON.stringify(seen)).not.toContain("PRIVATE");
    await api.panel.delete("/panel-certificate/own");
    await expect(getSecurely(firms, "/")).rejects.toMatchObject({
      code: expect.stringMatching(/VERIFY|SELF_SIGNED/) as string,
    });
  });
});

test("whoever asks for a name that is none gets the box's certificate, and the panel goes on", async () => {
  await withHttps(async ({ api, place, certificate }) => {
    const firm = await makeAuthority("firm", Date.now());
    await certificate.useOwn(await issueCertificate(firm, ["pbx.lan"], Date.now()));
    for (const servername of ["fe80::1%eth0", "::%1", "a b", "*", "x".repeat(255)]) {
      const socket = connectTls({ host: "127.0.0.1", port: place.port, servername, rejectUnauthorized: false });
      await once(socket, "secureConnect");
      expect({ servername, names: socket.getPeerCertificate().subjectaltname }).toEqual({
        ...{ servername, names: expect.stringContaining("hotline.local") as string },
      });
      socket.destroy();
    }
    expect(await api.panel.get("/status")).toMatchObject({ product: "Hotline" });
  });
});

interface AcmeSeen {
  certificate: {
    own: { names: string[]; issuer: string } | null;
    acme: {
      authority: { name: string; terms: string | null };
      wanted: { isTrying: boolean; validUntil: string | null; failure: { reason: string } | null } | null;
    };
  };
}

const wanted = { domain: "PBX.shop.ge", email: null, hasAgreed: true };

test("a name on the internet gets its certificate from an authority there, until the owner brings another", async () => {
  await withHttps(async ({ api, place, authority }) => {
    const seen = async () => (await api.panel.get<AcmeSeen>("/panel-certificate")).certificate;
    expect((await seen()).acme).toEqual({
      authority: { name: new URL(authority.directory).host, terms: null },
      wanted: null,
    });
    authority.unknownNames.add("pbx.shop.ge");
    await api.panel.put("/panel-certificate/acme", wanted);
    const failed = await until("the try ends", async () => {
      const { acme } = await seen();
      return acme.wanted?.isTrying === false ? acme.wanted : null;
    });
    expect(failed).toMatchObject({ domain: "pbx.shop.ge", validUntil: null, failure: { reason: "name-unknown" } });
    authority.unknownNames.clear();
    await api.panel.put("/panel-certificate/acme", wanted);
    await until("there is a certificate", async () => (await seen()).acme.wanted?.validUntil);
    const outside = { ...place, name: "pbx.shop.ge", ca: authority.pem };
    expect((await getSecurely(outside, "/")).status).toBe(200);
    expect((await getSecurely(place, "/")).status).toBe(200);
    expect(JSON.stringify(await seen())).not.toContain("PRIVATE");

    const firm = await makeAuthority("firm", Date.now());
    const own = await issueCertificate(firm, ["pbx.lan"], Date.now());
    await api.panel.put("/panel-certificate/own", own);
    expect(await seen()).toMatchObject({ own: { names: ["pbx.lan"] }, acme: { wanted: null } });
    await api.panel.put("/panel-certificate/acme", wanted);
    await until("it takes the other's place", async () => (await seen()).own?.names.includes("pbx.shop.ge"));
    await api.panel.delete("/panel-certificate/acme");
    expect(await seen()).toMatchObject({ own: null, acme: { wanted: null } });
  });
});

test("names that no authority speaks for, and who has not agreed, are told so at their fields", async () => {
  await withHttps(async ({ api, acme }) => {
    const problems = async (given: object) => {
      const answer = await api.panel.fetch("/panel-certificate/acme", {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...wanted, ...given }),
      });
      const { error } = (await answer.json()) as { error: { fields: object } };
      return { status: answer.status, fields: error.fields };
    };
    for (const [given, fields] of [
      [{ domain: " " }, { domain: "required" }],
      [{ domain: "203.0.113.7" }, { domain: "no-address-here" }],
      [{ domain: "hotline.local" }, { domain: "local-name" }],
      [{ domain: "*.shop.ge" }, { domain: "no-wildcard" }],
      [{ domain: "https://shop.ge" }, { domain: "not-a-domain" }],
      [{ email: "owner" }, { email: "not-an-address" }],
      [{ hasAgreed: false }, { hasAgreed: "has-to-agree" }],
    ])
      expect(await problems(given ?? {})).toEqual({ status: 422, fields });
    expect(acme.view).toBeNull();
  });
});

test("challenges are answered by plain HTTP to everybody, and only while they are expected", async () => {
  await withHttps(async ({ api, authority }) => {
    const path = "/.well-known/acme-challenge/";
    const ask = async (name: string) => await api.from("203.0.113.9", name, { headers: { host: "pbx.shop.ge" } });
    for (const token of ["", "a/b", "unknown", "..%2f..%2fapi%2fstatus"]) {
      const answer = await ask(`${path}${token}`);
      expect({ token, status: answer.status, leadsTo: answer.headers.get("location") }).toEqual({
        ...{ token, status: 404, leadsTo: null },
      });
    }
    expect((await ask("/calls")).status).toBe(308);
    const asked: string[] = [];
    const between = createServer((request, response) => {
      asked.push(request.url ?? "");
      void ask(request.url ?? "").then(async (answer) => {
        response.writeHead(answer.status).end(await answer.text());
      });
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    authority.challengePort = (between.address() as { port: number }).port;
    await api.panel.put("/panel-certificate/acme", wanted);
    await until("there is a certificate", () => authority.issued.length > 0);
    between.close();
    expect(asked).toHaveLength(1);
    await until("the challenge is over", async () => (await ask(asked[0] ?? "")).status === 404);
  });
});

test("nonsense at the door harms nobody: plain HTTP, endless greetings, and who says nothing", async () => {
  await withHttps(async ({ place }) => {
    const open = (first: Buffer | string) => {
      const socket = connectSocket(place.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.resume();
      socket.write(first);
      return { socket, closed: once(socket, "close") };
    };
    const plain = open("GET / HTTP/1.1\r\nHost: hotline.local\r\n\r\n");
    // A record of a greeting that says it is 16 KiB long and of 16 MiB in all (RFC 8446, 4 and 5.1).
    const greeting = Buffer.concat([
      Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff, 3, 3]),
      Buffer.alloc(200_000, 0x41),
    ]);
    const endless = open(greeting);
    const silent = Array.from({ length: 100 }, () => open(""));
    const halfway = Array.from({ length: 20 }, () => {
      const socket = connectTls({ host: "127.0.0.1", port: place.port, ca: place.ca, servername: place.name });
      socket.on("error", () => undefined);
      socket.resume();
      socket.write("GET / HTTP/1.1\r\nHost: hotline.local\r\nX-A: ");
      const more = setInterval(() => socket.write("a"), 200);
      return { socket, closed: once(socket, "close").finally(() => clearInterval(more)) };
    });
    await Promise.all([plain.closed, endless.closed]);
    for (let turn = 0; turn < 5; turn += 1) expect((await getSecurely(place, "/api/status")).status).toBe(200);
    await Promise.all([...silent, ...halfway].map(({ closed }) => closed));
    expect((await getSecurely(place, "/api/status")).status).toBe(200);
  });
});
