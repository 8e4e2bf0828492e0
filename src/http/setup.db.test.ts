import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noBackup, SETUP, withEmptyApi } from "../testing/test-api.ts";

interface Phones {
  phones: {
    operatorId: number;
    extension: string;
    sipServer: string;
    sipPort: number;
    sipUser: string;
    sipPassword: string;
  }[];
}

const TRUNK = {
  name: "City",
  kind: "city",
  mode: "register",
  server: "sip.example.ge",
  port: 5060,
  user: "995322112233",
  password: "s3cret-at-the-operator",
};

const MONGOLIAN = {
  ...SETUP,
  ...{ language: "mn", country: "MN", timeZone: "Asia/Ulaanbaatar" },
  operators: [{ name: "Saran", extension: "201" }],
};

const json = (body: unknown) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

describe("first start", () => {
  it("is not done while a backup is brought back, which would replace all of it", async () => {
    const running = { kind: "restore", phase: "files", percent: null } as const;
    await withEmptyApi(
      async ({ panel, db }) => {
        const refused = await panel.fetch("/setup", json(SETUP));
        expect([refused.status, await refused.json()]).toEqual([409, { error: { code: "restore-running" } }]);
        expect(await db.selectFrom("users").select("id").execute()).toEqual([]);
      },
      { backup: { ...noBackup, running } },
    );
  });

  it("makes everything, hands it to the switch, and signs the admin in", async () => {
    await withEmptyApi(async ({ panel, db, configuration, switch: given, secrets, dataDir }) => {
      expect(await panel.get("/status")).toMatchObject({ needsSetup: true, language: null });
      const { phones } = await panel.post<Phones>("/setup", { ...SETUP, trunk: TRUNK });
      expect(phones).toMatchObject([
        { extension: "101", sipServer: "192.0.2.7", sipPort: 5060, sipUser: "101" },
        { extension: "102", sipUser: "102" },
      ]);
      for (const { sipUser, sipPassword } of phones) {
        const ha1 = createHash("md5").update(`${sipUser}:hotline:${sipPassword}`).digest("hex");
        expect(given.phones).toContainEqual(expect.objectContaining({ extension: sipUser, ha1 }));
      }
      expect(given.trunks).toMatchObject([{ gateway: "trunk-1", server: "sip.example.ge", password: TRUNK.password }]);
      expect(await panel.get("/session")).toMatchObject({
        login: "owner",
        role: "admin",
        language: "ka",
        operatorId: null,
        site: { firmName: SETUP.firmName, timeZone: "Asia/Tbilisi", country: "GE", language: "ka" },
      });
      expect(await panel.get("/status")).toMatchObject({ needsSetup: false, language: "ka" });
      expect(configuration.current).toMatchObject({
        isSetUp: true,
        site: { callerLanguages: ["ka"], recordCalls: true },
        operators: [{ name: "Nino", extension: "101", isEnabled: true }, { extension: "102" }],
        trunks: [{ gateway: "trunk-1", name: "City" }],
        numbers: [{ number: "0322112233", trunkId: 1 }],
        flow: { version: 1 },
      });
      // Neither password is anywhere in the database; the trunk's is in a file of ours alone.
      const dump = JSON.stringify([
        await db.selectFrom("users").selectAll().execute(),
        await db.selectFrom("operators").selectAll().execute(),
        await db.selectFrom("trunks").selectAll().execute(),
        await db.selectFrom("audit").selectAll().execute(),
        await db.selectFrom("sessions").selectAll().execute(),
      ]);
      for (const secret of [SETUP.admin.password, TRUNK.password, ...phones.map(({ sipPassword }) => sipPassword)])
        expect(dump).not.toContain(secret);
      expect(await secrets.read("trunk-1")).toBe(TRUNK.password);
      expect((await stat(join(dataDir, "secrets", "trunk-1"))).mode & 0o777).toBe(0o600);
    });
  });

  it("happens once, also for two at the same moment", async () => {
    await withEmptyApi(async ({ newPanel, db, switch: given }) => {
      const answers = await Promise.all(
        ["one", "two", "three"].map((login) =>
          newPanel().fetch("/setup", json({ ...SETUP, admin: { ...SETUP.admin, login } })),
        ),
      );
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409, 409]);
      expect(await db.selectFrom("users").select("role").execute()).toEqual([{ role: "admin" }]);
      expect(await db.selectFrom("operators").select("extension").execute()).toHaveLength(2);
      expect(given.phones).toHaveLength(2);
      const late = await newPanel().fetch("/setup", json(SETUP));
      expect([late.status, await late.json()]).toEqual([409, { error: { code: "already-set-up" } }]);
    });
  });

  it("leaves nothing behind when the switch refuses the trunk", async () => {
    await withEmptyApi(async ({ panel, db, secrets, switch: given }) => {
      given.answer = { ok: false, reason: "unresolvable" };
      const refused = await panel.fetch("/setup", json({ ...SETUP, trunk: TRUNK }));
      expect([refused.status, await refused.json()]).toEqual([
        422,
        { error: { code: "switch-refused-trunk", params: { reason: "unresolvable" } } },
      ]);
      for (const table of [
        "users",
        "operators",
        "trunks",
        "numbers",
        "site_settings",
        "call_flows",
        "sessions",
      ] as const)
        expect(await db.selectFrom(table).selectAll().execute()).toEqual([]);
      expect(await secrets.read("trunk-1")).toBeNull();
      given.answer = { ok: true };
      expect((await panel.post<Phones>("/setup", { ...SETUP, trunk: TRUNK })).phones).toHaveLength(2);
    });
  });

  it("says per field what is wrong", async () => {
    await withEmptyApi(async ({ panel }) => {
      const answer = await panel.fetch(
        "/setup",
        json({
          ...SETUP,
          language: "de",
          timeZone: "Asia/Nowhere",
          country: "ZZ",
          firmName: " ",
          admin: { name: "a\nb", login: "no spaces", password: "short" },
          operators: [
            { name: "Nino", extension: "101" },
            { name: "Gia", extension: "101" },
            { name: "", extension: "1" },
          ],
          trunk: { ...TRUNK, server: "not a host", port: 0, password: "", user: "a b" },
          number: "<script>",
        }),
      );
      expect([answer.status, await answer.json()]).toEqual([
        422,
        {
          error: {
            code: "invalid-input",
            fields: {
              language: "unknown-language",
              timeZone: "unknown-time-zone",
              country: "unknown-country",
              firmName: "required",
              "admin.name": "not-one-line",
              "admin.login": "not-a-login",
              "admin.password": "password-too-short",
              "operators.1.extension": "extension-taken",
              "operators.2.name": "required",
              "operators.2.extension": "not-an-extension",
              "trunk.server": "not-a-server",
              "trunk.port": "not-a-port",
              "trunk.user": "not-a-user",
              number: "not-a-number",
            },
          },
        },
      ]);
    });
  });

  it("gives callers English where the firm's language cannot be spoken yet", async () => {
    await withEmptyApi(async ({ panel, configuration }) => {
      await panel.post("/setup", MONGOLIAN);
      expect(configuration.current.site).toMatchObject({ language: "mn", callerLanguages: ["en"] });
    });
  });

  it("gives nobody an extension that calls for help in the firm's country", async () => {
    await withEmptyApi(async ({ panel }) => {
      const { operators } = SETUP;
      const response = await panel.fetch(
        "/setup",
        json({ ...MONGOLIAN, operators: [...MONGOLIAN.operators, ...operators] }),
      );
      const fields = { "operators.1.extension": "emergency-number", "operators.2.extension": "emergency-number" };
      expect([response.status, await response.json()]).toEqual([422, { error: { code: "invalid-input", fields } }]);
      expect(await panel.get("/status")).toMatchObject({ needsSetup: true });
    });
  });
});
