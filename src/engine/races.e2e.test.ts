import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { type LoggedCall, Site, toneOf } from "../testing/site.ts";

/**
 * Things that happen at the same moment, 200 times with random offsets of up to 60 ms: one conversation or none, no leg left over, one row
 * in the log. Callers come in groups, so that they also meet each other.
 */
const ROUNDS = 200;
const AT_ONCE = 4;
const OFFSET_MS = 60;

let site: Site;
const phones: ScriptedPhone[] = [];

beforeAll(async () => {
  const operators = Array.from({ length: AT_ONCE * 2 }, (_, index) => `${101 + index}`);
  site = await Site.open({
    operators,
    flow: { menu: { isEnabled: false, operatorsDigit: "1", informationDigit: null } },
  });
  for (const extension of operators) phones.push(await site.operator(extension));
});
afterAll(async () => await site.close());

const soon = () => new Promise((resolve) => setTimeout(resolve, Math.random() * OFFSET_MS));

async function atRandom(...acts: (() => unknown)[]): Promise<void> {
  await Promise.all(
    acts.map(async (act) => {
      await soon();
      await act();
    }),
  );
}

/** A side that has ended already is what these races are about. */
async function hangUpIfThere(call: PhoneCall): Promise<void> {
  if (call.state !== "ended") await call.hangUp().catch(() => undefined);
}

function assertWhole(logged: LoggedCall): void {
  expect(logged.legs.filter((leg) => leg.endedAt === null)).toEqual([]);
  const talks = logged.timeline.filter((entry) => entry.kind === "talking").length;
  expect(talks).toBeLessThanOrEqual(1);
  expect(logged.outcome).toBe(talks === 1 ? "talked" : "abandoned-while-ringing");
}

const RACES: { name: string; race: (caller: PhoneCall, ringing: PhoneCall[]) => Promise<void> }[] = [
  {
    name: "both sides hang up at once",
    race: async (caller, [first]) => {
      first?.answer();
      await first?.until("talking");
      await atRandom(
        () => hangUpIfThere(caller),
        () => first && hangUpIfThere(first),
      );
    },
  },
  {
    name: "the caller hangs up while the operator picks up",
    race: async (caller, [first]) =>
      await atRandom(
        () => hangUpIfThere(caller),
        () => first?.state === "ringing" && first.answer(),
      ),
  },
  {
    name: "two operators pick up at once",
    race: async (caller, ringing) => {
      await atRandom(...ringing.map((call) => () => call.state === "ringing" && call.answer()));
      await soon();
      await hangUpIfThere(caller);
    },
  },
];

test(`${ROUNDS} races leave one conversation or none, no zombie leg, one row each`, async () => {
  const [first] = phones;
  expect(first).toBeDefined();
  for (let round = 0; round < ROUNDS / AT_ONCE; round += 1) {
    const { race } = RACES[round % RACES.length] ?? RACES[0] ?? { race: async () => undefined };
    const callers = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const call = await site.callIn();
        await call.ear.hears(toneOf("greeting"));
        await call.pressKey("0");
        return call;
      }),
    );
    // Simultaneous ringing gives the free phones to whoever came first; each race takes what rings for its caller.
    await Promise.all(phones.map(async (phone) => await phone.incoming.next({ timeoutMs: 10_000 })));
    const ringing = phones.flatMap((phone) => phone.liveCalls);
    await Promise.all(
      callers.map(async (caller) => {
        await race(
          caller,
          ringing.filter((call) => call.caller.number.endsWith(caller.number.slice(-9))),
        );
      }),
    );
    await Promise.all(callers.map(hangUpIfThere));
    await site.untilQuiet();
    for (const caller of callers) {
      await caller.until("ended");
      assertWhole(await site.logged(caller.number));
      expect(await site.callsOf(caller.number)).toHaveLength(1);
    }
    for (const phone of phones) expect(phone.liveCalls).toEqual([]);
  }
}, 400_000);
