/** How calls leave: rules and rights of the site, costs and limits of each trunk, and what was reached of them. */
import type { TrunkId } from "../calls/ids.ts";
import {
  type FreezeReason,
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

export async function writeOutgoing(tx: Tx, settings: OutgoingSettings): Promise<void> {
  await tx
    .insertInto("site_settings")
    .values({ key: KEY, value: JSON.stringify(settings) })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((row) => ({ value: row.ref("excluded.value"), updated_at: new Date() })),
    )
    .execute();
}

/** Whoever else changes how calls leave waits until the transaction is over. */
export async function lockOutgoing(tx: Tx): Promise<void> {
  await tx.selectFrom("site_settings").select("key").where("key", "=", KEY).forUpdate().execute();
}

/** Rules that show a number of ours go on showing it when it changes. */
export async function renumberRules(tx: Tx, before: string, after: string, country: Country): Promise<void> {
  await lockOutgoing(tx);
  const settings = await readOutgoing(tx, country);
  if (!settings.rules.some(({ callerNumber }) => callerNumber === before)) return;
  const rules = settings.rules.map((rule) => (rule.callerNumber === before ? { ...rule, callerNumber: after } : rule));
  await writeOutgoing(tx, { ...settings, rules });
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

/** @throws foreign key violation when there is no such trunk */
export async function writeTrunkTerms(tx: Tx, trunkId: TrunkId, { limits, costs }: TrunkTerms): Promise<void> {
  const values = {
    minutes_per_day: limits.minutesPerDay,
    money_per_day_minor: limits.moneyPerDayMinor,
    prices: JSON.stringify(costs.prices),
    bundles: JSON.stringify(costs.bundles),
    step_seconds: costs.stepSeconds,
  };
  await tx
    .insertInto("trunk_costs")
    .values({ trunk_id: trunkId, ...values })
    .onConflict((conflict) => conflict.column("trunk_id").doUpdateSet(values))
    .execute();
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

/** Its calls are counted anew from now on. */
export async function noteUnfreeze(
  tx: Tx,
  unfreeze: { trunkId: TrunkId; reason: FreezeReason; countedFromMs: number; at: Date; userId: number },
): Promise<void> {
  const done = { unfrozen_at: unfreeze.at, unfrozen_by: unfreeze.userId };
  await tx
    .insertInto("trunk_freezes")
    .values({
      trunk_id: unfreeze.trunkId,
      reason: unfreeze.reason,
      counted_from: new Date(unfreeze.countedFromMs),
      frozen_at: unfreeze.at,
      ...done,
    })
    .onConflict((conflict) => conflict.constraint("trunk_freezes_count").doUpdateSet(done))
    .execute();
}
