import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BanKeeper } from "../bans/ban-keeper.ts";
import { USUAL_RULES } from "../flows/bans/bans.ts";
import { SETUP, type TestApi, withApi } from "../testing/test-api.ts";

const ATTACKER = "198.51.100.66";
const OFFICE = "203.0.113.7";

const signIn = async ({ from }: TestApi, address: string, password = "a guess at the password") =>
  await from(address, "/api/session", {
    method: "POST",
    headers: { "x-hotline": "1", "content-type": "application/json" },
    body: JSON.stringify({ login: SETUP.admin.login, password }),
  });

async function guessUntilBanned(api: TestApi, address: string): Promise<number> {
  for (let tries = 1; tries <= 20; tries += 1) {
    await signIn(api, address);
    if (api.bans.banOf(address) !== null) return tries;
  }
  throw new Error("not banned");
}

test("who guesses at the panel's password is banned within 10 tries, served nothing, and let in again by the owner", async () => {
  await withApi(async (api) => {
    expect(await guessUntilBanned(api, ATTACKER)).toBeLessThanOrEqual(10);
    for (const path of ["/", "/api/status", "/api/session"]) expect((await api.from(ATTACKER, path)).status).toBe(403);
    // The right one is of no use now.
    const right = await signIn(api, ATTACKER, SETUP.admin.password);
    expect(right.status).toBe(403);
    expect(await right.json()).toMatchObject({ error: { code: "address-banned" } });
    const { banned } = await api.panel.get<{ banned: object[] }>("/bans");
    expect(banned).toMatchObject([
      { address: ATTACKER, reach: "all", reason: "panel-password", names: ["owner"], times: 1 },
    ]);
    await api.bans.keep();
    expect(await readFile(join(api.dataDir, "bans"), "utf8")).toMatch(/^all 198\.51\.100\.66 [0-9]{10}\n$/);
    expect(await api.panel.post("/bans/revoke", { address: ATTACKER })).toMatchObject({ banned: [] });
    expect((await api.from(ATTACKER, "/api/status")).status).toBe(200);
    await api.bans.stop();
    expect(await readFile(join(api.dataDir, "bans"), "utf8")).toBe("");
  });
});

test("where somebody is signed in only guests are banned: they go on, and nobody else signs in", async () => {
  await withApi(async (api) => {
    const cookie = (await signIn(api, OFFICE, SETUP.admin.password)).headers.get("set-cookie")?.split(";")[0] ?? "";
    await guessUntilBanned(api, OFFICE);
    expect(api.bans.banOf(OFFICE)).toMatchObject({ reach: "guests" });
    expect((await signIn(api, OFFICE, SETUP.admin.password)).status).toBe(403);
    expect((await api.from(OFFICE, "/api/today", { headers: { cookie } })).status).toBe(200);
  });
});

test("a page left open with a session that ran out is no guess; made-up sessions are", async () => {
  await withApi(async (api) => {
    const show = async (token: string) =>
      await api.from(ATTACKER, "/api/today", { headers: { cookie: `hotline_session=${token}` } });
    for (let time = 0; time < 50; time += 1) expect((await show("an old one")).status).toBe(401);
    expect(api.bans.banOf(ATTACKER)).toBeNull();
    for (let time = 0; time < USUAL_RULES.tries; time += 1) await show(`guess ${time}`);
    expect(api.bans.banOf(ATTACKER)).toMatchObject({ reason: "api-token" });
  });
});

test("bans outlive a restart; the list of those who are never banned lifts them", async () => {
  await withApi(async (api) => {
    await guessUntilBanned(api, ATTACKER);
    await api.bans.keep();
    const next = new BanKeeper({
      ...{ db: api.db, log: api.log, file: join(api.dataDir, "bans"), nowMs: () => Date.now() },
      ...{ isExtension: () => false, ownNetworks: () => [], onChange: () => undefined },
    });
    await next.load();
    expect(next.banOf(ATTACKER)).toMatchObject({ reach: "all" });
    const never = [{ network: "198.51.100.66/24", note: "our other office" }];
    const saved = await api.panel.put("/bans", { isOn: true, never });
    expect(saved).toMatchObject({ settings: { never: [{ network: "198.51.100.0/24" }] }, banned: [] });
    expect((await api.from(ATTACKER, "/api/status")).status).toBe(200);
    const wrong = api.panel.put("/bans", { isOn: true, never: [{ network: "10.0.0.0/33", note: "" }] });
    await expect(wrong).rejects.toThrow(/422 .*"never.0.network":"not-a-network"/);
    await next.stop();
  });
});

test("switched off, nobody is banned", async () => {
  await withApi(async (api) => {
    await guessUntilBanned(api, ATTACKER);
    await api.panel.put("/bans", { isOn: false, never: [] });
    expect(api.bans.banOf(ATTACKER)).toBeNull();
    expect(await api.panel.get("/bans")).toMatchObject({ settings: { isOn: false }, banned: [] });
  });
});

test("services are opened per network, and nobody shuts themselves out", async () => {
  await withApi(async (api) => {
    await writeFile(join(api.dataDir, "local-networks"), "# usual\n10.0.0.0/8\nfc00::/7\n");
    expect(await api.panel.get("/access")).toMatchObject({
      ...{ settings: { local: null, panel: [], phones: [] }, usualLocal: ["10.0.0.0/8", "fc00::/7"] },
      ...{ isFirewallThere: false, yourAddress: "127.0.0.1" },
    });
    const wanted = { local: null, panel: ["203.0.113.7"], phones: ["0.0.0.0/0", "::/0"] };
    expect(await api.panel.put("/access", wanted)).toMatchObject({ settings: wanted });
    const file = () => readFile(join(api.dataDir, "access"), "utf8");
    expect(await file()).toBe("panel 203.0.113.7\nphones 0.0.0.0/0\nphones ::/0\n");

    const cookie = (await signIn(api, OFFICE, SETUP.admin.password)).headers.get("set-cookie")?.split(";")[0] ?? "";
    const put = async (body: object) =>
      await api.from(OFFICE, "/api/access", {
        method: "PUT",
        headers: { cookie, "x-hotline": "1", "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const refused = await put({ local: ["10.0.0.0/8"], panel: [], phones: [] });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ error: { code: "would-lock-you-out", params: { address: OFFICE } } });
    expect(await file()).toContain("panel 203.0.113.7\n");
    expect((await put({ local: ["203.0.113.0/24"], panel: [], phones: [] })).status).toBe(200);
    expect(await file()).toBe("local 203.0.113.0/24\n");
  });
});
