/** hotline-backup.socket without systemd: its own systemd-socket-activate listens, and starts the real program for each connection. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { buildForTests } from "../../scripts/build.ts";
import { temporaryDir } from "./temporary.ts";
import { until } from "./until.ts";

export interface BackupUnit {
  /** Of its socket. */
  path: string;
  /** What its programs have written for the journal, and who it connected with. */
  said: () => string;
  stop: () => Promise<void>;
}

const PROGRAM = "systemd-socket-activate";

/** Null: it can be started here. */
export function whyNoBackupUnit(): string | null {
  return spawnSync(PROGRAM, ["--version"]).status === 0 ? null : `${PROGRAM} is missing (Debian's package systemd)`;
}

export async function startBackupUnit(): Promise<BackupUnit> {
  const dir = await temporaryDir();
  const built = await buildForTests("backup-program");
  const path = join(dir.path, "programs.sock");
  const words = ["--accept", "--inetd", `--listen=${path}`, process.execPath, built.file];
  const child = spawn(PROGRAM, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await until("it listens", () => said.includes("Listening on"));
  return {
    path,
    said: () => said,
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      built.remove();
      await dir.remove();
    },
  };
}
