import { expect, test } from "vitest";
import { withTestDatabase } from "../testing/test-database.ts";
import { countTry } from "./login-failures.ts";

const LIMITS = [{ key: "login:owner", limit: 5 }];

test("tries from before the clock was put back keep nobody out for longer than a quarter of an hour", async () => {
  await withTestDatabase(async ({ db }) => {
    const now = new Date("2026-11-22T10:00:00Z");
    const ahead = new Date("2027-11-22T10:00:00Z");
    for (let tries = 0; tries < 7; tries += 1) await countTry(db, LIMITS, ahead);
    expect(await countTry(db, LIMITS, now)).toBe(0);
    for (let tries = 0; tries < 4; tries += 1) expect(await countTry(db, LIMITS, now)).toBe(0);
    expect(await countTry(db, LIMITS, now)).toBe(15 * 60);
    // Set right by a moment it is the same quarter of an hour.
    expect(await countTry(db, LIMITS, new Date(now.getTime() - 2_000))).toBe(15 * 60 + 2);
  });
});
