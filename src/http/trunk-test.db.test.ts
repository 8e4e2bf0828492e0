import { afterAll, beforeAll, expect, it } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { USUAL_OPERATOR } from "../lab/phone/registrar.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { SETUP, withApi, withEmptyApi } from "../testing/test-api.ts";

let operator: ScriptedPhone;
beforeAll(async () => {
  operator = await ScriptedPhone.open({ user: "operator" });
  operator.operator = { ...USUAL_OPERATOR, account: { user: "u1", password: "p1" } };
});
afterAll(() => operator.close());

const trunkAt = (port: number) => ({
  ...{ name: "City", kind: "city", mode: "register", server: "127.0.0.1", port, user: "u1", password: "p1" },
});
type Tested = { steps: { step: string; verdict: string; code: string }[] };
const jsonBody = (body: object) => ({
  ...{ method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } },
});
const ask = async (panel: PanelClient, body: object) => await panel.fetch("/trunks/test", jsonBody(body));
const lastOf = ({ steps }: Tested) => steps.at(-1)?.code;

it("what is typed is tried before it is kept, and nothing is kept by it", async () => {
  await withApi(async ({ panel, switch: given }) => {
    const trunk = trunkAt(operator.address.port);
    expect(lastOf(await panel.post<Tested>("/trunks/test", { trunk }))).toBe("signed-in");
    expect(lastOf(await panel.post<Tested>("/trunks/test", { trunk: { ...trunk, password: "p2" } }))).toBe(
      "wrong-password",
    );
    expect(await panel.get("/trunks")).toEqual([]);
    expect(given.trunks).toEqual([]);
  });
});

it("a trunk that is kept is tried with its password, which goes to nobody else", async () => {
  await withApi(async ({ panel }) => {
    const { password, ...trunk } = trunkAt(operator.address.port);
    const { trunkId } = await panel.post<{ trunkId: number }>("/trunks", { ...trunk, password });
    expect(lastOf(await panel.post<Tested>(`/trunks/${trunkId}/test`))).toBe("signed-in");
    expect(lastOf(await panel.post<Tested>("/trunks/test", { trunk, trunkId }))).toBe("signed-in");
    const other = await ScriptedPhone.open({ user: "other" });
    for (const change of [
      { port: other.address.port },
      { outboundProxy: `127.0.0.1:${other.address.port}` },
      { user: "u2" },
    ]) {
      const answer = await ask(panel, { trunk: { ...trunk, ...change }, trunkId });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ error: { fields: { "trunk.password": "required" } } });
    }
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

it("an operator's account may not try trunks", async () => {
  await withApi(async ({ panel, newPanel }) => {
    const operators = await panel.get<{ operatorId: number }[]>("/operators");
    await panel.patch(`/operators/${operators[0]?.operatorId}`, { login: "nino", password: "a long enough password" });
    const nino = newPanel();
    await nino.post("/session", { login: "nino", password: "a long enough password" });
    const answer = await ask(nino, { trunk: trunkAt(operator.address.port) });
    expect(answer.status).toBe(403);
  });
});

it("during the first start nobody can have signed in; afterwards they must, and nobody is called by it", async () => {
  await withEmptyApi(async ({ panel, newPanel }) => {
    const trunk = trunkAt(operator.address.port);
    const tested = await panel.post<Tested>("/setup/test-trunk", { trunk, callTo: "0599112233" });
    expect(lastOf(tested)).toBe("signed-in");
    const nameless = await newPanel().fetch("/setup/test-trunk", jsonBody({ trunk: { ...trunk, password: "" } }));
    expect([nameless.status, await nameless.json()]).toMatchObject([
      422,
      { error: { fields: { "trunk.password": "required" } } },
    ]);
    await panel.post("/setup", SETUP);
    expect((await newPanel().fetch("/setup/test-trunk", jsonBody({ trunk }))).status).toBe(409);
  });
});
