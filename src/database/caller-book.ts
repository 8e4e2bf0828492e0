import { sql } from "kysely";
import type { E164 } from "../calls/phone-number.ts";
import { TALK_MS } from "../calls/redial.ts";
import type { CallerFacts } from "../flows/ivr/ivr-types.ts";
import type { Db } from "./schema.ts";

const DAY_MS = 86_400_000;

/**
 * What the call log and the blocked numbers know of a caller, before the call that began at `startedAtMs`. Somebody is known when one of us
 * has talked with them before, in either direction. There is no list of customers yet, so nobody has a category.
 */
export async function readCallerFacts(db: Db, number: E164, startedAtMs: number): Promise<CallerFacts> {
  const before = new Date(startedAtMs);
  const row = await db
    .selectNoFrom((is) => [
      is
        .exists(
          is
            .selectFrom("calls")
            .select("id")
            .where((either) =>
              either.or([
                either.and([either("direction", "=", "inbound"), either("caller_e164", "=", number)]),
                either.and([either("direction", "=", "outbound"), either("dialled_e164", "=", number)]),
              ]),
            )
            .where("talk_ms", ">=", TALK_MS)
            .where("started_at", "<", before),
        )
        .as("isKnown"),
      is.exists(is.selectFrom("blocked_numbers").select("number").where("number", "=", number)).as("isBlocked"),
      is
        .selectFrom("calls")
        .select(sql<Date>`max(started_at)`.as("at"))
        .where("direction", "=", "inbound")
        .where("caller_e164", "=", number)
        .where("started_at", "<", before)
        .as("lastCallAt"),
    ])
    .executeTakeFirstOrThrow();
  const { lastCallAt } = row;
  return {
    isKnown: Boolean(row.isKnown),
    category: null,
    isBlocked: Boolean(row.isBlocked),
    daysSinceLastCall: lastCallAt === null ? null : (startedAtMs - lastCallAt.getTime()) / DAY_MS,
  };
}
