import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { asked, CallBackSite, staysQuiet } from "../testing/call-back-site.ts";
import { converse, type LoggedCall, type Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Operators' phones are of many makes, too, and softphones dial what somebody clicked on. */
let firm: CallBackSite;
let site: Site;
let world: ScriptedPhone;
let anna: ScriptedPhone;
let boris: ScriptedPhone;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101", "102"] });
  ({ site, world } = firm);
  anna = await site.operator("101");
  boris = await site.operator("102");
});
afterEach(async () => await firm.tidy());
afterAll(async () => await firm?.close());

async function newest(): Promise<LoggedCall | undefined> {
  const { calls } = await site.panel.get<{ calls: LoggedCall[] }>("/calls");
  return calls[0];
}

test.each([
  ["0322 99 88 01", "0322998801"],
  ["(0322) 99-88-02", "0322998802"],
  ["+995 (32) 2.99-88-03", "+995322998803"],
  ["0322998804;phone-context=+995", "0322998804"],
])("a number that a phone sends as people write it is dialled: %s", async (written, plain) => {
  const call = await anna.call(`sip:${encodeURI(written)}@hotline`);
  const there = await world.incoming.next();
  expect(there.invite.uri).toContain("322998");
  await call.hangUp();
  await there.until("ended");
  const logged = await site.logged(plain.replace("+995", ""));
  expect(logged).toMatchObject({ direction: "outbound", dialled: plain, outcome: "abandoned-while-ringing" });
});

test.each(["reception", "0322 99 88 05 x", "1 1 1 1 1 1 1 1 1 1 1"])(
  "what is no number is refused, and the log has it as a call that failed: %s",
  async (dialled) => {
    const before = await newest();
    const call = await anna.call(`sip:${encodeURIComponent(dialled)}@hotline`);
    await call.until("ended");
    expect(call.endCause?.status).toBe(404);
    const logged = await until("it is in the log", async () => {
      const now = await newest();
      return now?.callId === before?.callId ? null : now;
    });
    expect(logged).toMatchObject({ direction: "outbound", outcome: "failed", caller: { number: "101" }, dialled });
  },
);

test("a phone that sends its calls elsewhere refuses: nobody outside is called past the rules, and a colleague is rung", async () => {
  const { number } = await firm.missedCaller();
  const elsewhere = { contact: `<sip:0900112233@${world.address.address}:${world.address.port}>` };
  anna.behaviour = { type: "reject", status: 302, headers: elsewhere };
  await firm.redial({});
  await asked(boris);
  expect(await staysQuiet(world)).toBe(true);
  const { attempts } = await firm.untilTicket(number, (one) => one.attempts.length > 1);
  expect(attempts[0]).toMatchObject({ operatorName: "Operator 101", outcome: "no-free-operator" });
});

test("an operator who holds whom they called: it is in the time line", async () => {
  const call = await anna.call("0322998806");
  const there = await world.incoming.next();
  there.answer();
  await converse(call, there);
  await call.hold();
  await call.unhold();
  await call.hangUp();
  await there.until("ended");
  const { timeline } = await site.logged("0322998806");
  const kinds = timeline.map(({ kind }) => kind);
  expect(kinds.slice(kinds.indexOf("talking"))).toEqual(expect.arrayContaining(["held", "resumed"]));
});

test("a colleague calls the missed caller by hand while an operator is asked: they are let go", async () => {
  const { number } = await firm.missedCaller();
  await firm.redial({});
  const operator = await asked(anna);
  const byHand = await boris.call(`0${number}`);
  const caller = await world.incoming.next();
  await operator.until("ended");
  expect(operator.ear.log.some(({ tone }) => tone === toneOf("redial-missed-call").name)).toBe(true);
  const found = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null);
  expect(found).toMatchObject({ tries: 0, attempts: [{ outcome: "cancelled" }] });
  await byHand.hangUp();
  await caller.until("ended");
});
