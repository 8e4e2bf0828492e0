import { afterAll, beforeAll, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { agrees, CallBackSite } from "../testing/call-back-site.ts";
import type { Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/**
 * The connection with the switch is gone for a moment, shorter than the guard waits, and in it the first trunk turns out not to carry the call:
 * the switch brings the waiting leg back to a daemon that does not hear of it.
 */
const SHORTLY_BEFORE_MS = 5_400;
const AWAY_MS = 1_100;

let firm: CallBackSite;
let site: Site;
let second: ScriptedPhone;
let anna: ScriptedPhone;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101"], isProxied: true });
  ({ site } = firm);
  second = await ScriptedPhone.open({ user: "second" });
  const trunk = { name: "Mobile", kind: "mobile", mode: "ip-peer", server: "127.0.0.1", port: second.address.port };
  await site.panel.post("/trunks", trunk);
  anna = await site.operator("101");
  // A black hole: given up after 6 s (timer-T1X64).
  firm.world.operator = { ...firm.world.operator, isSilent: true };
});
afterAll(async () => {
  await second?.close();
  await firm?.close();
});

async function loseConnectionAsTheTrunkFails(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SHORTLY_BEFORE_MS));
  site.proxy?.cut({ andRefuse: true });
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  site.proxy?.accept();
}

test("a phone that dials is let go, as nobody knows whether it rang there", { timeout: 60_000 }, async () => {
  const call = await anna.call("0322998811");
  await loseConnectionAsTheTrunkFails();
  await call.until("ended", { timeoutMs: 10_000 });
  // By the switch leg that failed, or by the loss: whichever the daemon comes to know of first.
  expect(["failed", "cut-off"]).toContain((await site.logged("0322998811")).outcome);
  expect(second.incoming.waiting).toBe(0);
});

test("a phone whose call is answered meanwhile: it is logged as the talk that it is", { timeout: 60_000 }, async () => {
  const number = "0322998812";
  await site.panel.patch(`/trunks/${firm.trunkId}`, { isEnabled: false });
  const call = await anna.call(number);
  const there = await second.incoming.next();
  site.proxy?.cut({ andRefuse: true });
  there.answer();
  await call.until("talking");
  site.proxy?.accept();
  await site.untilConnected();
  await until("the board shows it", async () => (await site.liveCalls()).some(({ phase }) => phase === "talking"));
  await call.hangUp();
  expect(await site.logged(number)).toMatchObject({ outcome: "talked", operatorName: "Operator 101" });
  await site.panel.patch(`/trunks/${firm.trunkId}`, { isEnabled: true });
});

test("the operator who waits for a missed caller is let go, and it was a try", { timeout: 60_000 }, async () => {
  const { number } = await firm.missedCaller();
  await firm.redial({});
  const operator = await agrees(anna);
  await firm.redial({ isEnabled: false });
  await loseConnectionAsTheTrunkFails();
  await operator.until("ended", { timeoutMs: 10_000 });
  const { tries } = await firm.untilTicket(number, ({ attempts }) => typeof attempts[0]?.outcome === "string");
  expect(tries).toBe(1);
  expect(second.incoming.waiting).toBe(0);
});
