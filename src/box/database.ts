/**
 * The box's PostgreSQL in the data directory, which systemd starts and watches as a unit of its own, so that the daemon can be started anew
 * without it. Usage: database.js prepare | make
 * `prepare`, before the server starts: makes the cluster at the first time, writes its settings, and prints the server's program.
 * `make`, once it answers: makes the database in it.
 */
import { ConfigError, readConfig } from "../config/config.ts";
import { ClusterError, makeDatabase, preparePrivateCluster } from "../database/private-cluster.ts";

const [step = ""] = process.argv.slice(2);
const say = (what: string) => process.stderr.write(`${what}\n`);
try {
  const { dataDir } = readConfig(process.env);
  if (step === "prepare") process.stdout.write(`${(await preparePrivateCluster({ dataDir, say })).program}\n`);
  else if (step === "make") await makeDatabase({ dataDir, say });
  else throw new RangeError(`prepare or make, not "${step}"`);
} catch (error) {
  if (!(error instanceof ClusterError || error instanceof ConfigError || error instanceof RangeError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
