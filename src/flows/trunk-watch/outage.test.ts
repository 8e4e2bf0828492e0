import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TrunkHealth } from "../../calls/alert.ts";
import { flapsPerDay } from "./flaps.ts";
import { type Outage, type OutageEffect, stepOutage, toldOutage, WELL } from "./outage.ts";

/** Each second one look; `u` up, `d` down, `?` unknown. Says after which second what was told. */
function live(seconds: string, afterSeconds = 3, from: Outage = WELL): string[] {
  const words: Record<string, TrunkHealth> = { u: "up", d: "down", "?": "unknown" };
  const told: string[] = [];
  let outage = from;
  for (const [second, letter] of seconds.split("").entries()) {
    const step = stepOutage(outage, words[letter] ?? "off", second * 1_000, { afterMs: afterSeconds * 1_000 });
    outage = step.outage;
    if (step.effect) told.push(`${second} ${step.effect.type}`);
  }
  return told;
}

describe("an outage", () => {
  test.each([
    ["too short to be told", "uudduuuuuuu", []],
    ["told once, after its time", "uuddddddd", ["5 tell-down"]],
    ["and its end, when it has stayed up for a while", "uddddduuuuuu", ["4 tell-down", "9 tell-back"]],
    ["flapping is one", "udududududududududuuuuu", ["7 tell-down", "21 tell-back"]],
    ["short troubles far apart are none", "uduuuuuduuuuuuduuuuuud", []],
    ["what nobody knows is neither trouble nor its end", "udd???????du????ddduuuu", ["16 tell-down", "22 tell-back"]],
  ])("%s", (_, seconds, told) => {
    expect(live(seconds)).toEqual(told);
  });

  test("one that was told before a restart is not told again, and its end is", () => {
    expect(live("?dddduuuu", 3, toldOutage(-60_000))).toEqual(["8 tell-back"]);
    expect(live("?uuuu", 3, toldOutage(-60_000))).toEqual(["4 tell-back"]);
  });

  test("down and back are told in turn, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("u", "d", "?", "o"), { maxLength: 200 }), fc.nat(5), (seconds, after) => {
        const told = live(seconds.join(""), after).map((word) => word.split(" ")[1] as OutageEffect["type"]);
        for (const [index, type] of told.entries()) expect(type).toBe(index % 2 === 0 ? "tell-down" : "tell-back");
      }),
    );
  });
});

test("flaps are counted on the day on which a trunk that was up went down", () => {
  const change = (health: TrunkHealth, atMs: number) => ({ health, atMs });
  const flaps = flapsPerDay(
    [
      change("down", 0),
      change("up", 1),
      change("down", 2),
      // Another reason, and a moment in which nobody could say.
      change("down", 3),
      change("unknown", 4),
      change("down", 5),
      change("up", 11),
      change("unknown", 12),
      change("down", 13),
      change("off", 14),
      change("up", 21),
      change("off", 22),
      change("down", 23),
    ],
    (atMs) => `day ${Math.floor(atMs / 10)}`,
  );
  expect([...flaps]).toEqual([
    ["day 0", 1],
    ["day 1", 1],
  ]);
});
