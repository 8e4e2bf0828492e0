import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { PanelBrowser, signIn } from "../../testing/browser.ts";
import { SETUP, withApi } from "../../testing/test-api.ts";

const PANEL = fileURLToPath(new URL("../../../dist/admin", import.meta.url));
/** Given: pictures of the page are left there. */
const PICTURES = process.env["HOTLINE_PICTURES_DIR"];
const ATTACKER = "198.51.100.66";
const OFFICE = "203.0.113.7";

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

test("the owner sees who is shut out and lets them in again, keeps a list of those who never are, and opens a service", async () => {
  await withApi(
    async (api) => {
      const browser = await PanelBrowser.open(api.origin);
      try {
        const { page, troubles } = await browser.person({ viewport: { width: 390, height: 844 } });
        api.bans.signedIn(OFFICE, "somebody");
        for (const address of [ATTACKER, OFFICE])
          for (let tries = 0; tries < 10; tries += 1) api.bans.signInRefused(address, "owner");
        await signIn(page, SETUP.admin.login, SETUP.admin.password);
        // That nobody is signed in yet is an answer too.
        troubles.length = 0;
        await page.goto("/health/protection");
        const rows = page.locator("[data-testid=banned] [data-address]");
        await rows.first().waitFor();
        expect(await rows.count()).toBe(2);
        await picture(page, "protection-ka-390");
        await page.setViewportSize({ width: 1440, height: 900 });
        await picture(page, "protection-ka-1440");
        await page.setViewportSize({ width: 390, height: 844 });

        await page.locator(`[data-address="${ATTACKER}"] button`).click();
        await page.locator(`[data-address="${ATTACKER}"]`).waitFor({ state: "detached" });
        expect(api.bans.banOf(ATTACKER)).toBeNull();

        const settings = page.locator("[data-testid=ban-settings]");
        await settings.locator("button:not([type=submit])").first().click();
        await settings.locator("input[type=text], input:not([type])").first().fill("203.0.113.0/33");
        await settings.locator("button[type=submit]").click();
        await settings.getByText("203.0.113.7 ან 10.1.0.0/16", { exact: false }).last().waitFor();
        expect(api.bans.settings.never).toEqual([]);
        await settings.locator("input[type=text], input:not([type])").first().fill("203.0.113.0/24");
        await settings.locator("button[type=submit]").click();
        await page.locator(`[data-address="${OFFICE}"]`).waitFor({ state: "detached" });
        expect(api.bans.settings.never).toEqual([{ network: "203.0.113.0/24", note: "" }]);

        const access = page.locator("[data-testid=access]");
        await access.locator("textarea:not([aria-hidden])").nth(2).fill("192.0.2.0/24");
        const saved = page.waitForResponse(
          (answer) => answer.url().endsWith("/api/access") && answer.request().method() === "PUT",
        );
        await access.locator("button[type=submit]").click();
        expect(await (await saved).json()).toMatchObject({
          settings: { local: null, panel: [], phones: ["192.0.2.0/24"] },
        });
        await picture(page, "protection-ka-390-after");
        expect(troubles).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    { panelDir: PANEL },
  );
});
