/**
 * The recordings part alone in a process, so that tests can kill it at a step or put it on a disk of its own.
 * Arguments: database URL, data directory, step to die at (or `none`). Prints each step and each complaint as a line of JSON.
 */
import { readdir } from "node:fs/promises";
import { connect } from "../database/connect.ts";
import { createRecordings } from "./recordings.ts";

const [url, dataDir, dieAt] = process.argv.slice(2);
if (url === undefined || dataDir === undefined) throw new Error("arguments: database URL, data directory, step");

const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = {
  debug(about: unknown) {
    const { step } = about as { step?: string };
    print({ step });
    if (step === dieAt) process.kill(process.pid, "SIGKILL");
  },
  info: () => undefined,
  warn: (about: unknown) => print({ warning: about }),
  error: (about: unknown) => print({ error: about }),
};

const recordings = createRecordings({
  db: connect({ to: url, maxConnections: 2 }),
  dataDir,
  log,
  isLegAlive: () => false,
  onChange: () => undefined,
  timing: { quietMs: 0, leaseMs: 1_000 },
});
await recordings.start();
await recordings.idle();
await recordings.stop();
const left = await readdir(recordings.recordingsDirectory, { recursive: true });
print({ left: left.filter((name) => name.includes(".opus")) });
process.exit(0);
