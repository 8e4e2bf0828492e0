import { Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import { ApiError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { adminOnly } from "../sessions.ts";
import { validate } from "../validate.ts";

function view({ updates, version, live }: RouteDeps) {
  const { isBox, channel, channelProblem, offers, last, running, problem, restartMoment } = updates;
  return {
    ...{ version, isBox, channel, channelProblem, offers, running, problem, restartMoment },
    conversations: live.calls().length,
    last: last && {
      ...{
        state: last.state,
        from: last.from.version,
        to: last.to.version,
        reason: last.reason,
        missing: last.missing,
      },
      at: new Date(last.atMs).toISOString(),
    },
  };
}

/** A refusal in a word that the panel explains. */
async function refusing<Result>(deps: RouteDeps, work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = deps.updates.problemOf(error);
    if (problem === null) throw error;
    throw new ApiError(["busy", "in-conversation"].includes(problem) ? 409 : 422, `update-${problem}`);
  }
}

const ChannelInput = z.object({
  channel: z
    .string()
    .trim()
    .max(500)
    .refine((text) => text === "" || (/^https?:\/\//i.test(text) && URL.canParse(text)), { error: "not-a-web-address" })
    .transform((text) => (text === "" ? null : text)),
});
const RestartInput = z.object({ moment: z.enum(["now", "when-free", "at-night"]), isInsisting: z.boolean() });

/** Updates of the box: what is offered, writing it, starting from it. */
export const updateRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", (c) => c.json(view(deps)))
    .put("/channel", validate("json", ChannelInput), async (c) => {
      const { channel } = c.req.valid("json");
      await deps.updates.configure(channel);
      await writeAudit(deps.db, { userId: c.get("user").userId, action: "update-channel-chosen", data: { channel } });
      return c.json(view(deps));
    })
    .post("/find", async (c) => {
      await refusing(deps, () => deps.updates.find());
      return c.json(view(deps));
    })
    .post("/begin", validate("json", z.object({ offerId: z.string().max(1_000) })), async (c) => {
      const { offerId } = c.req.valid("json");
      await refusing(deps, () => deps.updates.begin(offerId));
      await writeAudit(deps.db, { userId: c.get("user").userId, action: "update-begun", data: { offerId } });
      return c.json(view(deps));
    })
    .post("/restart", validate("json", RestartInput), async (c) => {
      const wish = c.req.valid("json");
      await refusing(deps, () => deps.updates.restart(wish.moment, wish.isInsisting));
      await writeAudit(deps.db, { userId: c.get("user").userId, action: "update-restart-chosen", data: wish });
      return c.json(view(deps));
    })
    .post("/dismiss", (c) => {
      deps.updates.dismiss();
      return c.json(view(deps));
    });

/** The bundle as the body, nothing around it: it is written as it comes, since it does not fit into memory. */
export const updateUploadRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().post("/", adminOnly, async (c) => {
    const bytes = Number(c.req.header("content-length") ?? Number.NaN);
    const { body } = c.req.raw;
    if (body === null || !Number.isInteger(bytes) || bytes <= 0) throw new ApiError(400, "malformed-request");
    await refusing(deps, () => deps.updates.receive(body, bytes));
    await writeAudit(deps.db, { userId: c.get("user").userId, action: "update-uploaded", data: { bytes } });
    return c.json(view(deps));
  });
