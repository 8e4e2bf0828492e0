import { Hono } from "hono";
import { compress } from "hono/compress";
import { HTTPException } from "hono/http-exception";
import { isImpossibleValue, isPassing } from "../database/failure.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { ApiDeps, ApiEnv, RouteDeps } from "./deps.ts";
import { tellLiveBoard } from "./live-events.ts";
import { panelFiles } from "./panel-files.ts";
import { headAlone, limitBody, neverCached, refuseBanned, refuseForeignPages, secureHeaders } from "./request-guard.ts";
import { accessRoutes } from "./routes/access.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { backupRoutes, restoreRoutes } from "./routes/backup.ts";
import { banRoutes } from "./routes/bans.ts";
import { boxRoutes, keepNetworkRoutes } from "./routes/box.ts";
import { callExportRoutes, callRoutes } from "./routes/calls.ts";
import { eventRoutes } from "./routes/events.ts";
import { flowTrialRoutes } from "./routes/flow-trials.ts";
import { flowEditRoutes } from "./routes/flows.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { numberRoutes } from "./routes/numbers.ts";
import { operatorRoutes } from "./routes/operators.ts";
import { outgoingRoutes } from "./routes/outgoing.ts";
import { panelCertificateRoutes } from "./routes/panel-certificate.ts";
import { promptRoutes } from "./routes/prompts.ts";
import { recordingRoutes } from "./routes/recordings.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { securityUpdateRoutes } from "./routes/security-updates.ts";
import { sessionRoutes } from "./routes/session.ts";
import { flowRoutes, settingsRoutes } from "./routes/settings.ts";
import { setupRoutes } from "./routes/setup.ts";
import { statusRoutes } from "./routes/status.ts";
import { supportRoutes } from "./routes/support.ts";
import { switchInstallRoutes } from "./routes/switch-install.ts";
import { syntheticCallRoutes } from "./routes/synthetic-calls.ts";
import { blockedNumberRoutes, ticketRoutes } from "./routes/tickets.ts";
import { todayRoutes } from "./routes/today.ts";
import { trunkWatchRoutes } from "./routes/trunk-watch.ts";
import { trunkRoutes } from "./routes/trunks.ts";
import { updateRoutes, updateUploadRoutes } from "./routes/updates.ts";
import { voicemailRoutes } from "./routes/voicemail.ts";
import { voiceRoutes } from "./routes/voices.ts";
import { adminOnly, Sessions, signedIn, withOwnPassword } from "./sessions.ts";
import { AUTHORITY_PATH, CHALLENGE_PATH, toHttps } from "./to-https.ts";

const MAX_JSON_BYTES = 1024 * 1024;

/** All of the API below `/api`. What stands above `signedIn` is open to everybody. */
const apiRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .basePath("/api")
    .use(neverCached, refuseForeignPages)
    .route("/status", statusRoutes(deps))
    .use("/setup/*", smallBody)
    .route("/setup", setupRoutes(deps))
    .use("/restore/*", smallBody)
    .route("/restore", restoreRoutes(deps))
    .use("/keep-network", smallBody)
    .route("/keep-network", keepNetworkRoutes(deps))
    .use("/session", smallBody)
    .use("/session/*", smallBody)
    .route("/session", sessionRoutes(deps))
    .use(signedIn(deps.sessions), withOwnPassword)
    .route("/events", eventRoutes(deps))
    .route("/prompts", promptRoutes(deps))
    .route("/update-upload", updateUploadRoutes(deps))
    .use(smallBody)
    .route("/today", todayRoutes(deps))
    .route("/calls.csv", callExportRoutes(deps))
    .route("/calls", callRoutes(deps))
    .route("/recordings", recordingRoutes(deps))
    .route("/voicemail", voicemailRoutes(deps))
    .route("/operators", operatorRoutes(deps))
    .route("/tickets", ticketRoutes(deps))
    .route("/blocked-numbers", blockedNumberRoutes(deps))
    .route("/schedules", scheduleRoutes(deps))
    .use(adminOnly)
    .route("/trunks", trunkRoutes(deps))
    .route("/trunk-watch", trunkWatchRoutes(deps))
    .route("/alerts", alertRoutes(deps))
    .route("/health", healthRoutes(deps))
    .route("/backup", backupRoutes(deps))
    .route("/panel-certificate", panelCertificateRoutes(deps))
    .route("/updates", updateRoutes(deps))
    .route("/bans", banRoutes(deps))
    .route("/access", accessRoutes(deps))
    .route("/box", boxRoutes(deps))
    .route("/support-file", supportRoutes(deps))
    .route("/synthetic-calls", syntheticCallRoutes(deps))
    .route("/switch-install", switchInstallRoutes(deps))
    .route("/security-updates", securityUpdateRoutes(deps))
    .route("/outgoing", outgoingRoutes(deps))
    .route("/numbers", numberRoutes(deps))
    .route("/settings", settingsRoutes(deps))
    .route("/voices", voiceRoutes(deps))
    .route("/flow", flowRoutes(deps))
    .route("/flows", flowEditRoutes(deps))
    .route("/flows", flowTrialRoutes(deps));

/** What the panel infers its client from. */
export type Api = ReturnType<typeof apiRoutes>;

const smallBody = limitBody(MAX_JSON_BYTES);

export interface HttpApi {
  /** Answers requests: the API and the panel's files. */
  fetch: (request: Request, env?: ApiEnv["Bindings"]) => Response | Promise<Response>;
  /** Ends the open event streams and stops listening to the live board. */
  close(): void;
}

export function createApi(deps: ApiDeps): HttpApi {
  const stopping = new AbortController();
  const stopTelling = tellLiveBoard(deps);
  const { keeper } = deps.bans;
  const sessions = new Sessions(deps.db, (address, fingerprint) => keeper.tokenRefused(address, fingerprint));
  const routes = apiRoutes({ ...deps, sessions, stopping: stopping.signal });
  const httpsPort = () => (deps.https?.certificate.view ? deps.https.port() : null);
  const app = new Hono<ApiEnv>()
    .use(secureHeaders, headAlone, refuseBanned(keeper), toHttps(httpsPort), compress())
    .all(`${CHALLENGE_PATH}*`, (c) => {
      const answer = deps.https?.acme.answerFor(c.req.path.slice(CHALLENGE_PATH.length)) ?? null;
      if (answer === null) return c.text("Not found\n", 404);
      c.header("content-type", "application/octet-stream");
      c.header("cache-control", "no-store");
      return c.body(answer);
    })
    .get(AUTHORITY_PATH, (c) => {
      const authority = deps.https?.certificate.authorityPem ?? null;
      if (authority === null) return c.text("Not found\n", 404);
      c.header("content-type", "application/x-x509-ca-cert");
      c.header("content-disposition", 'attachment; filename="hotline-ca.crt"');
      c.header("cache-control", "no-store");
      return c.body(authority);
    })
    .route("/metrics", metricsRoutes(deps))
    .route("/", routes)
    .all("/api/*", () => {
      throw notFound();
    })
    .use(panelFiles(deps.panelDir))
    .onError((error, c) => {
      const known = asApiError(error);
      if (known.status === 503) void deps.database.look();
      if (known.status === 500)
        deps.log.error({ err: error, method: c.req.method, path: c.req.path }, "request failed");
      return c.json(known.body(), known.status);
    });
  return {
    fetch: (request, env) => app.fetch(request, env ?? {}),
    close: () => {
      stopTelling();
      stopping.abort();
    },
  };
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isPassing(error)) return new ApiError(503, "database-away");
  if (isImpossibleValue(error)) return new ApiError(422, "invalid-input");
  // Hono's own refusals: malformed JSON or forms.
  if (error instanceof HTTPException && error.status < 500) return new ApiError(400, "malformed-request");
  return new ApiError(500, "internal-error");
}
