/**
 * Run by hotline-console@.service on the box's screen and serial line: console-page.ts, drawn anew when something has changed, and a menu
 * (console-menu.ts) for whoever stands before it.
 */
import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Language } from "../calls/language.ts";
import { readConfig } from "../config/config.ts";
import { writeAudit } from "../database/audit.ts";
import { connect } from "../database/connect.ts";
import { isPassing } from "../database/failure.ts";
import { readSiteSettings, writeSiteSettings } from "../database/site-settings.ts";
import { listAdmins, setPassword } from "../database/users.ts";
import { runProgram } from "../health/run-program.ts";
import { hashPassword, makeSipPassword } from "../workforce/credentials.ts";
import { networkCards } from "./cards.ts";
import { type ConsoleDesk, showMenu } from "./console-menu.ts";
import { type BoxStatus, consolePage } from "./console-page.ts";
import { CONSOLE_FONTS, CONSOLE_WORDS } from "./console-words.ts";
import { askRoot, readBoxState } from "./request-folder.ts";
import { LeftAlone, Screen } from "./screen.ts";

const EVERY_MS = 2_000;
const LONGEST_MS = 20_000;
/** An old machine that speaks its first prompts takes seconds to answer; who is not there is noticed at once. */
const ASK_MS = 10_000;

const run = promisify(execFile);
const { http, databaseUrl, dataDir, boxDir } = readConfig(process.env);
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
process.stdin.on("error", () => undefined);
const screen = new Screen((text) => process.stdout.write(text));
if (process.stdin.isTTY) process.stdin.setRawMode(true);
process.stdin.setEncoding("utf8").on("data", (piece: string) => screen.feed(piece));
process.stdin.on("end", () => process.exit(0));

const db = connect({
  to: databaseUrl ?? { socketDir: join(dataDir, "database-socket"), user: "hotline", database: "hotline" },
  maxConnections: 1,
  onIdleError: () => undefined,
});

/** @returns null while the database is away */
async function inDatabase<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}

const desk: ConsoleDesk = {
  state: () => readBoxState(boxDir),
  cards: () => networkCards(),
  ask: async (request) => await askRoot(boxDir, request),
  admins: async () => await inDatabase(async () => await listAdmins(db)),
  newPassword: async (userId) =>
    await inDatabase(async () => {
      const password = makeSipPassword().replaceAll(/(.{4})(?=.)/g, "$1-");
      const hash = await hashPassword(password);
      await db.transaction().execute(async (tx) => {
        await setPassword(tx, userId, { hash, mustChange: true });
        await writeAudit(tx, { userId: null, action: "password-reset-at-screen", subject: `user ${userId}` });
      });
      return password;
    }),
  setTimeZone: async (timeZone) =>
    (await inDatabase(async () => {
      await db.transaction().execute(async (tx) => {
        const settings = await readSiteSettings(tx);
        // Before the first start is done nobody has settings yet; the machine has a clock all the same.
        if (settings === null) return;
        await writeSiteSettings(tx, { ...settings, timeZone });
        await writeAudit(tx, { userId: null, action: "time-zone-changed-at-screen" });
      });
      return true;
    })) ?? false,
};

const terminal = await readlink("/proc/self/fd/0").catch(() => "");
/** Linux' own console shows 512 signs at a time; a terminal at a serial line brings its own. */
const hasFont = /^\/dev\/tty[0-9]+$/.test(terminal);
let language: Language = "en";

/** A language whose signs the console cannot be taught is not spoken. */
async function speak(wanted: Language): Promise<void> {
  if (wanted === language) return;
  const font = CONSOLE_FONTS[wanted];
  if (hasFont && font !== null && (await runProgram("setfont", ["-C", terminal, font], ASK_MS)).code !== 0) return;
  language = wanted;
}

async function page(): Promise<string[]> {
  const [now, units, box] = await Promise.all([status(), failedUnits(), readBoxState(boxDir)]);
  await speak(now?.language ?? language);
  const trial = box?.trial ?? null;
  return consolePage(
    {
      ...{
        version,
        hostName: hostname(),
        addresses: addresses(),
        panelPort: http.port,
        status: now,
        failedUnits: units,
      },
      trialSeconds: trial === null ? null : Math.max(0, Math.ceil((trial.untilMs - Date.now()) / 1000)),
    },
    CONSOLE_WORDS[language],
  );
}

for (;;) {
  const sinceMs = performance.now();
  screen.draw(await page());
  // While a slow machine starts, the screen takes a tenth of it at most.
  const key = await screen.key(Math.min(LONGEST_MS, Math.max(EVERY_MS, (performance.now() - sinceMs) * 9)));
  if (key?.type !== "enter") continue;
  await showMenu(screen, CONSOLE_WORDS[language], desk).catch((error: unknown) => {
    if (!(error instanceof LeftAlone)) throw error;
  });
}
