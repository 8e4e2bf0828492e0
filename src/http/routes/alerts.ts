import { Hono } from "hono";
import {
  type AlertRow,
  acknowledgeAlert,
  listClosedAlerts,
  listNotices,
  listOpenAlerts,
} from "../../database/alerts.ts";
import { writeAudit } from "../../database/audit.ts";
import { notFound } from "../api-error.ts";
import { iso } from "../call-view.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { numberParam, validate } from "../validate.ts";

const MOST_CLOSED = 50;

async function view({ db }: RouteDeps) {
  const [open, closed] = [await listOpenAlerts(db), await listClosedAlerts(db, MOST_CLOSED)];
  const notices = await listNotices(
    db,
    [...open, ...closed].map(({ alertId }) => alertId),
  );
  const rowView = (row: AlertRow) => ({
    ...row,
    openedAt: iso(row.openedAt),
    closedAt: row.closedAt && iso(row.closedAt),
    acknowledgedAt: row.acknowledgedAt && iso(row.acknowledgedAt),
    notices: notices
      .filter(({ alertId }) => alertId === row.alertId)
      .map(({ about, way, state, problem }) => ({ about, way, state, problem })),
  });
  return { open: open.map(rowView), closed: closed.map(rowView) };
}

export const alertRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps)))
    .post("/:id/acknowledge", validate("param", numberParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      await deps.db.transaction().execute(async (tx) => {
        if (!(await acknowledgeAlert(tx, id, userId, new Date()))) throw notFound();
        await writeAudit(tx, { userId, action: "alert-acknowledged", subject: `alert:${id}` });
      });
      deps.events.alertsChanged();
      return c.json(await view(deps));
    });
