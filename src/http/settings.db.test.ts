import { expect, test } from "vitest";
import { withApi } from "../testing/test-api.ts";

test("of two who change different settings at once neither undoes what the other did", async () => {
  await withApi(async ({ panel, configuration }) => {
    const before = await panel.get<{ redial: object; alerts: object }>("/settings");
    const alerts = { ...before.alerts, emails: ["owner@example.org"] };
    const smtp = { host: "mail.example.org", port: 587, user: null, secure: false };
    const changes = [
      ...[{ firmName: "ტაქსი" }, { recordCalls: false }, { retentionDays: 90 }, { callerLanguages: ["ka", "ru"] }],
      ...[{ redial: { ...before.redial, isEnabled: false } }, { alerts }, { smtp }, { timeZone: "Asia/Ulaanbaatar" }],
    ];
    const voice = { url: "https://voice.example.org/", voice: null };
    await Promise.all([
      panel.put("/voices/mn", voice),
      ...changes.map(async (change) => await panel.put("/settings", change)),
      panel.put("/voices/ru", voice),
    ]);
    const after = { ...before, ...Object.assign({}, ...changes), smtp: { ...smtp, hasPassword: false } } as object;
    expect(await panel.get("/settings")).toEqual(after);
    expect(configuration.current.site).toMatchObject({ firmName: "ტაქსი", recordCalls: false, retentionDays: 90 });
    const voices = await panel.get<{ language: string; server: object | null }[]>("/voices");
    expect(
      voices
        .filter(({ server }) => server !== null)
        .map(({ language }) => language)
        .sort(),
    ).toEqual(["mn", "ru"]);
  });
});
