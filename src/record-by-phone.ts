import { createReadStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { newCallId, newLegId } from "./calls/ids.ts";
import { writeAudit } from "./database/audit.ts";
import type { Db } from "./database/schema.ts";
import type { Engine } from "./engine/engine.ts";
import type { OperatorBoard } from "./engine/operator-board.ts";
import type { PromptRecordingState } from "./flows/prompt-recording/prompt-recording.ts";
import type { HttpLogger, PhoneRecorder, PhoneRecording, PhoneRecordingOrder } from "./http/ports.ts";
import { PromptError } from "./prompts/prompt-error.ts";
import type { Prompts } from "./prompts/prompts.ts";

interface Parts {
  engine: Pick<Engine, "isReady" | "recordPrompt"> & {
    board: Pick<OperatorBoard, "find" | "isRegistered" | "state">;
  };
  prompts: Pick<Prompts, "upload">;
  db: Db;
  log: HttpLogger;
  /** Where the switch writes messages; absolute. */
  directory: string;
}

/** The panel asks how it goes for as long as it goes; what is over is known for a while. */
const MOST_KNOWN = 50;
/** Names of the spool that are no messages. */
const PREFIX = "prompt.";

/** Prompts recorded by phone: from the panel's wish to the take that callers hear. */
export class RecordByPhone implements PhoneRecorder {
  readonly #parts: Parts;
  readonly #known = new Map<string, PhoneRecording>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What an earlier life had not finished goes. */
  async start(): Promise<void> {
    await this.#remove(PREFIX);
  }

  begin(order: PhoneRecordingOrder): ReturnType<PhoneRecorder["begin"]> {
    const { engine, directory } = this.#parts;
    if (!engine.isReady) return { ok: false, reason: "switch-away" };
    const operator = engine.board.find(order.operatorId);
    if (!operator?.isEnabled) return { ok: false, reason: "no-such-operator" };
    if (!engine.board.isRegistered(operator.extension)) return { ok: false, reason: "phone-away" };
    if (engine.board.state(operator).state !== "free") return { ok: false, reason: "phone-busy" };
    const legId = newLegId();
    this.#tell(legId, { state: "ringing", outcome: null });
    engine.recordPrompt({
      ...{ callId: newCallId(), legId, operatorId: order.operatorId, directory },
      onState: (state) => this.#changed(legId, state),
      keep: async (path) => await this.#keep(order, path),
    });
    return { ok: true, id: legId };
  }

  state(id: string): PhoneRecording | null {
    return this.#known.get(id) ?? null;
  }

  #changed(legId: string, state: PromptRecordingState): void {
    this.#tell(legId, viewOf(state));
    if (state.name !== "done") return;
    this.#remove(`${PREFIX}${legId}.`).catch((error: unknown) => {
      this.#parts.log.warn({ err: error, legId }, "a recorded prompt is left in the spool");
    });
  }

  #tell(id: string, recording: PhoneRecording): void {
    this.#known.set(id, recording);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  async #keep({ language, name, userId }: PhoneRecordingOrder, path: string): Promise<boolean> {
    const { prompts, db, log } = this.#parts;
    try {
      await prompts.upload(language, name, createReadStream(path), "phone");
    } catch (error) {
      // Silence, or a prompt that was taken away meanwhile.
      if (!(error instanceof PromptError)) log.warn({ err: error, language, name }, "a recorded prompt was not kept");
      return false;
    }
    const entry = { userId, action: "prompt-recorded", subject: `prompt:${language}/${name}` };
    await writeAudit(db, entry).catch((error: unknown) => {
      // Callers hear it all the same.
      log.warn({ err: error, language, name }, "a recorded prompt is not in the list of changes");
    });
    return true;
  }

  async #remove(prefix: string): Promise<void> {
    const { directory } = this.#parts;
    for (const file of await readdir(directory))
      if (file.startsWith(prefix)) await rm(join(directory, file), { force: true });
  }
}

function viewOf(state: PromptRecordingState): PhoneRecording {
  switch (state.name) {
    case "ringing":
      return { state: "ringing", outcome: null };
    case "inviting":
    case "beeping":
    case "recording":
      return { state: "recording", outcome: null };
    case "asking":
    case "keeping":
      return { state: "asking", outcome: null };
    case "telling":
      return { state: "done", outcome: state.isKept ? "kept" : "not-kept" };
    case "done":
      return { state: "done", outcome: state.outcome };
  }
}
