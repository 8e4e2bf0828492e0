/**
 * What lies in the spool compared with the ledger: files whose end nobody told us, rows whose file never came, WAVs that are encoded already.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { CallId, LegId } from "../calls/ids.ts";
import type { RecordingState } from "../database/schema.ts";
import type { Changed, Ledger, RecordingRow, StoppedFile } from "./ledger.ts";
import type { RecordingName } from "./recording-name.ts";
import type { SpoolKind } from "./spool-kind.ts";
import { NotWavError, repairWav } from "./wav-file.ts";

/** True, false, or null when it cannot be known now because the switch is away. */
export type IsLegAlive = (legId: LegId) => boolean | null;

export interface ScanSurroundings {
  kind: SpoolKind;
  ledger: Ledger;
  log: Pick<Logger, "info" | "warn">;
  spoolDirectory: string;
  isLegAlive: IsLegAlive;
  /** Files of which the switch itself said that they are over. */
  stopped: ReadonlySet<string>;
  patience: SpoolPatience;
  nowMs: number;
}

export interface SpoolPatience {
  /** A file of a leg that is gone is over when nothing was added for this long: the switch writes in pieces of some seconds. */
  quietMs: number;
  /** The same while nobody can say whether the leg lives. */
  quietWithoutSwitchMs: number;
  /** How long a file waits for its call's row (from the journal, or a CDR file) before the call is entered from the file's name. */
  callRowMs: number;
  /** How long a row waits for its file. */
  fileMs: number;
}

export const USUAL_PATIENCE: SpoolPatience = {
  quietMs: 10_000,
  quietWithoutSwitchMs: 15 * 60_000,
  callRowMs: 5 * 60_000,
  fileMs: 60_000,
};

interface SpoolFile extends RecordingName {
  fileName: string;
  bytes: number;
  changedAtMs: number;
}

/** Of one channel: 8 kHz, 16 bit. */
const WAV_BYTES_PER_MS = 16;
/** A call's row usually comes within a moment, from the journal. */
const CALL_ROW_LOOK_MS = 1_000;
/** Lengths are kept in whole milliseconds. */
const ROUNDING_MS = 20;

export interface ScanResult {
  changed: Changed[];
  /** Names told as stopped that are settled: their row waits now, or there is nothing to be done about them. */
  settled: Set<string>;
  /** Ask again after this time, in ms: a file has to be quiet a little longer, or waits for its call. Null: nothing is pending. */
  againInMs: number | null;
}

/** @throws what the database throws, and file errors other than that a file is gone */
export async function scanSpool(around: ScanSurroundings): Promise<ScanResult> {
  const result: ScanResult = { changed: [], settled: new Set(), againInMs: null };
  const files = await listSpool(around);
  const rows = await around.ledger.byFileNames(files.map((file) => file.fileName));
  const over: SpoolFile[] = [];
  for (const file of files) {
    const row = rows.get(file.fileName);
    if (row === undefined || canEnd(row)) {
      const waitMs = msUntilOver(file, around);
      if (waitMs === 0) over.push(file);
      else soonest(result, waitMs);
    } else if (row.state === "ready") await settleEncoded(file, row, around, result);
    else if (row.problem === "deleted") await rm(join(around.spoolDirectory, file.fileName), { force: true });
    if (row !== undefined && !canEnd(row)) result.settled.add(file.fileName);
  }
  await enterStopped(over, around, result);
  await settleWithoutFile(new Set(files.map((file) => file.fileName)), around, result);
  return result;
}

/** The file can still come to its end, as far as the ledger knows. A `missing` one was thought lost and is there after all. */
function canEnd(row: RecordingRow): boolean {
  const states: readonly RecordingState[] = ["recording", "missing"];
  return states.includes(row.state) && row.problem !== "deleted";
}

async function listSpool({ spoolDirectory: directory, kind }: ScanSurroundings): Promise<SpoolFile[]> {
  const files: SpoolFile[] = [];
  for (const fileName of await readdir(directory)) {
    const name = kind.parseName(fileName);
    if (name === null) continue;
    try {
      const { size, mtimeMs } = await stat(join(directory, fileName));
      files.push({ ...name, fileName, bytes: size, changedAtMs: mtimeMs });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return files;
}

/** 0 when the file is over; Infinity while its leg lives and the switch did not say otherwise. */
function msUntilOver(file: SpoolFile, around: ScanSurroundings): number {
  if (around.stopped.has(file.fileName)) return 0;
  const isAlive = around.isLegAlive(file.legId);
  if (isAlive === true) return Number.POSITIVE_INFINITY;
  const quietMs = isAlive === false ? around.patience.quietMs : around.patience.quietWithoutSwitchMs;
  return Math.max(0, Math.ceil(file.changedAtMs + quietMs - around.nowMs));
}

function soonest(result: ScanResult, inMs: number): void {
  if (Number.isFinite(inMs)) result.againInMs = Math.min(result.againInMs ?? inMs, inMs);
}

async function enterStopped(all: readonly SpoolFile[], around: ScanSurroundings, result: ScanResult): Promise<void> {
  const over: SpoolFile[] = [];
  for (const file of all) {
    const path = join(around.spoolDirectory, file.fileName);
    if (await around.kind.isWorthKeeping(path)) over.push(file);
    else {
      await rm(path, { force: true });
      result.settled.add(file.fileName);
    }
  }
  const known = await around.ledger.knownCalls(over.map((file) => file.callId));
  for (const file of over) {
    const stopped = asStopped(file, around.kind);
    if (!known.has(file.callId)) {
      const waitMs = file.changedAtMs + around.patience.callRowMs - around.nowMs;
      if (waitMs > 0) {
        soonest(result, Math.min(waitMs, CALL_ROW_LOOK_MS));
        continue;
      }
      around.log.warn(
        { callId: file.callId },
        "only a recording is left of a call; it is entered from the file's name",
      );
      await around.ledger.openUnknownCall(stopped);
    }
    const changed = await around.ledger.stopped(stopped);
    if (changed) result.changed.push(changed);
    result.settled.add(file.fileName);
  }
}

function asStopped(file: SpoolFile, kind: SpoolKind): StoppedFile & { callId: CallId } {
  const endedAt = new Date(file.changedAtMs);
  const startedAt = new Date(file.changedAtMs - file.bytes / (kind.channels * WAV_BYTES_PER_MS));
  return { fileName: file.fileName, callId: file.callId, legId: file.legId, startedAt, endedAt };
}

/** A WAV beside a finished recording: the daemon died before it removed it, or the switch went on writing. */
async function settleEncoded(
  file: SpoolFile,
  row: RecordingRow,
  around: ScanSurroundings,
  result: ScanResult,
): Promise<void> {
  // It may be growing still: wait until it is over, like any other.
  const waitMs = msUntilOver(file, around);
  if (waitMs > 0) return soonest(result, waitMs);
  const path = join(around.spoolDirectory, file.fileName);
  try {
    const wav = await repairWav(path, around.kind.channels);
    if (wav.durationMs <= (row.durationMs ?? 0) + ROUNDING_MS) {
      await rm(path, { force: true });
      return;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    if (!(error instanceof NotWavError)) throw error;
    around.log.warn({ recordingId: row.id }, "what lies in the spool beside a finished recording is no WAV");
    return;
  }
  const changed = await around.ledger.encodeAgain(row.id);
  if (changed) result.changed.push(changed);
}

async function settleWithoutFile(
  present: ReadonlySet<string>,
  around: ScanSurroundings,
  result: ScanResult,
): Promise<void> {
  const recording = await around.ledger.stillRecording();
  const rowByName = new Map(recording.map((row) => [row.fileName, row]));
  for (const row of recording) {
    if (present.has(row.fileName)) continue;
    const isGone = row.legId === null || around.isLegAlive(row.legId) === false;
    const waitMs = row.startedAt.getTime() + around.patience.fileMs - around.nowMs;
    if (around.stopped.has(row.fileName) || (isGone && waitMs <= 0)) {
      const changed = await around.ledger.neverWritten(row.id);
      if (changed) result.changed.push(changed);
      result.settled.add(row.fileName);
    } else if (isGone) soonest(result, waitMs);
  }
  // Told as stopped, with neither file nor row: nothing was written, and the row comes (if it does) from the journal.
  for (const fileName of around.stopped) {
    if (!present.has(fileName) && !rowByName.has(fileName)) result.settled.add(fileName);
  }
}
