import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { CHECK_STATES } from "../../calls/health.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { CONTENT_TYPE, exposition, type Metric } from "../exposition.ts";
import { clientAddress, LOOPBACK } from "../request-guard.ts";

/** Name of the secret file with the token; no file: only this machine may read. */
export const METRICS_SECRET = "metrics-token";
/** A proxy on this machine speaks for others. */
const BY_PROXY = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
const LOCAL_HOST = /^(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?$/i;

/** For Prometheus: from memory, so that it answers while the database is away. Names and numbers of callers are in none of it. */
export const metricsRoutes = (
  deps: Pick<
    RouteDeps,
    "secrets" | "bans" | "gauges" | "live" | "health" | "checks" | "backup" | "version" | "configuration"
  >,
) =>
  new Hono<ApiEnv>().get("/", async (c) => {
    const headers = (name: string) => c.req.header(name);
    const isHere =
      LOOPBACK.test(clientAddress(c.env)) &&
      // A page in a browser here, whose name was made to lead here, asks for its own name.
      LOCAL_HOST.test(headers("host") ?? "") &&
      !BY_PROXY.some((name) => headers(name) !== undefined);
    const authorization = headers("authorization");
    if (!isHere && !(await hasToken(deps, authorization))) {
      if (authorization !== undefined)
        deps.bans.keeper.tokenRefused(clientAddress(c.env), createHash("sha256").update(authorization).digest("hex"));
      return c.text("Forbidden\n", 403);
    }
    c.header("content-type", CONTENT_TYPE);
    c.header("cache-control", "no-store");
    return c.body(exposition(await metrics(deps)));
  });

async function hasToken({ secrets }: Pick<RouteDeps, "secrets">, given: string | undefined): Promise<boolean> {
  const token = (await secrets.read(METRICS_SECRET))?.trim() ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return token !== "" && timingSafeEqual(digest(`Bearer ${token}`), digest(given ?? ""));
}

type Parts = Parameters<typeof metricsRoutes>[0];

async function metrics({ gauges, live, health, checks, backup, version, configuration }: Parts): Promise<Metric[]> {
  const gauge = (name: string, help: string, values: Metric["values"]): Metric => ({
    name,
    help,
    type: "gauge",
    values,
  });
  const counter = (name: string, help: string, value: number): Metric => ({
    ...{ name, help, type: "counter" as const },
    values: [{ value }],
  });
  const calls = live.calls();
  const inPhase = (phase: string) => calls.filter((call) => call.phase === phase).length;
  const phases = ["greeting", "menu", "information", "ringing", "talking", "message", "fallback", "dialling"];
  const presence = live.presence();
  const { trunks } = configuration.current;
  // Of two series with the same labels Prometheus drops one, perhaps that of the trunk which is down.
  const isOnly = (wanted: string) => trunks.filter(({ name }) => name === wanted).length === 1;
  const names = new Map(
    trunks.map(({ trunkId, name }) => [trunkId as number, isOnly(name) ? name : `${name} (${trunkId})`]),
  );
  const waits = calls
    .filter(({ phase }) => phase === "ringing")
    .map(({ phaseSince }) => Date.now() - Date.parse(phaseSince));
  const read = gauges();
  const lastGood = backup.runs.find(({ kind, isGood }) => kind === "backup" && isGood);
  return [
    gauge("hotline_info", "Version of the daemon.", [{ labels: { version }, value: 1 }]),
    gauge(
      "hotline_calls",
      "Calls at the moment, by what the caller meets.",
      phases.map((phase) => ({ labels: { phase }, value: inPhase(phase) })),
    ),
    counter("hotline_calls_total", "Calls that began since the daemon started.", read.callsBegun),
    {
      ...{ name: "hotline_calls_ended_total", help: "Calls that ended since the daemon started.", type: "counter" },
      values: Object.entries(read.callsEnded).map(([outcome, value]) => ({ labels: { outcome }, value })),
    },
    gauge("hotline_queue_waiting", "Callers for whom phones ring.", [{ value: waits.length }]),
    gauge("hotline_queue_longest_wait_seconds", "How long the one has waited who waits longest.", [
      { value: Math.max(0, ...waits) / 1000 },
    ]),
    gauge(
      "hotline_operators",
      "Operators, by what they do.",
      ["free", "ringing", "talking", "away"].map((state) => ({
        labels: { state },
        value: presence.filter((one) => one.state === state).length,
      })),
    ),
    gauge("hotline_operators_registered", "Operators whose phone is connected.", [
      { value: presence.filter(({ isRegistered }) => isRegistered).length },
    ]),
    gauge(
      "hotline_trunk_up",
      "Whether the trunk carries calls; left out while nobody can say.",
      live.trunks().map(({ id, state }) => ({
        labels: { trunk: names.get(id) ?? String(id) },
        value: state === "registered" || state === "idle" ? 1 : state === "failed" || state === "down" ? 0 : null,
      })),
    ),
    gauge("hotline_switch_connected", "Whether the switch answers.", [{ value: live.switch().connected }]),
    gauge("hotline_database_connected", "Whether PostgreSQL answers.", [{ value: health.database().connected }]),
    gauge("hotline_recordings_disk_free_bytes", "Room where recordings are written.", [
      { value: health.disk()?.freeBytes ?? null },
    ]),
    gauge("hotline_journal_waiting", "Facts about calls that wait for the database.", [{ value: read.journalWaiting }]),
    gauge("hotline_event_loop_lag_seconds", "How late the daemon's timers ran within the last minute or less.", [
      { labels: { quantile: "0.5" }, value: read.lagSeconds.median },
      { labels: { quantile: "0.99" }, value: read.lagSeconds.p99 },
      { labels: { quantile: "1" }, value: read.lagSeconds.most },
    ]),
    gauge(
      "hotline_check",
      "State of each check of the box: 1 for the one that holds.",
      checks
        .now()
        .flatMap(({ check, state }) =>
          CHECK_STATES.map((one) => ({ labels: { check, state: one }, value: one === state })),
        ),
    ),
    gauge("hotline_backup_last_success_timestamp_seconds", "End of the last good backup, Unix time.", [
      { value: lastGood === undefined ? null : lastGood.endedMs / 1000 },
    ]),
    gauge("hotline_backup_running", "Whether a backup, a drill or a restore is under way.", [
      { value: backup.running !== null },
    ]),
    gauge("process_resident_memory_bytes", "Memory of the daemon.", [{ value: process.memoryUsage().rss }]),
    {
      name: "process_cpu_seconds_total",
      help: "Processor time of the daemon.",
      type: "counter",
      values: [{ value: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 }],
    },
    gauge("process_start_time_seconds", "When the daemon started, Unix time.", [
      { value: Math.round(Date.now() / 1000 - process.uptime()) },
    ]),
  ];
}
