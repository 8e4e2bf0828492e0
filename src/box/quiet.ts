/**
 * Is anybody on the telephone? Run on a box, as hotline, before something that would cut conversations. The switch is asked, not the daemon:
 * it has calls that the daemon does not know of. Exit code 0: nobody, or no switch runs; 1: somebody; 75: it cannot be told.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError, readConfig } from "../config/config.ts";
import { EslConnection, EslConnectionError } from "../freeswitch/esl-connection.ts";
import { switchPaths } from "../freeswitch/generated-config.ts";

const CONFIGURATION_ERROR = 2;
/** EX_TEMPFAIL of sysexits.h. */
const NOT_KNOWN = 75;
const ASK_MS = 5_000;
const Channels = z.object({ row_count: z.number().int() });

async function channels(): Promise<number> {
  const config = readConfig(process.env);
  // Made before the switch starts for the first time; without it nothing that answers there is ours.
  const secret = await readFile(switchPaths(config.dataDir).secret, "utf8").catch(() => "none");
  const { host, port, password } = config.eventSocket;
  const socket = new EslConnection({ host, port, secret: password ?? secret.trim() });
  await socket.open(ASK_MS);
  try {
    return Channels.parse(JSON.parse(await socket.api("show channels as json", ASK_MS))).row_count;
  } finally {
    socket.close();
  }
}

try {
  const count = await channels();
  process.stdout.write(`${count} on the telephone\n`);
  process.exitCode = count === 0 ? 0 : 1;
} catch (error) {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exitCode = CONFIGURATION_ERROR;
  } else if (error instanceof EslConnectionError && error.reason === "refused") {
    process.stdout.write("no switch runs\n");
  } else {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = NOT_KNOWN;
  }
}
