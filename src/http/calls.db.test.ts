import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { operatorId } from "../calls/ids.ts";
import { LONGEST_SEARCH } from "../calls/text-limits.ts";
import { applyFacts } from "../database/apply-facts.ts";
import type { RecordingState } from "../database/schema.ts";
import { type TestCall, talkedCall } from "../testing/call-facts.ts";
import { SETUP, type TestApi, withApi } from "../testing/test-api.ts";
import { startOfDay } from "./zone-day.ts";

interface Page {
  calls: { callId: string; caller: { formatted: string; name: string }; outcome: string | null }[];
  nextCursor: string | null;
  total: number;
}

async function log(api: TestApi, ...calls: TestCall[]): Promise<void> {
  await api.db.transaction().execute((tx) =>
    applyFacts(
      tx,
      calls.flatMap(({ facts }) => facts),
    ),
  );
}

async function setRecording(api: TestApi, call: TestCall, state: RecordingState): Promise<string> {
  const { id } = await api.db
    .updateTable("recordings")
    .set({ state, ...(state === "ready" ? { path: "x.opus", bytes: 1000, sha256: "ab", duration_ms: 60_000 } : {}) })
    .where("call_id", "=", call.callId)
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

const found = async (api: TestApi, query: string) =>
  (await api.panel.get<Page>(`/calls?${query}`)).calls.map(({ callId }) => callId);

describe("the call log", () => {
  it("shows a call as people read it, with all that it left behind", async () => {
    await withApi(async (api) => {
      const call = talkedCall({ operatorId: operatorId(1), callerName: "ნინო <b>" });
      await log(api, call);
      const recordingId = await setRecording(api, call, "ready");
      const row = {
        callId: call.callId,
        direction: "inbound",
        startedAt: "2026-11-22T10:00:00.000Z",
        endedAt: "2026-11-22T10:01:07.000Z",
        caller: {
          number: "0322112233",
          e164: "+995322112233",
          formatted: "032 211 22 33",
          name: "ნინო <b>",
          isHidden: false,
        },
        dialled: "+995322000000",
        dialledFormatted: "032 200 00 00",
        trunkName: null,
        outcome: "talked",
        operatorName: "Nino",
        waitSeconds: 7,
        talkSeconds: 60,
        durationSeconds: 67,
        hasRecording: true,
        recordingState: "ready",
        language: "ru",
        tags: [],
      };
      expect(await api.panel.get("/calls")).toEqual({ calls: [row], nextCursor: null, total: 1 });
      expect(await api.panel.get(`/calls/${call.callId}`)).toEqual({
        ...row,
        legs: [
          expect.objectContaining({ legId: call.callerLegId, role: "caller", name: null, number: "0322112233" }),
          {
            legId: call.operatorLegId,
            role: "operator",
            name: "Nino",
            number: "101",
            startedAt: "2026-11-22T10:00:05.000Z",
            answeredAt: "2026-11-22T10:00:07.000Z",
            endedAt: "2026-11-22T10:01:07.100Z",
            hangupCause: "NORMAL_CLEARING",
            sipStatus: 200,
            trunkName: null,
          },
        ],
        timeline: ["arrived", "greeting", "ringing", "talking", "hung-up"].map((kind) =>
          expect.objectContaining({ kind, data: {} }),
        ),
        recordings: [
          expect.objectContaining({
            recordingId,
            state: "ready",
            startedAt: "2026-11-22T10:00:07.000Z",
            durationMs: 60_000,
            bytes: 1000,
            sha256: "ab",
            problem: null,
          }),
        ],
      });
      for (const id of [randomUUID(), "nonsense", "..%2f"])
        expect((await api.panel.fetch(`/calls/${id}`)).status).toBe(404);
    });
  });

  it("turns pages without losing or repeating a call, also while new ones come", async () => {
    await withApi(async (api) => {
      // Two a minute, so that some begin in the same millisecond.
      const calls = Array.from({ length: 25 }, (_, n) =>
        talkedCall({ startMs: Date.parse("2026-11-20T10:00:00Z") + Math.floor(n / 2) * 60_000 }),
      );
      await log(api, ...calls);
      const seen: string[] = [];
      for (let cursor: string | null = "", pages = 0; cursor !== null && pages < 10; pages++) {
        const page: Page = await api.panel.get<Page>(`/calls?limit=4&cursor=${cursor}`);
        seen.push(...page.calls.map(({ callId }) => callId));
        cursor = page.nextCursor;
        if (pages === 1) await log(api, talkedCall({ startMs: Date.parse("2026-11-21T10:00:00Z") }));
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(new Set(seen)).toEqual(new Set(calls.map(({ callId }) => callId)));
      const { total } = await api.panel.get<Page>("/calls?limit=1");
      expect(total).toBe(26);
    });
  });

  it("is filtered by day in the site's zone, direction, outcome, operator, recording and text", async () => {
    await withApi(async (api) => {
      // Tbilisi is four hours ahead of UTC.
      const lastMinute = talkedCall({ startMs: Date.parse("2026-11-22T19:59:00Z"), operatorId: operatorId(1) });
      const nextDay = talkedCall({ startMs: Date.parse("2026-11-22T20:00:00Z"), outcome: "no-answer" });
      const hidden = talkedCall({ callerNumber: "anonymous", callerE164: null, callerName: "100%_sure" });
      await log(api, lastMinute, nextDay, hidden);
      await setRecording(api, hidden, "missing");
      await api.db.deleteFrom("recordings").where("call_id", "=", nextDay.callId).execute();
      const day = "from=2026-11-22&to=2026-11-22";
      expect(await found(api, day)).toEqual([lastMinute.callId, hidden.callId]);
      expect(await found(api, "from=2026-11-23&to=2026-11-23")).toEqual([nextDay.callId]);
      expect(await found(api, "outcome=no-answer")).toEqual([nextDay.callId]);
      expect(await found(api, "outcome=missed")).toEqual([nextDay.callId]);
      expect(await found(api, "outcome=talked,no-answer")).toHaveLength(3);
      expect(await found(api, "operatorId=1")).toEqual([lastMinute.callId]);
      expect(await found(api, "hasRecording=false")).toEqual([nextDay.callId]);
      expect(await found(api, "direction=outbound")).toEqual([]);
      for (const number of ["0322 11-22-33", "+995 322 112233", "112233", "(032) 2 11 22"])
        expect([number, await found(api, `q=${encodeURIComponent(number)}`)]).toEqual([
          number,
          [nextDay.callId, lastMinute.callId],
        ]);
      expect(await found(api, `q=${encodeURIComponent("100%_S")}`)).toEqual([hidden.callId]);
      expect(await found(api, "q=%25")).toEqual([hidden.callId]);
      expect(await found(api, "from=&to=&direction=&outcome=&operatorId=&q=&hasRecording=")).toHaveLength(3);
      const wrong = await api.panel.fetch("/calls?from=2026-02-30&outcome=great&limit=0&operatorId=x&direction=up");
      expect([wrong.status, await wrong.json()]).toMatchObject([
        422,
        {
          error: {
            fields: {
              from: "not-a-date",
              "outcome.0": "unknown-outcome",
              limit: "too-small",
              operatorId: "not-an-id",
              direction: "unknown-direction",
            },
          },
        },
      ]);
      expect(await found(api, "cursor=rubbish")).toHaveLength(3);
      const longest = "5".repeat(LONGEST_SEARCH);
      expect(await found(api, `q=${longest}`)).toEqual([]);
      expect((await api.panel.fetch(`/calls?q=${longest}5`)).status).toBe(422);
    });
  });

  it("finds a number as people write it, with their trunk prefix, and as it is copied from a contact", async () => {
    await withApi(async (api) => {
      for (const [id, extension] of [
        [1, "201"],
        [2, "202"],
      ])
        await api.panel.patch(`/operators/${id}`, { extension });
      const settings = await api.panel.get<object>("/settings");
      await api.panel.put("/settings", { ...settings, country: "RU" });
      const moscow = talkedCall({ callerNumber: "+74951234567", callerE164: "+74951234567" });
      const other = talkedCall({ callerNumber: "+74959999999", callerE164: "+74959999999" });
      await log(api, moscow, other);
      const { caller } = await api.panel.get<{ caller: { formatted: string } }>(`/calls/${moscow.callId}`);
      for (const number of [
        caller.formatted,
        "84951234567",
        "8 495 12",
        "\u202a+7 495 123\u201145\u201167\u202c",
        "495 123",
        "123-45-67",
      ])
        expect([number, await found(api, `q=${encodeURIComponent(number)}`)]).toEqual([number, [moscow.callId]]);
      expect(await found(api, `q=${encodeURIComponent("8 495 77")}`)).toEqual([]);
    });
  });

  it("is exported for spreadsheets, where a caller's name is no formula", async () => {
    await withApi(async (api) => {
      const calls = [`=HYPERLINK("http://evil.example","x")`, "+1", "-1", "@x", "\tx", 'a "b", c\nd', "ნინო"].map(
        (callerName, n) => talkedCall({ callerName, startMs: Date.parse("2026-11-22T10:00:00Z") - n * 1000 }),
      );
      await log(api, ...calls);
      const response = await api.panel.fetch("/calls.csv?from=2026-11-22&to=2026-11-22");
      expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
      expect(response.headers.get("content-disposition")).toMatch(
        /^attachment; filename="calls-\d{4}-\d\d-\d\d\.csv"$/,
      );
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(Array.from(bytes.subarray(0, 3))).toEqual([0xef, 0xbb, 0xbf]);
      const text = new TextDecoder().decode(bytes);
      const lines = text.split("\r\n");
      expect(lines).toHaveLength(calls.length + 2);
      expect(lines[1]).toMatch(
        /^2026-11-22 14:00:00,inbound,0322112233,'\+995322112233,"'=HYPERLINK\(""http:\/\/evil\.example"",""x""\)",/,
      );
      for (const guarded of ["'+1", "'-1", "'@x", "'\tx"]) expect(text).toContain(`,${guarded},`);
      expect(text).toContain(`,"a ""b"", c\nd",`);
      expect(text).toContain(",ნინო,");
    });
  });
});

describe("recordings", () => {
  const content = Buffer.from(Array.from({ length: 5_000 }, (_, n) => n % 251));

  async function recorded(api: TestApi, call = talkedCall({ operatorId: operatorId(1) })) {
    await log(api, call);
    const id = await setRecording(api, call, "ready");
    const path = join(api.dataDir, `${id}.opus`);
    await writeFile(path, content);
    const peaks = { durationMs: 60_000, left: [0, 0.5], right: [1, 0] };
    api.recordings.set(id, { file: { path, startedAt: new Date("2026-11-22T10:00:07Z") }, peaks });
    return { id, peaks };
  }

  it("are played in the parts that a player asks for", async () => {
    await withApi(async (api) => {
      const { id, peaks } = await recorded(api);
      const part = async (range?: string) => {
        const response = await api.panel.fetch(`/recordings/${id}/audio`, range ? { headers: { Range: range } } : {});
        const { status, headers } = response;
        return {
          status,
          range: headers.get("content-range"),
          body: Buffer.from(await response.arrayBuffer()),
          headers,
        };
      };
      const whole = await part();
      expect(whole).toMatchObject({ status: 200, range: null });
      expect(whole.body.equals(content)).toBe(true);
      expect(whole.headers.get("content-type")).toBe("audio/ogg");
      expect(whole.headers.get("accept-ranges")).toBe("bytes");
      expect(whole.headers.get("cache-control")).toMatch(/private/);
      const slices: [string, number, number][] = [
        ["bytes=0-99", 0, 100],
        ["bytes=4900-", 4900, 5000],
        ["bytes=-10", 4990, 5000],
        ["bytes=4990-9999", 4990, 5000],
        ["bytes=-99999", 0, 5000],
      ];
      for (const [range, from, to] of slices) {
        const answer = await part(range);
        expect([range, answer.status, answer.range]).toEqual([range, 206, `bytes ${from}-${to - 1}/5000`]);
        expect(answer.body.equals(content.subarray(from, to))).toBe(true);
      }
      expect(await part("bytes=5000-")).toMatchObject({ status: 416, range: "bytes */5000" });
      expect(await part("bytes=5-2")).toMatchObject({ status: 200 });
      expect(await part("lines=1-2")).toMatchObject({ status: 200 });
      expect(await api.panel.get(`/recordings/${id}/peaks`)).toEqual(peaks);
      const download = await api.panel.fetch(`/recordings/${id}/audio?download=1`);
      expect(download.headers.get("content-disposition")).toBe('attachment; filename="call-2026-11-22-140007.ogg"');
      const audit = await api.db
        .selectFrom("audit")
        .select("action")
        .where("subject", "=", `recording:${id}`)
        .execute();
      const actions = audit.map(({ action }) => action);
      expect(actions).toContain("recording-played");
      expect(actions).toContain("recording-downloaded");
    });
  });

  it("that were deleted because they are old are no recordings any more, and not missing", async () => {
    await withApi(async (api) => {
      const [heard, old, missing] = [talkedCall(), talkedCall(), talkedCall()];
      await log(api, heard, old, missing);
      await setRecording(api, heard, "ready");
      const deleted = await setRecording(api, old, "missing");
      await setRecording(api, missing, "missing");
      await api.db.updateTable("recordings").set({ problem: "deleted" }).where("id", "=", deleted).execute();
      const recordingOf = async ({ callId }: TestCall) =>
        await api.panel.get<{ hasRecording: boolean; recordingState: string | null }>(`/calls/${callId}`);
      expect(await recordingOf(heard)).toMatchObject({ hasRecording: true, recordingState: "ready" });
      expect(await recordingOf(missing)).toMatchObject({ hasRecording: true, recordingState: "missing" });
      // The call's own page still has its row, and says why.
      expect(await recordingOf(old)).toMatchObject({
        ...{ hasRecording: false, recordingState: null },
        recordings: [{ recordingId: deleted, state: "missing", problem: "deleted" }],
      });
      expect(await found(api, "hasRecording=false")).toEqual([old.callId]);
      expect(new Set(await found(api, "hasRecording=true"))).toEqual(new Set([heard.callId, missing.callId]));
    });
  });

  it("that are not there are not found", async () => {
    await withApi(async (api) => {
      const { id } = await recorded(api);
      api.recordings.clear();
      for (const path of [`${id}/audio`, `${id}/peaks`, `${randomUUID()}/audio`, "nonsense/audio"])
        expect((await api.panel.fetch(`/recordings/${path}`)).status).toBe(404);
    });
  });

  it("are heard by operators only if they took part", async () => {
    await withApi(async (api) => {
      await api.panel.patch("/operators/1", { login: "nino", password: "nino's password" });
      const nino = api.newPanel();
      await nino.post("/session", { login: "nino", password: "nino's password" });
      const own = await recorded(api);
      const others = await recorded(api, talkedCall({ operatorId: operatorId(2) }));
      expect((await nino.fetch(`/recordings/${own.id}/audio`)).status).toBe(200);
      expect((await nino.fetch(`/recordings/${own.id}/peaks`)).status).toBe(200);
      expect((await nino.fetch(`/recordings/${others.id}/audio`)).status).toBe(403);
      expect((await nino.fetch(`/recordings/${others.id}/peaks`)).status).toBe(403);
      expect((await nino.fetch(`/recordings/${randomUUID()}/audio`)).status).toBe(403);
    });
  });
});

describe("today", () => {
  it("counts what the log says of the day in the site's zone", async () => {
    await withApi(async (api) => {
      const now = Date.now();
      const yesterday = now - 86_400_000;
      const { facts, ...talking } = talkedCall({ startMs: now - 10_000 });
      await log(
        api,
        {
          ...talking,
          facts: facts.slice(
            0,
            facts.findIndex(({ type }) => type === "talk-ended"),
          ),
        },
        talkedCall({ startMs: now - 100_000 }),
        talkedCall({ startMs: now - 90_000, outcome: "no-answer" }),
        talkedCall({ startMs: now - 80_000, outcome: "information-heard" }),
        talkedCall({ startMs: yesterday - 100_000, outcome: "no-answer" }),
      );
      // Between colleagues, or the test call of the first start.
      const internal = talkedCall({ startMs: now - 70_000 });
      await log(api, internal);
      await api.db
        .updateTable("calls")
        .set({ direction: "internal", talk_ms: 600_000 })
        .where("id", "=", internal.callId)
        .execute();
      await api.db
        .updateTable("calls")
        .set({ talk_started_at: null, talk_ms: null, wait_ms: null })
        .where("outcome", "!=", "talked")
        .execute();
      const today = await api.panel.get<{
        date: string;
        counts: object;
        byHour: { hour: number; inbound: number; missed: number }[];
      }>("/today");
      expect(today).toMatchObject({
        counts: { inbound: 4, answered: 2, missed: 1, talking: 0, waiting: 0, outbound: 0 },
        averageWaitSeconds: 7,
        averageTalkSeconds: 60,
      });
      expect(today.byHour).toHaveLength(24);
      expect(today.byHour.reduce((sum, { inbound }) => sum + inbound, 0)).toBe(4);
      // Every figure can be opened into the calls behind it.
      const day = `from=${today.date}&to=${today.date}`;
      const total = async (outcome: string) => (await api.panel.get<Page>(`/calls?${day}&outcome=${outcome}`)).total;
      expect(await total("missed")).toBe(1);
      expect(await total("answered")).toBe(2);
      expect(await total("answered,information-heard")).toBe(3);
    });
  });

  it("tells the hours of a zone that PostgreSQL does not know", async () => {
    await withApi(async (api) => {
      // ICU knows it, and no tzdata: as with Europe/Kiev and Asia/Calcutta on Debian 13.
      const timeZone = "Canada/East-Saskatchewan";
      const settings = await api.panel.get<object>("/settings");
      await api.panel.put("/settings", { ...settings, timeZone });
      const startMs = Date.now() - 1_000;
      await log(api, talkedCall({ startMs }));
      const { byHour } = await api.panel.get<{ byHour: { hour: number; inbound: number }[] }>("/today");
      const shown = new Intl.DateTimeFormat("en", { timeZone, hour: "numeric", hourCycle: "h23" }).format(startMs);
      expect(byHour.filter(({ inbound }) => inbound > 0)).toMatchObject([{ hour: Number(shown), inbound: 1 }]);
    });
  });

  it("leads from recordings that were lost to their calls, and to no others", async () => {
    await withApi(async (api) => {
      const { date } = await api.panel.get<{ date: string }>("/today");
      const firstMs = startOfDay(date, SETUP.timeZone, -6).getTime();
      const first = talkedCall({ startMs: firstMs });
      // It came on the day before and was recorded after midnight.
      const before = talkedCall({ startMs: firstMs - 3_000 });
      const shorter = talkedCall({ startMs: Date.now() - 300_000 });
      const whole = talkedCall({ startMs: Date.now() - 200_000 });
      const deleted = talkedCall({ startMs: Date.now() - 100_000 });
      await log(api, first, before, shorter, whole, deleted);
      for (const call of [first, before]) await setRecording(api, call, "failed");
      await setRecording(api, whole, "ready");
      const update = async (id: string, change: { missing_ms: number } | { problem: string }) =>
        await api.db.updateTable("recordings").set(change).where("id", "=", id).execute();
      await update(await setRecording(api, shorter, "ready"), { missing_ms: 5_000 });
      await update(await setRecording(api, deleted, "missing"), { problem: "deleted" });

      const { attention } = await api.panel.get<{ attention: { kind: string; params: object; link: string }[] }>(
        "/today",
      );
      const lost = attention.find(({ kind }) => kind === "recording-missing");
      expect(lost?.params).toEqual({ count: 2 });
      expect(await found(api, lost?.link.replace("/calls?", "") ?? "")).toEqual([shorter.callId, first.callId]);
      expect(await found(api, "hasLostRecording=true")).toHaveLength(3);
      expect(await found(api, "hasLostRecording=false")).toEqual([deleted.callId, whole.callId]);
    });
  });

  it("says first what needs attention", async () => {
    await withApi(async (api) => {
      await api.panel.post("/trunks", { name: "City", kind: "city", mode: "ip-peer", server: "192.0.2.9", port: 5060 });
      const call = talkedCall({ startMs: Date.now() - 200_000 });
      await log(api, call);
      await setRecording(api, call, "failed");
      const person = { name: "Nino", extension: "101", isRegistered: false, state: "away" as const, callId: null };
      api.board.presences = [{ operatorId: 1, ...person }];
      api.board.trunkStates = [{ id: 1, state: "failed", since: new Date().toISOString() }];
      const kinds = async () => {
        const { attention } = await api.panel.get<{ attention: { kind: string }[] }>("/today");
        return attention.map(({ kind }) => kind);
      };
      expect(await kinds()).toEqual(["trunk-down", "no-phone-registered", "recording-missing"]);
      await api.panel.patch("/trunks/1", { isEnabled: false });
      api.board.presences = [{ operatorId: 1, ...person, isRegistered: true }];
      expect(await kinds()).toEqual(["recording-missing"]);
      api.board.status = { ...api.board.status, connected: false, reason: "wrong-secret" };
      expect(await kinds()).toEqual(["switch-not-connected", "recording-missing"]);
      api.box.disk = { ...api.box.disk, level: "low" };
      expect(await kinds()).toEqual(["switch-not-connected", "disk-filling", "recording-missing"]);
      api.box.disk = { ...api.box.disk, level: "critical" };
      expect(await kinds()).toEqual(["switch-not-connected", "disk-full", "recording-missing"]);
    });
  });
});
