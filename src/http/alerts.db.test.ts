import { expect, test } from "vitest";
import { USUAL_ALERTS } from "../calls/alert.ts";
import type { TrunkId } from "../calls/ids.ts";
import { openAlert } from "../database/alerts.ts";
import { insertChanges } from "../database/trunk-history.ts";
import { PanelClient } from "../testing/panel-client.ts";
import { SETUP, withApi } from "../testing/test-api.ts";

const trunk = { name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: 5070 };

test("how a trunk stands and stood: now, each change, and how often it went down on each day", async () => {
  const now = {
    health: "down",
    reason: "no-answer",
    status: 408,
    phrase: "Timeout",
    sinceMs: 1_795_334_400_000,
  } as const;
  await withApi(
    async ({ panel, db }) => {
      const { trunkId } = await panel.post<{ trunkId: TrunkId }>("/trunks", trunk);
      const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
      const change = (health: "up" | "down", hours: number) => ({
        ...{ trunkId, health, since: ago(hours), reason: null, status: null, phrase: null },
      });
      await insertChanges(db, [change("up", 24 * 40), change("down", 50), change("up", 49), change("down", 48.5)]);
      const list = await panel.get<object[]>("/trunk-watch");
      expect(list).toEqual([
        {
          ...{ trunkId, health: "down", reason: "no-answer", status: 408, phrase: "Timeout", flapsToday: 0 },
          since: "2026-11-22T08:00:00.000Z",
        },
      ]);
      const one = await panel.get<{ days: { flaps: number }[]; changes: { health: string }[] }>(
        `/trunk-watch/${trunkId}`,
      );
      expect(one.days.reduce((sum, { flaps }) => sum + flaps, 0)).toBe(2);
      expect(one.changes.map(({ health }) => health)).toEqual(["down", "up", "down", "up"]);
      await expect(panel.get("/trunk-watch/999")).rejects.toThrow("404");
    },
    { trunkWatch: { now: () => now } },
  );
});

test("open alerts are listed, and stay with who saw them first", async () => {
  await withApi(async ({ panel, db }) => {
    const fact = { kind: "trunk-frozen", subject: "trunk:1", params: { name: "City", reason: "money" } } as const;
    await openAlert(db, fact, new Date(), ["mail", "webhook"]);
    expect(await openAlert(db, fact, new Date(), ["mail"])).toBe(false);
    const { open } = await panel.get<{ open: { alertId: number; notices: object[] }[] }>("/alerts");
    expect(open).toMatchObject([
      {
        ...{ kind: "trunk-frozen", params: { name: "City" }, acknowledgedAt: null, acknowledgedBy: null },
        notices: [
          { about: "opened", way: "mail", state: "waiting", problem: null },
          { about: "opened", way: "webhook", state: "waiting", problem: null },
        ],
      },
    ]);
    const attention = async () =>
      (await panel.get<{ attention: { kind: string }[] }>("/today")).attention.map(({ kind }) => kind);
    expect(await attention()).toContain("trunk-frozen");
    const seen = await panel.post<{ open: object[] }>(`/alerts/${open[0]?.alertId}/acknowledge`, {});
    expect(seen.open).toMatchObject([{ acknowledgedBy: SETUP.admin.name }]);
    expect(await attention()).not.toContain("trunk-frozen");
    await expect(panel.post("/alerts/999/acknowledge", {})).rejects.toThrow("404");
  });
});

test("whom alerts reach is kept, stays when it is left out, and is looked at", async () => {
  await withApi(async ({ panel, configuration }) => {
    const settings = await panel.get<Record<string, unknown>>("/settings");
    expect(settings["alerts"]).toEqual(USUAL_ALERTS);
    const alerts = {
      ...{ emails: ["a@example.org", "a@example.org", "b@example.org"], webhookUrl: "https://example.org/hook" },
      ...{ trunkDownSeconds: 5, syntheticCallTimes: ["18:30", "09:00", "18:30"] },
    };
    await panel.put("/settings", { ...settings, alerts });
    const { alerts: _, ...others } = settings;
    const kept = await panel.put<Record<string, unknown>>("/settings", others);
    expect(kept["alerts"]).toEqual({
      ...alerts,
      ...{ emails: ["a@example.org", "b@example.org"], syntheticCallTimes: ["09:00", "18:30"] },
    });
    expect(configuration.current.site.alerts.trunkDownSeconds).toBe(5);
    for (const [change, field] of [
      [{ emails: ["nobody"] }, "alerts.emails.0"],
      [{ webhookUrl: "ftp://example.org" }, "alerts.webhookUrl"],
      [{ webhookUrl: "https://user:secret@example.org" }, "alerts.webhookUrl"],
      [{ trunkDownSeconds: 0 }, "alerts.trunkDownSeconds"],
      [{ syntheticCallTimes: ["24:00"] }, "alerts.syntheticCallTimes.0"],
    ] as const) {
      const refused = panel.put("/settings", { ...settings, alerts: { ...alerts, ...change } });
      await expect(refused).rejects.toThrow(`"fields":{"${field}":`);
    }
  });
});

test("operators are not asked to look after alerts", async () => {
  await withApi(async ({ panel, origin }) => {
    await panel.patch("/operators/1", { login: "nino", password: "a long enough password" });
    const nino = new PanelClient(origin);
    await nino.post("/session", { login: "nino", password: "a long enough password" });
    await expect(nino.get("/alerts")).rejects.toThrow("403");
  });
});
