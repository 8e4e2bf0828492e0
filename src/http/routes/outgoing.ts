import { Hono } from "hono";
import type { DialTarget } from "../../calls/call-command.ts";
import type { TrunkId } from "../../calls/ids.ts";
import type { OutgoingSettings } from "../../calls/outgoing.ts";
import { writeAudit } from "../../database/audit.ts";
import type { SiteConfiguration } from "../../database/configuration-snapshot.ts";
import {
  lockOutgoing,
  noteUnfreeze,
  readOutgoing,
  readTrunkTerms,
  USUAL_TERMS,
  writeOutgoing,
  writeTrunkTerms,
} from "../../database/outgoing.ts";
import { readSiteSettings, UNCONFIGURED } from "../../database/site-settings.ts";
import { gatewayName, listNumbers, listTrunks } from "../../database/trunks.ts";
import { type DialFrom, decideRoute } from "../../flows/routing/decide-route.ts";
import { ApiError, fieldError, notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { formatNumber } from "../number-view.ts";
import { OutgoingInput, WhereQuery } from "../outgoing-input.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { trunkParam, validate } from "../validate.ts";

/** Plain words to the panel, as they come back from it. */
function settingsView({ rules, allowedCountries, ...settings }: OutgoingSettings, trunkIds: ReadonlySet<TrunkId>) {
  return {
    ...settings,
    allowedCountries: allowedCountries.map(String),
    rules: rules.map((rule) => ({
      name: rule.name,
      numbers: matchView(rule.numbers),
      // One that was deleted carries nothing; a rule may be left without any, and says so.
      trunkIds: rule.trunkIds.filter((id) => trunkIds.has(id)).map(Number),
      callerNumber: rule.callerNumber,
    })),
  };
}

function matchView({ kinds, countries, prefixes }: OutgoingSettings["rules"][number]["numbers"]) {
  return { kinds: [...kinds], countries: countries.map(String), prefixes: [...prefixes] };
}

async function view({ db, outgoing }: RouteDeps) {
  const { country } = (await readSiteSettings(db)) ?? UNCONFIGURED;
  const [settings, terms, trunks] = await Promise.all([readOutgoing(db, country), readTrunkTerms(db), listTrunks(db)]);
  return {
    ...settingsView(settings, new Set(trunks.map(({ trunkId }) => trunkId))),
    trunks: trunks.map(({ trunkId, name, kind, isEnabled }) => {
      const { limits, costs } = terms.get(trunkId) ?? USUAL_TERMS;
      const gateway = gatewayName(trunkId);
      const { minutesToday, moneyTodayMinor, bundleMinutesUsed } = outgoing.world.spent(gateway);
      return {
        ...{ trunkId: Number(trunkId), name, kind, isEnabled, limits },
        costs: {
          prices: costs.prices.map((price) => ({ ...price, numbers: matchView(price.numbers) })),
          bundles: costs.bundles.map((bundle) => ({ ...bundle, numbers: matchView(bundle.numbers) })),
          stepSeconds: costs.stepSeconds,
        },
        spent: {
          minutesToday,
          moneyTodayMinor,
          bundleMinutesUsed: costs.bundles.map((_, i) => bundleMinutesUsed[i] ?? 0),
        },
        frozen: outgoing.frozen(gateway),
        countedFrom: iso(new Date(outgoing.countedFromMs(gateway))),
      };
    }),
  };
}

export const outgoingRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps)))
    .put("/", validate("json", OutgoingInput), async (c) => {
      const { trunks, ...settings } = c.req.valid("json");
      const { userId } = c.get("user");
      await deps.db.transaction().execute(async (tx) => {
        await lockOutgoing(tx);
        const known = new Set((await listTrunks(tx)).map(({ trunkId }) => trunkId));
        const own = new Set((await listNumbers(tx)).map(({ number }) => number));
        for (const [index, { trunkIds, callerNumber }] of settings.rules.entries()) {
          if (trunkIds.some((id) => !known.has(id)))
            throw fieldError(422, "invalid-input", `rules.${index}.trunkIds`, "no-such-trunk");
          // With another's number every call would be a lie, and most telephone companies refuse it.
          if (callerNumber !== null && !own.has(callerNumber))
            throw fieldError(422, "invalid-input", `rules.${index}.callerNumber`, "not-our-number");
        }
        for (const [index, { trunkId, ...terms }] of trunks.entries()) {
          if (!known.has(trunkId)) throw fieldError(422, "invalid-input", `trunks.${index}.trunkId`, "no-such-trunk");
          await writeTrunkTerms(tx, trunkId, terms);
        }
        await writeOutgoing(tx, settings);
        await writeAudit(tx, { userId, action: "outgoing-changed" });
      });
      await refreshConfiguration(deps);
      return c.json(await view(deps));
    })
    .post("/trunks/:id/unfreeze", validate("param", trunkParam), async (c) => {
      const { id: trunkId } = c.req.valid("param");
      const { userId } = c.get("user");
      const gateway = gatewayName(trunkId);
      const reason = deps.outgoing.frozen(gateway);
      if (!(await listTrunks(deps.db)).some((trunk) => trunk.trunkId === trunkId)) throw notFound();
      if (reason === null) throw new ApiError(409, "not-frozen");
      await deps.db.transaction().execute(async (tx) => {
        const countedFromMs = deps.outgoing.countedFromMs(gateway);
        await noteUnfreeze(tx, { trunkId, reason, countedFromMs, at: new Date(), userId });
        await writeAudit(tx, { userId, action: "trunk-unfrozen", subject: `trunk:${trunkId}` });
      });
      await refreshConfiguration(deps);
      return c.json(await view(deps));
    })
    .get("/where", validate("query", WhereQuery), (c) => {
      const { number, operatorId, at } = c.req.valid("query");
      const configuration = deps.configuration.current;
      const operator = configuration.operators.find((one) => one.operatorId === operatorId);
      if (operatorId !== undefined && !operator)
        throw fieldError(422, "invalid-input", "operatorId", "no-such-operator");
      const from: DialFrom = operator ? { extension: operator.extension } : { purpose: "redial" };
      const world = at === undefined ? deps.outgoing.world : deps.outgoing.worldAt(Date.parse(at));
      return c.json(whereView(decideRoute(number, from, configuration, world), configuration));
    });

/** The decision with names for numbers. */
function whereView(decision: ReturnType<typeof decideRoute>, { trunks, operators, outgoing, site }: SiteConfiguration) {
  const trunkOf = (gateway: string) => {
    const trunk = trunks.find((one) => one.gateway === gateway);
    return { trunkId: trunk?.trunkId as number | undefined, trunkName: trunk?.name ?? gateway };
  };
  const attempts = decision.type === "dial" ? decision.attempts : [];
  const isOutside = (target: DialTarget) => target.kind === "gateway";
  const inside = attempts.find((target) => target.kind === "extension");
  const colleague = operators.find(({ operatorId }) => operatorId === inside?.operatorId);
  const { number } = decision;
  return {
    type: decision.type,
    reason: decision.type === "refuse" ? decision.reason : null,
    country: decision.type === "refuse" ? (decision.country as string | null) : null,
    colleague: colleague ? { name: colleague.name, extension: colleague.extension as string } : null,
    number: number && {
      kind: number.kind,
      country: number.country as string | null,
      isAbroad: number.isAbroad,
      e164: number.e164 as string | null,
      formatted: formatNumber(number.dialled, number.e164, site.country),
    },
    rule: decision.rule === null ? null : (outgoing.rules[decision.rule]?.name ?? null),
    taken:
      decision.type === "refuse"
        ? []
        : decision.taken.map(({ gateway, ...taken }) => {
            const target = attempts.filter(isOutside).find((one) => one.gateway === gateway);
            return {
              ...trunkOf(gateway),
              ...taken,
              sent: target?.number ?? "",
              callerNumber: target?.callerNumber ?? null,
              isCallerHidden: target?.isCallerHidden ?? false,
            };
          }),
    passedOver: decision.passedOver.map(({ gateway, reason }) => ({ ...trunkOf(gateway), reason })),
  };
}
