import { join } from "node:path";
import type { Logger } from "pino";
import type { AlertSettings } from "./calls/alert.ts";
import type { CheckId, Finding } from "./calls/health.ts";
import type { RoutingTrunk } from "./calls/routing-configuration.ts";
import { lastCallAt } from "./database/recordings-in-order.ts";
import type { Db } from "./database/schema.ts";
import { readLastSyntheticCalls } from "./database/synthetic-calls.ts";
import { listNumbers } from "./database/trunks.ts";
import {
  type BackupReading,
  judgeBackup,
  judgeDatabase,
  judgeRecordings,
  judgeSwitch,
  judgeSyntheticCalls,
  judgeTrunks,
} from "./flows/health/hotline.ts";
import {
  judgeCertificate,
  judgeClock,
  judgeDisk,
  judgeMemory,
  judgeRecordingsDisk,
  judgeSmart,
  judgeTemperature,
  judgeUpdates,
} from "./flows/health/machine.ts";
import { HealthWatch, type Probe } from "./health/health-watch.ts";
import { readDiskOf, readMemory, readTemperatures } from "./health/machine-readings.ts";
import { readCertificate, readClockKeeping, readSmart, readUpdates } from "./health/program-readings.ts";
import { readRecordings } from "./health/recordings-reading.ts";
import type { BoxHealth, LiveBoard, TrunkWatchView } from "./http/ports.ts";
import type { AlertDesk } from "./jobs/alert-desk.ts";

interface HealthParts {
  db: Db;
  dataDir: string;
  log: Logger;
  desk: AlertDesk;
  box: BoxHealth;
  board: Pick<LiveBoard, "switch">;
  trunkWatch: TrunkWatchView;
  trunks: () => readonly Pick<RoutingTrunk, "trunkId" | "name" | "isEnabled">[];
  alerts: () => AlertSettings;
  recordingsDirectory: string;
  /** Of a proxy's certificate; null: there is none. */
  certificateFile: string | null;
  /** When the certificate ends by which we serve the panel ourselves; null: we do not, or not yet. */
  certificateEndMs: () => number | null;
  backup: () => BackupReading;
  breakIns: () => Promise<Finding>;
  onChange: () => void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const OFTEN_MS = 10_000;
/** What they find is a fact, or has been waited for by whoever found it. */
const STEADY: readonly CheckId[] = [
  ...(["trunks", "synthetic-calls", "recordings-disk", "recordings", "backup"] as const),
  ...(["smart", "certificate", "updates", "break-ins"] as const),
];

/** What is looked at, how, and how often. */
export function watchHealth(parts: HealthParts): HealthWatch {
  const { db, box, board, trunkWatch } = parts;
  const probe = (check: CheckId, everyMs: number, read: Probe["read"]): Probe => ({
    ...{ check, everyMs, read, isSteady: STEADY.includes(check) },
  });
  const now = (check: CheckId, judge: () => Finding) => probe(check, OFTEN_MS, () => Promise.resolve(judge()));
  const probes: Probe[] = [
    now("switch", () => judgeSwitch(board.switch())),
    now("trunks", () =>
      judgeTrunks(
        parts
          .trunks()
          .filter(({ isEnabled }) => isEnabled)
          .map(({ trunkId, name }) => ({ name, health: trunkWatch.now(trunkId)?.health ?? null })),
      ),
    ),
    now("database", () => judgeDatabase(box.database())),
    now("recordings-disk", () => judgeRecordingsDisk(box.disk())),
    now("backup", () => judgeBackup(parts.backup())),
    probe("synthetic-calls", MINUTE_MS, async () => {
      const numbers = new Map((await listNumbers(db)).map(({ numberId, number }) => [numberId, number]));
      const calls = (await readLastSyntheticCalls(db)).flatMap(({ numberId, outcome }) => {
        const number = numbers.get(numberId);
        return number === undefined ? [] : [{ number, outcome }];
      });
      return judgeSyntheticCalls(calls, { isPlanned: parts.alerts().syntheticCallTimes.length > 0 });
    }),
    probe("recordings", HOUR_MS, async () =>
      judgeRecordings(await readRecordings(db, parts.recordingsDirectory, new Date())),
    ),
    probe("disk", MINUTE_MS, async () => judgeDisk(await readDiskOf("/"))),
    probe("memory", MINUTE_MS, async () => judgeMemory(await readMemory())),
    probe("temperature", MINUTE_MS, async () => judgeTemperature(await readTemperatures())),
    probe("clock", 10 * MINUTE_MS, async () => {
      const lastCall = box.database().connected ? await lastCallAt(db) : null;
      return judgeClock({ ...(await readClockKeeping()), nowMs: Date.now(), lastCallMs: lastCall?.getTime() ?? null });
    }),
    probe("smart", HOUR_MS, async () => judgeSmart(await readSmart())),
    probe("certificate", HOUR_MS, async () => {
      const validUntilMs = parts.certificateEndMs();
      if (parts.certificateFile === null)
        return judgeCertificate(validUntilMs === null ? null : { validUntilMs, nowMs: Date.now() });
      const certificate = await readCertificate(parts.certificateFile);
      return judgeCertificate(certificate === "not-readable" ? certificate : { ...certificate, nowMs: Date.now() });
    }),
    probe("break-ins", OFTEN_MS, parts.breakIns),
    { ...probe("updates", 6 * HOUR_MS, async () => judgeUpdates(await readUpdates())), firstAfterMs: 5 * MINUTE_MS },
  ];
  return new HealthWatch({
    ...{ probes, file: join(parts.dataDir, "health.json"), log: parts.log, desk: parts.desk },
    ...{ onChange: parts.onChange, nowMs: () => Date.now() },
  });
}
