/** The web panel, built into dist/admin when its sources are newer than what is there. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function newestMs(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** @throws Error when the build fails; what is wrong with it was printed then */
export function buildPanelIfOld(): void {
  const built = join(root, "dist/admin/index.html");
  const sources = ["src/admin", "src/flows", "src/calls", "package-lock.json", "vite.config.ts"];
  const newest = Math.max(...sources.map((path) => newestMs(join(root, path))));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  console.log("Building the web panel");
  const { status } = spawnSync("npx", ["vite", "build", "--logLevel", "warn"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("the web panel could not be built");
}
