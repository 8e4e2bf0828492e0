import { cp, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CallId, type LegId, operatorId } from "../calls/ids.ts";
import { USUAL_OUTGOING } from "../calls/outgoing.ts";
import { talkedCall } from "../testing/call-facts.ts";
import { type KeptLog, keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import type { Lines } from "./apply-cdrs.ts";
import { applyFacts } from "./apply-facts.ts";
import { parseCdr } from "./cdr-file.ts";
import { CdrIngest } from "./cdr-ingest.ts";
import type { Db } from "./schema.ts";
import { UNCONFIGURED } from "./site-settings.ts";

const LINES: Lines = {
  ...{ trunks: [], site: { ...UNCONFIGURED, country: "GE" } },
  outgoing: { ...USUAL_OUTGOING, areaCode: "32" },
};
const samples = fileURLToPath(new URL("transcripts/cdr/", import.meta.url));

interface Around {
  db: Db;
  dir: string;
  ingest: CdrIngest;
  log: KeptLog;
  ingested: CallId[];
  living: Set<LegId>;
  /** Puts a sample into the spool under the name that FreeSWITCH gives it. */
  arrive: (name: string) => Promise<void>;
}

async function withSpool(work: (around: Around) => Promise<void>): Promise<void> {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      await db
        .insertInto("operators")
        .values([
          { id: operatorId(1), name: "Nino", extension: "101", sip_ha1: "0".repeat(32) },
          { id: operatorId(2), name: "Gia", extension: "102", sip_ha1: "0".repeat(32) },
        ])
        .execute();
      const log = keptLog();
      const ingested: CallId[] = [];
      const living = new Set<LegId>();
      const ingest = new CdrIngest({
        db,
        dir,
        log,
        journal: { applied: () => Promise.resolve() },
        isLegAlive: (legId) => living.has(legId),
        lines: () => LINES,
        clock: { isKnown: true, ofRecord: (atMs) => atMs },
        onIngested: ({ callId }) => ingested.push(callId),
      });
      const arrive = async (name: string) => {
        const { legId } = parseCdr(await readFile(join(samples, `${name}.json`), "utf8")) ?? {};
        await cp(join(samples, `${name}.json`), join(dir, `${legId}.cdr.json`));
      };
      await work({ db, dir, ingest, log, ingested, living, arrive });
    });
  });
}

const calls = (db: Db) => db.selectFrom("calls").selectAll().orderBy("started_at").execute();
const timeline = async (db: Db) => {
  const rows = await db.selectFrom("call_timeline").select(["kind", "data"]).orderBy("at").orderBy("id").execute();
  return rows.map(({ kind, data }) => [kind, data]);
};

describe("calls that the daemon never saw", () => {
  const orders = [
    ["caller", "phone-101", "phone-102"],
    ["phone-102", "phone-101", "caller"],
    ["phone-101", "caller", "phone-102"],
  ];
  it.each(orders)("the fallback connected one; legs arrive one by one as %s, %s, %s", async (...order) => {
    await withSpool(async ({ db, ingest, arrive, ingested }) => {
      for (const name of order) {
        await arrive(`talked.${name}`);
        await ingest.look();
      }
      const [call, ...others] = await calls(db);
      expect(others).toEqual([]);
      expect(call).toMatchObject({
        direction: "inbound",
        outcome: "fallback-talked",
        caller_number: "599112233",
        caller_e164: "+995599112233",
        dialled: "0322112233",
        dialled_e164: "+995322112233",
        operator_id: 1,
        wait_ms: 640,
        talk_ms: 3020,
        language: "en",
        cause: "NORMAL_CLEARING",
      });
      const legs = await db.selectFrom("legs").selectAll().orderBy("number").execute();
      expect(legs.map(({ number, role, operator_id, call_id }) => [number, role, operator_id, call_id])).toEqual([
        ["101", "operator", 1, call?.id],
        ["102", "operator", 2, call?.id],
        ["599112233", "caller", null, call?.id],
      ]);
      const kinds = (await timeline(db)).map(([kind]) => kind);
      expect(kinds.filter((kind) => kind === "hung-up")).toHaveLength(1);
      expect(kinds).toContain("fallback");
      expect(new Set(ingested)).toEqual(new Set([call?.id]));
    });
  });

  it("all of them at once, each file once", async () => {
    await withSpool(async ({ db, dir, ingest, arrive }) => {
      const names = (await readdir(samples)).map((name) => name.replace(/\.json$/, ""));
      for (const name of names) await arrive(name);
      await ingest.look();
      expect(await readdir(dir)).toEqual([]);
      const before = [await calls(db), await timeline(db)];
      expect(before[0]?.map((call) => ("outcome" in call ? call.outcome : null)).sort()).toEqual(
        ["caller-busy", "failed", "fallback-missed", "fallback-missed", "fallback-talked", "talked"].sort(),
      );
      const byDialled = await db
        .selectFrom("calls")
        .leftJoin("operators", "operators.id", "calls.operator_id")
        .select(["direction", "dialled", "outcome", "operators.name"])
        .where("direction", "!=", "inbound")
        .orderBy("outcome")
        .execute();
      expect(byDialled).toEqual([
        { direction: "internal", dialled: "102", outcome: "caller-busy", name: null },
        { direction: "outbound", dialled: "599445566", outcome: "failed", name: null },
        { direction: "internal", dialled: "102", outcome: "talked", name: "Nino" },
      ]);
      // As after a crash between the commit and the deletion.
      for (const name of names) await arrive(name);
      await ingest.look();
      expect([await calls(db), await timeline(db)]).toEqual(before);
    });
  });

  it("a phone that dialled a local number without its area code called who is reached by it", async () => {
    await withSpool(async ({ db, dir, ingest }) => {
      const text = await readFile(join(samples, "outbound-no-trunk.caller.json"), "utf8");
      await writeFile(join(dir, "local.cdr.json"), text.replaceAll("599445566", "2998877"));
      await ingest.look();
      expect(await calls(db)).toMatchObject([
        { direction: "outbound", dialled: "2998877", dialled_e164: "+995322998877" },
      ]);
    });
  });

  it("a hidden caller who gave up while the fallback rang", async () => {
    await withSpool(async ({ db, ingest, arrive }) => {
      await arrive("ringing.caller");
      await ingest.look();
      expect(await calls(db)).toMatchObject([
        {
          caller_number: "anonymous",
          is_caller_hidden: true,
          caller_e164: null,
          outcome: "fallback-missed",
          talk_ms: null,
        },
      ]);
      expect(await timeline(db)).toEqual([
        ["arrived", {}],
        ["fallback", { what: "ringing" }],
        ["hung-up", { by: "caller", cause: "NORMAL_CLEARING" }],
      ]);
    });
  });
});

describe("calls that the daemon saw", () => {
  /** The sample's call as the daemon stated it before it was killed: the caller waits, nobody has answered. */
  async function statedBefore(db: Db, name: string, kinds: readonly string[]) {
    const cdr = parseCdr(await readFile(join(samples, `${name}.json`), "utf8"));
    if (!cdr) throw new Error("no call");
    const { facts, callId, callerLegId } = talkedCall({ startMs: cdr.startedAtMs, operatorId: operatorId(1) });
    const renamed = JSON.parse(
      JSON.stringify(facts).replaceAll(callId, cdr.callId).replaceAll(callerLegId, cdr.legId),
    ) as typeof facts;
    const stated = renamed.filter(({ type }) => kinds.includes(type));
    await db.transaction().execute((tx) => applyFacts(tx, stated));
    return cdr;
  }

  it("one that ended while the daemon was away is closed by its CDR", async () => {
    await withSpool(async ({ db, ingest, arrive }) => {
      const cdr = await statedBefore(db, "message.caller", ["call-opened", "leg-opened", "talk-started"]);
      await arrive("message.caller");
      await ingest.look();
      const [call] = await calls(db);
      expect(call).toMatchObject({ ended_at: new Date(cdr.endedAtMs), caller_number: "0322112233", operator_id: 1 });
      // It went through the fallback after its talk: that is what the caller met last.
      expect(call?.outcome).toBe("fallback-missed");
    });
  });

  it("a conversation that outlived the daemon counts as talked, for as long as it lasted", async () => {
    await withSpool(async ({ db, dir, ingest }) => {
      const cdr = await statedBefore(db, "talked.caller", ["call-opened", "leg-opened", "talk-started"]);
      const raw = JSON.parse(await readFile(join(samples, "talked.caller.json"), "utf8")) as {
        variables: Record<string, string>;
      };
      delete raw.variables["hotline_fallback"];
      raw.variables["end_uepoch"] = String((cdr.startedAtMs + 30_000) * 1000);
      await writeFile(join(dir, `${cdr.legId}.cdr.json`), JSON.stringify(raw));
      await ingest.look();
      expect(await calls(db)).toMatchObject([
        {
          outcome: "talked",
          talk_ms: 23_000,
          wait_ms: 7_000,
          operator_id: 1,
          ended_at: new Date(cdr.startedAtMs + 30_000),
        },
      ]);
      expect(await timeline(db)).toEqual([["hung-up", { by: "caller", cause: "NORMAL_CLEARING" }]]);
    });
  });

  it("one whose end the daemon stated keeps the daemon's word; its leg is completed", async () => {
    await withSpool(async ({ db, ingest, arrive }) => {
      const cdr = await statedBefore(db, "ringing.caller", ["call-opened", "leg-opened", "call-ended", "timeline"]);
      const before = [await calls(db), await timeline(db)];
      await arrive("ringing.caller");
      await ingest.look();
      expect([await calls(db), await timeline(db)]).toEqual(before);
      const leg = await db.selectFrom("legs").selectAll().where("id", "=", cdr.legId).executeTakeFirstOrThrow();
      expect(leg).toMatchObject({ ended_at: new Date(cdr.endedAtMs), cause: "NORMAL_CLEARING", number: "0322112233" });
    });
  });

  it("a leg that the daemon still holds is left to it", async () => {
    await withSpool(async ({ db, dir, ingest, living }) => {
      const cdr = await statedBefore(db, "ringing.caller", ["call-opened", "leg-opened"]);
      living.add(cdr.legId);
      const raw = JSON.parse(await readFile(join(samples, "ringing.caller.json"), "utf8")) as {
        variables: Record<string, string>;
      };
      raw.variables["end_uepoch"] = String(Date.now() * 1000);
      const text = JSON.stringify(raw);
      await writeFile(join(dir, `${cdr.legId}.cdr.json`), text);
      await ingest.look();
      expect(await calls(db)).toMatchObject([{ outcome: null }]);
      living.clear();
      await ingest.look();
      expect(await calls(db)).toMatchObject([{ outcome: "fallback-missed" }]);
    });
  });

  it.each(["the CDR first", "the loss first"])(
    "one of which the daemon only noticed that it was gone: %s",
    async (order) => {
      await withSpool(async ({ db, ingest, arrive }) => {
        const { callId, endedAtMs } = await statedBefore(db, "ringing.caller", ["call-opened", "leg-opened"]);
        const atMs = endedAtMs + 60_000;
        const lose = () =>
          db.transaction().execute((tx) =>
            applyFacts(tx, [
              { type: "timeline", callId, atMs, kind: "hung-up", data: { by: "system", cause: "LOST" } },
              { type: "call-ended", callId, atMs, outcome: "cut-off", cause: "LOST" },
            ]),
          );
        if (order === "the loss first") await lose();
        await arrive("ringing.caller");
        await ingest.look();
        if (order === "the CDR first") await lose();
        expect(await calls(db)).toMatchObject([{ outcome: "fallback-missed", ended_at: new Date(endedAtMs) }]);
        expect(await timeline(db)).toEqual([
          ["fallback", { what: "ringing" }],
          ["hung-up", { by: "caller", cause: "NORMAL_CLEARING" }],
        ]);
      });
    },
  );
});

describe("files that cannot be used", () => {
  it("one that is half written is taken when it is whole, and put aside when it stays so for a minute", async () => {
    await withSpool(async ({ db, dir, ingest, log }) => {
      const text = await readFile(join(samples, "ringing.caller.json"), "utf8");
      const path = join(dir, "half.cdr.json");
      await writeFile(path, text.slice(0, 5_000));
      await writeFile(join(dir, "rubbish.cdr.json"), "[]");
      const longAgo = new Date(Date.now() - 61_000);
      await utimes(join(dir, "rubbish.cdr.json"), longAgo, longAgo);
      await ingest.look();
      expect((await readdir(dir)).sort()).toEqual(["half.cdr.json", "rejected"]);
      expect(await readdir(join(dir, "rejected"))).toEqual(["rubbish.cdr.json"]);
      expect(log.lines).toMatchObject([{ level: "error", data: { file: "rubbish.cdr.json" } }]);
      await writeFile(path, text);
      await ingest.look();
      expect(await calls(db)).toHaveLength(1);
      expect(await readdir(dir)).toEqual(["rejected"]);
    });
  });
});

it("stops while it waits for a database that is away", async () => {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      let waits = () => {};
      const isWaiting = new Promise<void>((resolve) => {
        waits = resolve;
      });
      const ingest = new CdrIngest({
        db,
        dir,
        log: keptLog(),
        journal: {
          applied: () => {
            waits();
            return new Promise<never>(() => undefined);
          },
        },
        isLegAlive: () => false,
        lines: () => LINES,
        clock: { isKnown: true, ofRecord: (atMs) => atMs },
      });
      ingest.closeLostCalls(new Set());
      ingest.start();
      await isWaiting;
      await expect(ingest.stop()).resolves.toBeUndefined();
    });
  });
});

it("calls that are open in the log and not at the switch are closed as cut off, at the last time known", async () => {
  await withSpool(async ({ db, ingest, living, ingested }) => {
    const startMs = Date.parse("2026-11-22T10:00:00Z");
    const isBeforeEnd = ({ type }: { type: string }) => !type.endsWith("-ended");
    const [lost, live, held, ended] = [talkedCall({ startMs }), talkedCall(), talkedCall(), talkedCall()];
    for (const { facts } of [lost, live, held]) {
      const stated = facts.filter((fact) => isBeforeEnd(fact) && !("kind" in fact && fact.kind === "hung-up"));
      await db.transaction().execute((tx) => applyFacts(tx, stated));
    }
    await db.transaction().execute((tx) => applyFacts(tx, ended.facts));
    living.add(held.callerLegId);
    ingest.closeLostCalls(new Set([live.callId]));
    await ingest.look();
    const outcomes = new Map((await calls(db)).map(({ id, outcome }) => [id, outcome]));
    expect(outcomes.get(lost.callId)).toBe("cut-off");
    expect(outcomes.get(live.callId)).toBeNull();
    expect(outcomes.get(held.callId)).toBeNull();
    expect(outcomes.get(ended.callId)).toBe("talked");
    const call = await db.selectFrom("calls").selectAll().where("id", "=", lost.callId).executeTakeFirstOrThrow();
    // The last that is known is that they began to talk.
    expect(call).toMatchObject({ ended_at: new Date(startMs + 7_000), talk_ms: 0, cause: "LOST" });
    const legs = await db.selectFrom("legs").selectAll().where("call_id", "=", lost.callId).execute();
    expect(legs.map(({ cause, ended_at }) => [cause, ended_at])).toEqual([
      ["LOST", new Date(startMs + 7_000)],
      ["LOST", new Date(startMs + 7_000)],
    ]);
    expect(ingested).toEqual([lost.callId]);
  });
});
