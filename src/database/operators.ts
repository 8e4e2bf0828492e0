import type { OperatorId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { DialRight } from "../calls/outgoing.ts";
import type { Db, Tx } from "./schema.ts";

export interface OperatorRow {
  operatorId: OperatorId;
  name: string;
  extension: string;
  isEnabled: boolean;
  mayDial: DialRight;
  login: string | null;
  /** Of the panel, as they chose it; null without a login. */
  language: Language | null;
  createdAt: Date;
}

/** What the switch's directory needs to let a phone register. */
export interface PhoneAccount {
  operatorId: OperatorId;
  name: string;
  extension: string;
  /** md5(extension:hotline:password). */
  ha1: string;
}

export async function listOperators(db: Db | Tx): Promise<OperatorRow[]> {
  return await operatorQuery(db).where("operators.deleted_at", "is", null).orderBy("operators.extension").execute();
}

export async function findOperator(db: Db | Tx, id: OperatorId): Promise<OperatorRow | null> {
  const row = await operatorQuery(db)
    .where("operators.id", "=", id)
    .where("operators.deleted_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}

function operatorQuery(db: Db | Tx) {
  return db
    .selectFrom("operators")
    .leftJoin("users", "users.operator_id", "operators.id")
    .select([
      "operators.id as operatorId",
      "operators.name",
      "operators.extension",
      "operators.is_enabled as isEnabled",
      "operators.may_dial as mayDial",
      "users.login",
      "users.language",
      "operators.created_at as createdAt",
    ]);
}

/** @throws unique violation of `operators_extension` when the extension is another's */
export async function insertOperator(
  tx: Tx,
  operator: { name: string; extension: string; ha1: string; mayDial?: DialRight | undefined },
): Promise<OperatorId> {
  const { name, extension, ha1, mayDial } = operator;
  const { id } = await tx
    .insertInto("operators")
    .values({ name, extension, sip_ha1: ha1, ...(mayDial === undefined ? {} : { may_dial: mayDial }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** @returns false when there is no such operator */
export async function updateOperator(
  tx: Tx,
  id: OperatorId,
  change: { name?: string; extension?: string; ha1?: string; isEnabled?: boolean; mayDial?: DialRight },
): Promise<boolean> {
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.extension === undefined ? {} : { extension: change.extension }),
    ...(change.ha1 === undefined ? {} : { sip_ha1: change.ha1 }),
    ...(change.isEnabled === undefined ? {} : { is_enabled: change.isEnabled }),
    ...(change.mayDial === undefined ? {} : { may_dial: change.mayDial }),
  };
  if (Object.keys(set).length === 0) return (await findOperator(tx, id)) !== null;
  const { numUpdatedRows } = await tx
    .updateTable("operators")
    .set(set)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The row stays: calls name it. @returns false when there is no such operator */
export async function deleteOperator(tx: Tx, id: OperatorId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("operators")
    .set({ deleted_at: at })
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @throws unique violation of `operators_extension` when the extension was given to another meanwhile */
export async function restoreOperator(tx: Tx, id: OperatorId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("operators")
    .set({ deleted_at: null })
    .where("id", "=", id)
    .where("deleted_at", "is not", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Accounts of the phones that may register: those of enabled operators. */
export async function listPhoneAccounts(db: Db | Tx): Promise<PhoneAccount[]> {
  return await db
    .selectFrom("operators")
    .select(["id as operatorId", "name", "extension", "sip_ha1 as ha1"])
    .where("deleted_at", "is", null)
    .where("is_enabled", "=", true)
    .orderBy("extension")
    .execute();
}
