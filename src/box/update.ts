/**
 * Updates, as root, on a box that was installed from the image; the daemon asks for them. Usage: update.js carry-out | begin | judge
 * `carry-out`, when the daemon has written a request: writes a bundle to the other place, or starts from it.
 * `begin`, early at each start: is this the new system, or the old one again?
 * `judge`, late at each start: is healthy what was healthy before the update? If not in time, back to the old one.
 */
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { readConfig } from "../config/config.ts";
import { missingAfterUpdate } from "../flows/updates/judge-update.ts";
import { readBundle, reasonOf } from "../updates/bundle.ts";
import {
  bootedSlot,
  EVIDENCE,
  Evidence,
  otherSlot,
  RECORD,
  REQUEST,
  readJson,
  STATUS_FOLDER,
  slotName,
  UPDATE_FOLDER,
  UpdateRecord,
  UpdateRequest,
  type UpdateStatus,
  writeJson,
} from "../updates/update-record.ts";

const STATUS = join(STATUS_FOLDER, "status.json");
/** There only at the start at which the old system finds that the new one failed. */
const WENT_BACK = join(STATUS_FOLDER, "went-back");
/** Came with a new system (appliance/into-slot.sh); while it is there hotline-update-limit.service ends that after half an hour. */
const UNPROVEN = "/var/lib/hotline-trial/unproven";
const CONFIRMED = "/boot/efi/grub/confirmed.cfg";
const BRING_BACK = "hotline-bring-back.service";
const RAUC = "rauc";
const LOOK_MS = 5_000;
const SECOND_MS = 1_000;
const RAUC_MS = 60_000;

const run = promisify(execFile);
const say = (what: string) => process.stderr.write(`${what}\n`);
const { dataDir, http, updateTrialSeconds } = readConfig(process.env);
const folder = join(dataDir, UPDATE_FOLDER);
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")));
/** In which it has to be healthy. */
const trialMs = updateTrialSeconds * SECOND_MS;

async function tell(record: UpdateRecord | null, request: UpdateStatus["request"]): Promise<void> {
  await mkdir(STATUS_FOLDER, { recursive: true, mode: 0o755 });
  const status: UpdateStatus = { booted: slot, record, request };
  await writeJson(STATUS, status, 0o644);
}

const readRecord = async () => await readJson(RECORD, UpdateRecord);

async function remember(record: UpdateRecord): Promise<void> {
  await writeJson(RECORD, record, 0o600);
  await run("sync", ["--file-system", RECORD]);
}

async function mark(how: "good" | "bad" | "active", which: "A" | "B"): Promise<void> {
  await run(RAUC, ["status", `mark-${how}`, slotName(which)], { timeout: RAUC_MS });
}

/** From here on this system is started from, and never the other one by itself. */
async function confirm(which: "A" | "B"): Promise<void> {
  const other = otherSlot(which);
  await mark("active", which);
  await mark("good", which);
  await mark("bad", other);
  await rm(UNPROVEN, { force: true });
  // For the day on which the power fails while RAUC's own words for the start menu are written.
  await writeFile(`${CONFIRMED}.new`, `ORDER="${which} ${other}"\n${which}_OK=1\n${other}_OK=0\n`, { flush: true });
  await rename(`${CONFIRMED}.new`, CONFIRMED);
  await run("sync", ["--file-system", CONFIRMED]);
}

async function restart(): Promise<void> {
  await run("systemctl", ["--no-block", "start", "reboot.target"]);
}

async function carryOut(): Promise<void> {
  const request = await readJson(join(folder, REQUEST), UpdateRequest);
  if (request === null) {
    say("the request cannot be read, and is left alone");
    return;
  }
  const told = await readJson(STATUS, z.object({ request: z.object({ id: z.string() }).nullable() }));
  // The same again, as after a start of the unit by hand.
  if (told?.request?.id === request.id) return;
  if ((await readRecord())?.state === "trying") {
    say("this system is not yet found good; first that");
    return;
  }
  const { id, action } = request;
  if (action === "install") await install(request.bundle, id);
  else {
    const record = await readRecord();
    if (record?.state !== "ready") {
      say("there is no new system to start from");
      await tell(record, { id, action, percent: null, isDone: true });
      return;
    }
    const trying: UpdateRecord = {
      ...record,
      state: "trying",
      healthy: request.healthy,
      trunks: request.trunks,
      atMs: Date.now(),
    };
    await remember(trying);
    await tell(trying, { id, action, percent: null, isDone: true });
    await mark("good", slot);
    await mark("active", otherSlot(slot));
    await run("sync");
    say("starting from the new system");
    await restart();
  }
}

async function install(path: string, id: string): Promise<void> {
  const request = { id, action: "install", percent: null, isDone: false } as const;
  const bundle = await readBundle(path);
  const from = { slot, version };
  const empty = { healthy: [], trunks: [], reason: null, missing: [] };
  const record: UpdateRecord = {
    ...{ state: "writing", from, to: { slot: otherSlot(slot), version: null }, atMs: Date.now(), ...empty },
  };
  if (!("version" in bundle)) {
    const failed: UpdateRecord = { ...record, state: "failed", reason: bundle.problem, missing: [bundle.said] };
    await remember(failed);
    await tell(failed, { ...request, isDone: true });
    return;
  }
  await remember(record);
  await tell(record, request);
  say(`writing version ${bundle.version} to ${record.to.slot}`);
  const child = spawn(RAUC, ["install", path], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  const words: string[] = [];
  // One after the other: the last word is the last.
  let telling = Promise.resolve();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      words.push(line);
      const percent = /^\s*([0-9]{1,3})%/.exec(line)?.[1];
      if (percent !== undefined)
        telling = telling.then(async () => await tell(record, { ...request, percent: Number(percent) }));
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  await telling;
  const said = words.slice(-5).join("\n").slice(-500);
  const ended: UpdateRecord =
    code === 0
      ? { ...record, state: "ready", to: { ...record.to, version: bundle.version } }
      : { ...record, state: "failed", reason: reasonOf(words.join("\n")), missing: [said] };
  say(code === 0 ? "written" : said);
  await remember(ended);
  await tell(ended, { ...request, percent: code === 0 ? 100 : null, isDone: true });
}

async function begin(): Promise<void> {
  let record = await readRecord();
  await mkdir(STATUS_FOLDER, { recursive: true, mode: 0o755 });
  if (record?.state === "writing") record = { ...record, state: "failed", reason: "interrupted" };
  if (record?.state === "trying" && slot === record.from.slot) {
    record = { ...record, state: "going-back", reason: record.reason ?? "not-started" };
    await writeFile(WENT_BACK, "", { mode: 0o644 });
    // Queued before the daemon's own start, which waits for it.
    await run("systemctl", ["--no-block", "start", BRING_BACK]);
    say(`the new system was not healthy (${record.reason}: ${record.missing.join(", ")}); this is the old one`);
  }
  await tell(record, null);
}

/** Resolves when the database is as it was before the update, however often that has to be tried. */
async function untilBroughtBack(): Promise<void> {
  for (;;) {
    const { stdout } = await run("systemctl", ["show", "--property=ActiveState", "--value", BRING_BACK]);
    if (stdout.trim() === "active") return;
    await pause(LOOK_MS);
  }
}

async function judge(): Promise<void> {
  const record = await readRecord();
  if (record?.state !== "trying" || slot === record.from.slot) {
    // First: until then the start menu may choose the new system again.
    await confirm(slot);
    const told = (await readJson(STATUS, z.object({ record: UpdateRecord.nullable() })))?.record ?? null;
    if (told === null || record === null || told.state === record.state) return;
    if (told.state !== "going-back") {
      await remember(told);
      return;
    }
    // On the disk only when the database is as it was: after a power cut before, the next start begins anew.
    await untilBroughtBack();
    const ended: UpdateRecord = { ...told, state: "went-back" };
    await remember(ended);
    await tell(ended, null);
    say(`the database is that of version ${version} again`);
    return;
  }
  const untilMs = performance.now() + trialMs;
  let missing: string[] = [];
  do {
    missing = missingAfterUpdate({ parts: record.healthy, trunks: record.trunks }, await look(record.atMs));
    if (missing.length === 0) {
      await confirm(slot);
      const good: UpdateRecord = { ...record, state: "good", reason: null, missing: [] };
      await remember(good);
      await tell(good, null);
      say(`version ${version} is healthy, and stays`);
      return;
    }
    await pause(LOOK_MS);
  } while (performance.now() < untilMs);
  say(`not healthy in ${trialMs / SECOND_MS} s: ${missing.join(", ")}; back to version ${record.from.version}`);
  await remember({ ...record, reason: "not-healthy", missing });
  await mark("active", record.from.slot);
  await mark("bad", slot);
  await run("sync");
  await restart();
}

const Status = z.object({
  version: z.string(),
  switch: z.object({ connected: z.boolean() }),
  database: z.object({ connected: z.boolean() }),
});

async function look(sinceMs: number) {
  const answer = await fetch(`http://127.0.0.1:${http.port}/api/status`, { signal: AbortSignal.timeout(LOOK_MS) })
    .then(async (response) => Status.safeParse(await response.json()).data ?? null)
    .catch(() => null);
  const found = await readJson(join(folder, EVIDENCE), Evidence);
  const evidence = found !== null && found.atMs > sinceMs ? found : null;
  return {
    // Another program may have taken the port.
    ...{ panel: answer?.version === version, database: answer?.database.connected ?? false },
    ...{ switch: answer?.switch.connected ?? false, trunks: evidence?.trunks ?? [] },
    syntheticCall: evidence?.syntheticCall ?? null,
  };
}

const booted = bootedSlot(await readFile("/proc/cmdline", "utf8"));
if (booted === null) {
  say("this machine was not installed from the image: Debian's packages update it");
  process.exit(0);
}
const slot = booted;
const STEPS = { "carry-out": carryOut, begin, judge };
const [step = ""] = process.argv.slice(2);
if (!Object.hasOwn(STEPS, step)) throw new RangeError(`${Object.keys(STEPS).join(", ")}, not "${step}"`);
await STEPS[step as keyof typeof STEPS]();
