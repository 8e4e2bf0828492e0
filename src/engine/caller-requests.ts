import type { CallId } from "../calls/ids.ts";
import { callerE164 } from "../calls/number-format.ts";
import { isHiddenNumber } from "../calls/phone-number.ts";
import type { IvrEffect, IvrEvent } from "../flows/ivr/ivr-types.ts";
import type { Surroundings } from "./surroundings.ts";

type Request = Extract<IvrEffect, { requestId: number }>;

type RequestSurroundings = Pick<
  Surroundings,
  "lookUps" | "spokenTexts" | "callerBook" | "configuration" | "logger" | "nowMs"
>;

/** What one call has asked for and waits for; all of it is dropped with the call. */
export class CallerRequests {
  readonly #call: { callId: CallId; number: string; gateway: string | null; startedAtMs: number };
  readonly #around: RequestSurroundings;
  readonly #tell: (event: IvrEvent) => void;
  readonly #open = new Map<number, AbortController>();

  constructor(
    call: { callId: CallId; number: string; gateway: string | null; startedAtMs: number },
    around: RequestSurroundings,
    tell: (event: IvrEvent) => void,
  ) {
    this.#call = call;
    this.#around = around;
    this.#tell = tell;
  }

  carryOut(effect: Request): void {
    if (effect.type === "drop-request") return this.#drop(effect.requestId);
    const dropped = new AbortController();
    this.#open.set(effect.requestId, dropped);
    this.#answer(effect, dropped.signal)
      .catch((error: unknown): IvrEvent | null => {
        this.#around.logger.warn(
          { callId: this.#call.callId, request: effect.type, error: String(error) },
          "no answer",
        );
        return failed(effect);
      })
      .then((event) => {
        this.#open.delete(effect.requestId);
        if (event && !dropped.signal.aborted) this.#tell(event);
      })
      .catch((error: unknown) => {
        this.#around.logger.error({ callId: this.#call.callId, error: String(error) }, "an answer could not be used");
      });
  }

  dropAll(): void {
    for (const requestId of this.#open.keys()) this.#drop(requestId);
  }

  #drop(requestId: number): void {
    this.#open.get(requestId)?.abort();
    this.#open.delete(requestId);
  }

  async #answer(effect: Exclude<Request, { type: "drop-request" }>, signal: AbortSignal): Promise<IvrEvent> {
    const { lookUps, spokenTexts } = this.#around;
    const { requestId } = effect;
    switch (effect.type) {
      case "ask-about-caller":
        return { type: "caller-known", requestId, facts: await this.#facts() };
      case "look-up": {
        const sinceMs = this.#around.nowMs();
        const answer = await lookUps.ask(effect.request, signal);
        return { type: "look-up-ended", requestId, answer, tookMs: this.#around.nowMs() - sinceMs };
      }
      case "prepare-speech": {
        const isReady = await spokenTexts.prepare(effect.texts, effect.language, effect.deadlineMs);
        return { type: "speech-prepared", requestId, isReady };
      }
    }
  }

  async #facts() {
    const { number, gateway, startedAtMs } = this.#call;
    const e164 = isHiddenNumber(number) ? null : callerE164(number, gateway, this.#around.configuration());
    return e164 === null ? null : await this.#around.callerBook.ask(e164, startedAtMs);
  }
}

function failed(effect: Exclude<Request, { type: "drop-request" }>): IvrEvent {
  const { requestId } = effect;
  switch (effect.type) {
    case "ask-about-caller":
      return { type: "caller-known", requestId, facts: null };
    case "look-up":
      return { type: "look-up-ended", requestId, answer: { ok: false, reason: "unreachable" }, tookMs: 0 };
    case "prepare-speech":
      return { type: "speech-prepared", requestId, isReady: false };
  }
}
