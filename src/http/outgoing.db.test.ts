import { describe, expect, it } from "vitest";
import { USUAL_OUTGOING } from "../calls/outgoing.ts";
import { type TestApi, withApi } from "../testing/test-api.ts";

const every = { kinds: [], countries: [], prefixes: [] };

async function withSite(work: (api: TestApi, trunkId: number) => Promise<void>): Promise<void> {
  await withApi(async (api) => {
    const trunk = { name: "City", kind: "city", mode: "ip-peer", server: "192.0.2.1", port: 5060 };
    const { trunkId } = await api.panel.post<{ trunkId: number }>("/trunks", trunk);
    await work(api, trunkId);
  });
}

const put = async ({ panel }: TestApi, change: object) =>
  await panel.fetch("/outgoing", {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...USUAL_OUTGOING, trunks: [], ...change }),
  });

interface Where {
  type: string;
  reason: string | null;
  country: string | null;
  rule: string | null;
  colleague: { extension: string } | null;
  number: { kind: string; formatted: string } | null;
  taken: {
    trunkName: string;
    sent: string;
    because: string;
    perMinuteMinor: number | null;
    callerNumber: string | null;
  }[];
  passedOver: { trunkName: string; reason: string }[];
}

describe("what goes out", () => {
  it("is closed abroad and limited at first, in the country's own money", async () => {
    await withSite(async ({ panel }, trunkId) => {
      expect(await panel.get("/outgoing")).toMatchObject({
        ...{ allowedCountries: [], rules: [], currency: "GEL", areaCode: null, pace: USUAL_OUTGOING.pace },
        trunks: [{ trunkId, limits: { minutesPerDay: 1500, moneyPerDayMinor: null }, frozen: null }],
      });
    });
  });

  it("is changed as a whole, kept, and takes effect at once", async () => {
    await withSite(async (api, trunkId) => {
      const rules = [
        {
          name: "Mobile",
          numbers: { ...every, kinds: ["mobile"], prefixes: ["599 1"] },
          trunkIds: [trunkId],
          callerNumber: "0322112233",
        },
      ];
      const costs = { prices: [{ numbers: every, perMinuteMinor: 4.5 }], bundles: [], stepSeconds: 1 };
      const limits = { minutesPerDay: 100, moneyPerDayMinor: 5_000 };
      const changed = await put(api, {
        allowedCountries: ["GB"],
        areaCode: "32",
        rules,
        trunks: [{ trunkId, limits, costs }],
      });
      expect(changed.status).toBe(200);
      const kept = await api.panel.get("/outgoing");
      expect(kept).toMatchObject({
        ...{ allowedCountries: ["GB"], areaCode: "32" },
        rules: [{ name: "Mobile", numbers: { kinds: ["mobile"], prefixes: ["5991"] }, trunkIds: [trunkId] }],
        trunks: [{ trunkId, limits, costs }],
      });
      const where = async (number: string) =>
        await api.panel.get<Where>(`/outgoing/where?number=${encodeURIComponent(number)}`);
      expect(await where("599 11 00 01")).toMatchObject({
        ...{ type: "dial", rule: "Mobile", number: { kind: "mobile", formatted: "599 11 00 01" } },
        taken: [{ trunkName: "City", because: "rule", perMinuteMinor: 4.5 }],
      });
      expect(await where("2112233")).toMatchObject({ type: "dial", rule: null, number: { kind: "fixed" } });
      expect(await where("+447400123456")).toMatchObject({ type: "dial", number: { kind: "international" } });
      expect(await where("+4930123456")).toMatchObject({
        ...{ type: "refuse", reason: "international", country: "DE" },
        passedOver: [{ trunkName: "City", reason: "call-refused" }],
      });
      api.board.trunkStates = [{ id: trunkId, state: "failed", since: "2026-11-22T10:00:00.000Z" }];
      expect(await where("599110001")).toMatchObject({
        ...{ type: "refuse", reason: "no-trunk-now" },
        passedOver: [{ trunkName: "City", reason: "down" }],
      });
    });
  });

  it("is told for an operator by their right", async () => {
    await withSite(async ({ panel }) => {
      const [nino, gia] = await panel.get<{ operatorId: number; mayDial: string }[]>("/operators");
      expect(nino?.mayDial).toBe("abroad");
      expect(await panel.patch(`/operators/${gia?.operatorId}`, { mayDial: "national" })).toMatchObject({
        mayDial: "national",
      });
      const where = async (operatorId: number | undefined, number: string) =>
        await panel.get<Where>(`/outgoing/where?number=${number}&operatorId=${operatorId}`);
      expect(await where(nino?.operatorId, "599110001")).toMatchObject({ type: "dial" });
      expect(await where(gia?.operatorId, "599110001")).toMatchObject({ type: "refuse", reason: "not-allowed" });
      expect(await where(gia?.operatorId, "0322112233")).toMatchObject({ type: "dial" });
      expect(await where(gia?.operatorId, "101")).toMatchObject({ type: "dial", colleague: { extension: "101" } });
      expect(await where(gia?.operatorId, "112")).toMatchObject({ taken: [{ because: "emergency", sent: "112" }] });
    });
  });

  it.each<[string, (trunkId: number) => object, string, string]>([
    ["a country that is none", () => ({ allowedCountries: ["XX"] }), "allowedCountries.0", "unknown-country"],
    ["the same twice", () => ({ allowedCountries: ["GB", "GB"] }), "allowedCountries", "twice"],
    [
      "a prefix of letters",
      (id) => ({ rules: [{ name: "A", numbers: { ...every, prefixes: ["x"] }, trunkIds: [id], callerNumber: null }] }),
      "rules.0.numbers.prefixes.0",
      "not-digits",
    ],
    [
      "a rule without a line",
      () => ({ rules: [{ name: "A", numbers: every, trunkIds: [], callerNumber: null }] }),
      "rules.0.trunkIds",
      "too-few",
    ],
    [
      "a line that is none",
      () => ({ rules: [{ name: "A", numbers: every, trunkIds: [999], callerNumber: null }] }),
      "rules.0.trunkIds",
      "no-such-trunk",
    ],
    [
      "another's number",
      (id) => ({ rules: [{ name: "A", numbers: every, trunkIds: [id], callerNumber: "0322999999" }] }),
      "rules.0.callerNumber",
      "not-our-number",
    ],
    ["an area code with its zero", () => ({ areaCode: "032" }), "areaCode", "not-an-area-code"],
    ["money that is none", () => ({ currency: "gel" }), "currency", "not-a-currency"],
    ["no call at all", () => ({ pace: { ...USUAL_OUTGOING.pace, mostAtOnce: 0 } }), "pace.mostAtOnce", "too-small"],
  ])("refuses %s", async (_, change, field, code) => {
    await withSite(async (api, trunkId) => {
      const before = await api.panel.get("/outgoing");
      const answer = await put(api, change(trunkId));
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ error: { fields: { [field]: code } } });
      expect(await api.panel.get("/outgoing")).toEqual(before);
    });
  });

  it("a number that changes goes on being shown by its rules, from the next call on", async () => {
    await withSite(async (api, trunkId) => {
      const rule = { name: "Mobile", numbers: every, trunkIds: [trunkId], callerNumber: "0322112233" };
      await put(api, { areaCode: "32", rules: [rule, { ...rule, name: "Others", callerNumber: null }] });
      const shown = async () => (await api.panel.get<Where>("/outgoing/where?number=599110001")).taken;
      expect(await shown()).toMatchObject([{ callerNumber: "0322112233" }]);

      await api.panel.patch("/numbers/1", { number: "0322112299" });
      const { rules, areaCode } = await api.panel.get<{ rules: object[]; areaCode: string }>("/outgoing");
      expect(rules).toMatchObject([{ callerNumber: "0322112299" }, { callerNumber: null }]);
      expect(areaCode).toBe("32");
      expect(await shown()).toMatchObject([{ callerNumber: "0322112299" }]);
      expect((await put(api, { rules })).status).toBe(200);
    });
  });

  it("is nobody's business but the owner's", async () => {
    await withSite(async ({ newPanel }) => {
      expect((await newPanel().fetch("/outgoing")).status).toBe(401);
    });
  });

  it("a trunk is unfrozen by hand only when it is frozen, and counts anew then", async () => {
    await withSite(async (api, trunkId) => {
      const unfreeze = async () => await api.panel.fetch(`/outgoing/trunks/${trunkId}/unfreeze`, { method: "POST" });
      expect((await api.panel.fetch("/outgoing/trunks/999/unfreeze", { method: "POST" })).status).toBe(404);
      expect((await unfreeze()).status).toBe(409);
      api.outgoing.frozenAs = "money";
      expect((await unfreeze()).status).toBe(200);
      expect(api.configuration.current.unfrozen).toMatchObject([{ gateway: `trunk-${trunkId}` }]);
    });
  });
});
