import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { CallFact, Outcome } from "../calls/call-fact.ts";
import { type CallId, flowId } from "../calls/ids.ts";
import { LONGEST_FLOW_NAME, LONGEST_NOTE } from "../calls/text-limits.ts";
import { applyFacts } from "../database/apply-facts.ts";
import type { Finding } from "../flows/ivr/check-flow.ts";
import type { FlowChanges } from "../flows/ivr/compare-flows.ts";
import type { FlowContent } from "../flows/ivr/document.ts";
import { HttpLookUps } from "../look-ups/http-look-ups.ts";
import { talkedCall } from "../testing/call-facts.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { SETUP, withApi, withEmptyApi } from "../testing/test-api.ts";

interface Row {
  flowId: string;
  name: string;
  isDefault: boolean;
  version: number | null;
  isCustom: boolean;
  hasDraft: boolean;
  usedBy: { numbers: { number: string }[]; flows: { flowId: string }[] };
}
interface Draft {
  revision: number;
  document: FlowContent;
  findings: Finding[];
  basedOn: number | null;
  updatedBy: string | null;
}

async function refusal(panel: PanelClient, method: string, path: string, body?: unknown): Promise<unknown> {
  const init = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await panel.fetch(path, body === undefined ? { method } : { method, ...init });
  return [response.status, ((await response.json()) as { error: unknown }).error];
}

const flows = async (panel: PanelClient) => (await panel.get<{ flows: Row[] }>("/flows")).flows;
const errors = (findings: readonly Finding[]) => findings.filter(({ severity }) => severity === "error");

/** Changes a flow's draft and publishes it. */
async function publish(panel: PanelClient, id: string, change: (document: FlowContent) => void): Promise<number> {
  const draft = await panel.get<Draft>(`/flows/${id}/draft`);
  change(draft.document);
  const { revision } = await panel.put<Draft>(`/flows/${id}/draft`, {
    revision: draft.revision,
    document: draft.document,
  });
  return (await panel.post<{ version: number }>(`/flows/${id}/publish`, { revision })).version;
}

describe("call flows", () => {
  it("the default one is there from the first start on, in its simple form", async () => {
    await withApi(async ({ panel }) => {
      expect(await flows(panel)).toEqual([
        expect.objectContaining({ flowId: "main", name: "", isDefault: true, version: 1, isCustom: false }),
      ]);
      const draft = await panel.get<Draft>("/flows/main/draft");
      expect(draft).toMatchObject({ revision: 0, basedOn: 1, updatedBy: null });
      expect(draft.findings).toEqual([]);
    });
  });

  it("are checked for the languages of the numbers that lead to them", async () => {
    await withApi(async ({ panel }) => {
      const [number] = await panel.get<{ numberId: number }[]>("/numbers");
      await panel.patch(`/numbers/${number?.numberId}`, { language: "mn" });
      expect(await panel.get("/flows/main/context")).toMatchObject({ languages: ["ka"], numberLanguages: ["mn"] });
      const { findings } = await panel.get<Draft>("/flows/main/draft");
      expect(findings).toContainEqual({
        ...{ code: "prompt-missing", severity: "warning", node: "menu", params: { prompt: "menu", language: "mn" } },
      });
      const other = await panel.post<Row>("/flows", { name: "Other", template: "empty" });
      expect(await panel.get(`/flows/${other.flowId}/context`)).toMatchObject({ numberLanguages: [] });
    });
  });

  it.each(["shop", "clinic", "service", "restaurant"])(
    "a %s begins with a flow of its own, without a fault",
    async (business) => {
      await withEmptyApi(async ({ panel, configuration }) => {
        await panel.post("/setup", { ...SETUP, business });
        const [main] = await flows(panel);
        expect(main).toMatchObject({ version: 1, isCustom: true });
        const { findings } = await panel.get<Draft>("/flows/main/draft");
        expect(findings).toEqual([]);
        const { flow } = configuration.current;
        const says = Object.values(flow.nodes).flatMap((node) => ("prompt" in node ? [node.prompt] : []));
        expect(says).toContain(`${business}-menu`);
        // The tags are words of the firm's language.
        const tags = Object.values(flow.nodes).flatMap((node) => (node.type === "tag" ? [node.tag] : []));
        for (const tag of tags) expect(tag).toMatch(/\p{Script=Georgian}/u);
      });
    },
  );

  it("are drawn, checked, published, compared and taken back; the form tells when it no longer says what they do", async () => {
    await withApi(async ({ panel, configuration }) => {
      const begun = await panel.get<Draft>("/flows/main/draft");
      const document = structuredClone(begun.document);
      const greeting = document.nodes["greeting"];
      if (greeting?.type !== "say") throw new Error("no greeting");
      greeting.prompt = "closed";
      document.nodes["vip"] = { name: "VIP", type: "tag", tag: "", next: "" } as FlowContent["nodes"][string];
      const saved = await panel.put<Draft>("/flows/main/draft", { revision: 0, document });
      expect(saved).toMatchObject({ revision: 1, basedOn: 1, updatedBy: "Owner" });
      expect(saved.findings).toEqual([{ code: "unreachable", severity: "warning", node: "vip", params: {} }]);
      // Callers meet the published one until then.
      expect(configuration.current.flow).toMatchObject({ version: 1, nodes: { greeting: { prompt: "greeting" } } });

      greeting.next = "vip" as never;
      const broken = await panel.put<Draft>("/flows/main/draft", { revision: 1, document });
      expect(errors(broken.findings).map(({ code, node }) => [code, node])).toEqual([
        ["branch-missing", "vip"],
        ["no-tag", "vip"],
      ]);
      expect(await refusal(panel, "POST", "/flows/main/publish", { revision: 2 })).toEqual([
        422,
        { code: "flow-has-errors", params: { count: 2 }, fields: { vip: "branch-missing" } },
      ]);

      document.nodes["vip"] = { name: "VIP", type: "tag", tag: "vip", next: "menu" } as FlowContent["nodes"][string];
      await panel.put("/flows/main/draft", { revision: 2, document });
      const { version } = await panel.post<{ version: number }>("/flows/main/publish", { revision: 3, note: "VIPs" });
      expect(version).toBe(2);
      expect(configuration.current.flow).toMatchObject({ version: 2, nodes: { greeting: { prompt: "closed" } } });
      expect(configuration.current.formerFlows.map((flow) => flow.version)).toEqual([1]);
      expect(await panel.get("/flow")).toMatchObject({ version: 2, isCustom: true, menu: { operatorsDigit: "1" } });

      const { changes } = await panel.get<{ changes: FlowChanges }>("/flows/main/compare?from=1&to=2");
      expect(changes).toEqual({
        ...{ start: null, operators: null, removed: [] },
        added: [{ node: "vip", type: "tag", name: "VIP" }],
        changed: [
          {
            ...{ node: "greeting", type: "say", name: null },
            fields: [
              { path: "prompt", from: "greeting", to: "closed" },
              { path: "next", from: "menu", to: "vip" },
            ],
          },
        ],
      });

      expect(await panel.post("/flows/main/roll-back", { version: 1 })).toMatchObject({ version: 3 });
      expect(configuration.current.flow).toMatchObject({ version: 3, nodes: { greeting: { prompt: "greeting" } } });
      // It is the form's own flow again.
      expect(await panel.get("/flow")).toMatchObject({ version: 3, isCustom: false });
      const { versions } = await panel.get<{ versions: Record<string, unknown>[] }>("/flows/main/versions");
      expect(versions).toEqual([
        expect.objectContaining({
          version: 3,
          isCurrent: true,
          isCustom: false,
          rolledBackFrom: 1,
          publishedBy: "Owner",
        }),
        expect.objectContaining({ version: 2, isCurrent: false, isCustom: true, note: "VIPs" }),
        expect.objectContaining({ version: 1, isCustom: false, note: null, rolledBackFrom: null }),
      ]);
      expect(await panel.get("/flows/main/versions/2")).toMatchObject({ version: 2, findings: [] });
    });
  });

  it("two who draw at once: the second is told, and nothing is lost", async () => {
    await withApi(async ({ panel }) => {
      const { document } = await panel.get<Draft>("/flows/main/draft");
      await panel.put("/flows/main/draft", { revision: 0, document });
      for (const revision of [0, 2])
        expect(await refusal(panel, "PUT", "/flows/main/draft", { revision, document })).toEqual([
          409,
          { code: "draft-changed" },
        ]);
      expect(await refusal(panel, "POST", "/flows/main/publish", { revision: 0 })).toEqual([
        409,
        { code: "draft-changed" },
      ]);
      await panel.put("/flows/main/draft", { revision: 1, document });
      // What the other one has drawn since is not thrown away unseen.
      expect(await refusal(panel, "DELETE", "/flows/main/draft?revision=1")).toEqual([409, { code: "draft-changed" }]);
      await panel.delete("/flows/main/draft?revision=2");
      expect(await panel.get("/flows/main/draft")).toMatchObject({ revision: 0 });
    });
  });

  it("two who draw one after the other: what was published or discarded in between is not taken back unseen", async () => {
    await withApi(async ({ panel }) => {
      const changed = [409, { code: "draft-changed" }];
      const first = await panel.get<Draft & { basedOn: number }>("/flows/main/draft");
      const second = { ...first };
      const { document } = first;
      const kept = await panel.put<Draft>("/flows/main/draft", { revision: 0, basedOn: first.basedOn, document });
      const { version } = await panel.post<{ version: number }>("/flows/main/publish", { revision: kept.revision });
      const late = { revision: 0, basedOn: second.basedOn, document };
      expect(await refusal(panel, "PUT", "/flows/main/draft", late)).toEqual(changed);
      // A page that has slept over both.
      expect(await refusal(panel, "PUT", "/flows/main/draft", { ...late, revision: kept.revision })).toEqual(changed);
      const next = await panel.put<Draft>("/flows/main/draft", { revision: 0, basedOn: version, document });
      expect(next).toMatchObject({ revision: kept.revision, basedOn: version });
      expect(await refusal(panel, "PUT", "/flows/main/draft", { ...late, revision: kept.revision })).toEqual(changed);

      // The form on one page too.
      const form = await panel.get<Record<string, unknown>>("/flow");
      const { hours: _hours, isCustom: _isCustom, ...input } = form;
      expect(await refusal(panel, "PUT", "/flow", { ...input, changedFrom: first.basedOn })).toEqual(changed);
      expect(await panel.put("/flow", { ...input, changedFrom: version })).toMatchObject({ version: version + 1 });
      // And what was drawn before it, once it is published.
      const publishing = { revision: next.revision, over: version };
      expect(await refusal(panel, "POST", "/flows/main/publish", publishing)).toEqual([
        409,
        { code: "published-meanwhile" },
      ]);
      const knowing = { ...publishing, over: version + 1 };
      expect(await panel.post("/flows/main/publish", knowing)).toMatchObject({ version: version + 2 });
    });
  });

  it("several: a number leads to its own; what is in use is not deleted, and it is said where", async () => {
    await withApi(async ({ panel, configuration }) => {
      const added = await panel.post<Row>("/flows", { name: "Service", template: "service" });
      expect(added).toMatchObject({ flowId: "flow-2", version: null, hasDraft: true, isCustom: true });
      expect(await refusal(panel, "PATCH", "/numbers/1", { flowId: "flow-2" })).toEqual([
        422,
        { code: "invalid-input", fields: { flowId: "flow-not-published" } },
      ]);
      expect(await refusal(panel, "DELETE", "/flows/flow-2/draft")).toEqual([409, { code: "not-published" }]);
      await publish(panel, "flow-2", () => undefined);
      expect(configuration.current.flows.map(({ id }) => id)).toEqual(["flow-2", "main"]);
      await panel.patch("/numbers/1", { flowId: "flow-2", recordCalls: false });
      expect(configuration.current.numbers).toMatchObject([{ flowId: "flow-2", recordCalls: false }]);
      await publish(panel, "main", ({ nodes }) => {
        nodes["goodbye"] = { name: null, type: "go-to-flow", flowId: flowId("flow-2") };
      });
      expect(await refusal(panel, "DELETE", "/flows/flow-2")).toMatchObject([
        409,
        { code: "in-use", params: { numbers: `${SETUP.firmName} (0322112233)`, flows: "main" } },
      ]);
      await panel.patch("/numbers/1", { flowId: null });
      await panel.post("/flows/main/roll-back", { version: 1 });
      await panel.delete("/flows/flow-2");
      expect((await flows(panel)).map((row) => row.flowId)).toEqual(["main"]);
      expect(configuration.current.flows.map(({ id }) => id)).toEqual(["main"]);
      // Its last version stays for calls that are in it.
      expect(configuration.current.formerFlows.map(({ id, version }) => [id, version])).toContainEqual(["flow-2", 1]);
      // What names it by now does not fit any more, and says so.
      expect(await refusal(panel, "POST", "/flows/main/roll-back", { version: 2 })).toEqual([
        422,
        { code: "flow-has-errors", params: { count: 1 }, fields: { goodbye: "no-such-flow" } },
      ]);
      expect(await refusal(panel, "DELETE", "/flows/main")).toEqual([409, { code: "default-flow" }]);
      expect(await refusal(panel, "GET", "/flows/flow-2/draft")).toEqual([404, { code: "not-found" }]);
      // Names of deleted flows are not given again: calls go on naming them.
      expect(await panel.post("/flows", { name: "Copy", copyOf: "main" })).toMatchObject({ flowId: "flow-3" });
    });
  });

  it("names and notes are one line, as long as the panel's fields take them", async () => {
    await withApi(async ({ panel }) => {
      const refused = (field: string, code: string) => [422, { code: "invalid-input", fields: { [field]: code } }];
      const name = "ა".repeat(LONGEST_FLOW_NAME);
      const template = "empty";
      expect(await refusal(panel, "POST", "/flows", { name: `${name}ა`, template })).toEqual(
        refused("name", "too-long"),
      );
      expect(await refusal(panel, "POST", "/flows", { name: "a\tb", template })).toEqual(
        refused("name", "not-one-line"),
      );
      await panel.post("/flows", { name, template });
      expect(await refusal(panel, "PATCH", "/flows/flow-2", { name: `${name}ა` })).toEqual(refused("name", "too-long"));
      await panel.patch("/flows/flow-2", { name });

      const { revision } = await panel.get<Draft>("/flows/flow-2/draft");
      const note = "ა".repeat(LONGEST_NOTE);
      const path = "/flows/flow-2/publish";
      expect(await refusal(panel, "POST", path, { revision, note: `${note}ა` })).toEqual(refused("note", "too-long"));
      expect(await refusal(panel, "POST", path, { revision, note: "a\nb" })).toEqual(refused("note", "not-one-line"));
      await panel.post(path, { revision, note });
    });
  });

  it("a circle through two flows that takes no input is found", async () => {
    await withApi(async ({ panel }) => {
      await panel.post("/flows", { name: "Second", template: "empty" });
      await publish(panel, "flow-2", ({ nodes }) => {
        nodes["end"] = { name: null, type: "go-to-flow", flowId: flowId("main") };
      });
      const draft = await panel.get<Draft>("/flows/main/draft");
      draft.document.nodes["end"] = { name: null, type: "go-to-flow", flowId: flowId("flow-2") };
      const { findings } = await panel.put<Draft>("/flows/main/draft", { revision: 0, document: draft.document });
      expect(errors(findings).map(({ code }) => code)).toEqual(["loop-of-flows"]);
    });
  });

  it("what is no flow is refused with its place", async () => {
    await withApi(async ({ panel }) => {
      const document = { start: "a", operators: "a", nodes: { a: { type: "menu", repeats: 99 } } };
      expect(await refusal(panel, "PUT", "/flows/main/draft", { revision: 0, document })).toEqual([
        422,
        { code: "invalid-input", fields: { "document.nodes.a.repeats": "too-large" } },
      ]);
      const nodes = { __proto__x: { type: "hang-up" }, toString: { type: "hang-up" } };
      const response = await refusal(panel, "PUT", "/flows/main/draft", {
        revision: 0,
        document: { start: "a", operators: "constructor", nodes },
      });
      expect(response).toEqual([422, { code: "invalid-input", fields: expect.any(Object) }]);
    });
  });
});

/** A call that walked through nodes, one a second, and ended. */
function walked(steps: [node: string | null, via: string][], outcome: Outcome, startMs: number): CallFact[] {
  const { callId, facts } = talkedCall({ outcome, startMs });
  const talk = new Set(["talk-started", "talk-ended", "recording-started"]);
  return [
    ...facts.filter(({ type }) => outcome === "talked" || !talk.has(type)),
    ...steps.map(
      ([node, via], index): CallFact => ({
        type: "flow-walked",
        callId,
        atMs: startMs + index * 1_000,
        steps: [{ flow: "main", version: 1, node, via }],
      }),
    ),
  ];
}

function callOf(facts: readonly CallFact[]): CallId {
  const opened = facts.find((fact) => fact.type === "call-opened");
  if (!opened) throw new Error("no call");
  return opened.callId;
}

describe("losses", () => {
  const noon = Date.parse("2026-11-20T08:00:00Z");
  const started = [
    ["language", "start"],
    ["greeting", "open"],
    ["menu", "next"],
  ] as [string, string][];

  it("at each node: how many came, which way they left, how long they stayed, who hung up there; and those calls", async () => {
    await withApi(async ({ panel, db }) => {
      const tagged = walked([...started, ["operators", "1"], [null, "answered"]], "talked", noon);
      const facts = [
        ...tagged,
        ...walked([...started, ["operators", "1"]], "abandoned-while-ringing", noon + 1),
        ...walked([...started], "abandoned-in-menu", noon + 2),
        // Taken back after a restart: the same visit.
        ...walked(
          [...started, ["menu", "taken-back"], ["information", "2"], ["menu", "next"]],
          "information-heard",
          noon + 3,
        ),
        ...walked([...started, ["end", "otherwise"], [null, "ended"]], "abandoned-in-menu", noon + 4),
      ];
      const callId = callOf(tagged);
      const tags: CallFact[] = [{ type: "call-tagged", callId, tag: "order" }];
      // Twice in a call is once in the log.
      await db.transaction().execute((tx) => applyFacts(tx, [...facts, ...tags, ...tags]));
      const losses = await panel.get<{ calls: number; nodes: Record<string, unknown> }>(
        "/flows/main/losses?from=2026-11-20&to=2026-11-20",
      );
      expect(losses.calls).toBe(5);
      expect(losses.nodes["menu"]).toEqual({
        ...{ came: 5, visits: 6, hungUp: 2, ended: 0, talked: 0, medianStayMs: 1_500 },
        branches: [
          { via: "1", to: "operators", count: 2 },
          { via: "2", to: "information", count: 1 },
          { via: "otherwise", to: "end", count: 1 },
        ],
      });
      expect(losses.nodes["operators"]).toMatchObject({
        ...{ came: 2, hungUp: 1, talked: 1 },
        branches: [{ via: "answered", to: null, count: 1 }],
      });
      expect(losses.nodes["end"]).toMatchObject({ came: 1, hungUp: 0, ended: 1 });
      expect(await panel.get("/flows/main/losses?from=2026-11-21&to=2026-11-21")).toEqual({ calls: 0, nodes: {} });
      expect(await panel.get("/flows/main/losses?from=2026-11-20&version=7")).toEqual({ calls: 0, nodes: {} });

      const found = async (filter: string) =>
        (await panel.get<{ calls: { outcome: string; tags: string[] }[] }>(`/calls?${filter}`)).calls;
      const outcomes = async (filter: string) => (await found(filter)).map(({ outcome }) => outcome).toSorted();
      expect(await found("flow=main&node=menu&ended=here")).toHaveLength(2);
      expect(await outcomes("flow=main&node=operators")).toEqual(["abandoned-while-ringing", "talked"]);
      expect(await outcomes("flow=main&node=operators&ended=here")).toEqual(["abandoned-while-ringing"]);
      expect(await outcomes("flow=main&node=menu&via=2")).toEqual(["information-heard"]);
      expect(await outcomes("flow=other")).toEqual([]);
      expect(await found("tag=order")).toMatchObject([{ tags: ["order"] }]);
    });
  });
});

describe("trying parts of a flow", () => {
  async function withServer(answer: RequestListener, work: (port: number) => Promise<void>): Promise<void> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    try {
      await work((server.address() as AddressInfo).port);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it("a look-up, as a caller would cause it", async () => {
    const asked: string[] = [];
    await withServer(
      (request, response) => {
        asked.push(`${request.method} ${request.url}`);
        response.end(JSON.stringify({ order: { state: "ready", sum: 12.5 } }));
      },
      async (port) => {
        const lookUps = new HttpLookUps([`127.0.0.1:${port}`]);
        await withApi(
          async ({ panel }) => {
            const node = {
              url: `http://127.0.0.1:${port}/orders/{number}`,
              outputs: [
                { variable: "state", path: "order.state" },
                { variable: "sum", path: "order.sum" },
              ],
            };
            expect(await panel.post("/flows/look-up", { ...node, variables: { number: "4/7" } })).toMatchObject({
              ok: true,
              status: 200,
              values: { state: "ready", sum: "12.5" },
            });
            expect(asked).toEqual(["GET /orders/4%2F7"]);
            expect(await panel.post("/flows/look-up", { ...node, variables: {} })).toMatchObject({
              ok: false,
              reason: "variable-missing",
            });
            const elsewhere = { ...node, url: "http://localhost:5432/" };
            expect(await panel.post("/flows/look-up", { ...elsewhere, variables: {} })).toMatchObject({
              ok: false,
              reason: "address-not-allowed",
            });
          },
          { lookUps },
        );
      },
    );
  });

  it("words as a caller would hear them, where something can say them", async () => {
    await withApi(async ({ panel }) => {
      const spoken = await panel.fetch("/flows/speech?language=ka&text=%E1%83%9D%E1%83%A0%E1%83%98");
      expect([spoken.status, spoken.headers.get("content-type")]).toEqual([200, "audio/wav"]);
      expect((await spoken.arrayBuffer()).byteLength).toBeGreaterThan(4_000);
      expect(await refusal(panel, "GET", "/flows/speech?language=mn&text=x")).toEqual([409, { code: "no-voice" }]);
    });
  });
});

describe("a number that nobody has entered", () => {
  it("is told on the page Today", async () => {
    await withApi(async ({ panel, db }) => {
      const { facts } = talkedCall({ startMs: Date.now() - 60_000 });
      const unknown = facts.map((fact) =>
        fact.type === "call-opened" ? { ...fact, dialled: "0322999999", isUnknownNumber: true } : fact,
      );
      await db.transaction().execute((tx) => applyFacts(tx, unknown));
      const { attention } = await panel.get<{ attention: { kind: string; params: object }[] }>("/today");
      expect(attention).toContainEqual(
        expect.objectContaining({ kind: "unknown-number", params: { count: 1, number: "0322999999" } }),
      );
    });
  });
});
