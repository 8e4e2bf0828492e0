import { request } from "node:http";
import { expect, test } from "vitest";
import { withApi } from "../testing/test-api.ts";
import { METRICS_SECRET } from "./routes/metrics.ts";

interface Answer {
  status: number;
  text: string;
}

/** fetch sets `Host` by itself. */
function ask(origin: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}/metrics`, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject).end();
  });
}

const LINE = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)+\})? -?[0-9.]+(e[+-]?[0-9]+)?)$/;

test("every line can be read by Prometheus, and what is known is in it", async () => {
  await withApi(async (api) => {
    api.box.checks = [{ check: "disk", state: "look", reason: "filling", params: {}, sinceMs: 0 }];
    api.board.presences = [
      { operatorId: 1, name: "Nino", extension: "101", isRegistered: true, state: "talking", callId: "c" },
    ];
    const { trunkId } = await api.panel.post<{ trunkId: number }>("/trunks", {
      ...{ name: 'City "main"\\', kind: "city", mode: "ip-peer", server: "192.0.2.1", port: 5060 },
    });
    api.board.trunkStates = [{ id: trunkId, state: "down", since: "2026-11-22T10:00:00Z" }];
    const { status, text } = await ask(api.origin);
    expect(status).toBe(200);
    expect(text.split("\n").filter((line) => line !== "" && !LINE.test(line))).toEqual([]);
    for (const line of [
      'hotline_check{check="disk",state="look"} 1',
      'hotline_check{check="disk",state="ok"} 0',
      'hotline_operators{state="talking"} 1',
      "hotline_operators_registered 1",
      'hotline_trunk_up{trunk="City \\"main\\"\\\\"} 0',
      "hotline_database_connected 1",
    ])
      expect(text.split("\n")).toContain(line);
    // People are in none of it.
    expect(text).not.toContain("Nino");
    await api.watch.stop();
  });
});

test("two trunks of one name are two series", async () => {
  await withApi(async (api) => {
    const trunk = { name: "Magti", kind: "mobile", mode: "ip-peer", port: 5060 };
    const add = async (server: string) =>
      (await api.panel.post<{ trunkId: number }>("/trunks", { ...trunk, server })).trunkId;
    const [first, second] = [await add("192.0.2.1"), await add("192.0.2.2")];
    api.board.trunkStates = [
      { id: first, state: "idle", since: "2026-11-22T10:00:00Z" },
      { id: second, state: "down", since: "2026-11-22T10:00:00Z" },
    ];
    const { text } = await ask(api.origin);
    expect(text.split("\n").filter((line) => line.startsWith("hotline_trunk_up{"))).toEqual([
      `hotline_trunk_up{trunk="Magti (${first})"} 1`,
      `hotline_trunk_up{trunk="Magti (${second})"} 0`,
    ]);
  });
});

test("only this machine may read it, and nobody in whose name a proxy or a foreign page asks", async () => {
  await withApi(async (api) => {
    const port = new URL(api.origin).port;
    for (const headers of [
      { "x-forwarded-for": "192.0.2.9" },
      { forwarded: "for=192.0.2.9" },
      { host: `evil.example:${port}` },
      { host: "hotline.local" },
    ])
      expect((await ask(api.origin, headers)).status).toBe(403);
    expect((await ask(api.origin, { host: `localhost:${port}` })).status).toBe(200);
    await api.secrets.write(METRICS_SECRET, "token of the owner\n");
    const far = { "x-forwarded-for": "192.0.2.9" };
    expect((await ask(api.origin, { ...far, authorization: "Bearer token of the owner" })).status).toBe(200);
    expect((await ask(api.origin, { ...far, authorization: "Bearer another" })).status).toBe(403);
    expect((await ask(api.origin, { ...far, authorization: "Bearer " })).status).toBe(403);
  });
});
