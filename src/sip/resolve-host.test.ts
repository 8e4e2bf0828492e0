import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NameServer } from "../testing/name-server.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { temporaryDir } from "../testing/temporary.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { resolveHost } from "./resolve-host.ts";

let names: NameServer;
beforeEach(async () => {
  names = await NameServer.open();
});
afterEach(() => names.close());

test("behind SRV records are all servers at the same port, the preferred first: each of them may send calls", async () => {
  names.services.set("_sip._udp.operator.test", [
    { priority: 20, port: 5070, name: "second.operator.test" },
    { priority: 30, port: 5099, name: "elsewhere.operator.test" },
    { priority: 10, port: 5070, name: "first.operator.test" },
  ]);
  names.addresses.set("first.operator.test", ["192.0.2.9"]);
  names.addresses.set("second.operator.test", ["192.0.2.1", "192.0.2.9"]);
  names.addresses.set("elsewhere.operator.test", ["192.0.2.5"]);
  expect(await resolveHost("operator.test", 5060, "udp", [names.at])).toEqual({
    addresses: ["192.0.2.9", "192.0.2.1"],
    port: 5070,
  });
});

test("each address of a server comes into use when those before it are passed over, whatever name servers turn", async () => {
  const { path, remove } = await temporaryDir();
  try {
    const known = new KnownAddresses(join(path, "addresses.json"), keptLog(), [names.at]);
    const server = { host: "sip.operator.test", port: 5060, transport: "udp" } as const;
    const all = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
    names.addresses.set(server.host, all);
    const used: (string | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      names.addresses.set(server.host, all.toReversed());
      used.push((await known.refresh(server))?.addresses[0]);
      expect(known.passOver(server)).toBe(true);
    }
    expect(used).toEqual([...all, "192.0.2.1"]);
    names.addresses.set(server.host, ["192.0.2.2"]);
    await known.refresh(server);
    expect(known.passOver(server)).toBe(false);
  } finally {
    await remove();
  }
});
