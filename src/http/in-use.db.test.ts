import { expect, test } from "vitest";
import { USUAL_OUTGOING } from "../calls/outgoing.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { withApi } from "../testing/test-api.ts";

async function refused(panel: PanelClient, path: string) {
  const response = await panel.fetch(path, { method: "DELETE" });
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, ...error };
}

const every = { kinds: [], countries: [], prefixes: [] };

test("a trunk says which numbers and rules it carries, and goes when it carries none", async () => {
  await withApi(async ({ panel }) => {
    const trunk = { name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: 5070 };
    const { trunkId } = await panel.post<{ trunkId: number }>("/trunks", trunk);
    const { numberId } = await panel.post<{ numberId: number }>("/numbers", {
      ...{ number: "0322998877", name: "Service", trunkId, language: null },
    });
    const rule = { name: "Abroad", numbers: every, trunkIds: [trunkId], callerNumber: "0322998877" };
    await panel.put("/outgoing", { ...USUAL_OUTGOING, rules: [rule], trunks: [] });
    expect(await refused(panel, `/trunks/${trunkId}`)).toEqual({
      ...{ status: 409, code: "in-use" },
      params: { numbers: "Service (0322998877)", flows: "", rules: "Abroad" },
      places: [
        { kind: "number", id: numberId, name: "Service (0322998877)" },
        { kind: "rule", id: null, name: "Abroad" },
      ],
    });
    // A rule shows this number to whoever is called.
    expect(await refused(panel, `/numbers/${numberId}`)).toMatchObject({
      ...{ status: 409, code: "in-use", places: [{ kind: "rule", name: "Abroad" }] },
    });
    await panel.put("/outgoing", { ...USUAL_OUTGOING, rules: [], trunks: [] });
    await panel.delete(`/numbers/${numberId}`);
    await panel.delete(`/trunks/${trunkId}`);
    expect((await panel.get<{ trunkId: number }[]>("/trunks")).map((one) => one.trunkId)).not.toContain(trunkId);
  });
});

test("an operator says which call flows ring them, and goes when none does", async () => {
  await withApi(async ({ panel }) => {
    const { operator } = await panel.post<{ operator: { operatorId: number } }>("/operators", {
      ...{ name: "Zaza", extension: "155" },
    });
    const flow = await panel.get<Record<string, unknown>>("/flow");
    await panel.put("/flow", { ...flow, operatorIds: [operator.operatorId] });
    expect(await refused(panel, `/operators/${operator.operatorId}`)).toMatchObject({
      ...{ status: 409, code: "in-use", places: [{ kind: "flow", id: "main" }] },
    });
    await panel.put("/flow", { ...flow, operatorIds: [] });
    await panel.delete(`/operators/${operator.operatorId}`);
  });
});

test("a prompt says which call flows speak it", async () => {
  await withApi(async ({ panel }) => {
    expect(await refused(panel, "/prompts/greeting")).toMatchObject({
      ...{ status: 409, code: "in-use", places: [{ kind: "flow", id: "main" }] },
    });
  });
});
