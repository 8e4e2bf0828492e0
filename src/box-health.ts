import type { ClusterKeeper } from "./database/cluster-keeper.ts";
import type { DatabaseWatch } from "./database/database-watch.ts";
import type { ClusterFailure } from "./database/private-cluster.ts";
import type { BoxHealth, DatabaseStatus, DiskStatus } from "./http/ports.ts";
import type { DiskWatch } from "./recordings/disk-watch.ts";

type What = Parameters<Parameters<BoxHealth["onChange"]>[0]>[0];

const REASONS: Record<ClusterFailure, NonNullable<DatabaseStatus["reason"]>> = {
  "no-programs": "not-installed",
  "no-user": "not-installed",
  "wrong-version": "wrong-version",
  "not-reachable": "not-started",
  "init-failed": "not-started",
  "start-failed": "not-started",
  "stop-failed": "not-started",
};

/** What the panel says of the box itself: whether its database answers, and how much room is left. */
export class WatchedBox implements BoxHealth {
  readonly #database: DatabaseWatch;
  readonly #keeper: ClusterKeeper | null;
  readonly #disk: DiskWatch;
  readonly #isGoingBack: () => boolean;

  constructor(parts: {
    database: DatabaseWatch;
    keeper: ClusterKeeper | null;
    disk: DiskWatch;
    /** Whether the database of before an update is still being brought back. */
    isGoingBack: () => boolean;
  }) {
    this.#database = parts.database;
    this.#keeper = parts.keeper;
    this.#disk = parts.disk;
    this.#isGoingBack = parts.isGoingBack;
  }

  database(): DatabaseStatus {
    const { isConnected, hasBeenConnected, isUnprepared } = this.#database;
    if (isConnected) return { connected: true, reason: null };
    if (isUnprepared) return { connected: false, reason: this.#isGoingBack() ? "going-back" : "not-migrated" };
    const problem = this.#keeper?.problem ?? null;
    if (problem !== null) return { connected: false, reason: REASONS[problem] };
    return { connected: false, reason: hasBeenConnected ? "away" : "starting" };
  }

  disk(): DiskStatus | null {
    return this.#disk.disk;
  }

  onChange(listener: (what: What) => void): () => void {
    const stops = [this.#database.onChange(() => listener("database")), this.#disk.onChange(() => listener("disk"))];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
