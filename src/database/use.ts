/** Where things stand that somebody wants to delete. */
import type { TrunkId } from "../calls/ids.ts";
import type { Country } from "../calls/phone-number.ts";
import { readOutgoing } from "./outgoing.ts";
import type { Db, Tx } from "./schema.ts";

export interface Use {
  numbers: { numberId: number; number: string; name: string }[];
  /** As published now or in their drafts. */
  flows: { flowId: string; name: string }[];
  /** Rules for calls that go out. */
  rules: { name: string }[];
}

export async function readTrunkUse(db: Db | Tx, id: TrunkId, country: Country): Promise<Use> {
  const numbers = await db
    .selectFrom("numbers")
    .select(["id as numberId", "number", "name"])
    .where("trunk_id", "=", id)
    .orderBy("id")
    .execute();
  const { rules } = await readOutgoing(db, country);
  return { numbers, flows: [], rules: rules.filter(({ trunkIds }) => trunkIds.includes(id)).map(nameOf) };
}

/** `number`: as the trunk delivers it. */
export async function readNumberUse(db: Db | Tx, number: string, country: Country): Promise<Use> {
  const { rules } = await readOutgoing(db, country);
  return { numbers: [], flows: [], rules: rules.filter(({ callerNumber }) => callerNumber === number).map(nameOf) };
}

const nameOf = ({ name }: { name: string }) => ({ name });
