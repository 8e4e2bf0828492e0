import { DatabaseError } from "pg";
import { stdSerializers } from "pino";

/** What PostgreSQL says of the row or the statement itself: names and numbers of callers, logins. */
const OF_ROWS = ["detail", "where", "internalQuery"] as const;

/** An error as it is logged: logs go to whoever helps. */
export function toldError(error: Error): object {
  const told = stdSerializers.err(error);
  if (error instanceof DatabaseError) for (const name of OF_ROWS) delete told[name];
  return told;
}
