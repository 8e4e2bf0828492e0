import type { Logger } from "pino";
import { backgroundOf } from "./backup/background-program.ts";
import type { ClusterKeeper } from "./database/cluster-keeper.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import type { Db } from "./database/schema.ts";
import { readLastSyntheticCalls } from "./database/synthetic-calls.ts";
import type { EventHub } from "./http/event-hub.ts";
import type { BoxHealth, LiveBoard } from "./http/ports.ts";
import { dateTimeIn } from "./http/zone-day.ts";
import type { SyntheticRun } from "./jobs/synthetic-run.ts";
import { UpdateDesk } from "./updates/update-desk.ts";

interface UpdateParts {
  db: Db;
  keeper: ClusterKeeper | null;
  databaseUrl: string | null;
  dataDir: string;
  /** Of the unit that runs its programs; null: we do. */
  programs: string | null;
  version: string;
  configuration: Pick<ConfigurationSnapshot, "current">;
  board: Pick<LiveBoard, "calls" | "trunks" | "switch">;
  box: Pick<BoxHealth, "database">;
  syntheticCalls: Pick<SyntheticRun, "begin" | "hasSecondTrunk" | "idle">;
  events: EventHub;
  log: Logger;
}

/** Updates of this installation. */
export function updatesOf({
  keeper,
  databaseUrl,
  programs,
  configuration,
  board,
  box,
  syntheticCalls,
  events,
  ...parts
}: UpdateParts) {
  const trunks = () => {
    // `idle`: a line that does not sign in, and answers.
    const good = new Set(
      board.trunks().flatMap(({ id, state }) => (["registered", "idle"].includes(state) ? [id] : [])),
    );
    return configuration.current.trunks.flatMap(({ trunkId, name, isEnabled }) =>
      isEnabled && good.has(trunkId) ? [name] : [],
    );
  };
  const syntheticCall = async () => {
    // By one line out and by another in, through the call flow.
    if (!syntheticCalls.hasSecondTrunk || !board.switch().connected) return null;
    const sinceMs = Date.now();
    syntheticCalls.begin(null);
    await syntheticCalls.idle();
    const made = (await readLastSyntheticCalls(parts.db)).filter(({ at }) => at.getTime() >= sinceMs);
    const tried = made.filter(({ outcome }) => !["no-second-trunk", "no-trunk-now", "busy"].includes(outcome));
    return tried.length === 0 ? null : tried.every(({ outcome }) => outcome === "arrived");
  };
  return new UpdateDesk({
    ...{ ...parts, trunks, syntheticCall },
    run: backgroundOf(programs),
    databaseUrl: () => databaseUrl ?? keeper?.place?.url ?? null,
    calls: () => board.calls().length,
    isDatabaseThere: () => box.database().connected,
    isSwitchThere: () => board.switch().connected,
    clock: () => dateTimeIn(configuration.current.site.timeZone, new Date()).slice(11, 16),
    onChange: () => events.updatesChanged(),
    nowMs: () => Date.now(),
  });
}
