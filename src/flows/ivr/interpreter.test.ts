import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIGITS, type Digit } from "../../calls/digit.ts";
import { flowId, operatorId } from "../../calls/ids.ts";
import type { E164 } from "../../calls/phone-number.ts";
import { isOpen, usualHours } from "../hours/weekly-hours.ts";
import type { CallerLanguages } from "./document.ts";
import { ivrStep, outcomeOf, startIvr } from "./interpreter.ts";
import type { IvrEffect, IvrEvent, IvrState, IvrWorld } from "./ivr-types.ts";
import { buildFlow, type SimpleFlow, usualSimpleFlow } from "./simple-flow.ts";

const MONDAY_NOON = Date.parse("2026-11-23T12:00:00Z");
const MONDAY_NIGHT = Date.parse("2026-11-23T22:00:00Z");
const anna = operatorId(1);
const boris = operatorId(2);

/** A caller on the phone: feeds events in, remembers what was done for them. */
class Caller {
  state: IvrState;
  readonly done: IvrEffect[] = [];
  nowMs: number;
  free = [anna, boris];
  constructor(options: { languages?: CallerLanguages; nowMs?: number; simple?: Partial<SimpleFlow> } = {}) {
    const document = buildFlow(flowId("main"), 7, { ...usualSimpleFlow(usualHours()), ...options.simple });
    this.nowMs = options.nowMs ?? MONDAY_NOON;
    this.state = startIvr(document, options.languages ?? ["ka"]);
  }
  on(...events: IvrEvent[]): this {
    for (const event of events) {
      const step = ivrStep(this.state, event, this.world());
      this.state = step.state;
      this.done.push(...step.effects);
    }
    return this;
  }
  world(): IvrWorld {
    return {
      nowMs: this.nowMs,
      timeZone: "UTC",
      startedAtMs: MONDAY_NOON,
      caller: { e164: "+995599112233" as E164, isHidden: false },
      dialled: "0322112233",
      numberSchedule: null,
      isScheduleOpen: () => isOpen(usualHours(), this.nowMs, "UTC"),
      group: () => ({ free: this.free, registeredCount: this.free.length }),
      extensions: () => [],
      flow: () => null,
      hasPrompt: () => true,
      hasVoice: () => true,
    };
  }
  key(...digits: Digit[]): this {
    return this.on(...digits.map((digit): IvrEvent => ({ type: "key-pressed", digit })));
  }
  hears(): string[] {
    const plays = this.done.filter((effect) => effect.type === "play");
    return (
      plays
        .at(-1)
        ?.speech.map((speech) =>
          typeof speech === "string" ? speech : `${"text" in speech ? speech.text : speech.prompt}.${speech.language}`,
        ) ?? []
    );
  }
  rung(): number[] {
    return this.done.flatMap((effect) => (effect.type === "ring-operator" ? [effect.operatorId] : []));
  }
  get stage(): string {
    return this.state.stage.name;
  }
}
const finished: IvrEvent = { type: "prompt-finished" };
const silence: IvrEvent = { type: "timer-fired", timer: "input" };
const arrived: IvrEvent = { type: "arrived" };

describe("the usual flow", () => {
  test("answers, greets, asks, and rings the operators on their key", () => {
    const caller = new Caller().on(arrived);
    expect(caller.done[0]).toEqual({ type: "answer" });
    expect(caller.hears()).toEqual(["greeting.ka"]);
    expect(caller.on(finished).hears()).toEqual(["menu.ka"]);
    expect(caller.key("1").hears()).toEqual(["connecting.ka"]);
    expect(caller.rung()).toEqual([anna, boris]);
    expect(caller.on(finished).hears()).toEqual(["ringback"]);
    caller.on({ type: "operator-answered", operatorId: boris });
    expect(caller.done).toContainEqual({ type: "connect", operatorId: boris });
    expect(caller.done).toContainEqual({ type: "stop-ringing", operatorId: anna });
    expect(outcomeOf(caller.on({ type: "connected" }).state)).toBe("talked");
  });

  test("two operators pick up at once: the second is let go", () => {
    const caller = new Caller().on(arrived).key("0");
    caller.on({ type: "operator-answered", operatorId: anna }, { type: "operator-answered", operatorId: boris });
    expect(caller.done.filter((effect) => effect.type === "connect")).toEqual([{ type: "connect", operatorId: anna }]);
    expect(caller.done.at(-1)).toEqual({ type: "stop-ringing", operatorId: boris });
  });

  test("a key pressed while the greeting plays is the menu's key already", () => {
    expect(new Caller().on(arrived).key("2").hears()).toEqual(["information.ka"]);
  });

  test("information heard to its end is a wish met; hung up in the middle it is not", () => {
    const caller = new Caller().on(arrived, finished).key("2");
    expect(outcomeOf(caller.state)).toBe("abandoned-in-menu");
    caller.on(finished);
    expect(caller.hears()).toEqual(["goodbye.ka"]);
    expect(outcomeOf(caller.state)).toBe("information-heard");
    caller.on(finished);
    expect(caller.stage).toBe("ended");
    expect(caller.done.at(-1)).toEqual({ type: "hang-up" });
  });

  test("after hours: the text, and 0 still reaches a person", () => {
    const caller = new Caller({ nowMs: MONDAY_NIGHT }).on(arrived);
    expect(caller.hears()).toEqual(["closed.ka"]);
    expect(outcomeOf(caller.state)).toBe("after-hours");
    caller.key("0");
    expect(caller.rung()).toEqual([anna, boris]);
  });

  test("no input: asked once more, then led to a person", () => {
    const caller = new Caller().on(arrived, finished, finished, silence);
    expect(caller.hears()).toEqual(["no-input.ka", "menu.ka"]);
    caller.on(finished, silence);
    expect(caller.stage).toBe("ringing");
  });

  test("wrong input: asked once more, then led to a person", () => {
    const caller = new Caller().on(arrived, finished).key("9");
    expect(caller.hears()).toEqual(["wrong-input.ka", "menu.ka"]);
    expect(caller.key("8").stage).toBe("ringing");
  });

  test("nobody answers in time, and there is no voicemail: the caller is told, and the call ends", () => {
    const caller = new Caller({ simple: { voicemail: { isEnabled: false } } })
      .on(arrived)
      .key("1")
      .on({ type: "timer-fired", timer: "wait" });
    expect(caller.hears()).toEqual(["no-answer.ka"]);
    expect(outcomeOf(caller.state)).toBe("no-answer");
    expect(caller.on(finished).stage).toBe("ended");
  });

  test("several languages: asked in each, spoken in the chosen one from there on", () => {
    const caller = new Caller({ languages: ["ka", "ru", "en"] }).on(arrived);
    expect(caller.hears()).toEqual(["choose-language-1.ka", "choose-language-2.ru", "choose-language-3.en"]);
    expect(caller.key("2").hears()).toEqual(["greeting.ru"]);
    expect(caller.done).toContainEqual({ type: "set-language", language: "ru" });
  });

  test("no language chosen: the first one is spoken", () => {
    const caller = new Caller({ languages: ["ru", "en"] }).on(arrived, finished, silence);
    expect(caller.hears()).toEqual(["greeting.ru"]);
  });

  test("who waits hears that they wait, but not at every round", () => {
    const caller = new Caller();
    caller.free = [];
    caller.on(arrived).key("1").on(finished);
    caller.on({ type: "timer-fired", timer: "pause" });
    expect(caller.hears()).toEqual(["ringback"]);
    caller.nowMs += 25_000;
    caller.free = [anna];
    caller.on({ type: "timer-fired", timer: "pause" }, { type: "operator-failed", operatorId: anna, failure: "busy" });
    expect(caller.hears()).toEqual(["still-waiting.ka"]);
    expect(caller.on(finished).hears()).toEqual(["ringback"]);
  });

  test("the two could not be connected: the caller waits on, with their time in the queue kept", () => {
    const caller = new Caller().on(arrived).key("1");
    caller.nowMs += 9_000;
    caller.on({ type: "operator-answered", operatorId: anna }, { type: "connect-failed" });
    expect(caller.state.stage).toMatchObject({ name: "ringing", group: { queuedAtMs: MONDAY_NOON } });
  });
});

describe("voicemail", () => {
  const recorded = (durationMs: number, isEndedBySilence = false): IvrEvent => ({
    type: "message-recorded",
    durationMs,
    isEndedBySilence,
  });
  const unanswered = () => new Caller().on(arrived).key("1").on({ type: "timer-fired", timer: "wait" }, finished);
  const afterHours = () => new Caller({ nowMs: MONDAY_NIGHT }).on(arrived, finished);

  test("nobody answers: asked, beep, recorded, thanked, the end", () => {
    const caller = unanswered();
    expect(caller.hears()).toEqual(["leave-message.ka", "beep"]);
    expect(outcomeOf(caller.state)).toBe("no-answer");
    caller.on(finished);
    expect(caller.done.at(-1)).toEqual({ type: "record-message", maxSeconds: 180, silenceSeconds: 5 });
    caller.on(recorded(4_000));
    expect(caller.hears()).toEqual(["message-saved.ka"]);
    expect(caller.done).toContainEqual({ type: "note", kind: "message-left", data: { seconds: 4 } });
    expect(caller.on(finished).done.at(-1)).toEqual({ type: "hang-up" });
    expect(outcomeOf(caller.state)).toBe("voicemail");
  });

  test.each([
    ["shorter than a second", recorded(999)],
    ["nothing but the silence that ended it", recorded(5_900, true)],
  ])("%s is no message: goodbye, and the outcome is what it was", (_, event) => {
    for (const [caller, outcome] of [
      [unanswered(), "no-answer"],
      [afterHours(), "after-hours"],
    ] as const) {
      caller.on(finished, event);
      expect(caller.hears()).toEqual(["goodbye.ka"]);
      expect(outcomeOf(caller.state)).toBe(outcome);
    }
  });

  test("words before the silence that ended it are a message", () => {
    expect(outcomeOf(afterHours().on(finished, recorded(6_000, true)).state)).toBe("voicemail");
  });

  test("before the beep 0 reaches a person, any other key brings the beep at once", () => {
    expect(afterHours().key("0").stage).toBe("ringing");
    expect(afterHours().key("5").hears()).toEqual(["beep"]);
  });

  test("a key while it is recorded is left to the switch, which ends the recording", () => {
    const caller = unanswered().on(finished);
    const before = caller.done.length;
    expect(caller.key("0").done).toHaveLength(before);
    expect(caller.stage).toBe("recording-message");
  });

  test("taken back before the beep they are asked again, while they speak they are left to finish", () => {
    const place = { flow: "main", version: 7, node: "voicemail", language: "ru" };
    const asked = new Caller({ languages: ["ka", "ru"] }).on({ type: "taken-back", place });
    expect(asked.hears()).toEqual(["leave-message.ru", "beep"]);
    const speaking = new Caller().on({ type: "taken-back", place, isRecordingMessage: true });
    expect(speaking.done.map(({ type }) => type)).toEqual(["start-timer"]);
    expect(speaking.on(recorded(9_000)).hears()).toEqual(["message-saved.ru"]);
  });
});

describe("after a restart", () => {
  const place = (node: string) => ({ flow: "main", version: 7, node, language: "ru" });

  test("the caller is back in the same menu and language", () => {
    const caller = new Caller({ languages: ["ka", "ru"] }).on({ type: "taken-back", place: place("menu") });
    expect(caller.hears()).toEqual(["menu.ru"]);
    expect(caller.key("1").stage).toBe("ringing");
  });

  test("the caller who waited is rung for again, with the time they joined", () => {
    const queuedAtMs = MONDAY_NOON - 30_000;
    const caller = new Caller().on({ type: "taken-back", place: { ...place("operators"), queuedAtMs } });
    expect(caller.rung()).toEqual([anna, boris]);
    expect(caller.done).toContainEqual({ type: "start-timer", timer: "wait", ms: 90_000 });
  });

  test("a place that the flow no longer has begins anew instead of failing", () => {
    expect(new Caller().on({ type: "taken-back", place: place("gone") }).hears()).toEqual(["greeting.ru"]);
  });
});

const anyEvent: fc.Arbitrary<IvrEvent> = fc.oneof(
  fc.constant(finished),
  fc.constant(silence),
  fc.constantFrom(...DIGITS).map((digit): IvrEvent => ({ type: "key-pressed", digit })),
  fc.constantFrom("ring", "pause", "wait").map((timer): IvrEvent => ({ type: "timer-fired", timer: timer as "ring" })),
  fc.constantFrom(anna, boris).map((id): IvrEvent => ({ type: "operator-answered", operatorId: id })),
  fc.constantFrom(anna, boris).map((id): IvrEvent => ({ type: "operator-free", operatorId: id })),
  fc.constantFrom(anna, boris).map((id): IvrEvent => ({ type: "operator-failed", operatorId: id, failure: "busy" })),
  fc.constant<IvrEvent>({ type: "connected" }),
  fc.constant<IvrEvent>({ type: "connect-failed" }),
  fc.record({
    type: fc.constant("message-recorded" as const),
    durationMs: fc.nat({ max: 180_000 }),
    isEndedBySilence: fc.boolean(),
  }),
);

describe("whatever happens", () => {
  const anyCaller = fc.record({
    languages: fc.constantFrom<CallerLanguages>(["ka"], ["ka", "ru", "en"]),
    nowMs: fc.constantFrom(MONDAY_NOON, MONDAY_NIGHT),
    simple: fc.record({
      strategy: fc.constantFrom<SimpleFlow["strategy"]>("simultaneous", "sequential"),
      menu: fc.record({
        isEnabled: fc.boolean(),
        operatorsDigit: fc.constant<Digit>("1"),
        informationDigit: fc.constantFrom<Digit | null>("2", null),
      }),
      voicemail: fc.record({ isEnabled: fc.boolean() }),
    }),
  });

  test("the interpreter never fails, at most one connection stands, and 0 leads a listening caller to a person", () => {
    fc.assert(
      fc.property(anyCaller, fc.array(anyEvent, { maxLength: 60 }), (options, events) => {
        const caller = new Caller(options).on(arrived);
        for (const event of events) {
          caller.on(event);
          const copy = new Caller(options);
          copy.state = caller.state;
          const { stage } = caller.state;
          const isNotice = stage.name === "saying" && ["no-answer", "message-saved"].includes(stage.node);
          if ((copy.stage === "saying" && !isNotice) || ["choosing", "inviting-message"].includes(copy.stage)) {
            expect(copy.key("0").stage).toBe("ringing");
          }
        }
        const connects = caller.done.filter((effect) => effect.type === "connect").length;
        const failures = events.filter((event) => event.type === "connect-failed").length;
        expect(connects).toBeLessThanOrEqual(failures + 1);
      }),
      { numRuns: 500 },
    );
  });

  test("a caller who does nothing at all always comes to a person or to an end", () => {
    fc.assert(
      fc.property(anyCaller, (options) => {
        const caller = new Caller(options).on(arrived);
        const nothingSaid: IvrEvent = { type: "message-recorded", durationMs: 5_000, isEndedBySilence: true };
        for (let step = 0; step < 20 && !["ringing", "ended"].includes(caller.stage); step += 1) {
          caller.on(finished, silence, nothingSaid);
        }
        expect(["ringing", "ended"]).toContain(caller.stage);
      }),
    );
  });

  test("every phone that is rung is connected or let go by the time the call ends", () => {
    fc.assert(
      fc.property(anyCaller, fc.array(anyEvent, { maxLength: 60 }), (options, events) => {
        const caller = new Caller(options).on(arrived, ...events);
        const ringing = new Set<number>();
        for (const effect of caller.done) {
          if (effect.type === "ring-operator") ringing.add(effect.operatorId);
          if (effect.type === "stop-ringing" || effect.type === "connect") ringing.delete(effect.operatorId);
        }
        for (const event of events) if (event.type === "operator-failed") ringing.delete(event.operatorId);
        const { stage } = caller.state;
        const expected = stage.name === "ringing" && stage.group.name === "ringing" ? stage.group.ringing : [];
        for (const id of ringing) expect(expected).toContain(id);
      }),
      { numRuns: 300 },
    );
  });
});
