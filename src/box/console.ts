/** Run by hotline-console@.service on the box's screen and serial line: console-page.ts, drawn anew when something has changed. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readConfig } from "../config/config.ts";
import { type BoxStatus, consolePage } from "./console-page.ts";

const EVERY_MS = 2_000;
const ASK_MS = 1_500;
const CLEAR = "\u001b[H\u001b[2J\u001b[3J";

const run = promisify(execFile);
const { http } = readConfig(process.env);
const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };

function addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .map(({ address }) => address);
}

async function status(): Promise<BoxStatus | null> {
  const url = `http://127.0.0.1:${http.port}/api/status`;
  // Cut off in the middle it has not answered either.
  return await fetch(url, { signal: AbortSignal.timeout(ASK_MS) })
    .then(async (answer) => (answer.ok ? ((await answer.json()) as BoxStatus) : null))
    .catch(() => null);
}

async function failedUnits(): Promise<string[] | null> {
  const words = ["list-units", "--failed", "--plain", "--no-legend", "--no-pager"];
  const { stdout } = await run("systemctl", words, { timeout: ASK_MS }).catch(() => ({ stdout: null }));
  if (stdout === null) return null;
  return stdout.split("\n").flatMap((line) => line.split(" ", 1).filter(Boolean));
}

// A PC without a serial line has the device all the same: there nobody reads.
process.stdout.on("error", () => undefined);
for (let shown = ""; ; ) {
  const sinceMs = performance.now();
  const page = consolePage({
    ...{ version, hostName: hostname(), addresses: addresses(), panelPort: http.port },
    status: await status(),
    failedUnits: await failedUnits(),
  });
  if (page !== shown) process.stdout.write(`${CLEAR}${page}`);
  shown = page;
  // While a slow machine starts, the screen takes a tenth of it at most.
  await pause(Math.max(EVERY_MS, (performance.now() - sinceMs) * 9));
}
