import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIGITS } from "../../../calls/digit.ts";
import { extension, flowId, operatorId } from "../../../calls/ids.ts";
import type { E164 } from "../../../calls/phone-number.ts";
import { FlowContent, type FlowContentInput, type FlowDocument } from "../../../flows/ivr/document.ts";
import { BUSINESSES, buildTemplate } from "../../../flows/ivr/templates.ts";
import { answerWith } from "./look-up-answer.ts";
import {
  type CallEvent,
  type CallSetup,
  type CallSite,
  callStep,
  pathOf,
  type SimulatedCall,
  startCall,
} from "./simulation.ts";

const MAIA = operatorId(1);
const DAVIT = operatorId(2);
const site: CallSite = {
  timeZone: "Asia/Tbilisi",
  offered: { callerLanguages: ["en"], language: "en" },
  isScheduleOpen: () => true,
  flow: () => null,
  hasPrompt: () => true,
  hasVoice: () => true,
};
const setup: CallSetup = {
  caller: {
    e164: "+995599123456" as E164,
    isHidden: false,
    facts: { isKnown: false, category: null, isBlocked: false, daysSinceLastCall: null },
  },
  dialled: "0322112233",
  numberSchedule: null,
  numberLanguage: null,
  startedAtMs: Date.parse("2026-11-23T10:00:00Z"),
  operators: [
    { operatorId: MAIA, extension: extension("101"), isThere: true },
    { operatorId: DAVIT, extension: extension("102"), isThere: false },
  ],
};
const asDocument = (content: FlowContent): FlowDocument => ({ ...content, id: flowId("main"), version: 1 });
const flow = (nodes: FlowContentInput["nodes"], start: string) =>
  asDocument(
    FlowContent.parse({
      start,
      operators: "people",
      nodes: { people: { type: "ring-group", prompt: "connecting" }, ...nodes },
    }),
  );
const shop = () => asDocument(buildTemplate("shop", "en"));
const run = (call: SimulatedCall, ...events: CallEvent[]) =>
  events.reduce((now, event) => callStep(now, event, site), call);
const at = ({ ivr: { stage } }: SimulatedCall) => ("node" in stage ? stage.node : stage.name);
const skip: CallEvent = { type: "skipped" };
const key = (digit: (typeof DIGITS)[number]): CallEvent => ({ type: "key-pressed", digit });

describe("a call in the browser", () => {
  test("goes the way of a real one: greeting, menu, a key, an operator who answers", () => {
    let call = startCall(shop(), setup, site);
    expect(at(call)).toBe("greeting");
    expect(call.playing).toMatchObject({ speech: [{ prompt: "greeting" }], isLooped: false });
    call = run(call, { type: "prompt-ended", id: call.playing?.id ?? 0 });
    expect(at(call)).toBe("menu");
    call = run(call, key("1"), skip);
    expect(at(call)).toBe("operators");
    expect(call.ringing).toEqual([MAIA]);
    call = run(call, { type: "operator-answered", operatorId: MAIA });
    expect(call.ivr.stage).toMatchObject({ name: "talking", operatorId: MAIA });
    expect(call.playing).toBeNull();
    call = run(call, { type: "hung-up", by: "operator" });
    expect(call.ended).toEqual({ by: "operator", outcome: "talked" });
    expect(run(call, key("1"), skip)).toEqual(call);
  });

  test("its path is lit: the steps it came to and the branches that it took", () => {
    const call = run(startCall(shop(), setup, site), skip, key("1"));
    const { nodes, branches } = pathOf(call.steps, "main");
    expect([...nodes]).toEqual(["language", "hours", "greeting", "menu", "tag-order", "operators"]);
    expect(branches.has("menu 1")).toBe(true);
    expect(branches.has("menu otherwise")).toBe(false);
    expect(pathOf(call.steps, "another").nodes.size).toBe(0);
  });

  test("waiting is as long as it is outside, or is passed over", () => {
    let call = run(startCall(shop(), setup, site), skip);
    expect(at(call)).toBe("menu");
    // The menu's end starts the time to think: 5 seconds.
    call = run(call, skip, { type: "time-passed", ms: 4_900 });
    expect(call.notes.some(({ kind }) => kind === "no-input")).toBe(false);
    call = run(call, { type: "time-passed", ms: 200 });
    expect(call.notes.some(({ kind }) => kind === "no-input")).toBe(true);
    expect(call.nowMs - setup.startedAtMs).toBe(5_100);
    // Repeated once, then a person.
    call = run(call, skip, skip);
    expect(at(call)).toBe("operators");
  });

  test("nobody answers: the caller leaves a message, or says nothing", () => {
    const ringing = run(startCall(shop(), setup, site), skip, key("0"));
    let call = run(ringing, { type: "operator-refused", operatorId: MAIA });
    for (let turns = 0; at(call) !== "voicemail" && turns < 200; turns += 1) call = run(call, skip);
    call = run(call, skip);
    expect(call.isRecording).toBe(true);
    const left = run(call, { type: "message-left", spokenMs: 6_000 });
    expect(at(left)).toBe("message-saved");
    expect(run(left, skip).ended).toEqual({ by: "system", outcome: "voicemail" });
    const silent = run(call, { type: "message-left", spokenMs: null });
    expect(at(silent)).toBe("goodbye");
  });

  test("what a look-up brings is answered by hand, and said", () => {
    const document = flow(
      {
        ask: {
          type: "collect",
          prompt: "menu",
          variable: "order",
          minDigits: 4,
          maxDigits: 4,
          next: "look",
          otherwise: "people",
        },
        look: {
          type: "look-up",
          url: "https://shop.example/orders/{order}",
          outputs: [{ variable: "state", path: "order.items.0" }],
          next: "say",
          failed: "people",
        },
        say: { type: "say-values", parts: [{ variable: "state", as: "text" }], next: "end", failed: "people" },
        end: { type: "hang-up" },
      },
      "ask",
    );
    const asked = run(startCall(document, setup, site), key("4"), key("7"), key("1"), key("1"));
    expect(asked.lookUp?.request).toMatchObject({ url: "https://shop.example/orders/4711", method: "GET" });
    const outputs = [{ variable: "state", path: "order.items.0" }];
    const answer = { ok: true as const, json: answerWith(outputs, { state: "ready" }) };
    const call = run(asked, { type: "look-up-ended", answer, tookMs: 12 });
    expect(call.playing?.speech).toEqual([{ text: "ready", language: "en" }]);
    expect(run(call, skip).ended?.by).toBe("system");
    const failed = run(asked, { type: "look-up-ended", answer: { ok: false, reason: "timeout" }, tookMs: 0 });
    expect(at(failed)).toBe("people");
  });

  test("somebody who hides the number, somebody who is known: each their own way", () => {
    const document = flow(
      {
        who: {
          type: "caller-branch",
          cases: [
            { when: { type: "hidden" }, next: "hidden" },
            { when: { type: "known" }, next: "known" },
          ],
          otherwise: "people",
        },
        hidden: { type: "say", prompt: "closed", next: "end" },
        known: { type: "say", prompt: "information", next: "end" },
        end: { type: "hang-up" },
      },
      "who",
    );
    const callBy = (caller: Partial<CallSetup["caller"]>) =>
      at(startCall(document, { ...setup, caller: { ...setup.caller, ...caller } }, site));
    expect(callBy({})).toBe("people");
    expect(callBy({ isHidden: true, e164: null })).toBe("hidden");
    expect(callBy({ facts: { isKnown: true, category: null, isBlocked: false, daysSinceLastCall: 3 } })).toBe("known");
  });

  test("the number's own language comes first, the others by the keys of those who call", () => {
    const document = flow({ which: { type: "language", next: "people" } }, "which");
    const offered = { callerLanguages: ["en", "ru", "ka"] as const, language: "ka" as const };
    const world: CallSite = { ...site, offered: { ...offered, callerLanguages: [...offered.callerLanguages] } };
    const offer = (call: SimulatedCall) =>
      call.playing?.speech.map((one) => (typeof one === "object" && "prompt" in one ? one.language : one));
    expect(offer(startCall(document, setup, world))).toEqual(["en", "ru", "ka"]);
    const call = startCall(document, { ...setup, numberLanguage: "ka" }, world);
    expect(offer(call)).toEqual(["ka", "en", "ru"]);
    expect(callStep(call, key("2"), world).ivr.language).toBe("en");
  });

  test("a number outside answers or does not", () => {
    const document = flow({ out: { type: "outside-number", number: "+995599000000", failed: "people" } }, "out");
    const call = startCall(document, setup, site);
    expect(call.dialling).toBe("+995599000000");
    expect(run(call, { type: "outside-answered" }).ivr.stage).toMatchObject({ name: "talking", operatorId: null });
    expect(at(run(call, { type: "outside-failed" }))).toBe("people");
  });

  test("whatever is pressed, waited for and answered, every template ends or waits, and never stands still", () => {
    const event = fc.oneof(
      fc.constantFrom<CallEvent>(
        skip,
        skip,
        { type: "operator-refused", operatorId: MAIA },
        { type: "message-left", spokenMs: 3_000 },
        { type: "message-left", spokenMs: null },
      ),
      fc.constantFrom(...DIGITS).map(key),
      fc.nat(30_000).map((ms): CallEvent => ({ type: "time-passed", ms })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...BUSINESSES), fc.array(event, { maxLength: 40 }), (business, events) => {
        let call = run(startCall(asDocument(buildTemplate(business, "en")), setup, site), ...events);
        for (let turns = 0; call.ended === null && turns < 600; turns += 1) {
          const isWaiting = call.playing !== null || call.timers.length > 0 || call.isRecording;
          expect(isWaiting).toBe(true);
          call = call.isRecording ? run(call, { type: "message-left", spokenMs: null }) : run(call, skip);
        }
        expect(call.ended?.by).toBe("system");
      }),
      { numRuns: 60 },
    );
  });
});
