import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { connect } from "../database/connect.ts";
import { migrate } from "../database/migrate.ts";
import { openEvents } from "../testing/event-stream.ts";
import { SETUP, startTestApi, withApi, withEmptyApi } from "../testing/test-api.ts";
import { withOwnCluster } from "../testing/test-database.ts";
import type { LiveCall } from "./ports.ts";
import { serveHttp } from "./server.ts";

const liveCall: LiveCall = {
  callId: "6f0c1c0e-2f0f-4d0c-9a52-0d6d7a3f5c11",
  direction: "inbound",
  startedAt: "2026-11-22T10:00:00.000Z",
  caller: { number: "599112233", e164: "+995599112233", formatted: "599 11 22 33", name: "", isHidden: false },
  dialled: "0322112233",
  trunkName: null,
  language: "ka",
  phase: "menu",
  phaseSince: "2026-11-22T10:00:05.000Z",
  nodeName: "menu",
  ringing: [],
  operator: null,
  isRecording: false,
};

describe("a body", () => {
  it("may take the longer the larger it is: an update through a slow network arrives, one that trickles does not", async () => {
    const api = {
      fetch: async (request: Request) => new Response(`${(await request.arrayBuffer()).byteLength} bytes`),
      close: () => undefined,
    };
    const patience = { leastMs: 300, msPerByte: 1 };
    const server = await serveHttp(api, { host: "127.0.0.1", port: 0 }, null, patience);
    /** A tenth of it each 100 ms. */
    const send = async (bytes: number) => {
      const socket = connectSocket({ host: "127.0.0.1", port: server.port });
      let said = "";
      socket.on("data", (data: Buffer) => {
        said += data.toString();
      });
      socket.on("error", () => undefined);
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n`);
      const sending = setInterval(() => socket.write("a".repeat(bytes / 10)), 100);
      await once(socket, "close");
      clearInterval(sending);
      return said;
    };
    try {
      expect(await send(5_000)).toMatch(/200 OK[^]*5000 bytes/);
      expect(await send(100)).toBe("");
    } finally {
      await server.stop();
    }
  });
});

describe("live events", () => {
  it("tell how things stand, and then each change", async () => {
    await withApi(async ({ panel, board, events }) => {
      board.liveCalls = [liveCall];
      const stream = await openEvents(panel);
      expect(stream.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
      await vi.waitFor(() => expect(stream.messages).toHaveLength(6));
      expect(stream.messages.map(({ event }) => event)).toEqual([
        "switch",
        "database",
        "disk",
        "trunks",
        "operators",
        "live-calls",
      ]);
      expect(stream.named("database")).toEqual([{ connected: true, reason: null }]);
      expect(stream.named("live-calls")).toEqual([[liveCall]]);
      events.callChanged(liveCall.callId);
      events.recordingChanged(liveCall.callId, "r1");
      board.liveCalls = [];
      // A burst becomes one message.
      for (let n = 0; n < 20; n++) board.changed("calls");
      board.status = { ...board.status, connected: false, reason: "lost" };
      board.changed("switch");
      await vi.waitFor(() => expect(stream.named("live-calls")).toHaveLength(2));
      expect(stream.named("live-calls").at(-1)).toEqual([]);
      expect(stream.named("call-changed")).toEqual([{ callId: liveCall.callId }]);
      expect(stream.named("recording-changed")).toEqual([{ callId: liveCall.callId, recordingId: "r1" }]);
      expect(stream.named("switch").at(-1)).toMatchObject({ connected: false, reason: "lost" });
      await stream.close();
      await vi.waitFor(() => expect(events.listenerCount).toBe(0));
    });
  });

  it("end for who was deleted, however much goes on", async () => {
    await withApi(async ({ panel, newPanel, board }) => {
      const access = { login: "nana", password: "nana's long password" };
      const nana = { name: "Nana", extension: "103", ...access };
      const { operator } = await panel.post<{ operator: { operatorId: number } }>("/operators", nana);
      const theirs = newPanel();
      await theirs.post("/session", access);
      const stream = await openEvents(theirs);
      const busy = setInterval(() => board.changed("calls"), 100);
      try {
        await vi.waitFor(() => expect(stream.named("live-calls").length).toBeGreaterThan(3));
        await panel.delete(`/operators/${operator.operatorId}`);
        await stream.ended;
      } finally {
        clearInterval(busy);
      }
    });
  });

  it("are caught up by the last id that was seen, each once", async () => {
    await withApi(async ({ panel, events }) => {
      const first = await openEvents(panel);
      events.callChanged("a");
      await vi.waitFor(() => expect(first.named("call-changed")).toHaveLength(1));
      const lastSeen = first.messages.at(-1)?.id ?? "";
      await first.close();
      events.callChanged("b");
      events.callChanged("c");
      const second = await openEvents(panel, lastSeen);
      await vi.waitFor(() => expect(second.named("live-calls")).toHaveLength(1));
      expect(second.named("call-changed")).toEqual([{ callId: "b" }, { callId: "c" }]);
      expect(second.named("reset")).toEqual([]);
      // States carry the newest id: who saw them has missed nothing.
      const upToDate = second.messages.at(-1)?.id;
      await second.close();
      const third = await openEvents(panel, upToDate);
      await vi.waitFor(() => expect(third.named("live-calls")).toHaveLength(1));
      expect(third.named("call-changed")).toEqual([]);
      await third.close();
    });
  });

  it.each(["", "rubbish", "00000000-1", "-5"])(
    "say that all must be read again after the unknown id '%s'",
    async (id) => {
      await withApi(async ({ panel, events }) => {
        events.callChanged("a");
        const stream = await openEvents(panel, id);
        await vi.waitFor(() => expect(stream.messages.length).toBeGreaterThanOrEqual(5));
        expect(stream.messages[0]?.event).toBe("reset");
        await stream.close();
      });
    },
  );

  it("are not kept open for who asks for their head alone", async () => {
    await withApi(async ({ panel, events }) => {
      const head = await panel.fetch("/events", { method: "HEAD" });
      expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
      await vi.waitFor(() => expect(events.listenerCount).toBe(0));
    });
  });

  it("end when the daemon stops", async () => {
    await withApi(async (api) => {
      const stream = await openEvents(api.panel);
      await vi.waitFor(() => expect(stream.messages).toHaveLength(6));
      await api.stop();
      await stream.ended;
      await expect(api.panel.fetch("/status")).rejects.toThrow("fetch failed");
    });
  });
});

describe("without PostgreSQL", () => {
  it("the panel is told quickly, and who is signed in sees live calls go on", async () => {
    await withOwnCluster(async ({ cluster, dataDir, start, stop }) => {
      const db = connect({ to: cluster });
      await migrate(db);
      const api = await startTestApi(db, dataDir);
      const { panel, board } = api;
      await panel.post("/setup", SETUP);
      await panel.get("/session");
      const early = await openEvents(panel);
      await stop();
      const away = await panel.fetch("/calls");
      expect([away.status, await away.json()]).toEqual([503, { error: { code: "database-away" } }]);
      const begun = performance.now();
      expect((await panel.fetch("/today")).status).toBe(503);
      expect(performance.now() - begun).toBeLessThan(1_000);
      const login = await api.newPanel().fetch("/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ login: "owner", password: SETUP.admin.password }),
      });
      expect(login.status).toBe(503);
      await vi.waitFor(async () =>
        expect(await panel.get("/status")).toMatchObject({
          needsSetup: false,
          database: { connected: false, reason: "away" },
        }),
      );
      board.liveCalls = [liveCall];
      const stream = await openEvents(panel);
      await vi.waitFor(() => expect(stream.named("live-calls")).toEqual([[liveCall]]));
      expect(await panel.get("/calls/live")).toEqual([liveCall]);
      board.liveCalls = [];
      board.changed("calls");
      await vi.waitFor(() => expect(stream.named("live-calls")).toHaveLength(2));
      await stream.close();

      await start();
      await vi.waitFor(
        async () => expect(await panel.get("/status")).toMatchObject({ database: { connected: true } }),
        {
          timeout: 10_000,
        },
      );
      expect(await panel.get("/calls")).toMatchObject({ total: 0 });
      const told = early.named("database").map((state) => (state as { connected: boolean }).connected);
      expect(told).toEqual([true, false, true]);
      await early.close();
      await api.stop();

      // A daemon that starts meanwhile knows the firm from its copy on disk.
      await stop();
      const later = await startTestApi(db, dataDir);
      expect(later.configuration.current).toMatchObject({ isSetUp: true, operators: [{ extension: "101" }, {}] });
      expect(await later.panel.get("/status")).toMatchObject({ needsSetup: false, language: "ka" });
      await later.stop();
      await db.destroy();
    });
  });
});

describe("the panel's files", () => {
  it("are served with a strict policy; pages get index.html, lost assets do not", async () => {
    await withEmptyApi(async ({ origin }) => {
      for (const path of ["/", "/calls?from=2026-11-22", "/team", "/settings/voices"]) {
        const response = await fetch(origin + path);
        expect([path, response.status, response.headers.get("cache-control")]).toEqual([path, 200, "no-cache"]);
        expect(await response.text()).toContain("<title>Hotline</title>");
        const policy = response.headers.get("content-security-policy") ?? "";
        expect(policy).toContain("default-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain("unsafe-eval");
        expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      }
      const asset = await fetch(`${origin}/assets/app-1a2b3c.js`);
      expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      expect((await fetch(`${origin}/assets/app-000000.js`)).status).toBe(404);
      expect((await fetch(`${origin}/favicon.png`)).status).toBe(404);
      expect((await fetch(`${origin}/team`, { method: "POST" })).status).toBe(404);
    });
  });

  it("are compressed", async () => {
    await withEmptyApi(async ({ origin }) => {
      const answer = await raw(origin, "GET /assets/app-1a2b3c.js", "Accept-Encoding: gzip");
      const split = answer.indexOf("\r\n\r\n");
      expect(answer.subarray(0, split).toString()).toMatch(/content-encoding: gzip/i);
      expect(answer.length).toBeLessThan(1_500);
      expect(gunzipSync(unchunked(answer.subarray(split + 4))).toString()).toContain("hotline hotline");
    });
  });

  it.each([
    "/../snapshot.json",
    "/..%2fsnapshot.json",
    "/%2e%2e/snapshot.json",
    "/assets/..%5c..%5csnapshot.json",
    "/%00",
    "/%zz",
  ])("nothing outside of them is read: %s", async (path) => {
    await withApi(async ({ origin }) => {
      const answer = (await raw(origin, `GET ${path}`)).toString();
      expect(answer).not.toContain("Asia/Tbilisi");
      expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404) /);
    });
  });
});

describe("requests that are not what they should be", () => {
  it("are refused with a word", async () => {
    await withApi(async ({ panel, log }) => {
      const post = async (body: string, type = "application/json") => {
        const response = await panel.fetch("/operators", { method: "POST", body, headers: { "Content-Type": type } });
        return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
      };
      expect(await post("{")).toEqual([400, "malformed-request"]);
      expect(await post("null")).toEqual([422, "invalid-input"]);
      expect(await post("name=x", "text/plain")).toEqual([422, "invalid-input"]);
      expect(await post(JSON.stringify({ name: "x".repeat(2_000_000) }))).toEqual([413, "too-large"]);
      const lost = await panel.fetch("/no/such/route");
      expect([lost.status, await lost.json()]).toEqual([404, { error: { code: "not-found" } }]);
      expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
    });
  });

  it("are not read without end before anybody is signed in", async () => {
    await withEmptyApi(async ({ panel }) => {
      const body = JSON.stringify({ padding: "x".repeat(2_000_000) });
      const headers = { "Content-Type": "application/json" };
      for (const path of ["/setup", "/setup/test-trunk", "/session", "/restore", "/restore/snapshots", "/keep-network"])
        expect([path, (await panel.fetch(path, { method: "POST", body, headers })).status]).toEqual([path, 413]);
    });
  });

  it("a port that is taken is told by its code", async () => {
    await withEmptyApi(async ({ origin }) => {
      const port = Number(new URL(origin).port);
      const api = { fetch: () => new Response(""), close: () => undefined };
      await expect(serveHttp(api, { host: "127.0.0.1", port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    });
  });
});

/** A request line as it is: `fetch` would tidy the path up. */
async function raw(origin: string, requestLine: string, ...headers: string[]): Promise<Buffer> {
  const { hostname, port, host } = new URL(origin);
  const socket = connectSocket(Number(port), hostname);
  await once(socket, "connect");
  socket.write([`${requestLine} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers, "", ""].join("\r\n"));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A chunked body (RFC 9112, section 7.1) in one piece. */
function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (!size) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

describe("what no database can hold", () => {
  it.each([
    ["POST", "/session", { login: "a\0b", password: "x" }, "login"],
    ["GET", "/calls?q=%00", undefined, "q"],
    ["GET", "/tickets?q=%00", undefined, "q"],
    ["POST", "/prompts", { title: "a\0b" }, "title"],
    ["DELETE", "/blocked-numbers/%00", undefined, undefined],
    ["POST", "/numbers", { number: "0322445566", trunkId: 3_000_000_000 }, undefined],
  ])("is refused and no fault of ours: %s %s", async (method, path, body, field) => {
    await withApi(async ({ panel }) => {
      const response = await panel.fetch(path, {
        method,
        ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
      });
      const { error } = (await response.json()) as { error: { code: string; fields?: Record<string, string> } };
      expect([response.status, error.code]).toEqual([422, "invalid-input"]);
      if (field !== undefined) expect(Object.keys(error.fields ?? {})).toEqual([field]);
    });
  });
});
