/**
 * The part `update` of iso-test.ts: on the disk of an emulated PC, a good update, one whose daemon is not healthy and has changed the database's
 * form, one that cannot start, and one during which the power fails; after each, data, recordings and settings are as they were.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openAsBlob,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PanelClient } from "../src/testing/panel-client.ts";
import { SETUP } from "../src/testing/test-api.ts";
import { holdsSwitch } from "./iso-machine.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const TRIAL_SECONDS = 240;
/** An emulated processor checks and writes half a gigabyte in a quarter of an hour, when it has the machine for itself. */
const STEP_MS = 3_600_000;
/** As the emulated PC sees the machine that it runs on. */
const HOST = "10.0.2.2";

/** What iso-test.ts gives; the emulated PC starts again when it is told to. */
export interface UpdateTools {
  check: (what: string, look: () => unknown) => Promise<unknown>;
  /** From the disk. */
  start: () => Promise<RunningMachine>;
}

export interface UpdatePlaces {
  iso: string;
  /** A box is installed on it. */
  disk: string;
  /** For the bundles, which are made when they are not there. */
  dir: string;
}

interface RunningMachine {
  /** A panel that nobody is signed in to. */
  client: () => PanelClient;
  until: (what: string, look: () => Promise<boolean> | boolean, timeoutMs?: number) => Promise<void>;
  close: () => Promise<void>;
}

interface UpdatesView {
  version: string;
  isBox: boolean;
  offers: { id: string; name: string; version: string | null; problem: string | null }[];
  running: { phase: string; percent: number | null } | null;
  problem: string | null;
  last: { state: string; from: string; to: string | null; reason: string | null; missing: string[] } | null;
}

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" }).trim();

/** `work` with the partitions of a disk that is a file. */
function withPartitions<Result>(disk: string, work: (loop: string) => Result): Result {
  const loop = run("losetup", "--find", "--show", disk);
  spawnSync("partx", ["--add", loop]);
  try {
    return work(loop);
  } finally {
    spawnSync("partx", ["--delete", loop]);
    run("losetup", "--detach", loop);
  }
}

function withMounted<Result>(device: string, dir: string, options: string, work: () => Result): Result {
  mkdirSync(dir, { recursive: true });
  run("mount", "-o", options, device, dir);
  try {
    return work();
  } finally {
    run("umount", dir);
  }
}

/** What the owner has: a recording, a setting, a name. */
function makeItTheOwners(disk: string, dir: string): void {
  withPartitions(disk, (loop) => {
    withMounted(`${loop}p5`, join(dir, "mounted"), "rw", () => {
      const folder = join(dir, "mounted/recordings/2026-11-22");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "call.wav"), createHash("sha512").update("a recording").digest());
      run("chown", "-R", "--reference", join(dir, "mounted/recordings"), folder);
    });
    withMounted(`${loop}p3`, join(dir, "mounted"), "rw", () => {
      appendFileSync(join(dir, "mounted/etc/hotline/hotline.env"), `\nHOTLINE_UPDATE_TRIAL_SECONDS=${TRIAL_SECONDS}\n`);
      writeFileSync(join(dir, "mounted/etc/hostname"), "owners-box\n");
    });
  });
}

const sha256 = (file: string) => run("sha256sum", file).split(" ")[0] ?? "";

/** Recordings and secrets, by their checksums; the owner's settings of the system that runs. */
function factsOnDisk(disk: string, dir: string): Record<string, string> {
  return withPartitions(disk, (loop) => {
    const facts: Record<string, string> = {};
    // The journal of a file system that was left in the middle is read, and not written.
    withMounted(`${loop}p5`, join(dir, "mounted"), "ro,noload", () => {
      for (const folder of ["recordings", "secrets"])
        for (const entry of readdirSync(join(dir, "mounted", folder), { recursive: true, withFileTypes: true }))
          if (entry.isFile()) facts[`${folder}/${entry.name}`] = sha256(join(entry.parentPath, entry.name));
    });
    return facts;
  });
}

interface Bundles {
  good: string;
  unhealthy: string;
  unstartable: string;
}

/** Of the image's own root file system, each changed in what it is to show. */
function makeBundles(iso: string, dir: string): Bundles {
  const at = (version: string) => join(dir, `bundle-${version}`, `hotline-${version}-amd64.raucb`);
  const made: Bundles = { good: at("9.0.1"), unhealthy: at("9.0.2"), unstartable: at("9.0.3") };
  if (Object.values(made).every((file) => existsSync(file))) return made;
  const live = join(dir, "live");
  execFileSync("xorriso", ["-osirrox", "on", "-indev", iso, "-extract", "/live", live], { stdio: "ignore" });
  const root = join(dir, "root");
  execFileSync("unsquashfs", ["-no-progress", "-quiet", "-d", root, join(live, "filesystem.squashfs")], {
    stdio: "ignore",
  });
  const kernel = readdirSync(join(root, "lib/modules")).sort().at(-1) ?? "";
  mkdirSync(join(root, "boot"), { recursive: true });
  cpSync(join(live, "vmlinuz"), join(root, "boot", `vmlinuz-${kernel}`));
  cpSync(join(live, "initrd.img"), join(root, "boot", `initrd.img-${kernel}`));
  run("ln", "-sfn", `boot/vmlinuz-${kernel}`, join(root, "vmlinuz"));
  run("ln", "-sfn", `boot/initrd.img-${kernel}`, join(root, "initrd.img"));
  // An emulated PC has no use for them, and takes minutes to write them.
  const modules = join(root, "lib/modules", kernel, "kernel");
  for (const folder of [
    "drivers/gpu",
    "drivers/media",
    "drivers/infiniband",
    "drivers/net/wireless",
    "drivers/iio",
    "sound",
  ])
    rmSync(join(modules, folder), { recursive: true, force: true });
  rmSync(join(root, "usr/lib/firmware"), { recursive: true, force: true });
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  for (const name of readdirSync(libraries))
    if (/^lib(LLVM|gallium|z3)[.-]/.test(name)) rmSync(join(libraries, name), { force: true });
  const packageFile = join(root, "usr/lib/hotline/package.json");
  const original = readFileSync(packageFile, "utf8");
  const bundle = (version: string, from = root) => {
    const out = dirname(at(version));
    mkdirSync(join(from, "usr/lib/hotline"), { recursive: true });
    writeFileSync(
      join(from, "usr/lib/hotline/package.json"),
      original.replace(/"version": "[^"]+"/, `"version": "${version}"`),
    );
    execFileSync(join(project, "iso/bundle.sh"), [], {
      env: { ...process.env, HOTLINE_ROOT_FOLDER: from, HOTLINE_BUNDLE_DIR: out, SQUASHFS_LEVEL: "1" },
      stdio: ["ignore", "ignore", "inherit"],
    });
  };
  bundle("9.0.1");
  // Its daemon changes the form of the database, and then answers nobody.
  const daemon = join(root, "usr/lib/hotline/dist/hotlined.js");
  writeFileSync(
    daemon,
    `import { execFileSync } from "node:child_process";
const sql = "create table of_the_new_system (id int); insert into kysely_migration values ('9999-newer', now()::text); delete from operators";
for (;;) {
  try { execFileSync("psql", ["-1", "-h", "/var/lib/hotline/database-socket", "-d", "hotline", "-c", sql], { stdio: "inherit" }); break; }
  catch (error) { console.error(String(error)); execFileSync("sleep", ["5"]); }
}
execFileSync("systemd-notify", ["READY=1"]);
setInterval(() => execFileSync("systemd-notify", ["WATCHDOG=1"]), 10_000);
`,
  );
  bundle("9.0.2");
  // Only what comes before the first program: a kernel, and an initrd that is none.
  const small = join(dir, "small");
  // By its list of packages it has the switch, which is then not taken over.
  const paths = ["etc/passwd", "etc/group", "etc/shadow", "usr/lib/hotline/appliance", "var/lib/dpkg/status", "boot"];
  for (const path of paths) {
    mkdirSync(join(small, path, ".."), { recursive: true });
    execFileSync("cp", ["-a", join(root, path), join(small, path)]);
  }
  for (const name of ["vmlinuz", "initrd.img"]) execFileSync("cp", ["-a", join(root, name), join(small, name)]);
  writeFileSync(join(small, "boot", `initrd.img-${kernel}`), "no initrd at all");
  bundle("9.0.3", small);
  rmSync(root, { recursive: true });
  return made;
}

/** @throws when they differ, with both */
function assertSame(what: string, now: unknown, before: unknown): void {
  const [a, b] = [JSON.stringify(now), JSON.stringify(before)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

/** What the panel knows of the firm. */
async function factsOf(panel: PanelClient): Promise<unknown> {
  const kept: Record<string, unknown> = {};
  for (const path of ["/operators", "/settings", "/schedules", "/numbers", "/blocked-numbers"])
    kept[path] = await panel.get(path);
  return kept;
}

export async function checkUpdates({ iso, disk, dir }: UpdatePlaces, { check, start }: UpdateTools): Promise<void> {
  let bundles: Bundles | null = null;
  let served = "";
  const server = createServer((request, response) => {
    const name = basename(request.url ?? "");
    const file = join(served, name);
    if (served === "" || !readdirSync(served).includes(name)) response.writeHead(404).end();
    else {
      const { size } = statSync(file);
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start === 0 ? 200 : 206, { "content-length": size - start });
      createReadStream(file, { start }).pipe(response);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const channel = `http://${HOST}:${(server.address() as AddressInfo).port}/channel.json`;
  let machine: RunningMachine | null = null;
  try {
    await check("updates: three bundles are made of the image", () => {
      bundles = makeBundles(iso, dir);
      for (const file of Object.values(bundles))
        console.log(`    ${basename(file)}: ${Math.round(statSync(file).size / 1024 / 1024)} MB`);
    });
    if (bundles === null) return;
    const { good, unhealthy, unstartable }: Bundles = bundles;
    makeItTheOwners(disk, dir);
    let running = await start();
    machine = running;
    const panel = running.client();
    const view = async () => {
      // While it starts anew nobody answers.
      try {
        return await panel.get<UpdatesView>("/updates");
      } catch (error) {
        if (error instanceof Error) return null;
        throw error;
      }
    };
    const status = async (look: (status: { version: string; database: { connected: boolean } }) => boolean) => {
      try {
        return look(await running.client().get<Parameters<typeof look>[0]>("/status"));
      } catch (error) {
        if (error instanceof Error) return false;
        throw error;
      }
    };
    const progress = { told: "" };
    /** @returns what was told of the last update when it ended */
    const ends = async (what: string, look: (now: UpdatesView) => boolean) => {
      let last: UpdatesView["last"] = null;
      await running.until(
        what,
        async () => {
          const now = await view();
          last = now?.last ?? null;
          const line = JSON.stringify([now?.version, now?.running, now?.last?.state, now?.problem]);
          if (line !== progress.told) console.log(`    ${new Date().toISOString().slice(11, 19)} ${line}`);
          progress.told = line;
          return now !== null && look(now);
        },
        STEP_MS,
      );
      return last as UpdatesView["last"];
    };
    const write = async (version: string) => {
      const offer = (await panel.post<UpdatesView>("/updates/find")).offers.find((one) => one.version === version);
      if (offer === undefined) throw new Error(`version ${version} is not offered`);
      await panel.post("/updates/begin", { offerId: offer.id });
    };
    const isWritten = async (version: string) =>
      await ends("it is written", ({ last, problem }) => {
        if (problem !== null || last?.state === "failed") throw new Error(`${problem} ${JSON.stringify(last)}`);
        return last?.state === "ready" && last.to === version;
      });
    const restart = async () => await panel.post("/updates/restart", { moment: "now", isInsisting: false });

    let before: unknown = null;
    await check("updates: the box starts from its disk, and is set up", async () => {
      await running.until("the database", async () => await status(({ database }) => database.connected));
      await panel.post("/setup", SETUP);
      await panel.put("/updates/channel", { channel });
      before = await factsOf(panel);
      const now = await view();
      if (now?.isBox !== true) throw new Error(`it takes no updates: ${JSON.stringify(now)}`);
    });
    const same = async () => assertSame("what the panel knows", await factsOf(panel), before);

    await check("a good update: written while the box runs, started from, found healthy; it stays", async () => {
      served = join(good, "..");
      await write("9.0.1");
      await isWritten("9.0.1");
      await restart();
      await ends("it stays", ({ version, last }) => version === "9.0.1" && last?.state === "good");
      await same();
    });
    await check(
      "one whose daemon is not healthy, and has changed the database: it goes back, and all is as it was",
      async () => {
        served = join(unhealthy, "..");
        await write("9.0.2");
        await isWritten("9.0.2");
        await restart();
        const last = await ends(
          "it has gone back",
          (now) => now.version === "9.0.1" && now.last?.state === "went-back",
        );
        // It is the panel that would say that there is a switch.
        const missing = ["panel", "database", ...(holdsSwitch(iso) ? ["switch"] : [])];
        assertSame("why", [last?.reason, last?.missing], ["not-healthy", missing]);
        await same();
      },
    );
    await check("one whose initrd is broken, from an upload: the old system starts again by itself", async () => {
      const body = await openAsBlob(unstartable);
      const answer = await panel.fetch("/update-upload", { method: "POST", body });
      if (!answer.ok) throw new Error(await answer.text());
      await write("9.0.3");
      await isWritten("9.0.3");
      await restart();
      const last = await ends(
        "it has gone back",
        (now) => now.version === "9.0.1" && now.last?.to === "9.0.3" && now.last.state === "went-back",
      );
      assertSame("why", last?.reason, "not-started");
      await same();
    });
    await check(
      "the power fails while an update is written: the box starts from what it had, and says so",
      async () => {
        served = join(unhealthy, "..");
        await write("9.0.2");
        await ends("half of it is written", ({ running: now, problem }) => {
          if (problem !== null) throw new Error(`it is not written: ${problem}`);
          return now?.phase === "writing" && (now.percent ?? 0) >= 40;
        });
        await running.close();
        running = await start();
        machine = running;
        const again = running.client();
        await running.until(
          "the database",
          async () => await status(({ version, database }) => version === "9.0.1" && database.connected),
        );
        await again.post("/session", { login: SETUP.admin.login, password: SETUP.admin.password });
        assertSame("what the panel knows", await factsOf(again), before);
        const last = (await again.get<UpdatesView>("/updates")).last;
        assertSame("the last one", [last?.state, last?.reason], ["failed", "interrupted"]);
      },
    );
    await running.close();
    machine = null;
    await check("recordings are the same, byte by byte", () => {
      const [name] = Object.keys(factsOnDisk(disk, dir)).filter((path) => path.endsWith("call.wav"));
      const wanted = createHash("sha256").update(createHash("sha512").update("a recording").digest()).digest("hex");
      assertSame("the recording", factsOnDisk(disk, dir)[name ?? ""], wanted);
    });
  } finally {
    await machine?.close();
    server.close();
  }
}
