/** Changes that the switch has to take over as well as the database. */
import { sql } from "kysely";
import type { SecretFiles } from "../config/secret-files.ts";
import { listPhoneAccounts } from "../database/operators.ts";
import type { Db, Tx } from "../database/schema.ts";
import { gatewayName, listTrunks } from "../database/trunks.ts";
import { ApiError } from "./api-error.ts";
import type { RouteDeps } from "./deps.ts";
import type { TrunkAccount } from "./ports.ts";

/** Any number, as long as it is only ours: who changes lines waits for who does so at the moment. */
const LINES_LOCK = 7_236_001;

/** New passwords by gateway name; null removes. */
type SecretChanges = Map<string, string | null>;

/** All trunks with their secrets, as the switch needs them at its start too. */
export async function readTrunkAccounts(
  db: Db | Tx,
  secrets: SecretFiles,
  changes: SecretChanges = new Map(),
): Promise<TrunkAccount[]> {
  const trunks = await listTrunks(db);
  return await Promise.all(
    trunks.map(async (trunk) => {
      const gateway = gatewayName(trunk.trunkId);
      const changed = changes.get(gateway);
      const password = changed === undefined ? await secrets.read(gateway) : changed;
      return { ...trunk, gateway, password };
    }),
  );
}

/**
 * Runs `work` in a transaction, hands the resulting trunks to the switch, and commits only if it took them over; the secrets are
 * written just before. @throws ApiError 422 `switch-refused-trunk`
 */
export async function changeLines<Result>(
  deps: Pick<RouteDeps, "db" | "secrets" | "switchConfiguration" | "configuration" | "log">,
  work: (tx: Tx, setSecret: (gateway: string, secret: string | null) => void) => Promise<Result>,
): Promise<Result> {
  const before = new Map<string, string | null>();
  let wasApplied = false;
  try {
    const result = await deps.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${LINES_LOCK})`.execute(tx);
      const changes: SecretChanges = new Map();
      const done = await work(tx, (gateway, secret) => changes.set(gateway, secret));
      const applied = await deps.switchConfiguration.applyTrunks(await readTrunkAccounts(tx, deps.secrets, changes));
      if (!applied.ok) throw new ApiError(422, "switch-refused-trunk", { params: { reason: applied.reason } });
      wasApplied = true;
      for (const [gateway, secret] of changes) {
        before.set(gateway, await deps.secrets.read(gateway));
        await writeSecret(deps.secrets, gateway, secret);
      }
      return done;
    });
    await refreshConfiguration(deps);
    return result;
  } catch (error) {
    for (const [gateway, secret] of before) await writeSecret(deps.secrets, gateway, secret);
    if (wasApplied) await applyKept(deps);
    throw error;
  }
}

async function writeSecret(secrets: SecretFiles, gateway: string, secret: string | null): Promise<void> {
  if (secret === null) await secrets.remove(gateway);
  else await secrets.write(gateway, secret);
}

/** The commit failed after the switch had agreed: it gets what the database holds. */
async function applyKept(deps: Pick<RouteDeps, "db" | "secrets" | "switchConfiguration" | "log">): Promise<void> {
  try {
    await deps.switchConfiguration.applyTrunks(await readTrunkAccounts(deps.db, deps.secrets));
  } catch (error) {
    deps.log.error({ err: error }, "the switch may have other trunks than the database until the next start");
  }
}

/** After a committed change of operators: phones may register (or no more) and routing knows. */
export async function operatorsChanged(
  deps: Pick<RouteDeps, "db" | "switchConfiguration" | "configuration" | "log">,
): Promise<void> {
  await refreshConfiguration(deps);
  try {
    await deps.switchConfiguration.applyOperators(await listPhoneAccounts(deps.db));
  } catch (error) {
    deps.log.error({ err: error }, "the switch did not take the phones over; it gets them at its next start");
  }
}

/** The change is committed already; if it cannot be read now, it is read when the database is back. */
export async function refreshConfiguration(deps: Pick<RouteDeps, "configuration" | "log">): Promise<void> {
  try {
    await deps.configuration.refresh();
  } catch (error) {
    deps.log.error({ err: error }, "the changed configuration takes effect when the database answers again");
  }
}
