import type { RouteDeps } from "./deps.ts";

/** A burst of changes (an event of the switch changes several things) becomes one message. */
const GATHER_MS = 50;

/** Passes what changes on the live board, and of the box itself, to all open panels. Returns how to stop. */
export function tellLiveBoard({ live, health, events }: Pick<RouteDeps, "live" | "health" | "events">): () => void {
  const changed = new Set<"calls" | "presence" | "trunks" | "switch">();
  let timer: NodeJS.Timeout | null = null;
  const stopListening = live.onChange((what) => {
    changed.add(what);
    timer ??= setTimeout(() => {
      timer = null;
      // Nobody looks: whoever comes is told how everything stands first.
      if (events.listenerCount === 0) return changed.clear();
      if (changed.has("switch")) events.tellState("switch", live.switch());
      if (changed.has("trunks")) events.tellState("trunks", trunkStates(live));
      if (changed.has("presence")) events.tellState("operators", live.presence());
      if (changed.has("calls")) events.tellState("live-calls", live.calls());
      changed.clear();
    }, GATHER_MS);
  });
  const stopWatching = health.onChange((what) => {
    events.tellState(what, what === "database" ? health.database() : health.disk());
  });
  return () => {
    stopListening();
    stopWatching();
    if (timer) clearTimeout(timer);
  };
}

export function trunkStates(live: RouteDeps["live"]): { id: number; state: string }[] {
  return live.trunks().map(({ id, state }) => ({ id, state }));
}
