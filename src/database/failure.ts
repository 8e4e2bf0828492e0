/** Telling a database that is away from a statement that can never succeed, by code and never by text. */
import { DatabaseError } from "pg";

/** No connection, a lost one, or no answer in time. `cause` is the driver's error. */
export class DatabaseAwayError extends Error {
  override readonly name = "DatabaseAwayError";
}

/** PostgreSQL's five character code (SQLSTATE), if the error came from the server. */
export function sqlState(error: unknown): string | null {
  return error instanceof DatabaseError && error.code !== undefined ? error.code : null;
}

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof DatabaseError && error.code === "23505" && error.constraint === constraint;
}

/** Of any constraint when none is named. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === "23503" &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/**
 * Classes that say something about the server's condition and nothing about the statement: connection (08), transaction rolled back by a
 * conflict (40), no resources (53), object in use (55), stopped by an operator (57), system error (58), read-only (25).
 */
const CONDITION_CLASSES = new Set(["08", "25", "40", "53", "55", "57", "58"]);
/** The database is there but not (yet) ours: table, schema or database missing, no privilege, wrong password. */
const NOT_READY = new Set(["42P01", "42501", "3F000", "3D000", "28P01", "28000"]);

/** A value that no column of its kind can hold: a number too large, a text with a character that PostgreSQL has not. Class 22. */
export function isImpossibleValue(error: unknown): boolean {
  return sqlState(error)?.startsWith("22") ?? false;
}

/** True when the same statement may succeed later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof DatabaseAwayError) return true;
  const state = sqlState(error);
  return state !== null && (CONDITION_CLASSES.has(state.slice(0, 2)) || NOT_READY.has(state));
}
