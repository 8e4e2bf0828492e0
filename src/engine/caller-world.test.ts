import { expect, test } from "vitest";
import { newCallId, type OperatorId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { FlowDocument } from "../flows/ivr/document.ts";
import type { IvrEvent } from "../flows/ivr/ivr-types.ts";
import { emptyFlow } from "../flows/ivr/templates.ts";
import { documentOf } from "../testing/any-flow.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { routingConfiguration, routingTrunk } from "../testing/routing.ts";
import { until } from "../testing/until.ts";
import { CallerRequests } from "./caller-requests.ts";
import { callerWorld } from "./caller-world.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const FACTS = { isKnown: true, category: null, isBlocked: false, daysSinceLastCall: 3 };

/** A trunk that puts a 9 before every number. */
function around(asked: E164[] = []) {
  const flow = documentOf(emptyFlow());
  const trunk = routingTrunk(1, { incoming: { numberFormat: "national", prefix: "9" } });
  const configuration: RoutingConfiguration<FlowDocument> = {
    ...routingConfiguration({ trunks: [trunk] }),
    ...{ flow, flows: [flow], formerFlows: [] },
  };
  return {
    configuration: () => configuration,
    prompts: { file: () => null },
    spokenTexts: { hasVoice: () => true, prepare: async () => true, file: () => null },
    lookUps: { ask: async () => ({ ok: false, reason: "unreachable" }) as const },
    callerBook: {
      ask: async (number: E164) => {
        asked.push(number);
        return FACTS;
      },
    },
    board: { view: (ids: readonly OperatorId[]) => ({ free: ids, registeredCount: ids.length }) },
    logger: keptLog(),
    nowMs: () => NOW_MS,
  };
}

test.each([
  ["as the trunk delivers it", "9599112233", "trunk-1", "+995599112233"],
  ["by no trunk of ours: as people write it here", "599112233", null, "+995599112233"],
  ["hidden", "anonymous", "trunk-1", null],
  ["letters", "shop", "trunk-1", null],
])(
  "the caller's number, %s, is the same for the flow and for the book of callers",
  async (_, number, gateway, e164) => {
    const asked: E164[] = [];
    const parts = around(asked);
    const call = { number, gateway, dialled: "0322112233", startedAtMs: NOW_MS };
    expect(callerWorld(parts, call).caller.e164).toBe(e164);
    const told: IvrEvent[] = [];
    const requests = new CallerRequests({ ...call, callId: newCallId() }, parts, (event) => told.push(event));
    requests.carryOut({ type: "ask-about-caller", requestId: 1 });
    await until("it is answered", () => told.length > 0);
    expect(told).toEqual([{ type: "caller-known", requestId: 1, facts: e164 === null ? null : FACTS }]);
    expect(asked).toEqual(e164 === null ? [] : [e164]);
  },
);

test("what is dropped is not answered any more", async () => {
  const told: IvrEvent[] = [];
  const call = { number: "599112233", gateway: null, callId: newCallId(), startedAtMs: NOW_MS };
  const requests = new CallerRequests(call, around(), (event) => told.push(event));
  requests.carryOut({ type: "ask-about-caller", requestId: 1 });
  requests.carryOut({ type: "ask-about-caller", requestId: 2 });
  requests.carryOut({ type: "drop-request", requestId: 1 });
  await until("the other is answered", () => told.length > 0);
  expect(told.map((event) => "requestId" in event && event.requestId)).toEqual([2]);
});
