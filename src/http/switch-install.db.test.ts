import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SecurityUpdates } from "../health/security-updates.ts";
import { SwitchInstall } from "../switch-install/switch-install.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withApi } from "../testing/test-api.ts";

const TOKEN = "PT0123456789abcdef_of-a-test";

test("a token is taken once at a time, checked, and is in no log and no audit", async () => {
  await withTemporaryDir(async (dir) => {
    await mkdir(join(dir, "requests"));
    const places = {
      requests: join(dir, "requests"),
      state: join(dir, "state"),
      program: join(dir, "freeswitch"),
      unfinished: join(dir, "unfinished"),
    };
    await withApi(
      async ({ panel, db, log }) => {
        expect(await panel.get("/switch-install")).toMatchObject({ state: "none" });
        for (const token of ["", "$(id)", "two words", "short"])
          await expect(panel.post("/switch-install", { token })).rejects.toThrow(": 422");
        expect(await panel.post("/switch-install", { token: ` ${TOKEN}\n` })).toMatchObject({ state: "running" });
        expect(await readFile(join(places.requests, "token"), "utf8")).toBe(`${TOKEN}\n`);
        await expect(panel.post("/switch-install", { token: TOKEN })).rejects.toThrow(": 409");
        const audit = await db.selectFrom("audit").selectAll().execute();
        expect(audit.filter(({ action }) => action === "switch-install-asked")).toHaveLength(1);
        expect(JSON.stringify([audit, log])).not.toContain(TOKEN);
      },
      { switchInstall: new SwitchInstall(places) },
    );
  });
});

test("where there is no box nothing can be asked for; operators may neither look nor ask", async () => {
  await withApi(async (api) => {
    expect(await api.panel.get("/switch-install")).toMatchObject({ state: "no-box" });
    await expect(api.panel.post("/switch-install", { token: TOKEN })).rejects.toThrow(": 409");
    expect(await api.panel.get("/security-updates")).toMatchObject({ isBox: false, mayReboot: false });
    const stranger = api.newPanel();
    await expect(stranger.get("/switch-install")).rejects.toThrow(": 401");
    await expect(stranger.post("/switch-install", { token: TOKEN })).rejects.toThrow(": 401");
  });
});

test("the owner's word about restarts is kept, and written down who gave it", async () => {
  await withTemporaryDir(async (dir) => {
    await withApi(
      async ({ panel, db }) => {
        await expect(panel.put("/security-updates", { mayReboot: "yes" })).rejects.toThrow(": 422");
        expect(await panel.put("/security-updates", { mayReboot: true })).toMatchObject({ mayReboot: true });
        expect(await panel.get("/security-updates")).toMatchObject({ mayReboot: true });
        const audit = await db.selectFrom("audit").selectAll().execute();
        expect(audit.at(-1)).toMatchObject({ action: "security-updates-changed" });
      },
      { securityUpdates: new SecurityUpdates(dir, join(dir, "state.json")) },
    );
  });
});
