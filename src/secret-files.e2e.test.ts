/** Everything that a running site leaves on its disk: who may read it, and whether a password stands in it. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Site } from "./testing/site.ts";
import { freeTcpPort } from "./testing/temporary.ts";
import { until } from "./testing/until.ts";

const TRUNK_PASSWORD = "Trunk-Password-8f3a";
const ADMIN_PASSWORD = "a long enough password";
/** Files that have to say a secret in clear, and who else than the daemon reads them: the switch, of the same user. */
const KEEPERS = {
  trunk: /^secrets\/trunk-[0-9]+$|^freeswitch\/gateways\/trunk-[0-9]+\.xml$|^freeswitch\/log\/freeswitch\.xml\.fsxml$/,
  eventSocket: /^freeswitch\/(event-socket-secret|vars\.xml|log\/freeswitch\.xml\.fsxml)$/,
  key: /^secrets\/panel-(authority|certificate)$|^freeswitch\/certs\/[a-z-]+\.pem$/,
};

let site: Site;

beforeAll(async () => {
  const port = await freeTcpPort();
  site = await Site.open({
    ...{ operators: ["101"], database: "private" },
    daemonEnvironment: { HOTLINE_HTTPS_PORT: `${port}` },
  });
  await site.panel.post("/trunks", {
    ...{ name: "Provider", kind: "city", server: "127.0.0.1", port: 9, transport: "udp", mode: "register" },
    ...{ user: "account", password: TRUNK_PASSWORD },
  });
  const caller = await site.callIn();
  await caller.until("talking");
  await caller.hangUp();
  await site.logged(caller.number);
});
afterAll(async () => await site?.close());

interface Found {
  path: string;
  mode: number;
}

function walk(folder: string): Found[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [{ path, mode: lstatSync(path).mode & 0o777 }] : [];
  });
}

const named = (path: string) => relative(site.dataDir, path);
const holding = (text: string) =>
  walk(site.dataDir)
    .filter(({ path }) => readFileSync(path).includes(text))
    .map(({ path }) => named(path));

test("what holds a secret is readable by the daemon's own user alone", async () => {
  await until("the switch has the trunk", () => holding(TRUNK_PASSWORD).some((name) => name.includes("gateways/")));
  const secretOnes = [
    ...holding(TRUNK_PASSWORD),
    ...holding(site.switch.secret),
    ...holding("PRIVATE KEY"),
    ...holding(site.phones[0]?.sipPassword ?? "none"),
  ];
  expect(secretOnes.length).toBeGreaterThan(5);
  const open = walk(site.dataDir).filter(({ path, mode }) => secretOnes.includes(named(path)) && (mode & 0o077) !== 0);
  expect(open.map(({ path, mode }) => `${named(path)} ${mode.toString(8)}`)).toEqual([]);
  const inSecrets = walk(join(site.dataDir, "secrets"));
  expect(inSecrets.length).toBeGreaterThan(2);
  expect(inSecrets.filter(({ mode }) => mode !== 0o600)).toEqual([]);
});

test("a password in clear stands only where it has to be known in clear: no phone's, no person's", () => {
  expect(holding(TRUNK_PASSWORD).filter((name) => !KEEPERS.trunk.test(name))).toEqual([]);
  expect(holding(site.switch.secret).filter((name) => !KEEPERS.eventSocket.test(name))).toEqual([]);
  expect(holding("PRIVATE KEY").filter((name) => !KEEPERS.key.test(name))).toEqual([]);
  for (const { sipPassword } of site.phones) expect(holding(sipPassword)).toEqual([]);
  expect(holding(ADMIN_PASSWORD)).toEqual([]);
});

test("recordings and what the switch wrote of calls are nobody else's", () => {
  const folders = ["spool", "recordings", "messages", "journal", "freeswitch"].map((name) => join(site.dataDir, name));
  const open = folders.flatMap((folder) => (lstatSync(folder, { throwIfNoEntry: false }) ? walk(folder) : []));
  expect(open.length).toBeGreaterThan(3);
  expect(
    open.filter(({ mode }) => (mode & 0o007) !== 0).map(({ path, mode }) => `${named(path)} ${mode.toString(8)}`),
  ).toEqual([]);
});
