import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { callId, operatorId } from "../calls/ids.ts";
import { type PanelClient } from "../testing/panel-client.ts";
import { withApi } from "../testing/test-api.ts";

interface Operator {
  operatorId: number;
  name: string;
  extension: string;
  isEnabled: boolean;
  login: string | null;
}
interface Phone {
  sipUser: string;
  sipPassword: string;
}

async function refusal(panel: PanelClient, method: string, path: string, body: unknown = {}) {
  const response = await panel.fetch(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const { error } = (await response.json()) as { error?: unknown };
  return [response.status, error];
}

describe("the team", () => {
  it("gets an operator with a phone, changed, deleted and taken back", async () => {
    await withApi(async ({ panel, switch: given, configuration, board }) => {
      const added = await panel.post<{ operator: Operator; phone: Phone }>("/operators", {
        name: " Nana ",
        extension: "103",
      });
      expect(added.operator).toMatchObject({ name: "Nana", extension: "103", isEnabled: true, hasLogin: false });
      expect(added.phone).toMatchObject({ sipServer: "192.0.2.7", sipUser: "103" });
      const path = `/operators/${added.operator.operatorId}`;
      const ha1Of = (extension: string) => given.phones.find((phone) => phone.extension === extension)?.ha1;
      const first = ha1Of("103");
      expect(first).toMatch(/^[0-9a-f]{32}$/);

      // A name is nothing to the phone; another extension voids its password.
      expect(await panel.patch(path, { name: "Nana K." })).toMatchObject({ name: "Nana K.", phone: null });
      expect(ha1Of("103")).toBe(first);
      const moved = await panel.patch<{ phone: Phone }>(path, { extension: "104" });
      expect(moved).toMatchObject({ extension: "104", phone: { sipUser: "104" } });
      expect(ha1Of("103")).toBeUndefined();
      const again = await panel.post<{ phone: Phone }>(`${path}/phone-password`);
      expect(again.phone.sipPassword).not.toBe(moved.phone.sipPassword);

      await panel.patch(path, { isEnabled: false });
      expect(ha1Of("104")).toBeUndefined();
      expect(configuration.current.operators).toContainEqual(
        expect.objectContaining({ extension: "104", isEnabled: false }),
      );
      await panel.patch(path, { isEnabled: true });
      board.presences = [
        {
          operatorId: added.operator.operatorId,
          name: "Nana",
          extension: "104",
          isRegistered: true,
          state: "free",
          callId: null,
        },
      ];
      expect(await panel.get("/operators")).toMatchObject([
        { isRegistered: false },
        {},
        { extension: "104", isRegistered: true },
      ]);

      const { undoUntil } = await panel.delete<{ undoUntil: string }>(path);
      expect(Date.parse(undoUntil)).toBeGreaterThan(Date.now());
      expect(await panel.get<Operator[]>("/operators")).toHaveLength(2);
      expect(ha1Of("104")).toBeUndefined();
      await panel.post(`${path}/restore`);
      expect(ha1Of("104")).toBeDefined();
      expect(await refusal(panel, "POST", `${path}/restore`)).toEqual([404, { code: "not-found" }]);
    });
  });

  it("an operator whom a call flow rings, or will ring, is not deleted, and it is said where", async () => {
    await withApi(async ({ panel }) => {
      const { document } = await panel.get<{ document: { nodes: Record<string, unknown> } }>("/flows/main/draft");
      const inUse = [409, { code: "in-use", params: { numbers: "", flows: "main" } }];
      const nodes = { ...document.nodes, vip: { type: "operator", operatorId: 2, noAnswer: "end" } };
      await panel.put("/flows/main/draft", { revision: 0, document: { ...document, nodes } });
      expect(await refusal(panel, "DELETE", "/operators/2")).toMatchObject(inUse);
      await panel.delete("/flows/main/draft");
      await panel.delete("/operators/2");
      await panel.post("/operators/2/restore");
      const group = { type: "ring-group", operatorIds: [1, 2], noAnswer: "end" };
      const ringing = { ...document, nodes: { ...document.nodes, operators: group } };
      await panel.put("/flows/main/draft", { revision: 0, document: ringing });
      await panel.post("/flows/main/publish", { revision: 1 });
      expect(await refusal(panel, "DELETE", "/operators/1")).toMatchObject(inUse);
      expect(await panel.get<Operator[]>("/operators")).toHaveLength(2);
      // What callers do not meet any more keeps nobody.
      await panel.post("/flows/main/roll-back", { version: 1 });
      await panel.delete("/operators/1");
    });
  });

  it("has each extension and each login once, also after a deletion", async () => {
    await withApi(async ({ panel }) => {
      const taken = { code: "extension-taken", fields: { extension: "extension-taken" } };
      const nana = { name: "Nana", extension: "103" };
      expect(await refusal(panel, "POST", "/operators", { ...nana, extension: "101" })).toEqual([409, taken]);
      const access = { login: "nana", password: "a password for nana" };
      const { operator } = await panel.post<{ operator: Operator }>("/operators", { ...nana, ...access });
      expect(
        await refusal(panel, "POST", "/operators", { name: "B", extension: "105", ...access, login: "NANA" }),
      ).toEqual([409, { code: "login-taken", fields: { login: "login-taken" } }]);
      expect(await refusal(panel, "PATCH", `/operators/${operator.operatorId}`, { extension: "102" })).toEqual([
        409,
        taken,
      ]);
      await panel.delete(`/operators/${operator.operatorId}`);
      const newer = await panel.post<{ operator: Operator }>("/operators", { name: "New", extension: "103" });
      expect(await refusal(panel, "POST", `/operators/${operator.operatorId}/restore`)).toEqual([409, taken]);
      const again = await panel.post<{ operator: Operator }>("/operators", {
        name: "Nana",
        extension: "104",
        ...access,
      });
      expect(again.operator).toMatchObject({ login: "nana" });
      await panel.patch(`/operators/${newer.operator.operatorId}`, { extension: "107" });
      expect(await refusal(panel, "POST", `/operators/${operator.operatorId}/restore`)).toEqual([
        409,
        { code: "login-taken", fields: { login: "login-taken" } },
      ]);
      await panel.patch(`/operators/${again.operator.operatorId}`, { login: "nana.2" });
      await panel.fetch(`/operators/${operator.operatorId}/restore`, { method: "POST" });
      expect(await panel.get<Operator[]>("/operators")).toContainEqual(
        expect.objectContaining({ operatorId: operator.operatorId, login: "nana" }),
      );
      await panel.delete(`/operators/${operator.operatorId}`);
      expect(await refusal(panel, "POST", "/operators", { ...nana, extension: "106", login: "only" })).toEqual([
        422,
        { code: "invalid-input", fields: { password: "required" } },
      ]);
      expect(await refusal(panel, "PATCH", "/operators/1", { login: "first" })).toEqual([
        422,
        { code: "invalid-input", fields: { password: "required" } },
      ]);
      expect(await refusal(panel, "PATCH", "/operators/999", { name: "x" })).toEqual([404, { code: "not-found" }]);
      expect(await refusal(panel, "PATCH", "/operators/abc", { name: "x" })).toEqual([
        422,
        { code: "invalid-input", fields: { id: "not-an-id" } },
      ]);
    });
  });
});

describe("extensions and emergency numbers", () => {
  const MONGOLIA = { country: "MN", timeZone: "Asia/Ulaanbaatar" };
  const refused = [422, { code: "emergency-number", fields: { extension: "emergency-number" } }];

  it("no operator is added, moved or taken back to one", async () => {
    await withApi(async ({ panel }) => {
      const nana = { name: "Nana", extension: "112" };
      expect(await refusal(panel, "POST", "/operators", nana)).toEqual(refused);
      expect(await refusal(panel, "PATCH", "/operators/1", { extension: "112" })).toEqual(refused);
      expect(await panel.get("/operators")).toMatchObject([{ extension: "101" }, { extension: "102" }]);

      // Who was deleted did not keep the country from changing.
      await panel.patch("/operators/1", { extension: "201" });
      await panel.delete("/operators/2");
      await panel.put("/settings", { ...(await panel.get<object>("/settings")), ...MONGOLIA });
      expect(await refusal(panel, "POST", "/operators/2/restore")).toEqual(refused);
      expect(await panel.get("/operators")).toMatchObject([{ extension: "201" }]);
    });
  });

  it("the country does not become one in which operators would have them, and it is said who", async () => {
    await withApi(async ({ panel, configuration }) => {
      const settings = { ...(await panel.get<object>("/settings")), ...MONGOLIA };
      expect(await refusal(panel, "PUT", "/settings", settings)).toEqual([
        409,
        { code: "emergency-extensions", params: { extensions: "101, 102" } },
      ]);
      expect(configuration.current.site).toMatchObject({ country: "GE" });
      await panel.patch("/operators/1", { extension: "201" });
      await panel.patch("/operators/2", { extension: "202" });
      expect(await panel.put("/settings", settings)).toMatchObject(MONGOLIA);
    });
  });

  it("where one has been given before, what has nothing to do with it can still be changed", async () => {
    await withApi(async ({ panel, db }) => {
      await db.updateTable("operators").set({ extension: "112" }).where("id", "=", operatorId(1)).execute();
      expect(await panel.patch("/operators/1", { name: "Nino K." })).toMatchObject({ extension: "112" });
      const settings = await panel.get<object>("/settings");
      expect(await panel.put("/settings", { ...settings, firmName: "Shop" })).toMatchObject({ firmName: "Shop" });
      expect(await panel.patch("/operators/1", { extension: "103" })).toMatchObject({ extension: "103" });
    });
  });

  it("of an operator who is added and a country that changes at the same moment, one is refused", async () => {
    await withApi(async ({ panel }) => {
      await panel.patch("/operators/1", { extension: "201" });
      await panel.patch("/operators/2", { extension: "202" });
      const settings = { ...(await panel.get<object>("/settings")), ...MONGOLIA };
      const [added, changed] = await Promise.all([
        refusal(panel, "POST", "/operators", { name: "Nana", extension: "103" }),
        refusal(panel, "PUT", "/settings", settings),
      ]);
      expect([added[0], changed[0]].filter((status) => status === 200)).toHaveLength(1);
    });
  });
});

describe("the lines", () => {
  const trunk = {
    name: "City",
    kind: "city",
    mode: "register",
    server: "sip.example.ge",
    port: 5060,
    user: "u1",
    password: "p1",
  };

  it("trunks are taken over by the switch with their secrets, which the panel never sees", async () => {
    await withApi(async ({ panel, secrets, switch: given, board, configuration }) => {
      const added = await panel.post<{ trunkId: number }>("/trunks", trunk);
      board.trunkStates = [{ id: added.trunkId, state: "registered", since: "2026-11-22T09:00:00.000Z" }];
      expect(added).toEqual({
        trunkId: 1,
        now: { inbound: 0, outbound: 0 },
        name: "City",
        kind: "city",
        mode: "register",
        server: "sip.example.ge",
        port: 5060,
        user: "u1",
        // What nobody said.
        ...{ preset: null, transport: "udp", authUser: null, fromUser: null, fromDomain: null, outboundProxy: null },
        ...{ codecs: ["PCMA", "PCMU"], dtmf: "rfc2833", srtp: "off", expirySeconds: 300, sources: [], isWatched: true },
        outgoing: { numberFormat: "as-dialled", prefix: "", callerId: "own-number" },
        incoming: { numberFormat: "auto", prefix: "" },
        channels: { total: null, mostOutgoing: null, keptFree: 0 },
        hasPassword: true,
        isEnabled: true,
        state: "unknown",
        stateSince: expect.any(String),
      });
      expect(await panel.get("/trunks")).toMatchObject([
        { state: "registered", stateSince: "2026-11-22T09:00:00.000Z" },
      ]);
      expect(given.trunks).toMatchObject([{ gateway: "trunk-1", password: "p1", isEnabled: true }]);

      await panel.patch("/trunks/1", { name: "City line", password: "" });
      expect(await secrets.read("trunk-1")).toBe("p1");
      await panel.patch("/trunks/1", { password: "p2" });
      expect(given.trunks).toMatchObject([{ name: "City line", password: "p2" }]);
      await panel.patch("/trunks/1", { mode: "ip-peer", user: "" });
      expect(given.trunks).toMatchObject([{ mode: "ip-peer", user: null }]);
      expect(await refusal(panel, "PATCH", "/trunks/1", { mode: "register" })).toEqual([
        422,
        { code: "invalid-input", fields: { user: "required" } },
      ]);

      const details = {
        ...{
          transport: "tls",
          authUser: "a1",
          outboundProxy: "proxy.example.ge:5061",
          codecs: ["PCMU"],
          srtp: "required",
        },
        ...{ sources: ["198.51.100.0/24"], outgoing: { numberFormat: "national", prefix: "9", callerId: "hidden" } },
        ...{ incoming: { numberFormat: "e164", prefix: "" }, channels: { total: 4, mostOutgoing: 2, keptFree: 1 } },
      };
      expect(await panel.patch("/trunks/1", details)).toMatchObject({ ...details, name: "City line" });
      expect(given.trunks).toMatchObject([details]);
      expect(configuration.current.trunks).toMatchObject([{ channels: details.channels, outgoing: details.outgoing }]);
      expect(
        await refusal(panel, "PATCH", "/trunks/1", { channels: { total: 1, mostOutgoing: 2, keptFree: 0 } }),
      ).toEqual([422, { code: "invalid-input", fields: { "channels.mostOutgoing": "more-than-total" } }]);

      await panel.delete("/trunks/1");
      expect(given.trunks).toEqual([]);
      expect(configuration.current.trunks).toEqual([]);
      expect(await panel.post("/trunks/1/restore")).toMatchObject({ name: "City line", hasPassword: true });
      expect(given.trunks).toMatchObject([{ gateway: "trunk-1", password: "p2" }]);
    });
  });

  it("a trunk that the switch refuses changes nothing, its secret included", async () => {
    await withApi(async ({ panel, secrets, switch: given }) => {
      await panel.post("/trunks", trunk);
      given.answer = { ok: false, reason: "malformed" };
      const refused = [422, { code: "switch-refused-trunk", params: { reason: "malformed" } }];
      expect(await refusal(panel, "PATCH", "/trunks/1", { server: "other.example", password: "p9" })).toEqual(refused);
      expect(await refusal(panel, "POST", "/trunks", trunk)).toEqual(refused);
      expect(await refusal(panel, "DELETE", "/trunks/1")).toEqual(refused);
      expect(await panel.get("/trunks")).toMatchObject([{ trunkId: 1, server: "sip.example.ge" }]);
      expect(await secrets.read("trunk-1")).toBe("p1");
      expect(await secrets.read("trunk-2")).toBeNull();
      expect(given.trunks).toMatchObject([{ server: "sip.example.ge", password: "p1" }]);
    });
  });

  it.each([
    ["a host with a space", { server: "a b" }, "server", "not-a-server"],
    ["a host with a quote", { server: 'a"b' }, "server", "not-a-server"],
    ["a variable as password", { password: "$\u007bsystem(id)}" }, "password", "not-allowed-signs"],
    ["a line break in the password", { password: "a\nb" }, "password", "not-printable"],
    ["a user with angle brackets", { user: "<x>" }, "user", "not-a-user"],
    ["a port beyond all", { port: 70_000 }, "port", "not-a-port"],
    ["registering without a password", { password: undefined }, "password", "required"],
    ["a proxy with a path", { outboundProxy: "sip.example.ge/x" }, "outboundProxy", "not-a-server"],
    ["a proxy with a port beyond all", { outboundProxy: "sip.example.ge:99999" }, "outboundProxy", "not-a-server"],
    ["everybody as source", { sources: ["0.0.0.0/0"] }, "sources.0", "not-a-network"],
    ["a name as source", { sources: ["192.0.2.1", "sip.example.ge"] }, "sources.1", "not-a-network"],
    ["no codec", { codecs: [] }, "codecs", "too-few"],
    ["a codec twice", { codecs: ["PCMA", "PCMA"] }, "codecs", "twice"],
    [
      "letters before numbers",
      { outgoing: { numberFormat: "e164", prefix: "a", callerId: "hidden" } },
      "outgoing.prefix",
      "not-digits",
    ],
    ["a registration of a second", { expirySeconds: 1 }, "expirySeconds", "out-of-range"],
    [
      "more going out than there are",
      { channels: { total: 2, mostOutgoing: 3, keptFree: 0 } },
      "channels.mostOutgoing",
      "more-than-total",
    ],
    [
      "more kept free than there are",
      { channels: { total: 2, mostOutgoing: null, keptFree: 3 } },
      "channels.keptFree",
      "more-than-total",
    ],
  ])("a trunk with %s is refused", async (_, change, field, code) => {
    await withApi(async ({ panel, switch: given }) => {
      expect(await refusal(panel, "POST", "/trunks", { ...trunk, ...change })).toEqual([
        422,
        { code: "invalid-input", fields: { [field]: code } },
      ]);
      expect(given.trunks).toEqual([]);
    });
  });

  it("numbers are own ones, each once, on a trunk that exists", async () => {
    await withApi(async ({ panel, configuration }) => {
      const number = { number: "+995 (322) 44-55-66", name: "Second", trunkId: null, language: "ru" };
      const added = await panel.post<{ numberId: number }>("/numbers", number);
      const usual = { scheduleId: null, flowId: null, recordCalls: null };
      expect(added).toEqual({ ...number, ...usual, numberId: 2, number: "+995322445566" });
      expect(await refusal(panel, "POST", "/numbers", number)).toEqual([
        409,
        { code: "number-taken", fields: { number: "number-taken" } },
      ]);
      expect(await refusal(panel, "PATCH", "/numbers/2", { trunkId: 77 })).toEqual([
        422,
        { code: "invalid-input", fields: { trunkId: "no-such-trunk" } },
      ]);
      expect(await panel.patch("/numbers/2", { language: null })).toMatchObject({ language: null, name: "Second" });
      expect(configuration.current.numbers).toHaveLength(2);
      await panel.delete("/numbers/2");
      expect(await refusal(panel, "DELETE", "/numbers/2")).toEqual([404, { code: "not-found" }]);
      expect(configuration.current.numbers).toHaveLength(1);
    });
  });
});

describe("numbers written another way, or that nobody entered", () => {
  it("one number in two writings is refused, and it is said which one is there", async () => {
    await withApi(async ({ panel }) => {
      const number = { name: "Second", trunkId: null, language: null };
      expect(await refusal(panel, "POST", "/numbers", { ...number, number: "+995322112233" })).toMatchObject([
        409,
        { code: "number-overlaps", params: { number: "0322112233" }, fields: { number: "number-taken" } },
      ]);
      const other = await panel.post<{ numberId: number }>("/numbers", { ...number, number: "0322112244" });
      const path = `/numbers/${other.numberId}`;
      expect(await refusal(panel, "PATCH", path, { number: "995322112233" })).toMatchObject([
        409,
        { code: "number-overlaps", params: { number: "0322112233" } },
      ]);
      // Its own other writing is no other number.
      expect(await panel.patch(path, { number: "+995322112244" })).toMatchObject({ number: "+995322112244" });
    });
  });

  it("calls for them are told by number, until it is entered", async () => {
    await withApi(async ({ panel, db }) => {
      const call = { direction: "inbound" as const, caller_number: "0599123456", caller_name: "" };
      const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000);
      const came = async (dialled: string, minutesAgo: number, isUnknown = true) =>
        await db
          .insertInto("calls")
          .values({
            ...call,
            id: callId(randomUUID()),
            started_at: at(minutesAgo),
            dialled,
            is_unknown_number: isUnknown,
          })
          .execute();
      await came("0322999999", 30);
      await came("0322999999", 5);
      await came("0322888888", 60);
      await came("0322112233", 1, false);
      await came("0322777777", 60 * 24 * 40);
      expect(await panel.get("/numbers/unknown")).toMatchObject([
        { number: "0322999999", count: 2, trunkId: null },
        { number: "0322888888", count: 1 },
      ]);
      const attention = async () => (await panel.get<{ attention: { kind: string }[] }>("/today")).attention;
      const found = { kind: "unknown-number", params: { count: 3, number: "0322999999" } };
      expect(await attention()).toContainEqual(expect.objectContaining(found));
      const entered = { name: "Second", trunkId: null, language: null };
      await panel.post("/numbers", { ...entered, number: "+995322999999" });
      expect(await panel.get("/numbers/unknown")).toMatchObject([{ number: "0322888888" }]);
      await panel.post("/numbers", { ...entered, number: "0322888888" });
      expect(await panel.get("/numbers/unknown")).toEqual([]);
      expect((await attention()).map(({ kind }) => kind)).not.toContain("unknown-number");
    });
  });
});

describe("settings and call flow", () => {
  it("settings take effect for the next call", async () => {
    await withApi(async ({ panel, configuration }) => {
      const settings = await panel.get<Record<string, unknown>>("/settings");
      expect(settings).toMatchObject({
        language: "ka",
        callerLanguages: ["ka"],
        recordCalls: true,
        retentionDays: null,
      });
      const changed = { ...settings, callerLanguages: ["ka", "ru"], recordCalls: false, retentionDays: 90 };
      expect(await panel.put("/settings", changed)).toEqual(changed);
      expect(configuration.current.site).toMatchObject({
        callerLanguages: ["ka", "ru"],
        recordCalls: false,
        retentionDays: 90,
      });
      expect(await refusal(panel, "PUT", "/settings", { ...changed, callerLanguages: ["ka", "mn"] })).toEqual([
        422,
        { code: "invalid-input", fields: { callerLanguages: "prompts-missing" }, params: { languages: "mn" } },
      ]);
      expect(await refusal(panel, "PUT", "/settings", { ...changed, callerLanguages: [], retentionDays: 0 })).toEqual([
        422,
        { code: "invalid-input", fields: { callerLanguages: "too-few", retentionDays: "too-small" } },
      ]);
    });
  });

  it("publishing makes a new version and keeps the old one", async () => {
    await withApi(async ({ panel, configuration, db }) => {
      const flow = await panel.get<Record<string, unknown> & { hours: Record<string, unknown>; menu: object }>("/flow");
      expect(flow).toMatchObject({ version: 1, strategy: "simultaneous", menu: { operatorsDigit: "1" } });
      const changed = { ...flow, strategy: "sequential", operatorIds: [2, 1], ringSeconds: 15 };
      const [one, two] = await Promise.all([panel.put("/flow", changed), panel.put("/flow", changed)]);
      const versions = [one, two].map((answer) => (answer as { version: number }).version).sort((a, b) => a - b);
      expect(versions).toEqual([2, 3]);
      expect(configuration.current.flow.version).toBe(3);
      expect(configuration.current.flow.nodes["operators"]).toMatchObject({
        strategy: "sequential",
        operatorIds: [2, 1],
      });
      expect(await db.selectFrom("call_flows").select("version").orderBy("version").execute()).toHaveLength(3);
    });
  });

  it.each([
    ["an operator who does not exist", { operatorIds: [99] }, "operatorIds", "no-such-operator"],
    ["an operator twice", { operatorIds: [1, 1] }, "operatorIds", "twice"],
    ["a ring time of nothing", { ringSeconds: 1 }, "ringSeconds", "too-small"],
    [
      "0 for information",
      { menu: { isEnabled: true, operatorsDigit: "1", informationDigit: "0" } },
      "menu.informationDigit",
      "zero-is-for-a-person",
    ],
    [
      "one key for two things",
      { menu: { isEnabled: true, operatorsDigit: "1", informationDigit: "1" } },
      "menu.informationDigit",
      "same-key",
    ],
  ])("a flow with %s is refused", async (_, change, field, code) => {
    await withApi(async ({ panel, configuration }) => {
      const flow = await panel.get<Record<string, unknown>>("/flow");
      expect(await refusal(panel, "PUT", "/flow", { ...flow, ...change })).toEqual([
        422,
        { code: "invalid-input", fields: { [field]: code } },
      ]);
      expect(configuration.current.flow.version).toBe(1);
    });
  });

  it("hours are times of day", async () => {
    await withApi(async ({ panel }) => {
      const flow = await panel.get<{ hours: object }>("/flow");
      const monday = [
        { from: "22:00", to: "06:00" },
        { from: "09:00", to: "13:00" },
      ];
      expect(await panel.put("/flow", { ...flow, hours: { ...flow.hours, monday } })).toMatchObject({
        hours: { monday },
      });
      const wrong = [{ from: "24:00", to: "25:00" }];
      expect(await refusal(panel, "PUT", "/flow", { ...flow, hours: { ...flow.hours, monday: wrong } })).toEqual([
        422,
        { code: "invalid-input", fields: { "hours.monday.0.from": "not-a-time", "hours.monday.0.to": "not-a-time" } },
      ]);
    });
  });
});
