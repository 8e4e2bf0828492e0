import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import type { PanelEvent } from "../event-hub.ts";
import { trunkStates } from "../live-events.ts";
import { readToken } from "../sessions.ts";

/** A sign of life: keeps proxies from cutting the stream, finds out who is gone, and tells a panel that the connection is not. */
const HEARTBEAT_MS = 10_000;
const RECONNECT_MS = 1_000;
/** A panel that takes nothing for so many events is cut off; it comes back and catches up. */
const LONGEST_QUEUE = 500;

/** What goes on, pushed. Needs no database once somebody is signed in. */
export const eventRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().get("/", (c) => {
    const lastSeen = c.req.header("last-event-id");
    const token = readToken(c) ?? "";
    c.header("cache-control", "no-store");
    // nginx would hold the stream back.
    c.header("x-accel-buffering", "no");
    return streamSSE(c, async (stream) => {
      const queue: PanelEvent[] = [];
      let wake = () => {};
      // In an object, since it changes while the loop below waits.
      const state = { isOver: deps.stopping.aborted };
      const end = () => {
        state.isOver = true;
        wake();
      };
      // Listening before reading the states: what changes in between comes twice rather than not at all.
      const stopListening = deps.events.listen((event) => {
        if (queue.length >= LONGEST_QUEUE) return end();
        queue.push(event);
        wake();
      });
      stream.onAbort(end);
      deps.stopping.addEventListener("abort", end);
      try {
        await stream.write(`retry: ${RECONNECT_MS}\n\n`);
        for (const event of greeting(deps, lastSeen)) await stream.writeSSE(asMessage(event));
        let lookedAtMs = performance.now();
        while (!state.isOver) {
          // By the clock: somebody who was deleted is told nothing more, however much goes on.
          if (performance.now() - lookedAtMs >= HEARTBEAT_MS) {
            lookedAtMs = performance.now();
            if (!(await deps.sessions.holds(token).catch(() => true))) break;
          }
          const event = queue.shift();
          if (event) {
            await stream.writeSSE(asMessage(event));
            continue;
          }
          const wasWoken = await new Promise<boolean>((resolve) => {
            const timer = setTimeout(() => resolve(false), HEARTBEAT_MS);
            wake = () => {
              clearTimeout(timer);
              resolve(true);
            };
          });
          if (wasWoken || state.isOver) continue;
          await stream.writeSSE({ event: "here", data: "{}" });
        }
      } finally {
        stopListening();
        deps.stopping.removeEventListener("abort", end);
      }
    });
  });

/** What a panel is told first: what it missed, then how everything stands. */
function greeting({ events, live, health }: RouteDeps, lastSeen: string | undefined): PanelEvent[] {
  const missed = lastSeen === undefined ? [] : events.missedSince(lastSeen);
  const id = events.lastId;
  const state = (name: PanelEvent["name"], data: unknown): PanelEvent => ({ id, name, data: JSON.stringify(data) });
  return [
    ...(missed ?? [state("reset", {})]),
    state("switch", live.switch()),
    state("database", health.database()),
    state("disk", health.disk()),
    state("trunks", trunkStates(live)),
    state("operators", live.presence()),
    state("live-calls", live.calls()),
  ];
}

function asMessage({ id, name, data }: PanelEvent) {
  return { id, event: name, data };
}
