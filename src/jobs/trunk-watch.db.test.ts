import { expect, test } from "vitest";
import { type AlertSettings, USUAL_ALERTS } from "../calls/alert.ts";
import { type TrunkId } from "../calls/ids.ts";
import type { FreezeReason } from "../calls/outgoing.ts";
import { listClosedAlerts, listOpenAlerts } from "../database/alerts.ts";
import { DatabaseAwayError } from "../database/failure.ts";
import { writeMailSettings } from "../database/mail-settings.ts";
import type { Db } from "../database/schema.ts";
import { deleteChangesBefore, readAllChanges, readChanges } from "../database/trunk-history.ts";
import { gatewayName, insertTrunk, USUAL_TRUNK } from "../database/trunks.ts";
import type { LineReport } from "../flows/trunk-watch/health.ts";
import { MailServer } from "../testing/mail-server.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";
import { AlertDesk } from "./alert-desk.ts";
import { AlertNotices } from "./alert-notices.ts";
import { TrunkWatch } from "./trunk-watch.ts";
import { UnknownNumbers } from "./unknown-numbers.ts";

const REGISTERED: LineReport = { state: "registered", status: null, phrase: null };
const REFUSED: LineReport = { state: "failed", status: 403, phrase: "Forbidden" };
const START_MS = Date.parse("2026-11-22T08:00:00Z");

/** A trunk and a clock; `life` is one life of the daemon. */
async function withWatch(
  work: (world: {
    db: Db;
    trunkId: TrunkId;
    line: (report: LineReport | null) => void;
    freeze: (reason: FreezeReason | null) => void;
    remove: () => void;
    life: (db?: Db) => {
      watch: TrunkWatch;
      after: (seconds: number) => Promise<void>;
      look: (seconds: number) => void;
    };
  }) => Promise<void>,
): Promise<void> {
  await withTestDatabase(async ({ db }) => {
    let [nowMs, report, frozen, isThere] = [
      START_MS,
      REGISTERED as LineReport | null,
      null as FreezeReason | null,
      true,
    ];
    const settings: AlertSettings = { ...USUAL_ALERTS, emails: ["owner@example.org"], trunkDownSeconds: 30 };
    const trunkId = await db.transaction().execute(
      async (tx) =>
        await insertTrunk(tx, {
          ...{ ...USUAL_TRUNK, codecs: ["PCMA"], sources: [], name: "City", kind: "city", mode: "ip-peer" },
          ...{ server: "127.0.0.1", port: 5060 },
        }),
    );
    const log = keptLog();
    const life = (used: Db = db) => {
      const desk = new AlertDesk({ db: used, log, settings: () => settings, onNotice: () => {}, onChanged: () => {} });
      const trunk = { trunkId, gateway: gatewayName(trunkId), name: "City", isEnabled: true };
      const watch = new TrunkWatch({
        ...{ db: used, log, desk, settings: () => settings, nowMs: () => nowMs },
        trunks: () => (isThere ? [trunk] : []),
        isSwitchThere: () => report !== null,
        line: () => report,
        unresolved: () => null,
        answering: () => null,
        frozen: () => frozen,
      });
      const look = (seconds: number) => {
        for (let second = 0; second < seconds; second += 1) {
          nowMs += 1_000;
          watch.look();
        }
      };
      const after = async (seconds: number) => {
        look(seconds);
        await watch.write();
      };
      return { watch, after, look };
    };
    await work({
      ...{ db, trunkId, life },
      line: (next) => void (report = next),
      freeze: (reason) => void (frozen = reason),
      remove: () => void (isThere = false),
    });
  });
}

test("down, said once after its time, and back; a restart in between changes nothing", async () => {
  await withWatch(async ({ db, trunkId, line, life }) => {
    const first = life();
    await first.after(5);
    line(REFUSED);
    await first.after(29);
    expect(await listOpenAlerts(db)).toEqual([]);
    // The switch tries again and again.
    line({ ...REFUSED, state: "trying" });
    await first.after(1);
    line(REFUSED);
    await first.after(10);
    const [alert] = await listOpenAlerts(db);
    expect(alert).toMatchObject({
      kind: "trunk-down",
      params: {
        name: "City",
        reason: "sign-in-refused",
        status: 403,
        phrase: "Forbidden",
        since: "2026-11-22T08:00:06.000Z",
      },
    });

    const second = life();
    line(null);
    await second.after(5);
    line(REFUSED);
    await second.after(60);
    expect(await listOpenAlerts(db)).toMatchObject([{ alertId: alert?.alertId }]);
    expect(second.watch.now(trunkId)?.sinceMs).toBe(START_MS + 6_000);
    line(REGISTERED);
    await second.after(29);
    expect(await listOpenAlerts(db)).toHaveLength(1);
    await second.after(10);
    expect(await listOpenAlerts(db)).toEqual([]);
    expect(await listClosedAlerts(db, 10)).toMatchObject([{ alertId: alert?.alertId }]);

    const changes = await readChanges(db, trunkId, new Date(START_MS));
    expect(changes.map(({ health }) => health)).toEqual(["up", "down", "up"]);
    const notices = await db.selectFrom("alert_notices").select(["about", "way"]).orderBy("id").execute();
    expect(notices).toEqual([
      { about: "opened", way: "mail" },
      { about: "closed", way: "mail" },
    ]);
  });
});

test("what happens while the database is away is written when it is back, and a start without it repeats nothing", async () => {
  await withWatch(async ({ db, trunkId, line, life }) => {
    const first = life();
    await first.after(5);
    const isAway = { now: true };
    const away = new Proxy(db, {
      get: (target, name) => {
        if (isAway.now) throw new DatabaseAwayError("away");
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const second = life(away);
    await expect(second.after(5)).rejects.toThrow(DatabaseAwayError);
    line(REFUSED);
    second.look(40);
    line(REGISTERED);
    second.look(40);
    isAway.now = false;
    await second.after(1);
    const changes = await readChanges(db, trunkId, new Date(START_MS));
    expect(changes.map(({ health }) => health)).toEqual(["up", "down", "up"]);
    expect(await listClosedAlerts(db, 10)).toMatchObject([{ kind: "trunk-down" }]);
  });
});

test("a trunk that is deleted while it is down troubles nobody any more", async () => {
  await withWatch(async ({ db, line, remove, life }) => {
    const { after } = life();
    line(REFUSED);
    await after(40);
    expect(await listOpenAlerts(db)).toHaveLength(1);
    remove();
    await after(1);
    expect(await listOpenAlerts(db)).toEqual([]);
    expect(await db.selectFrom("alert_notices").select("about").execute()).toEqual([{ about: "opened" }]);
  });
});

test("a frozen trunk is said once, also over restarts, and anew on another day", async () => {
  await withWatch(async ({ db, freeze, life }) => {
    freeze("money");
    const first = life();
    await first.after(1);
    await first.after(5);
    await life().after(5);
    expect(await listOpenAlerts(db)).toMatchObject([
      { kind: "trunk-frozen", params: { name: "City", reason: "money" } },
    ]);
    freeze(null);
    await first.after(2);
    freeze("minutes");
    await first.after(2);
    expect(await listClosedAlerts(db, 10)).toHaveLength(1);
    expect(await listOpenAlerts(db)).toMatchObject([{ params: { reason: "minutes" } }]);
  });
});

test("old states go, but for the last of each trunk", async () => {
  await withWatch(async ({ db, line, life }) => {
    const { after } = life();
    await after(1);
    line(REFUSED);
    await after(1);
    expect(await deleteChangesBefore(db, new Date(START_MS + 86_400_000))).toBe(1);
    expect(await readAllChanges(db, new Date())).toMatchObject([{ health: "down" }]);
  });
});

test("calls for unknown numbers are one alert a trunk, with their count, until the number is entered", async () => {
  await withTestDatabase(async ({ db }) => {
    const log = keptLog();
    const ours = new Set<string>();
    const desk = new AlertDesk({ db, log, settings: () => USUAL_ALERTS, onNotice: () => {}, onChanged: () => {} });
    const unknown = new UnknownNumbers({
      ...{ db, log, desk, nowMs: () => START_MS + 60_000 },
      trunkName: () => "City",
      isOurs: (number) => ours.has(number),
    });
    const call = (dialled: string) =>
      unknown.hear([
        {
          ...{ type: "call-opened", callId: "c" as never, atMs: START_MS, direction: "inbound" },
          ...{ callerNumber: "599", callerName: "", callerE164: null, isCallerHidden: false },
          ...{ dialled, dialledE164: null, gateway: "trunk-1", flow: null, language: null, isUnknownNumber: true },
        },
      ]);
    call("0322000001");
    await desk.flush();
    for (let n = 0; n < 50; n += 1) call("0322000002");
    await desk.flush();
    expect(await listOpenAlerts(db)).toMatchObject([
      { params: { number: "0322000002", count: 51, trunkName: "City" } },
    ]);
    await unknown.look();
    ours.add("0322000002");
    await unknown.look();
    await desk.flush();
    expect(await listOpenAlerts(db)).toEqual([]);
  });
});

test("a server that is away or refuses is tried again, and one that nobody wants any more is not", async () => {
  await withTestDatabase(async ({ db }) => {
    const log = keptLog();
    const alerts: AlertSettings = { ...USUAL_ALERTS, webhookUrl: "http://192.0.2.1/hook" };
    const site = () => ({ firmName: "Shop", language: "en" as const, timeZone: "UTC", alerts });
    const desk = new AlertDesk({ db, log, settings: () => alerts, onNotice: () => {}, onChanged: () => {} });
    const answers = [
      { status: null, problem: "no-answer" },
      { status: 500, problem: "" },
      { status: 204, problem: "" },
    ];
    const bodies: object[] = [];
    const notices = new AlertNotices({
      ...{ db, log, site, retryMs: () => 0 },
      password: async () => null,
      post: async (_, body) => {
        bodies.push(body);
        return answers[bodies.length - 1] ?? { status: 200, problem: "" };
      },
      onChanged: () => {},
    });
    desk.raise({ kind: "trunk-frozen", subject: "trunk:1", params: { name: "City", reason: "money" } }, START_MS);
    await desk.flush();
    notices.wake();
    const read = async () =>
      await db.selectFrom("alert_notices").select(["state", "attempts"]).executeTakeFirstOrThrow();
    await until("it is sent", async () => (await read()).state === "sent");
    await notices.stop();
    expect(bodies).toHaveLength(3);
    expect(bodies[2]).toMatchObject({
      ...{ event: "alert-opened", kind: "trunk-frozen", subject: "trunk:1", firm: "Shop" },
      ...{ params: { name: "City", reason: "money" }, openedAt: "2026-11-22T08:00:00.000Z", closedAt: null },
    });
    expect(await read()).toEqual({ state: "sent", attempts: 3 });
  });
});

test("whom the mail server takes no mail for is told as soon as it does, and nobody is told twice", async () => {
  const mails = new MailServer();
  const port = await mails.open();
  mails.deferred.add("nana@example.org");
  try {
    await withTestDatabase(async ({ db }) => {
      const smtp = { host: "127.0.0.1", port, user: "box", secure: false };
      await db.transaction().execute(async (tx) => await writeMailSettings(tx, { voicemailEmail: null, smtp }));
      const log = keptLog();
      const alerts: AlertSettings = { ...USUAL_ALERTS, emails: ["owner@example.org", "nana@Example.ORG"] };
      const site = () => ({ firmName: "მაღაზია", language: "ka" as const, timeZone: "Asia/Tbilisi", alerts });
      const desk = new AlertDesk({ db, log, settings: () => alerts, onNotice: () => {}, onChanged: () => {} });
      const notices = new AlertNotices({
        ...{ db, log, site, retryMs: () => 0, onChanged: () => {} },
        password: async () => "a secret: %$",
        post: async () => ({ status: 200, problem: "" }),
      });
      desk.raise({ kind: "trunk-frozen", subject: "trunk:1", params: { name: "City", reason: "money" } }, START_MS);
      await desk.flush();
      notices.wake();
      const read = async () =>
        await db.selectFrom("alert_notices").select(["state", "problem", "attempts"]).executeTakeFirstOrThrow();
      await until("it is tried again for the other", async () => (await read()).attempts > 2);
      expect(await read()).toMatchObject({ state: "waiting", problem: "not-for-all" });
      mails.deferred.clear();
      await until("it is sent", async () => (await read()).state === "sent");
      await notices.stop();
      expect(mails.takenFor).toEqual([["owner@example.org"], ["nana@example.org"]]);
      for (const mail of mails.taken) expect(mail).toMatch(/^To: owner@example\.org, nana@example\.org\r$/im);
    });
  } finally {
    await mails.close();
  }
});

test("after a weekend without a way out whoever should know is told of what is still amiss, and not of what is long over", async () => {
  await withTestDatabase(async ({ db }) => {
    const log = keptLog();
    const alerts: AlertSettings = { ...USUAL_ALERTS, webhookUrl: "http://192.0.2.1/hook" };
    const site = () => ({ firmName: "Shop", language: "en" as const, timeZone: "UTC", alerts });
    const desk = new AlertDesk({ db, log, settings: () => alerts, onNotice: () => {}, onChanged: () => {} });
    const tries = new Map<string, number>();
    const notices = new AlertNotices({
      ...{ db, log, site, retryMs: () => 0, onChanged: () => {} },
      password: async () => null,
      post: async (_, body) => {
        const { subject } = body as { subject: string };
        tries.set(subject, (tries.get(subject) ?? 0) + 1);
        return (tries.get(subject) ?? 0) > 60 ? { status: 200, problem: "" } : { status: null, problem: "no-answer" };
      },
    });
    for (const subject of ["trunk:1", "trunk:2"])
      desk.raise({ kind: "trunk-frozen", subject, params: { name: "City", reason: "money" } }, START_MS);
    desk.settle({ kind: "trunk-frozen", subject: "trunk:2" }, START_MS, { isSaid: false });
    await desk.flush();
    const states = async () => {
      const rows = await db.selectFrom("alert_notices").select("state").orderBy("id").execute();
      return rows.map(({ state }) => state).join();
    };
    notices.wake();
    await until("both have come to an end", async () => !(await states()).includes("waiting"));
    await notices.stop();
    expect(await states()).toBe("sent,failed");
    expect(tries).toEqual(
      new Map([
        ["trunk:1", 61],
        ["trunk:2", 30],
      ]),
    );
  });
});
