/**
 * `make iso-test`, as root: makes the image, boots it in an emulated PC by BIOS and by UEFI, and looks from outside whether a box stands
 * there. Ends with `N passed, N failed`.
 * Usage: iso-test.ts [--full] [--iso FILE]   --full: makes it twice and compares; --iso: this one, made before
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freeTcpPort } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";
import { VendorRepository, vendorsPackages } from "../src/testing/vendor-repository.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const LARGEST_BYTES = 700 * 1024 * 1024;
/** An emulated PC on two busy cores. */
const BOOT_MS = 900_000;
const MEMORY_MIB = 2_048;
const OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const PANEL_PORT = 8_080;
const SECOND_MS = 1_000;

interface Status {
  product: string;
  needsSetup: boolean;
  switch: { connected: boolean };
  database: { connected: boolean };
}

const failures: string[] = [];
let passed = 0;

async function check(what: string, look: () => unknown): Promise<void> {
  const sinceMs = performance.now();
  const took = () => `${Math.round((performance.now() - sinceMs) / SECOND_MS)} s`;
  try {
    await look();
    passed += 1;
    console.log(`  ✓ ${what} (${took()})`);
  } catch (error) {
    failures.push(what);
    console.log(`  ✗ ${what} (${took()})\n    ${error instanceof Error ? error.message : String(error)}`);
  }
}

function assert(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

/** @returns the image in `folder` */
function build(folder: string, env: Readonly<Record<string, string>> = {}): string {
  const { status } = spawnSync(join(root, "iso/build.sh"), {
    stdio: "inherit",
    // A certificate store of this machine is none of the image's.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: "", HOTLINE_ISO_DIR: folder, ...env },
  });
  if (status !== 0) throw new Error("iso/build.sh failed");
  const name = readdirSync(folder).find((file) => file.endsWith(".iso"));
  if (name === undefined) throw new Error("iso/build.sh left no image");
  return join(folder, name);
}

/** Made with the vendor's token: FreeSWITCH is on it, and the token is in none of its files. */
async function checkToken(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "hotline-iso-token-"));
  const modules = readFileSync(join(root, "freeswitch-conf/autoload/modules.conf.xml"), "utf8");
  const packages = vendorsPackages(modules);
  const vendor = await VendorRepository.open({ codename: "trixie", token: "PT-of_the_image_test", packages });
  try {
    const files = { FREESWITCH_REPOSITORY: vendor.url, FREESWITCH_TOKEN: vendor.token, SQUASHFS_LEVEL: "1" };
    // Not in this process: the stand-in answers from it.
    const making = spawn(join(root, "iso/build.sh"), {
      stdio: "inherit",
      env: { ...process.env, NODE_EXTRA_CA_CERTS: "", HOTLINE_ISO_DIR: dir, ...files },
    });
    const [code] = (await once(making, "exit")) as [number | null];
    assert(code === 0, "iso/build.sh failed");
    const iso = readdirSync(dir).find((file) => file.endsWith(".iso")) ?? "";
    const [squashfs, tree] = [join(dir, "filesystem.squashfs"), join(dir, "tree")];
    const extract = ["-osirrox", "on", "-indev", join(dir, iso), "-extract", "/live/filesystem.squashfs", squashfs];
    execFileSync("xorriso", extract, { stdio: "ignore" });
    execFileSync("unsquashfs", ["-no-progress", "-quiet", "-d", tree, squashfs], { stdio: "ignore" });
    assert(existsSync(join(tree, "usr/bin/freeswitch")), "FreeSWITCH is not on it");
    const { stdout, status } = spawnSync("grep", ["-rlF", vendor.token, tree, dir], { encoding: "utf8" });
    assert(status === 1, `the token is in ${stdout}`);
  } finally {
    await vendor.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const sha256 = (file: string) => execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0] ?? "";

async function checkFiles(iso: string): Promise<void> {
  const folder = dirname(iso);
  const name = basename(iso, ".iso");
  await check("the image is smaller than 700 MB", () => {
    const { size } = statSync(iso);
    console.log(`    ${Math.round(size / 1024 / 1024)} MB`);
    assert(size < LARGEST_BYTES, `${size} bytes`);
  });
  await check("checksums and their signature are right, and a changed file is noticed", () => {
    execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: folder });
    const words = [
      "pkeyutl",
      "-verify",
      "-pubin",
      "-inkey",
      "signing-key.pub",
      "-rawin",
      "-sigfile",
      "SHA256SUMS.sig",
      "-in",
    ];
    execFileSync("openssl", [...words, "SHA256SUMS"], { cwd: folder, stdio: "ignore" });
    const { status } = spawnSync("openssl", [...words, `${name}.packages`], { cwd: folder });
    assert(status !== 0, "the signature also fits another file");
  });
  await check("the bill of materials names what is on it", () => {
    const bom = JSON.parse(readFileSync(join(folder, `${name}.sbom.json`), "utf8")) as {
      components: { purl: string }[];
    };
    const purls = bom.components.map(({ purl }) => purl);
    for (const start of [
      "pkg:deb/debian/linux-image",
      "pkg:deb/debian/postgresql-",
      "pkg:deb/debian/nodejs@",
      "pkg:npm/hono@",
      "pkg:npm/pg@",
    ])
      assert(
        purls.some((purl) => purl.startsWith(start)),
        `nothing starts with ${start}`,
      );
    assert(!purls.some((purl) => purl.startsWith("pkg:npm/vitest")), "it names what only developers have");
  });
}

async function checkBoot(iso: string, firmware: "BIOS" | "UEFI"): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "hotline-iso-test-"));
  const port = await freeTcpPort();
  const variables = join(dir, "variables.fd");
  if (firmware === "UEFI") copyFileSync(OVMF.replace("CODE", "VARS"), variables);
  const uefi = [
    "-drive",
    `if=pflash,format=raw,readonly=on,file=${OVMF}`,
    "-drive",
    `if=pflash,format=raw,file=${variables}`,
  ];
  const machine = spawn(
    "qemu-system-x86_64",
    [
      ...[
        "-machine",
        "q35,accel=tcg",
        "-cpu",
        "max",
        "-smp",
        "2",
        "-m",
        `${MEMORY_MIB}`,
        "-display",
        "none",
        "-monitor",
        "none",
      ],
      ...(firmware === "UEFI" ? uefi : []),
      ...["-drive", `file=${iso},media=cdrom,readonly=on`, "-boot", "d", "-no-reboot", "-serial", "stdio"],
      ...["-netdev", `user,id=lan,hostfwd=tcp:127.0.0.1:${port}-:${PANEL_PORT}`, "-device", "e1000,netdev=lan"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let screen = "";
  machine.stdout.on("data", (chunk: Buffer) => {
    screen += chunk.toString("utf8");
  });
  const ended = once(machine, "exit");
  const origin = `http://127.0.0.1:${port}`;
  const status = async () =>
    await fetch(`${origin}/api/status`, { signal: AbortSignal.timeout(10_000) }).then(
      async (answer) => (answer.ok ? ((await answer.json()) as Status) : null),
      () => null,
    );
  const untilThere = async (what: string, look: () => Promise<boolean> | boolean) =>
    await until(
      what,
      async () => {
        if (machine.exitCode !== null) throw new Error(`the machine ended with ${machine.exitCode}`);
        return await look();
      },
      BOOT_MS,
    );
  try {
    await check(`${firmware}: the panel gives its first answer`, () =>
      untilThere("an answer", async () => (await status()) !== null),
    );
    await check(`${firmware}: the database is there, and nobody has an account yet`, () =>
      untilThere("the database", async () => {
        const now = await status();
        return now !== null && now.database.connected && now.needsSetup;
      }),
    );
    await check(`${firmware}: the panel opens`, async () => {
      const page = await (await fetch(origin)).text();
      const script = /<script[^>]+src="([^"]+)"/.exec(page)?.[1] ?? "/none";
      const code = await (await fetch(new URL(script, origin))).text();
      assert(code.length > 100_000, `its program has ${code.length} characters`);
    });
    await check(
      `${firmware}: the box's own screen says where the panel is, what is missing, and that no service failed`,
      () =>
        untilThere("the page", () => {
          const page = screen.slice(screen.lastIndexOf("  Hotline "));
          return ["http://10.0.2.15:8080", "Database  there", "Switch    ", "Services  no failures"].every((words) =>
            page.includes(words),
          );
        }),
    );
  } finally {
    machine.kill("SIGKILL");
    await ended;
    if (failures.some((what) => what.startsWith(firmware))) {
      console.log(`    the last lines of its screen:\n${screen.split("\n").slice(-40).join("\n")}`);
    }
    rmSync(dir, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
const given = words.includes("--iso") ? words[words.indexOf("--iso") + 1] : undefined;
const startedMs = performance.now();
let iso = given ?? "";
if (given === undefined) await check("the image is made", () => void (iso = build(join(root, "dist/iso"))));
if (existsSync(iso)) {
  if (words.includes("--full")) {
    await check("made again it is the same, byte by byte", () => {
      const dir = mkdtempSync(join(tmpdir(), "hotline-iso-again-"));
      try {
        assert(sha256(build(dir)) === sha256(iso), "the checksums differ");
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    });
    await check("made with the vendor's token FreeSWITCH is on it, and the token nowhere", checkToken);
  }
  await checkFiles(iso);
  for (const firmware of ["BIOS", "UEFI"] as const) await checkBoot(iso, firmware);
}
console.log(`  took ${Math.round((performance.now() - startedMs) / SECOND_MS)} s`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 && passed > 0 ? 0 : 1);
