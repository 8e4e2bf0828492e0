/**
 * `npm run build`: the programs that run on a box, each one file of JavaScript in dist/, and the panel in dist/admin. With what
 * appliance/payload lists besides, that is all a box needs.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildPanelIfOld } from "./build-panel.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const PROGRAMS = {
  hotlined: "src/main.ts",
  "prepare-switch": "src/box/prepare-switch.ts",
  database: "src/box/database.ts",
  console: "src/box/console.ts",
  root: "src/box/root.ts",
  "ask-disks": "src/smart-command.ts",
  backup: "src/backup-command.ts",
  "backup-program": "src/box/backup-program.ts",
  update: "src/box/update.ts",
  "bring-back": "src/bring-back-command.ts",
  quiet: "src/box/quiet.ts",
  "rotate-secrets": "src/rotate-command.ts",
};
/** The first is native; the second is a program of 80 MB for who has no ffmpeg, and a box has Debian's. */
const LEFT_OUT = ["@node-rs/argon2", "ffmpeg-static", "pg-native"];

/** What was written in CommonJS asks for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE = `import { createRequire as requireOf } from "node:module";\nconst require = requireOf(import.meta.url);`;

export async function buildPrograms(): Promise<void> {
  const outdir = join(root, "dist");
  for (const name of Object.keys(PROGRAMS)) rmSync(join(outdir, `${name}.js`), { force: true });
  await bundle(PROGRAMS, outdir);
}

/** One of them alone, for tests: from its sources the daemon starts in five seconds of a processor, so built in less than one. @returns its file */
export async function buildForTests(name: keyof typeof PROGRAMS): Promise<{ file: string; remove: () => void }> {
  // It finds what else it needs from a folder of the project.
  const outdir = mkdtempSync(join(root, "test-programs-"));
  await bundle({ [name]: PROGRAMS[name] }, outdir);
  return { file: join(outdir, `${name}.js`), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}

async function bundle(entryPoints: Readonly<Record<string, string>>, outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    ...{ bundle: true, platform: "node", format: "esm", target: "node20", packages: "bundle" },
    ...{ external: LEFT_OUT, banner: { js: REQUIRE }, legalComments: "inline", logLevel: "warning" },
    // A stack trace from a customer's box shall say where: names stay as they are, and so do lines.
    ...{ minifySyntax: true, sourcemap: false },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPrograms();
  buildPanelIfOld();
}
