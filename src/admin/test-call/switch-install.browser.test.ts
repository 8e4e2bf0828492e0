import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SecurityUpdates } from "../../health/security-updates.ts";
import { SwitchInstall } from "../../switch-install/switch-install.ts";
import { PanelBrowser, signIn } from "../../testing/browser.ts";
import { withTemporaryDir } from "../../testing/temporary.ts";
import { SETUP, withApi } from "../../testing/test-api.ts";

/** A box without a switch: its owner pastes the token; root's part is played here by what root writes (scripts/install.box.test.ts runs it). */
const PANEL = fileURLToPath(new URL("../../../dist/admin", import.meta.url));
const TOKEN = "PT0123456789abcdef_of-a-test";

test("without a switch the page asks for the token, tells how far it is and what was wrong, and goes on by itself", async () => {
  await withTemporaryDir(async (dir) => {
    const [requests, state] = [join(dir, "requests"), join(dir, "state")];
    await mkdir(requests);
    await mkdir(state);
    const switchInstall = new SwitchInstall({
      requests,
      state,
      program: join(dir, "freeswitch"),
      unfinished: join(dir, "unfinished"),
    });
    const root = async (words: object) => {
      await rm(join(requests, "token"), { force: true });
      const whole = { step: "asking", percent: 0, problem: "", ...words };
      await writeFile(join(state, "state.json"), JSON.stringify(whole));
    };
    await withApi(
      async (api) => {
        api.board.status = { ...api.board.status, connected: false, software: null, reason: "refused" };
        const browser = await PanelBrowser.open(api.origin);
        try {
          const { page, troubles } = await browser.person();
          await api.panel.patch("/session", { language: "en" });
          await signIn(page, SETUP.admin.login, SETUP.admin.password);
          await page.goto("/test-call");
          await page.getByTestId("no-switch").getByText("is not installed yet").waitFor();
          const field = page.getByLabel("Access token", { exact: true });
          const asking = page.locator("[data-testid=switch-installing][data-step=asking]");
          const install = page.getByRole("button", { name: "Install FreeSWITCH", exact: true });
          await field.fill("what was copied before");
          await install.click();
          await page.getByText("was something else pasted?").waitFor();

          await field.fill(TOKEN);
          await install.click();
          await asking.waitFor();
          expect(await readFile(join(requests, "token"), "utf8")).toBe(`${TOKEN}\n`);
          await root({ state: "failed", problem: "wrong-token" });
          await page.getByTestId("switch-problem").getByText("does not take this token").waitFor();
          // It is typed anew: the page has kept nothing of it.
          expect(await field.inputValue()).toBe("");
          expect(await page.content()).not.toContain(TOKEN);

          await field.fill(TOKEN);
          await install.click();
          await asking.waitFor();
          await root({ state: "running", step: "fetching", percent: 40 });
          await page.locator("[data-testid=switch-installing][data-step=fetching]").waitFor();
          await root({ state: "failed", problem: "no-room" });
          await page.getByText("400 MB are wanted").waitFor();

          await field.fill(TOKEN);
          await install.click();
          await asking.waitFor();
          await root({ state: "done", step: "starting", percent: 100 });
          await page.getByTestId("no-switch").getByText("goes on by itself").waitFor();
          api.board.status = { ...api.board.status, connected: true, software: "FreeSWITCH 1.11.1", reason: null };
          api.board.changed("switch");
          await page.getByTestId("test-course").waitFor();

          // Nobody learns it later.
          expect(JSON.stringify(api.log)).not.toContain(TOKEN);
          const audit = await api.db.selectFrom("audit").selectAll().execute();
          expect(audit.filter(({ action }) => action === "switch-install-asked")).toHaveLength(3);
          expect(JSON.stringify(audit)).not.toContain(TOKEN);
          // Who is not signed in yet (401), and what was refused on purpose (422).
          expect(troubles.filter((one) => !/4(01|22)/.test(one))).toEqual([]);
        } finally {
          await browser.close();
        }
      },
      { switchInstall, panelDir: PANEL },
    );
  });
});

test("the page Health tells what came at night, and takes the owner's word for a restart", async () => {
  await withTemporaryDir(async (dir) => {
    await mkdir(join(dir, "root"));
    const securityUpdates = new SecurityUpdates(dir, join(dir, "root/state.json"));
    const night = async (words: object) => await writeFile(join(dir, "root/state.json"), JSON.stringify(words));
    await withApi(
      async (api) => {
        const browser = await PanelBrowser.open(api.origin);
        try {
          const { page } = await browser.person();
          await api.panel.patch("/session", { language: "en" });
          await signIn(page, SETUP.admin.login, SETUP.admin.password);
          await page.goto("/health");
          const section = page.getByTestId("security-updates");
          await section.getByText("They have not come yet").waitFor();
          await night({
            ...{ lastRunAt: "2026-11-22T00:10:03Z", outcome: "done", problem: "", installed: "12", needsReboot: true },
            ...{ waitingSwitch: "1.12.0-1", postponedAt: "", restartWaits: true },
          });
          await page.reload();
          await section.getByText("12 packages installed").waitFor();
          await section.getByText("FreeSWITCH 1.12.0-1 is there").waitFor();
          await section.getByText("only when the box is restarted").waitFor();
          await section.getByRole("switch", { name: "The box may restart itself at night" }).press("Space");
          await section.locator("input:checked").waitFor();
          expect(await readFile(join(dir, "security-updates.json"), "utf8")).toContain('"mayReboot":true');
          await night({ lastRunAt: "2026-11-23T00:10:03Z", outcome: "failed", problem: "no-internet", installed: "0" });
          await page.reload();
          await section.getByText("The box had no internet").waitFor();
          await section.locator("input:checked").waitFor();
        } finally {
          await browser.close();
        }
      },
      { securityUpdates, panelDir: PANEL },
    );
  });
});
