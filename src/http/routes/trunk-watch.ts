import { Hono } from "hono";
import type { TrunkId } from "../../calls/ids.ts";
import { readAllChanges, readChanges, type TrunkChange } from "../../database/trunk-history.ts";
import { findTrunk, listTrunks } from "../../database/trunks.ts";
import { flapsPerDay } from "../../flows/trunk-watch/flaps.ts";
import { notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { trunkParam, validate } from "../validate.ts";
import { dateIn, startOfDay } from "../zone-day.ts";

const DAYS = 30;
const MOST_CHANGES = 500;

function firstMoment(timeZone: string): Date {
  return startOfDay(dateIn(timeZone, new Date()), timeZone, 1 - DAYS);
}

function daysOf(changes: readonly TrunkChange[], timeZone: string): { date: string; flaps: number }[] {
  const dayOf = (atMs: number) => dateIn(timeZone, new Date(atMs));
  const flaps = flapsPerDay(
    changes.map(({ health, since }) => ({ health, atMs: since.getTime() })),
    dayOf,
  );
  return [...flaps].map(([date, count]) => ({ date, flaps: count }));
}

function nowView({ trunkWatch }: RouteDeps, trunkId: TrunkId) {
  const now = trunkWatch.now(trunkId);
  return {
    trunkId: trunkId as number,
    health: now?.health ?? ("unknown" as const),
    reason: now?.reason ?? null,
    status: now?.status ?? null,
    phrase: now?.phrase ?? null,
    since: now === null ? null : iso(new Date(now.sinceMs)),
  };
}

/** How trunks stand, and stood. */
export const trunkWatchRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const { timeZone } = deps.configuration.current.site;
      const [trunks, changes] = [await listTrunks(deps.db), await readAllChanges(deps.db, firstMoment(timeZone))];
      const today = dateIn(timeZone, new Date());
      const rows = trunks.map(({ trunkId }) => {
        const days = daysOf(
          changes.filter((change) => change.trunkId === trunkId),
          timeZone,
        );
        return { ...nowView(deps, trunkId), flapsToday: days.find(({ date }) => date === today)?.flaps ?? 0 };
      });
      return c.json(rows);
    })
    .get("/:id", validate("param", trunkParam), async (c) => {
      const { id } = c.req.valid("param");
      const { timeZone } = deps.configuration.current.site;
      if (!(await findTrunk(deps.db, id))) throw notFound();
      const changes = await readChanges(deps.db, id, firstMoment(timeZone));
      return c.json({
        ...nowView(deps, id),
        /** Days on which it went down, and how often. */
        days: daysOf(changes, timeZone),
        /** Newest first. */
        changes: changes
          .toReversed()
          .slice(0, MOST_CHANGES)
          .map(({ health, reason, status, phrase, since }) => ({ health, reason, status, phrase, since: iso(since) })),
      });
    });
