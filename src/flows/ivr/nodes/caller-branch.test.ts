import { expect, test } from "vitest";
import type { E164 } from "../../../calls/phone-number.ts";
import { FlowCaller, fired } from "../../../testing/flow-caller.ts";
import type { CallerFacts } from "../ivr-types.ts";

type When = Record<string, unknown> & { type: string };
const who = (...cases: When[]) => ({
  who: {
    ...{ type: "caller-branch" as const, otherwise: "no" },
    cases: cases.map((when, index) => ({ when: when as never, next: index === 0 ? "yes" : "second" })),
  },
  second: { type: "menu" as const, prompt: "second", otherwise: "end" },
});
const hidden = { world: { caller: { e164: null, isHidden: true } } };
const FACTS: CallerFacts = { isKnown: true, category: "VIP", isBlocked: true, daysSinceLastCall: 6.9 };
const NOBODY: CallerFacts = { isKnown: false, category: null, isBlocked: false, daysSinceLastCall: null };

test.each<[string, When, Partial<CallerFacts>, string]>([
  ["known", { type: "known" }, {}, "yes"],
  ["not known", { type: "known" }, { isKnown: false }, "no"],
  ["of the category", { type: "category", category: "VIP" }, {}, "yes"],
  ["of another category", { type: "category", category: "vip" }, {}, "no"],
  ["of none", { type: "category", category: "VIP" }, { category: null }, "no"],
  ["called within seven days", { type: "recent" }, {}, "yes"],
  ["called a moment longer ago", { type: "recent" }, { daysSinceLastCall: 7.01 }, "no"],
  ["never called", { type: "recent", days: 3_650 }, { daysSinceLastCall: null }, "no"],
  ["blocked", { type: "blocked" }, {}, "yes"],
  ["not blocked", { type: "blocked" }, { isBlocked: false }, "no"],
])("%s", (_, when, facts, at) => {
  const caller = new FlowCaller(who(when));
  expect(caller.stage).toBe("asking-about-caller");
  expect(caller.on({ type: "caller-known", requestId: 1, facts: { ...FACTS, ...facts } }).at).toBe(at);
});

test("the number's beginning and whether it is shown need nobody to be asked", () => {
  expect(new FlowCaller(who({ type: "prefix", prefixes: ["+99555", "+99559"] })).at).toBe("yes");
  expect(new FlowCaller(who({ type: "prefix", prefixes: ["+99555"] })).at).toBe("no");
  expect(new FlowCaller(who({ type: "prefix", prefixes: [] })).at).toBe("no");
  expect(new FlowCaller(who({ type: "hidden" })).at).toBe("no");
  expect(new FlowCaller(who({ type: "hidden" }), hidden).at).toBe("yes");
});

test("of who hides their number nothing else is true, and nobody is asked", () => {
  for (const type of ["known", "recent", "blocked"]) expect(new FlowCaller(who({ type }), hidden).at).toBe("no");
  const letters = { world: { caller: { e164: null as E164 | null, isHidden: false } } };
  expect(new FlowCaller(who({ type: "prefix", prefixes: ["+995"] }), letters).at).toBe("no");
});

test("the first case that is true counts, and those before it that are not do not", () => {
  const caller = new FlowCaller(who({ type: "blocked" }, { type: "known" }));
  caller.on({ type: "caller-known", requestId: 1, facts: { ...FACTS, isBlocked: false } });
  expect(caller.at).toBe("second");
  expect(caller.notes("caller-branch")).toEqual([{ node: "who", branch: "case-2" }]);
});

test("nobody can tell, or not in time: they are nobody special, and are not asked about twice", () => {
  for (const event of [{ type: "caller-known", requestId: 1, facts: null } as const, fired("request")]) {
    const caller = new FlowCaller({
      ...who({ type: "known" }),
      no: { type: "caller-branch", cases: [{ when: { type: "blocked" }, next: "yes" }], otherwise: "end" },
    });
    caller.on(event);
    expect(caller.effects("ask-about-caller")).toEqual([]);
    expect(caller.state.facts).toEqual(NOBODY);
    expect(caller.stage).toBe("ended");
  }
});

test("an answer to another question, and one that comes too late, change nothing", () => {
  const caller = new FlowCaller(who({ type: "known" }));
  expect(caller.on({ type: "caller-known", requestId: 2, facts: FACTS }).stage).toBe("asking-about-caller");
  caller.on(fired("request"));
  expect(caller.on({ type: "caller-known", requestId: 1, facts: FACTS }).at).toBe("no");
});

test("the first key that was pressed meanwhile is the next place's", () => {
  const caller = new FlowCaller({
    ...who({ type: "known" }),
    yes: { type: "menu", prompt: "yes", choices: { "4": "second" }, otherwise: "end" },
  });
  caller.press("4", "5").on({ type: "caller-known", requestId: 1, facts: FACTS });
  expect(caller.at).toBe("second");
});
