import { join } from "node:path";
import { expect, test } from "vitest";
import { ScriptedPhone } from "./lab/phone/phone.ts";
import { KnownAddresses } from "./sip/known-addresses.ts";
import { LiveSwitchConfiguration } from "./switch-configuration.ts";
import { BareSwitch, passwordOf } from "./testing/bare-switch.ts";
import { keptLog } from "./testing/quiet-log.ts";
import { until } from "./testing/until.ts";

/** The lab's switch stays where it was started: it is never on a box, whose address may change. */
const isFreeSwitch = process.env["HOTLINE_E2E_SWITCH"] === "freeswitch";
const MOVED = "127.0.0.2";

test.runIf(isFreeSwitch)("SIP moves to another address of the machine, and phones register there", async () => {
  const bare = await BareSwitch.open();
  let phone: ScriptedPhone | null = null;
  try {
    let settings = bare.settings;
    const log = keptLog();
    const addresses = new KnownAddresses(join(settings.dataDir, "trunk-addresses.json"), log);
    const configuration = new LiveSwitchConfiguration(bare.main.port, () => settings, addresses, log);
    const never = () => {
      throw new Error("nothing is to be moved");
    };
    expect(await configuration.applyAddress(never)).toBe(true);
    await bare.registered("101");

    settings = { ...settings, sipAddress: MOVED };
    // Somebody talks.
    const asked: string[] = [];
    expect(await configuration.applyAddress((bound) => asked.push(bound) < 0)).toBe(false);
    expect(asked).toEqual(["127.0.0.1"]);
    await bare.registered("102");

    // As SwitchAddress does it: a profile that has just been started refuses for a while.
    await until(
      "both profiles have moved",
      async () => (await configuration.applyAddress(() => true)) || undefined,
      60_000,
    );
    expect(await configuration.applyAddress(never)).toBe(true);
    const server = { address: MOVED, port: settings.phonesPort };
    phone = await ScriptedPhone.open({ server, domain: "hotline", user: "101", password: passwordOf("101") });
    await phone.register();
  } finally {
    await phone?.close();
    await bare.close();
  }
});
