import { expect, test } from "vitest";
import type { TrunkId } from "../calls/ids.ts";
import { claimSyntheticRun, insertSyntheticCall } from "../database/synthetic-calls.ts";
import { withApi } from "../testing/test-api.ts";

interface Answer {
  hasSecondTrunk: boolean;
  numbers: { numberId: number; number: string; last: { outcome: string; fromTrunkName: string | null } | null }[];
}

test("what was found last of each number is told, and with one trunk that there is no other to call from", async () => {
  const asked: (number | null)[] = [];
  const desk = { isRunning: false, hasSecondTrunk: false, begin: (id: number | null) => asked.push(id) > 0 };
  await withApi(
    async ({ panel, db }) => {
      const trunk = { name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: 5070 };
      const { trunkId } = await panel.post<{ trunkId: TrunkId }>("/trunks", trunk);
      const [number] = (await panel.get<Answer>("/synthetic-calls")).numbers;
      expect(number).toMatchObject({ number: "0322112233", last: null });
      const numberId = number?.numberId ?? 0;
      const found = { numberId, arrivedAs: null, arrivedBy: null, cause: null, status: null };
      await insertSyntheticCall(db, { ...found, at: new Date(), outcome: "never-arrived", fromTrunkId: trunkId });
      await insertSyntheticCall(db, { ...found, at: new Date(), outcome: "arrived", fromTrunkId: trunkId });
      // Deleted while it was called.
      await insertSyntheticCall(db, { ...found, numberId: 999, at: new Date(), outcome: "arrived", fromTrunkId: null });
      const told = await panel.get<Answer>("/synthetic-calls");
      expect(told.hasSecondTrunk).toBe(false);
      expect(told.numbers).toMatchObject([{ numberId, last: { outcome: "arrived", fromTrunkName: "City" } }]);
      await expect(panel.post("/synthetic-calls", {})).rejects.toThrow('"no-second-trunk"');
      desk.hasSecondTrunk = true;
      await panel.post("/synthetic-calls", { numberId });
      await panel.post("/synthetic-calls", {});
      expect(asked).toEqual([numberId, null]);
      await expect(panel.post("/synthetic-calls", { numberId: 999 })).rejects.toThrow("404");
      desk.isRunning = true;
      await expect(panel.post("/synthetic-calls", {})).rejects.toThrow('"already-running"');
    },
    { syntheticCalls: desk },
  );
});

test("a time of the plan is taken once", async () => {
  await withApi(async ({ db }) => {
    const at = new Date("2026-11-22T05:00:00Z");
    const claims = await Promise.all([claimSyntheticRun(db, at), claimSyntheticRun(db, at), claimSyntheticRun(db, at)]);
    expect(claims.filter(Boolean)).toHaveLength(1);
  });
});
