import { hostname } from "node:os";
import { Hono } from "hono";
import { z } from "zod";
import { type BoxAnswer, type BoxRequest, NETWORK_TRIAL_MS } from "../../calls/box.ts";
import { writeAudit } from "../../database/audit.ts";
import { checkNetwork } from "../../flows/box/check-network.ts";
import { NetworkInput, NtpServers, RequestId } from "../../flows/box/request.ts";
import { ApiError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";

function view({ box, live, configuration }: RouteDeps) {
  const { state, cards, leaving } = box;
  return {
    hostName: hostname(),
    /** Null: it is no box. */
    state: state && {
      isManaged: state.isManaged,
      network: state.network,
      trial: state.trial && {
        id: state.trial.id,
        settings: state.trial.settings,
        secondsLeft: Math.max(0, Math.ceil((state.trial.untilMs - Date.now()) / 1000)),
      },
      ntpServers: state.ntpServers,
    },
    timeZone: configuration.current.site.timeZone,
    cards: cards.map(({ name, networks }) => ({
      name,
      addresses: networks.map(({ address, prefix }) => `${address}/${prefix}`),
    })),
    leaving,
    calls: live.calls().length,
  };
}

function refuseUnlessDone({ problem, fields }: BoxAnswer): void {
  if (problem === "invalid") throw new ApiError(422, "invalid-input", { fields });
  if (problem !== null) throw new ApiError(problem === "no-answer" ? 503 : 409, `box-${problem}`);
}

async function askOnBox({ box }: RouteDeps, request: BoxRequest): Promise<BoxAnswer> {
  if (box.state === null) throw new ApiError(409, "no-box");
  const answer = await box.ask(request);
  refuseUnlessDone(answer);
  return answer;
}

const NewNetwork = z.object({
  settings: NetworkInput,
  /** Conversations stand on the address that is given up. */
  evenWithCalls: z.boolean().default(false),
});

/** The machine: network, clock, restart. For admins. */
export const boxRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", (c) => c.json(view(deps)))
    .post("/network", validate("json", NewNetwork), async (c) => {
      const { settings, evenWithCalls } = c.req.valid("json");
      const { userId } = c.get("user");
      const fields = checkNetwork(settings, deps.box.cards);
      if (Object.keys(fields).length > 0) throw new ApiError(422, "invalid-input", { fields });
      const count = deps.live.calls().length;
      if (count > 0 && !evenWithCalls) throw new ApiError(409, "calls-go-on", { params: { count } });
      const { id } = await askOnBox(deps, { kind: "network", settings });
      // The network may be another one by now; the log is written all the same, here and by root.
      await writeAudit(deps.db, { userId, action: "network-tried", data: { settings } });
      return c.json({ trial: id, seconds: NETWORK_TRIAL_MS / 1000 });
    })
    .post("/network/return", validate("json", z.object({ trial: RequestId })), async (c) => {
      await askOnBox(deps, { kind: "return-network", trial: c.req.valid("json").trial });
      return c.json(view(deps));
    })
    .put("/clock", validate("json", z.object({ ntpServers: NtpServers })), async (c) => {
      const { ntpServers } = c.req.valid("json");
      await askOnBox(deps, { kind: "clock", timeZone: null, ntpServers });
      await writeAudit(deps.db, { userId: c.get("user").userId, action: "time-servers-changed" });
      return c.json(view(deps));
    })
    .post(
      "/leave",
      validate("json", z.object({ kind: z.enum(["restart", "shut-down"]), waits: z.boolean() })),
      async (c) => {
        const { kind, waits } = c.req.valid("json");
        if (deps.box.state === null) throw new ApiError(409, "no-box");
        await writeAudit(deps.db, { userId: c.get("user").userId, action: kind });
        deps.box.leave(kind, { waits });
        return c.json(view(deps));
      },
    )
    .post("/stay", (c) => {
      deps.box.stay();
      return c.json(view(deps));
    });

/**
 * Open to all: whoever has the trial's secret name was told it by the panel at the old address, and reaches the box at the new one, where
 * nobody is signed in yet.
 */
export const keepNetworkRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().post("/", validate("json", z.object({ trial: RequestId })), async (c) => {
    await askOnBox(deps, { kind: "keep-network", trial: c.req.valid("json").trial });
    await writeAudit(deps.db, { userId: null, action: "network-kept" });
    return c.json({ isKept: true as const });
  });
