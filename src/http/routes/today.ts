import { Hono } from "hono";
import { listOpenAlerts } from "../../database/alerts.ts";
import { countLostRecordings, listUnknownNumbers, readDayFigures } from "../../database/day-figures.ts";
import { countOpenTickets } from "../../database/redial-tickets.ts";
import { listTrunks } from "../../database/trunks.ts";
import { countNewMessages } from "../../database/voicemail.ts";
import { isInForce } from "../../flows/hours/schedule.ts";
import { ownNumber } from "../../flows/routing/own-number.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { dateIn, hourIn, startOfDay } from "../zone-day.ts";

export interface Attention {
  kind:
    | "switch-not-connected"
    | "trunk-down"
    | "trunk-frozen"
    | "synthetic-call-failed"
    | "recording-missing"
    | "no-phone-registered"
    | "disk-filling"
    | "disk-full"
    | "missed-callers"
    | "new-voicemail"
    | "hours-overridden"
    | "unknown-number"
    | "health"
    | "prompts-missing";
  params: Record<string, string | number>;
  /** Path in the panel where one can do something about it. */
  link: string;
}

const DAY_MS = 86_400_000;
/** Recordings that were lost are told for so many days, today included. */
const LOST_DAYS = 7;

export const todayRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().get("/", async (c) => {
    const { timeZone } = deps.configuration.current.site;
    const date = dateIn(timeZone, new Date());
    const [from, until] = [startOfDay(date, timeZone), startOfDay(date, timeZone, 1)];
    const figures = await readDayFigures(deps.db, from, until, (moment) => hourIn(timeZone, moment));
    const live = deps.live.calls().filter(({ direction }) => direction === "inbound");
    const talking = live.filter(({ phase }) => phase === "talking").length;
    const seconds = (ms: number | null) => (ms === null ? null : Math.round(ms / 1000));
    return c.json({
      date,
      counts: {
        inbound: figures.inbound,
        answered: figures.answered,
        missed: figures.missed,
        talking,
        waiting: live.length - talking,
        outbound: figures.outbound,
      },
      averageWaitSeconds: seconds(figures.averageWaitMs),
      averageTalkSeconds: seconds(figures.averageTalkMs),
      attention: await whatNeedsAttention(deps),
      byHour: figures.byHour,
    });
  });

/** The worst first. */
async function whatNeedsAttention(deps: RouteDeps): Promise<Attention[]> {
  const { live, configuration } = deps;
  const found: Attention[] = [];
  const status = live.switch();
  if (!status.connected)
    found.push({ kind: "switch-not-connected", params: { reason: status.reason ?? "starting" }, link: "/settings" });
  else found.push(...(await troubleOnTheLines(deps)));

  found.push(...(await unseenAlerts(deps)));
  const disk = deps.health.disk();
  if (disk !== null && disk.level !== "ok") {
    const freeGigabytes = Math.round(disk.freeBytes / 1024 ** 3);
    const hours = Math.floor(disk.freeMinutes / 60);
    const kind = disk.level === "low" ? "disk-filling" : "disk-full";
    found.push({ kind, params: { freeGigabytes, hours }, link: "/settings" });
  }
  const ills = ailments(deps);
  found.push(...ills.filter(({ params }) => params["state"] === "broken"));
  const owed = await countOpenTickets(deps.db);
  if (owed > 0) found.push({ kind: "missed-callers", params: { count: owed }, link: "/missed" });
  const newMessages = await countNewMessages(deps.db);
  if (newMessages > 0)
    found.push({ kind: "new-voicemail", params: { count: newMessages }, link: "/missed?tab=voicemail" });
  found.push(...ills.filter(({ params }) => params["state"] === "look"));
  found.push(...(await calledUnknown(deps)));
  found.push(...(await lostRecordings(deps)));
  found.push(...overriddenHours(deps));
  const offered: readonly string[] = configuration.current.site.callerLanguages;
  for (const { language, isComplete } of await deps.prompts.languages())
    if (!isComplete && offered.includes(language))
      found.push({ kind: "prompts-missing", params: { language }, link: "/settings" });
  return found;
}

/** What is amiss with the box, but for what has a line of its own here. */
function ailments({ checks }: RouteDeps): Attention[] {
  const elsewhere = ["switch", "trunks", "synthetic-calls", "database", "recordings-disk"];
  return checks
    .now()
    .filter(({ check, state, reason }) => {
      if (check === "recordings" && reason === "lost") return false;
      return !elsewhere.includes(check) && (state === "broken" || state === "look");
    })
    .map(({ check, state }) => ({ kind: "health", params: { check, state }, link: "/health" }));
}

/** Not those that were entered since. */
async function calledUnknown({ db, configuration }: RouteDeps): Promise<Attention[]> {
  const { numbers, site } = configuration.current;
  const called = await listUnknownNumbers(db, new Date(Date.now() - DAY_MS));
  const unknown = called.filter(({ number }) => ownNumber(numbers, number, site.country) === undefined);
  const [last] = unknown;
  if (last === undefined) return [];
  const count = unknown.reduce((sum, one) => sum + one.count, 0);
  return [{ kind: "unknown-number", params: { count, number: last.number }, link: "/lines" }];
}

/** With the way to their calls: the same days, by the same measure. */
async function lostRecordings({ db, configuration }: RouteDeps): Promise<Attention[]> {
  const { timeZone } = configuration.current.site;
  const today = dateIn(timeZone, new Date());
  const since = startOfDay(today, timeZone, 1 - LOST_DAYS);
  const count = await countLostRecordings(db, since);
  if (count === 0) return [];
  const link = `/calls?from=${dateIn(timeZone, since)}&to=${today}&hasLostRecording=true`;
  return [{ kind: "recording-missing", params: { count }, link }];
}

/** Those that nothing else here tells of, until somebody has seen them. */
async function unseenAlerts({ db }: RouteDeps): Promise<Attention[]> {
  const alerts = await listOpenAlerts(db);
  return alerts.flatMap(({ kind, params, acknowledgedAt }): Attention[] => {
    const isTold = kind !== "trunk-frozen" && kind !== "synthetic-call-failed";
    const link = kind === "trunk-frozen" ? "/lines/outgoing" : "/lines";
    return isTold || acknowledgedAt !== null ? [] : [{ kind, params, link }];
  });
}

/** Closed or opened by one touch: easily forgotten, and callers meet it. */
function overriddenHours({ configuration }: RouteDeps): Attention[] {
  const nowMs = Date.now();
  return configuration.current.schedules.flatMap(({ name, override }): Attention[] => {
    if (override === null || !isInForce(override, nowMs)) return [];
    const until = override.untilMs === null ? "" : new Date(override.untilMs).toISOString();
    return [{ kind: "hours-overridden", params: { state: override.state, until, name }, link: "/hours" }];
  });
}

/** Only while the switch is there: without it every line is down and one word is enough. */
async function troubleOnTheLines({ live, db }: RouteDeps): Promise<Attention[]> {
  const down = new Set(
    live
      .trunks()
      .filter(({ state }) => state === "failed" || state === "down")
      .map(({ id }) => id),
  );
  const trunks = down.size === 0 ? [] : await listTrunks(db);
  const found: Attention[] = trunks
    .filter(({ trunkId, isEnabled }) => isEnabled && down.has(trunkId))
    .map(({ name }) => ({ kind: "trunk-down", params: { name }, link: "/lines" }));
  const phones = live.presence();
  if (phones.length > 0 && !phones.some(({ isRegistered }) => isRegistered))
    found.push({ kind: "no-phone-registered", params: {}, link: "/team" });
  return found;
}
