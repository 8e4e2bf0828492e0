import { type Migration, type MigrationProvider, Migrator } from "kysely";
import { DatabaseAwayError, isPassing } from "./failure.ts";
import { up as bans } from "./migrations/2026-11-22-bans.ts";
import { up as callFlows } from "./migrations/2026-11-22-call-flows.ts";
import { up as calls } from "./migrations/2026-11-22-calls.ts";
import { up as lostSound } from "./migrations/2026-11-22-lost-sound.ts";
import { up as outgoing } from "./migrations/2026-11-22-outgoing.ts";
import { up as peopleAndLines } from "./migrations/2026-11-22-people-and-lines.ts";
import { up as redialTickets } from "./migrations/2026-11-22-redial-tickets.ts";
import { up as reopenedTickets } from "./migrations/2026-11-22-reopened-tickets.ts";
import { up as schedules } from "./migrations/2026-11-22-schedules.ts";
import { up as trunkDetails } from "./migrations/2026-11-22-trunk-details.ts";
import { up as trunkWatch } from "./migrations/2026-11-22-trunk-watch.ts";
import { up as voicemail } from "./migrations/2026-11-22-voicemail.ts";
import { up as oneTimePasswords } from "./migrations/2026-11-23-one-time-passwords.ts";
import type { Db } from "./schema.ts";

/** Sorted by name when run, so a name never changes and a new one always sorts last. */
const MIGRATIONS: Record<string, Migration> = {
  "2026-11-22-1-people-and-lines": { up: peopleAndLines },
  "2026-11-22-2-calls": { up: calls },
  "2026-11-22-3-redial-tickets": { up: redialTickets },
  "2026-11-22-4-voicemail": { up: voicemail },
  "2026-11-22-5-reopened-tickets": { up: reopenedTickets },
  "2026-11-22-6-lost-sound": { up: lostSound },
  "2026-11-22-8-schedules": { up: schedules },
  "2026-11-22-9-call-flows": { up: callFlows },
  "2026-11-22-9-outgoing": { up: outgoing },
  "2026-11-22-9-trunk-details": { up: trunkDetails },
  "2026-11-22-9-trunk-watch": { up: trunkWatch },
  "2026-11-23-bans": { up: bans },
  "2026-11-23-1-one-time-passwords": { up: oneTimePasswords },
};

/** All that this version knows, in order. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS).toSorted();

const provider: MigrationProvider = {
  getMigrations: async () => MIGRATIONS,
};

/** For tests: the schema as an older version left it. */
export async function migrateTo(db: Db, name: string): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateTo(name);
  if (error) throw error;
}

class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Brings the database to this version's schema; two daemons at once are kept apart by a lock in it.
 * @returns names of the migrations that were run
 * @throws MigrationError naming the migration that failed; it left nothing behind (each batch is one transaction). What only says that the
 * database is away is thrown as it is
 */
export async function migrate(db: Db): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    if (error instanceof DatabaseAwayError || (failed === undefined && isPassing(error))) throw error;
    throw new MigrationError(failed ? `migration ${failed} failed` : "the database could not be migrated", {
      cause: error,
    });
  }
  return (results ?? []).map((result) => result.migrationName);
}
