import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AddressRecord, BAN_REASONS, type BanReason } from "../../calls/ban.ts";
import {
  countTry,
  DAY_MS,
  forgiven,
  guessedAt,
  lifted,
  newRecord,
  type Standing,
  settled,
  USUAL_RULES,
} from "./bans.ts";

const MINUTE_MS = 60_000;
const { tries: LIMIT, windowMs, lengthsMs } = USUAL_RULES;
const START = Date.UTC(2026, 10, 22);

const at = (atMs: number, name = "101", reason: BanReason = "wrong-password") => ({ atMs, name, reason });

/** Tries until it is banned, or `most` of them. */
function guess(
  record: AddressRecord,
  {
    from,
    standing = "unknown",
    most = LIMIT,
    everyMs = 1000,
    reason = "wrong-password",
  }: {
    from: number;
    standing?: Standing;
    most?: number;
    everyMs?: number;
    reason?: BanReason;
  },
): { record: AddressRecord; tries: number } {
  let now = record;
  for (let tries = 1; tries <= most; tries += 1) {
    const counted = countTry(now, at(from + tries * everyMs, "101", reason), standing);
    now = counted.record;
    if (counted.isBanned) return { record: now, tries };
  }
  return { record: now, tries: most };
}

const anyTry = fc.record({
  atMs: fc.integer({ min: 0, max: 10 * DAY_MS }).map((ms) => START + ms),
  name: fc.constantFrom("100", "101", "102", "owner"),
  reason: fc.constantFrom(...BAN_REASONS),
});
const anyTries = fc.array(anyTry, { maxLength: 120 }).map((list) => list.toSorted((a, b) => a.atMs - b.atMs));

describe("an address that guesses", () => {
  test("is banned within 10 tries, and for longer each time", () => {
    let record = newRecord("192.0.2.9");
    let from = START;
    const lengths: number[] = [];
    for (let time = 0; time < 6; time += 1) {
      const guessed = guess(record, { from });
      expect(guessed.tries).toBeLessThanOrEqual(10);
      record = guessed.record;
      lengths.push((record.ban?.untilMs ?? 0) - (record.ban?.sinceMs ?? 0));
      from = record.ban?.untilMs ?? 0;
    }
    expect(lengths).toEqual([...lengthsMs, lengthsMs.at(-1), lengthsMs.at(-1)]);
  });

  test("begins anew after a quiet week", () => {
    const first = guess(newRecord("192.0.2.9"), { from: START }).record;
    const later = (first.ban?.untilMs ?? 0) + USUAL_RULES.forgetAfterMs + 1;
    expect(settled(first, later)).toBeNull();
    expect(guess(first, { from: later }).record.timesBanned).toBe(1);
  });

  test("is not banned when it tries too seldom", () => {
    const everyMs = windowMs / (LIMIT - 1) + 1;
    expect(guess(newRecord("192.0.2.9"), { from: START, everyMs, most: 500 }).record.ban).toBeNull();
  });

  test("is banned for the shortest time only, when its packets may bear somebody else's address", () => {
    let record = newRecord("192.0.2.9");
    let from = START;
    for (let time = 0; time < 4; time += 1) {
      record = guess(record, { from, reason: "unknown-extension" }).record;
      const { sinceMs = 0, untilMs = 0 } = record.ban ?? {};
      expect(untilMs - sinceMs).toBe(lengthsMs[0]);
      from = untilMs;
    }
  });

  test("what it goes on trying is counted, and makes its ban no longer", () => {
    const { record } = guess(newRecord("192.0.2.9"), { from: START });
    const more = countTry(record, at(START + 5 * MINUTE_MS), "unknown");
    expect(more.isBanned).toBe(false);
    expect(more.record.ban).toEqual({ ...record.ban, tries: LIMIT + 1 });
  });

  test("a ban that was taken back leaves nothing", () => {
    const { record } = guess(newRecord("192.0.2.9"), { from: START });
    expect(lifted(record)).toEqual(newRecord("192.0.2.9"));
  });
});

describe("property", () => {
  test("what is said of a year ahead, by a clock that was wrong, keeps nobody out and saves nobody", () => {
    const ahead = START + 365 * DAY_MS;
    const { record } = guess(newRecord("192.0.2.9"), { from: ahead });
    expect(record.ban).not.toBeNull();
    expect(settled(record, START)).toBeNull();
    const again = guess(record, { from: START });
    expect(again.tries).toBe(LIMIT);
    expect(again.record.ban?.untilMs).toBeLessThan(START + DAY_MS);
    // A clock that is set right by a moment changes nothing.
    const justNow = guess(newRecord("192.0.2.9"), { from: START }).record;
    expect(settled(justNow, START)).toBe(justNow);
  });

  test("who is never to be banned is not, whatever comes", () => {
    fc.assert(
      fc.property(anyTries, (list) => {
        let record = newRecord("192.0.2.1");
        for (const one of list) {
          const counted = countTry(record, one, "never");
          expect(counted.isBanned).toBe(false);
          expect(counted.record.ban).toBeNull();
          record = counted.record;
        }
      }),
    );
  });

  test("where somebody belongs here a ban hits guests alone and is over soon", () => {
    fc.assert(
      fc.property(anyTries, (list) => {
        let record = newRecord("192.0.2.1");
        for (const one of list) {
          record = countTry(record, one, "known").record;
          if (record.ban === null) continue;
          expect(record.ban.reach).toBe("guests");
          expect(record.ban.untilMs - record.ban.sinceMs).toBe(lengthsMs[0]);
        }
        expect(record.timesBanned).toBe(0);
      }),
    );
  });

  test("so many tries within the window are never without a ban, and fewer never bring one", () => {
    fc.assert(
      fc.property(anyTries, (list) => {
        let record = newRecord("192.0.2.1");
        let lastEndMs = 0;
        const seen: number[] = [];
        for (const one of list) {
          const counted = countTry(record, one, "unknown");
          seen.push(one.atMs);
          const fresh = seen.filter((atMs) => atMs > one.atMs - windowMs && atMs > lastEndMs);
          const wasBanned = record.ban !== null && record.ban.untilMs > one.atMs;
          expect(counted.isBanned).toBe(!wasBanned && fresh.length >= LIMIT);
          if (counted.isBanned) lastEndMs = counted.record.ban?.untilMs ?? 0;
          record = counted.record;
        }
      }),
    );
  });

  test("one good account, however often it is shown, saves nobody who guesses at the others", () => {
    const step = fc.oneof(fc.constant("good" as const), fc.constantFrom("102", "103", "104"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        let record = newRecord("192.0.2.1");
        let atMs = START;
        let guesses = 0;
        for (const one of steps) {
          atMs += 1000;
          if (one === "good") {
            record = forgiven(record, "101");
            continue;
          }
          guesses += 1;
          record = countTry(record, at(atMs, one), "known").record;
          expect(record.ban !== null).toBe(guesses >= LIMIT);
        }
      }),
    );
  });

  test("who sets their own phone right is not held to their tries", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LIMIT - 1 }), fc.integer({ min: 1, max: 50 }), (wrong, rounds) => {
        let record = newRecord("192.0.2.1");
        let atMs = START;
        for (let round = 0; round < rounds; round += 1) {
          for (let one = 0; one < wrong; one += 1) record = countTry(record, at((atMs += 10)), "unknown").record;
          expect(record.ban).toBeNull();
          record = forgiven(record, "101");
        }
      }),
    );
  });
});

describe("slow guessing from many addresses", () => {
  const guessing = (addresses: number, each: number, name = "101") =>
    Array.from({ length: addresses }, (_, index) => {
      let record = newRecord(`198.51.100.${index}`);
      for (let one = 0; one < each; one += 1) record = countTry(record, at(START + one * 1000, name), "unknown").record;
      return record;
    });

  test("is noticed, though nobody of them is banned", () => {
    const records = guessing(10, 3);
    expect(records.every(({ ban }) => ban === null)).toBe(true);
    expect(guessedAt(records, START + MINUTE_MS)).toEqual([{ name: "101", addresses: 10, tries: 30 }]);
  });

  test.each([
    ["few addresses, as an office with a wrong password", guessing(2, 7), MINUTE_MS],
    ["few tries", guessing(10, 1), MINUTE_MS],
    ["yesterday", guessing(10, 3), DAY_MS + MINUTE_MS],
  ])("is not cried over %s", (_, records, afterMs) => {
    expect(guessedAt(records, START + afterMs)).toEqual([]);
  });
});
