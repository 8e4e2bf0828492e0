/**
 * The panel as people see it: Debian's Chromium, driven by playwright-core. What a page throws, logs as an error or is refused by the
 * content security policy is kept, so that a test can state that nothing was.
 */
import { accessSync, constants } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { buildPanelIfOld } from "../../scripts/build-panel.ts";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
const ACTION_TIMEOUT_MS = 30_000;

function findChromium(): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const program of PROGRAMS) {
      const path = join(folder, program);
      if (isExecutable(path)) return path;
    }
  }
  throw new Error("no Chromium on PATH; install Debian's package chromium");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** What went wrong in the page without being shown. */
  troubles: string[];
}

/** A browser with a profile of its own, empty at the start, that looks at one daemon. */
export class PanelBrowser {
  readonly #browser: Browser;
  readonly #origin: string;

  private constructor(browser: Browser, origin: string) {
    this.#browser = browser;
    this.#origin = origin;
  }

  /** Builds the panel if it is older than its sources. @param origin of the daemon @param machine that it runs on, where that matters */
  static async open(origin: string, machine: { args?: readonly string[]; home?: string } = {}): Promise<PanelBrowser> {
    buildPanelIfOld();
    const { PATH = "" } = process.env;
    const browser = await chromium.launch({
      ...{ executablePath: findChromium(), headless: true, args: [...ARGUMENTS, ...(machine.args ?? [])] },
      ...(machine.home === undefined ? {} : { env: { PATH, HOME: machine.home } }),
    });
    return new PanelBrowser(browser, origin);
  }

  /** Another person at another computer: no cookies, nothing stored. */
  async person(options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({
      baseURL: this.#origin,
      locale: "en-GB",
      timezoneId: "Asia/Tbilisi",
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on("pageerror", (error) => troubles.push(`thrown: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(`logged: ${message.text()}`);
    });
    return { page, context, troubles };
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

const PICTURES = fileURLToPath(new URL("../../test-results", import.meta.url));

/** For `afterEach`: what the page showed when the test failed, in test-results/. */
export async function keepPicture(task: { name: string; result?: { state?: string } }, page: Page): Promise<void> {
  if (task.result?.state !== "fail") return;
  await mkdir(PICTURES, { recursive: true });
  const name = task.name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80);
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  console.log(`at its end the page showed test-results/${name}.png, address ${page.url()}`);
}

export async function signIn(page: Page, login: string, password: string): Promise<void> {
  await page.goto("/");
  await page.locator("input[autocomplete=username]").fill(login);
  await page.locator("input[autocomplete=current-password]").fill(password);
  await page.locator("button[type=submit]").click();
  await page.getByRole("navigation").first().waitFor();
}
