import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { trunkId } from "./calls/ids.ts";
import { gatewayName, USUAL_TRUNK } from "./database/trunks.ts";
import type { TrunkAccount } from "./http/ports.ts";
import { ScriptedPhone } from "./lab/phone/phone.ts";
import { USUAL_OPERATOR } from "./lab/phone/registrar.ts";
import { KnownAddresses } from "./sip/known-addresses.ts";
import { LiveSwitchConfiguration } from "./switch-configuration.ts";
import { BareSwitch } from "./testing/bare-switch.ts";
import { NameServer } from "./testing/name-server.ts";
import { keptLog } from "./testing/quiet-log.ts";
import { until } from "./testing/until.ts";

const closers: (() => Promise<void> | void)[] = [];
const HOST = "sip.operator.test";
let bare: BareSwitch;
let names: NameServer;
let configuration: LiveSwitchConfiguration;

beforeEach(async () => {
  bare = await BareSwitch.open([]);
  closers.push(() => bare.close());
  names = await NameServer.open();
  closers.push(() => names.close());
  const log = keptLog();
  const addresses = new KnownAddresses(join(bare.settings.dataDir, "trunk-addresses.json"), log, [names.at]);
  configuration = new LiveSwitchConfiguration(bare.main.port, () => bare.settings, addresses, log);
  configuration.start();
  closers.push(() => configuration.stop());
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test("a line whose server is silent at one of its addresses signs in at another", async () => {
  const there = await ScriptedPhone.open({ address: "127.0.0.3", user: "operator" });
  closers.push(() => there.close());
  there.operator = { ...USUAL_OPERATOR, account: { user: "firm", password: "secret" } };
  // Nobody is at the first.
  names.addresses.set(HOST, ["127.0.0.2", "127.0.0.3"]);
  const id = trunkId(1);
  const trunk: TrunkAccount = {
    ...USUAL_TRUNK,
    ...{ trunkId: id, gateway: gatewayName(id), name: "City", kind: "city", mode: "register" },
    ...{ server: HOST, port: there.address.port, user: "firm", password: "secret" },
    ...{ codecs: [...USUAL_TRUNK.codecs], sources: [] },
  };
  expect(await configuration.applyTrunks([trunk])).toEqual({ ok: true });
  await until(
    "it is registered",
    async () => (await bare.main.port.gatewayStates()).get("trunk-1") === "registered",
    30_000,
  );
  expect(configuration.watched.map(({ address }) => address)).toEqual(["127.0.0.3"]);
  // The other's calls are this line's, too.
  expect(configuration.trunkNetworks).toEqual(expect.arrayContaining(["127.0.0.2", "127.0.0.3"]));
});
