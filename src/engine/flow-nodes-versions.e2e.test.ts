import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { FlowSite, kindsOf, NO, type Nodes, notesOf, YES } from "../testing/flow-site.ts";
import { converse, type LoggedCall, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** A flow changes, or the daemon is killed, while callers are in it: each goes on where they are, in the version that they met. */
let firm: FlowSite;
let anna: ScriptedPhone;

beforeAll(async () => {
  firm = await FlowSite.open({ operators: ["101", "102"] });
  anna = await firm.site.operator("101");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  firm.orders.letGo();
  await firm.untilQuiet();
});
afterAll(async () => await firm?.close());

const ASK = toneOf("menu");
const BACK_MS = 20_000;

async function ended(call: PhoneCall & { number: string }): Promise<LoggedCall> {
  await call.hangUp();
  return await firm.site.logged(call.number);
}

async function killed(): Promise<void> {
  await firm.site.daemon.kill();
  await firm.site.daemon.start();
  await firm.site.untilConnected();
}

async function addOperator(extension: string): Promise<number> {
  const { operator } = await firm.site.panel.post<{ operator: { operatorId: number } }>("/operators", {
    ...{ name: "For a day", extension },
  });
  return operator.operatorId;
}

const menu = (one: string): Nodes => ({
  ask: { type: "menu", prompt: "menu", choices: { "1": one }, timeoutMs: 20_000, otherwise: "people" },
});

describe("another version is published while callers are in the flow", () => {
  test("they finish on theirs, new ones meet the new one, and after a roll-back the old one again", async () => {
    const first = await firm.publish(menu("yes"));
    const early = await firm.site.callIn();
    await early.ear.hears(ASK);
    await firm.publish(menu("no"));
    const late = await firm.site.callIn();
    await late.ear.hears(ASK);
    await firm.site.panel.post("/flows/main/roll-back", { version: first });
    const last = await firm.site.callIn();
    await last.ear.hears(ASK);
    for (const [call, heard] of [
      [early, YES],
      [late, NO],
      [last, YES],
    ] as const) {
      await call.pressKey("1");
      await call.ear.hears(heard);
      await call.hangUp();
    }
  });

  test("also when the daemon is killed meanwhile", async () => {
    await firm.publish(menu("yes"));
    const call = await firm.site.callIn();
    await call.ear.hears(ASK);
    await firm.publish({ hello: { type: "say", prompt: "greeting", next: "end" } });
    await killed();
    await call.ear.hears(ASK, { timeoutMs: BACK_MS });
    await call.pressKey("1");
    await call.ear.hears(YES);
    expect(call.ear.log.map(({ tone }) => tone)).not.toContain(toneOf("greeting").name);
    const fresh = await firm.site.callIn();
    await fresh.ear.hears(toneOf("greeting"));
  });

  test("a flow is deleted while a caller is in it: they go on in it", async () => {
    const { flowId } = await firm.site.panel.post<{ flowId: string }>("/flows", { name: "Fair", template: "empty" });
    await firm.publish(menu("yes"), { flow: flowId });
    const call = await firm.callInto({ on: { type: "go-to-flow", flowId } });
    await call.ear.hears(ASK);
    await firm.publish(menu("no"));
    await firm.site.panel.delete(`/flows/${flowId}`);
    await call.pressKey("1");
    await call.ear.hears(YES);
  });
});

describe("what a flow names is gone", () => {
  test("the operator of a version that callers are still in: the branch for it; and the version does not come back", async () => {
    const operatorId = await addOperator("150");
    const version = await firm.publish({
      ...menu("one"),
      one: { type: "operator", operatorId, ringSeconds: 5, noAnswer: "no" },
    });
    const call = await firm.site.callIn();
    await call.ear.hears(ASK);
    const early = await firm.site.panel.fetch(`/operators/${operatorId}`, { method: "DELETE" });
    expect(early.status).toBe(409);
    await firm.publish(menu("yes"));
    await firm.site.panel.delete(`/operators/${operatorId}`);
    await call.pressKey("1");
    await call.ear.hears(NO);
    const refused = await firm.site.panel.fetch("/flows/main/roll-back", {
      ...{ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ version }) },
    });
    expect([refused.status, await refused.json()]).toEqual([
      422,
      { error: { code: "flow-has-errors", params: { count: 1 }, fields: { one: "no-such-operator" } } },
    ]);
  });

  test("all operators of a group: nobody is rung, the caller hears ringing for a little and goes on", async () => {
    const operatorId = await addOperator("151");
    await firm.publish({
      ...menu("group"),
      group: { type: "ring-group", operatorIds: [operatorId], maxWaitSeconds: 600, noAnswer: "no" },
    });
    const call = await firm.site.callIn();
    await call.ear.hears(ASK);
    await firm.publish(menu("yes"));
    await firm.site.panel.delete(`/operators/${operatorId}`);
    await call.pressKey("1");
    await call.ear.hears(RINGBACK);
    await call.ear.hears(NO, { timeoutMs: 25_000 });
    expect((await ended(call)).legs.map(({ role }) => role)).toEqual(["caller"]);
    expect(anna.incoming.waiting).toBe(0);
  });
});

describe("the daemon is killed", () => {
  const order = (change: Record<string, unknown> = {}): Nodes => ({
    ask: {
      ...{ type: "collect", prompt: "menu", variable: "order", minDigits: 4, maxDigits: 6, timeoutMs: 20_000 },
      ...{ next: "find", otherwise: "people" },
    },
    find: {
      ...{ type: "look-up", url: firm.orders.url("/held/{order}"), deadlineMs: 10_000, prompt: null },
      ...{ outputs: [{ variable: "number", path: "number" }], next: "yes", failed: "no" },
      ...change,
    },
  });
  const untilAsked = async (times: number) => {
    await until(
      `the server was asked ${times} times`,
      () => firm.orders.asked.filter((path) => path === "/held/4711").length === times,
      BACK_MS,
    );
  };
  const asked = () => firm.orders.asked.filter((path) => path === "/held/4711").length;

  test("while a caller types: asked again, and what they type then is the value", async () => {
    const call = await firm.callInto({ ...order(), find: { type: "say", prompt: "information", next: "end" } });
    await call.ear.hears(ASK);
    await call.pressKey("47");
    await killed();
    await call.ear.hears(ASK, { timeoutMs: BACK_MS });
    await call.pressKey("4711#");
    await call.ear.hears(YES);
    const logged = await ended(call);
    expect(notesOf(logged, "collected")).toMatchObject([{ digits: "4711" }]);
    expect(kindsOf(logged)).toContain("taken-back");
  });

  test("during a look-up: asked again for the number that was typed before, and the caller goes on", async () => {
    const before = asked();
    const call = await firm.callInto(order());
    await call.ear.hears(ASK);
    await call.pressKey("4711#");
    await untilAsked(before + 1);
    await killed();
    await untilAsked(before + 2);
    firm.orders.letGo();
    await call.ear.hears(YES);
    const logged = await ended(call);
    expect(notesOf(logged, "looked-up")).toHaveLength(1);
    expect(await firm.site.callsOf(call.number)).toHaveLength(1);
  });

  test("while something is posted: not posted twice, the other branch", async () => {
    const before = asked();
    const call = await firm.callInto(order({ method: "POST" }));
    await call.ear.hears(ASK);
    await call.pressKey("4711#");
    await untilAsked(before + 1);
    await killed();
    await call.ear.hears(NO, { timeoutMs: BACK_MS });
    expect(asked()).toBe(before + 1);
    expect(notesOf(await ended(call), "look-up-failed")).toEqual([{ node: "find", reason: "interrupted" }]);
  });

  test("while a number outside rings: it is let go, rung again, and both talk", async () => {
    const call = await firm.callInto({
      out: { type: "outside-number", number: "+995599770123", ringSeconds: 40, failed: "no" },
    });
    const first = await firm.world.incoming.next();
    await killed();
    await first.until("ended", { timeoutMs: BACK_MS });
    const second = await firm.world.incoming.next({ timeoutMs: BACK_MS });
    second.answer();
    await converse(call, second);
    const logged = await ended(call);
    expect(logged.outcome).toBe("talked");
    expect(await firm.site.callsOf(call.number)).toHaveLength(1);
  });

  test("after the wish to be called back was said: it is kept", async () => {
    const call = await firm.callInto({
      wish: { type: "callback", prompt: "greeting", next: "ask", hidden: "ask" },
      ...menu("yes"),
    });
    await call.ear.hears(ASK, { timeoutMs: 10_000 });
    await killed();
    await call.ear.hears(ASK, { timeoutMs: BACK_MS });
    expect((await ended(call)).outcome).toBe("callback-requested");
  });
});
