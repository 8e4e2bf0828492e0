import { sql } from "kysely";
import type { OperatorId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { Db, Tx, UserRole } from "./schema.ts";

export interface UserRow {
  userId: number;
  login: string;
  name: string;
  role: UserRole;
  language: Language;
  operatorId: OperatorId | null;
  /** Signed in by a password made at the box's screen: nothing else is done before there is another. */
  mustChangePassword: boolean;
}

const USER_COLUMNS = [
  "users.id as userId",
  "users.login",
  "users.name",
  "users.role",
  "users.language",
  "users.operator_id as operatorId",
  "users.must_change_password as mustChangePassword",
] as const;

export async function hasAdmin(db: Db | Tx): Promise<boolean> {
  const row = await db.selectFrom("users").select("id").where("role", "=", "admin").limit(1).executeTakeFirst();
  return row !== undefined;
}

/** With the password's hash, for signing in. `login` in any case. */
export async function findUserByLogin(
  db: Db | Tx,
  login: string,
): Promise<(UserRow & { passwordHash: string; isDisabled: boolean }) | null> {
  const row = await db
    .selectFrom("users")
    .leftJoin("operators", "operators.id", "users.operator_id")
    .select([
      ...USER_COLUMNS,
      "users.password_hash as passwordHash",
      "operators.is_enabled as operatorEnabled",
      "operators.deleted_at as operatorDeletedAt",
    ])
    .where("users.login", "=", login.toLowerCase())
    .executeTakeFirst();
  if (!row) return null;
  const { operatorEnabled, operatorDeletedAt, ...user } = row;
  return { ...user, isDisabled: operatorEnabled === false || operatorDeletedAt !== null };
}

/** @throws unique violation of `users_login` */
export async function insertUser(
  tx: Tx,
  user: Omit<UserRow, "userId" | "mustChangePassword"> & { passwordHash: string },
): Promise<number> {
  const { id } = await tx
    .insertInto("users")
    .values({
      login: user.login.toLowerCase(),
      name: user.name,
      password_hash: user.passwordHash,
      role: user.role,
      language: user.language,
      operator_id: user.operatorId,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** Whose password can be made anew at the box's screen, in the order of their names. */
export async function listAdmins(db: Db): Promise<{ userId: number; login: string; name: string }[]> {
  return await db
    .selectFrom("users")
    .select(["users.id as userId", "users.login", "users.name"])
    .where("role", "=", "admin")
    .orderBy("users.name")
    .execute();
}

/** Whoever is signed in with the old password is signed out, but for the session of `exceptTokenHash`. */
export async function setPassword(
  tx: Tx,
  userId: number,
  password: { hash: string; mustChange: boolean },
  exceptTokenHash?: string,
): Promise<void> {
  await tx
    .updateTable("users")
    .set({ password_hash: password.hash, must_change_password: password.mustChange })
    .where("id", "=", userId)
    .execute();
  await tx
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .$if(exceptTokenHash !== undefined, (query) => query.where("token_hash", "!=", exceptTokenHash ?? ""))
    .execute();
}

/** For who signed in once and comes again: the hash alone. */
export async function findPasswordHash(db: Db, userId: number): Promise<string | null> {
  const row = await db.selectFrom("users").select("password_hash").where("id", "=", userId).executeTakeFirst();
  return row?.password_hash ?? null;
}

export async function updateUserLanguage(db: Db, userId: number, language: Language): Promise<void> {
  await db.updateTable("users").set({ language }).where("id", "=", userId).execute();
}

/** Behind a login that was given to somebody else after its operator was deleted; no login that can be typed has it. */
const GIVEN_AWAY = "#";

/** Whoever was deleted needs their login no more. */
async function takeFromDeleted(tx: Tx, login: string): Promise<void> {
  const deleted = tx.selectFrom("operators").select("id").where("deleted_at", "is not", null);
  await tx
    .updateTable("users")
    .set({ login: sql`login || ${GIVEN_AWAY} || id` })
    .where("login", "=", login.toLowerCase())
    .where("operator_id", "in", deleted)
    .execute();
}

/** After `takeFromDeleted`, of an operator who is there again. @throws unique violation of `users_login`: somebody else has it */
export async function giveLoginBack(tx: Tx, operatorId: OperatorId): Promise<void> {
  await tx
    .updateTable("users")
    .set({ login: sql`split_part(login, ${GIVEN_AWAY}, 1)` })
    .where("operator_id", "=", operatorId)
    .execute();
}

/** Login and password of an operator's user, who may not exist yet. Whoever is signed in with it is signed out. */
export async function setOperatorLogin(
  tx: Tx,
  operator: { operatorId: OperatorId; name: string; language: Language },
  change: { login?: string; passwordHash?: string },
): Promise<"changed" | "password-missing"> {
  if (change.login !== undefined) await takeFromDeleted(tx, change.login);
  const user = await tx
    .selectFrom("users")
    .select(["id"])
    .where("operator_id", "=", operator.operatorId)
    .executeTakeFirst();
  if (!user) {
    if (change.login === undefined) return "changed";
    if (change.passwordHash === undefined) return "password-missing";
    const { operatorId, name, language } = operator;
    const { login, passwordHash } = change;
    await insertUser(tx, { login, name, role: "operator", language, operatorId, passwordHash });
    return "changed";
  }
  await tx
    .updateTable("users")
    .set({
      name: operator.name,
      ...(change.login === undefined ? {} : { login: change.login.toLowerCase() }),
      ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
    })
    .where("id", "=", user.id)
    .execute();
  if (change.passwordHash !== undefined) await tx.deleteFrom("sessions").where("user_id", "=", user.id).execute();
  return "changed";
}

export async function insertSession(
  db: Db | Tx,
  session: { tokenHash: string; userId: number; expiresAt: Date },
): Promise<void> {
  await db
    .insertInto("sessions")
    .values({ token_hash: session.tokenHash, user_id: session.userId, expires_at: session.expiresAt })
    .execute();
}

/** The user behind a session that has not expired and whose operator is still enabled. */
export async function findSession(
  db: Db,
  tokenHash: string,
  now: Date,
): Promise<{ user: UserRow; expiresAt: Date } | null> {
  const row = await db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user_id")
    .leftJoin("operators", "operators.id", "users.operator_id")
    .select([...USER_COLUMNS, "sessions.expires_at as expiresAt"])
    .where("sessions.token_hash", "=", tokenHash)
    .where("sessions.expires_at", ">", now)
    .where((is) => is.or([is("operators.id", "is", null), is("operators.is_enabled", "=", true)]))
    .where("operators.deleted_at", "is", null)
    .executeTakeFirst();
  if (!row) return null;
  const { expiresAt, ...user } = row;
  return { user, expiresAt };
}

export async function extendSession(db: Db, tokenHash: string, expiresAt: Date): Promise<void> {
  await db.updateTable("sessions").set({ expires_at: expiresAt }).where("token_hash", "=", tokenHash).execute();
}

export async function deleteSession(db: Db, tokenHash: string): Promise<void> {
  await db.deleteFrom("sessions").where("token_hash", "=", tokenHash).execute();
}

/** For a schedule; nothing breaks when they stay. */
/** @returns how many there were */
export async function deleteAllSessions(db: Db): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("sessions").executeTakeFirst();
  return Number(numDeletedRows);
}

export async function deleteExpiredSessions(db: Db, now: Date): Promise<void> {
  await db.deleteFrom("sessions").where("expires_at", "<=", now).execute();
}
