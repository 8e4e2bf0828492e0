import { mkdtempSync } from "node:fs";
import { afterAll, beforeAll, test } from "vitest";
import { PanelBrowser, signIn } from "../testing/browser.ts";
import { Site } from "../testing/site.ts";

let site: Site;
let browser: PanelBrowser;
beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(site.daemon.origin);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
test("shots", async () => {
  const dir = mkdtempSync("/tmp/hw/repo-");
  await site.panel.put("/backup", {
    target: { kind: "path", path: `${dir}/b` },
    at: "02:30",
    keep: { daily: 14, weekly: 8, monthly: 12 },
  });
  for (const kind of ["backup", "drill"]) {
    await site.panel.post("/backup/run", { kind });
    for (;;) {
      const { running } = await site.panel.get<{ running: object | null }>("/backup");
      if (running === null) break;
      await new Promise((r) => setTimeout(r, 300));
    }
  }
  for (const [w, lang] of [
    [390, "en"],
    [390, "ka"],
    [1440, "ka"],
    [1440, "mn"],
    [390, "ru"],
  ] as const) {
    const { page } = await browser.person({ viewport: { width: w, height: 900 } });
    await signIn(page, "owner", "a long enough password");
    await page.evaluate((l) => localStorage.setItem("hotline-language", l), lang);
    for (const path of ["/health", "/health/backup"]) {
      await page.goto(path);
      await page.waitForTimeout(1500);
      await page.screenshot({ path: `/tmp/hw/${path.replaceAll("/", "_")}-${w}-${lang}.png`, fullPage: true });
    }
  }
}, 240000);
