/** How calls leave: rules and rights of the site, costs and limits of each trunk, and what was reached of them. */
import type { TrunkId } from "../calls/ids.ts";
import {
  NO_COSTS,
  type OutgoingSettings,
  type TrunkCosts,
  type TrunkLimits,
  USUAL_LIMITS,
  USUAL_OUTGOING,
} from "../calls/outgoing.ts";
import type { Country } from "../calls/phone-number.ts";
import { usualCurrency } from "../flows/routing/currency.ts";
import type { Db, Tx } from "./schema.ts";

const KEY = "outgoing";

export async function readOutgoing(db: Db | Tx, country: Country): Promise<OutgoingSettings> {
  const row = await db.selectFrom("site_settings").select("value").where("key", "=", KEY).executeTakeFirst();
  // Written whole, by us alone.
  const kept = (row?.value ?? {}) as Partial<OutgoingSettings>;
  return { ...USUAL_OUTGOING, currency: usualCurrency(country), ...kept };
}

interface TrunkTerms {
  limits: TrunkLimits;
  costs: TrunkCosts;
}

export const USUAL_TERMS: TrunkTerms = { limits: USUAL_LIMITS, costs: NO_COSTS };

/** Of those trunks of which somebody has said any. */
export async function readTrunkTerms(db: Db | Tx): Promise<Map<TrunkId, TrunkTerms>> {
  const rows = await db.selectFrom("trunk_costs").selectAll().execute();
  return new Map(
    rows.map((row) => [
      row.trunk_id,
      {
        limits: { minutesPerDay: row.minutes_per_day, moneyPerDayMinor: row.money_per_day_minor },
        costs: { prices: row.prices, bundles: row.bundles, stepSeconds: row.step_seconds },
      },
    ]),
  );
}

/** When each trunk was last unfrozen by hand, Unix ms. */
export async function readUnfreezes(db: Db | Tx): Promise<Map<TrunkId, number>> {
  const rows = await db
    .selectFrom("trunk_freezes")
    .select(["trunk_id", (of) => of.fn.max("unfrozen_at").as("at")])
    .where("unfrozen_at", "is not", null)
    .groupBy("trunk_id")
    .execute();
  return new Map(rows.flatMap(({ trunk_id, at }) => (at === null ? [] : [[trunk_id, at.getTime()] as const])));
}
