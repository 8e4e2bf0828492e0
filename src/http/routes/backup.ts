import { Hono } from "hono";
import { z } from "zod";
import type { BackupSnapshot } from "../../calls/backup.ts";
import { writeAudit } from "../../database/audit.ts";
import { hasAdmin } from "../../database/users.ts";
import { ApiError } from "../api-error.ts";
import { BackupInput, PlaceInput } from "../backup-input.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import type { BackupRunView } from "../ports.ts";
import { validate } from "../validate.ts";

const iso = (ms: number) => new Date(ms).toISOString();
const runView = ({ startedMs, endedMs, ...run }: BackupRunView) => ({
  ...run,
  startedAt: iso(startedMs),
  endedAt: iso(endedMs),
});
const snapshotView = ({ id, atMs, hostName }: BackupSnapshot) => ({ id, at: iso(atMs), hostName });

async function view({ backup }: RouteDeps) {
  const { settings, running, runs } = backup;
  return {
    settings: settings && { target: settings.target, at: settings.at, keep: settings.keep },
    isOnSameDisk: await backup.isOnSameDisk(),
    running: running && { kind: running.kind, phase: running.phase, percent: running.percent },
    runs: runs.slice(0, 20).map(runView),
    sshPublicKey: settings?.target.kind === "sftp" ? await backup.sshPublicKey() : null,
  };
}

/** A refusal of restic's or the target's in a word that the panel explains. */
async function refusing<Result>(deps: RouteDeps, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = deps.backup.problemOf(error);
    if (problem === null) throw error;
    // For the support file: one that we do not know is told there alone.
    deps.log.warn({ err: error, problem }, "backups are refused");
    throw new ApiError(422, `backup-${problem}`);
  }
}

/** Backups: where to, how the last ones went, and making one now. */
export const backupRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps)))
    .put("/", validate("json", BackupInput), async (c) => {
      const { password, s3Key, ...wanted } = c.req.valid("json");
      const { userId } = c.get("user");
      const { newPassword } = await refusing(deps, () => deps.backup.configure(wanted, { password, s3Key }));
      await writeAudit(deps.db, { userId, action: "backup-configured", data: { kind: wanted.target.kind } });
      return c.json({ ...(await view(deps)), newPassword });
    })
    .get("/folders", async (c) => c.json({ folders: await deps.backup.folders() }))
    .get("/ssh-key", async (c) => c.json({ key: await refusing(deps, () => deps.backup.sshPublicKey()) }))
    .get("/snapshots", async (c) =>
      c.json({ snapshots: (await refusing(deps, () => deps.backup.snapshots())).map(snapshotView) }),
    )
    .post("/run", validate("json", z.object({ kind: z.enum(["backup", "drill"]) })), async (c) => {
      const { kind } = c.req.valid("json");
      const { userId } = c.get("user");
      if (deps.backup.settings === null) throw new ApiError(409, "backup-no-repository");
      if (!deps.backup.begin(kind)) throw new ApiError(409, "already-running");
      await writeAudit(deps.db, { userId, action: "backup-begun", data: { kind } });
      return c.json(await view(deps));
    })
    .post("/cancel", async (c) => {
      deps.backup.cancel();
      return c.json(await view(deps));
    });

/** Bringing a backup back, in an installation that nobody has set up yet; afterwards it is closed. */
export const restoreRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .use(async (c, next) => {
      // How it goes is asked until the end.
      if (c.req.method !== "GET" && (await hasAdmin(deps.db))) throw new ApiError(409, "already-set-up");
      await next();
    })
    .get("/", (c) => {
      const { running, lastRestore } = deps.backup;
      return c.json({
        running: running?.kind === "restore" ? { phase: running.phase, percent: running.percent } : null,
        last: lastRestore && { isGood: lastRestore.isGood, problem: lastRestore.problem },
      });
    })
    .post("/folders", async (c) => c.json({ folders: await deps.backup.folders() }))
    .post("/ssh-key", async (c) => c.json({ key: await refusing(deps, () => deps.backup.sshPublicKey()) }))
    .post("/snapshots", validate("json", PlaceInput), async (c) => {
      const place = c.req.valid("json");
      return c.json({ snapshots: (await refusing(deps, () => deps.backup.snapshots(place))).map(snapshotView) });
    })
    .post("/", validate("json", PlaceInput.extend({ snapshotId: z.string().regex(/^[0-9a-f]{64}$/) })), (c) => {
      const { snapshotId, ...place } = c.req.valid("json");
      if (!deps.backup.beginRestore(place, snapshotId)) throw new ApiError(409, "already-running");
      return c.json({ isBegun: true as const });
    });
