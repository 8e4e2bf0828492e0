/**
 * One spool file on its way into the archive. The order is what makes a crash harmless at any point: the WAV goes last, after the encoded
 * file is on the disk under its final name and the ledger says so; every earlier step can be done again.
 */
import { rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { createAnew, makeDirectory, publish } from "./durable-file.ts";
import { type EncodedFile, EncodeError, encodeOpus } from "./encode-opus.ts";
import type { Claim, Ledger, RecordingProblem } from "./ledger.ts";
import { readPeaks } from "./peaks.ts";
import { encodedPath } from "./recording-name.ts";
import type { SpoolKind } from "./spool-kind.ts";
import { NotWavError, repairWav, type WavInfo } from "./wav-file.ts";

export interface EncodeSurroundings {
  kind: SpoolKind;
  ledger: Ledger;
  log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  spoolDirectory: string;
  recordingsDirectory: string;
  findFfmpeg: () => Promise<string | null>;
  /** How long to wait before the attempt after this one, and after how many a file is given up. */
  retryDelayMs: (attempt: number) => number;
  maxAttempts: number;
  renewEveryMs: number;
  signal: AbortSignal;
}

const DISK_FULL_RETRY_MS = 60_000;
const GROWING_RETRY_MS = 10_000;

type Result =
  | { name: "done" }
  /** Somebody else holds the lease now; nothing of ours is left behind. */
  | { name: "lost" }
  | { name: "growing" }
  | { name: "stopping" }
  | { name: "disk-full" }
  | { name: "missing"; problem: RecordingProblem }
  | { name: "unusable"; problem: RecordingProblem }
  | { name: "try-again"; problem: RecordingProblem; error: unknown };

/**
 * Carries a claimed file through and writes into the ledger how that ended. Never throws for the file's or ffmpeg's sake.
 * @throws what the database throws; the lease then runs out and the file is claimed again
 */
export async function encodeRecording(claim: Claim, around: EncodeSurroundings): Promise<void> {
  const { ledger, log } = around;
  const result = await encodeUnderLease(claim, around);
  const about = { recordingId: claim.id, callId: claim.callId, attempt: claim.attempt };
  switch (result.name) {
    case "done":
    case "lost":
      log.info(about, result.name === "done" ? "recording ready" : "recording is encoded by somebody else");
      return;
    case "stopping":
      await ledger.release(claim, { delayMs: 0, problem: null, counts: false });
      return;
    case "growing":
      log.warn(about, "the switch goes on writing a recording that was said to be over");
      await ledger.release(claim, { delayMs: GROWING_RETRY_MS, problem: null, counts: false });
      return;
    case "disk-full":
      log.error(about, "no room for the encoded recording; the spool file stays");
      await ledger.release(claim, { delayMs: DISK_FULL_RETRY_MS, problem: "disk-full", counts: false });
      return;
    case "missing":
      log.warn({ ...about, problem: result.problem }, "recording is missing");
      if (await ledger.missing(claim, result.problem))
        await rm(join(around.spoolDirectory, claim.fileName), { force: true });
      return;
    case "unusable":
      log.error({ ...about, problem: result.problem }, "recording cannot be encoded; the spool file stays");
      await ledger.failed(claim, result.problem);
      return;
    case "try-again": {
      const isLast = claim.attempt >= around.maxAttempts;
      log.error(
        { ...about, problem: result.problem, err: result.error, isLast },
        "recording was not encoded; the spool file stays",
      );
      if (isLast) await ledger.failed(claim, result.problem);
      else {
        const delayMs = around.retryDelayMs(claim.attempt);
        await ledger.release(claim, { delayMs, problem: result.problem, counts: true });
      }
    }
  }
}

async function encodeUnderLease(claim: Claim, around: EncodeSurroundings): Promise<Result> {
  const lost = new AbortController();
  const renew = async () => {
    try {
      if (!(await around.ledger.renew(claim))) lost.abort();
    } catch (error) {
      // The database is away: the lease is asked for once more before the file gets its name.
      around.log.warn({ err: error, recordingId: claim.id }, "lease of a recording was not renewed");
    }
  };
  const renewal = setInterval(() => void renew(), around.renewEveryMs);
  try {
    return await encode(claim, around, AbortSignal.any([around.signal, lost.signal]));
  } catch (error) {
    if (error instanceof EncodeError && error.reason === "aborted") {
      return lost.signal.aborted ? { name: "lost" } : { name: "stopping" };
    }
    return resultOf(error);
  } finally {
    clearInterval(renewal);
  }
}

/** What the ledger threw, apart from errors of files: both may carry the same codes. */
class LedgerFailure extends Error {
  override readonly name = "LedgerFailure";
  readonly error: unknown;
  constructor(error: unknown) {
    super("ledger");
    this.error = error;
  }
}

async function inLedger(written: Promise<boolean>): Promise<boolean> {
  try {
    return await written;
  } catch (error) {
    throw new LedgerFailure(error);
  }
}

/** Errors of files and of ffmpeg become results; those of the database are thrown on. */
function resultOf(error: unknown): Result {
  if (error instanceof LedgerFailure) throw error.error;
  if (error instanceof NotWavError) return { name: "unusable", problem: "not-wav" };
  if (error instanceof EncodeError && error.reason !== "aborted") {
    if (error.reason === "disk-full") return { name: "disk-full" };
    return { name: "try-again", problem: error.reason, error };
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return { name: "disk-full" };
  return { name: "try-again", problem: "storage-failed", error };
}

async function encode(claim: Claim, around: EncodeSurroundings, signal: AbortSignal): Promise<Result> {
  const step = (name: string) => around.log.debug({ recordingId: claim.id, step: name }, "recording");
  const spoolFile = join(around.spoolDirectory, claim.fileName);
  step("claimed");
  const wav = await readSpoolFile(spoolFile, around.kind);
  if (wav === null) return { name: "missing", problem: "no-file" };
  if (wav.frames === 0) return { name: "missing", problem: "empty" };
  step("repaired");
  const peaks = await readPeaks(spoolFile, wav);
  const ffmpeg = await around.findFfmpeg();
  if (ffmpeg === null) throw new EncodeError("ffmpeg-missing", "no ffmpeg that can encode Opus");
  const path = encodedPath(claim.fileName, claim.startedAt);
  const finalFile = join(around.recordingsDirectory, path);
  await makeDirectory(dirname(finalFile));
  const partFile = `${finalFile}.part`;
  const part = await createAnew(partFile);
  let encoded: EncodedFile;
  let isPublished = false;
  try {
    encoded = await encodeOpus(ffmpeg, spoolFile, wav, part, signal);
    step("encoded");
    if ((await stat(spoolFile)).size > wav.fileBytes) return { name: "growing" };
    if (!(await inLedger(around.ledger.renew(claim)))) return { name: "lost" };
    isPublished = await publish(part, partFile, finalFile);
    if (!isPublished) return { name: "lost" };
    step("published");
  } finally {
    if (!isPublished && (await isNameOf(partFile, part))) await rm(partFile, { force: true });
    await part.close();
  }
  const isEntered = await inLedger(around.ledger.ready(claim, { path, ...encoded, durationMs: wav.durationMs, peaks }));
  if (!isEntered) return { name: "lost" };
  step("entered");
  // Once more, for a switch that woke up in between: what it added is found by the next look at the spool.
  if ((await stat(spoolFile)).size <= wav.fileBytes) await rm(spoolFile, { force: true });
  step("removed");
  return { name: "done" };
}

/** Null when there is no such file. @throws NotWavError */
async function readSpoolFile(path: string, { channels }: SpoolKind): Promise<WavInfo | null> {
  try {
    return await repairWav(path, channels);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function isNameOf(path: string, handle: Awaited<ReturnType<typeof createAnew>>): Promise<boolean> {
  try {
    const [named, ours] = await Promise.all([stat(path), handle.stat()]);
    return named.ino === ours.ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
