import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import type { TimelineKind } from "../calls/call-fact.ts";
import { SwitchError } from "../calls/failure.ts";
import { type CallId, type Extension, type LegId, newPlayId, type OperatorId, type PlayId } from "../calls/ids.ts";
import { LANGUAGES } from "../calls/language.ts";
import { type HoursCode, overrideFor } from "../flows/hours/phone-codes.ts";
import type { PhoneArrival } from "./phone-call.ts";
import type { Surroundings } from "./surroundings.ts";

const DONE = { close: "hours-closed", open: "hours-open", plan: "hours-plan" } as const;
const NOT_DONE = "hours-not-changed";

/** An operator who dialled a code for the hours: it is done, they hear that it is (or is not), and the call is over. */
export class HoursCall {
  readonly callId: CallId;
  readonly callerLegId: LegId;
  readonly dialled: string;
  readonly extension: Extension;
  readonly startedAtMs: number;
  readonly direction = "internal";
  readonly #code: HoursCode;
  readonly #around: Surroundings;
  #playId: PlayId | null = null;
  #isDone = false;
  #hungUpBy: "operator" | "system" = "operator";
  #isEnded = false;

  constructor(arrival: PhoneArrival, code: HoursCode, around: Surroundings) {
    this.callId = arrival.callId;
    this.callerLegId = arrival.legId;
    this.dialled = arrival.dialled;
    this.extension = arrival.extension;
    this.startedAtMs = arrival.atMs;
    this.#code = code;
    this.#around = around;
  }

  /** Found after a restart it begins anew: doing it twice comes to the same. */
  begin(): void {
    this.#open();
    this.#send({ type: "answer", legId: this.callerLegId });
    this.#change().then(
      (isDone) => this.#tell(isDone),
      (error: unknown) => {
        this.#around.logger.warn({ callId: this.callId, error: String(error) }, "hours could not be changed");
        this.#tell(false);
      },
    );
  }

  /** The connection was lost meanwhile: what the operator was being told may have been lost with it, and they can dial again. */
  resume(): void {
    if (this.#playId !== null) this.#hangUp();
  }

  post(event: CallEvent): void {
    if (this.#isEnded) return;
    if (event.type === "leg-answered") return this.#answered(event);
    if (event.type === "play-finished" && event.playId === this.#playId) return this.#hangUp();
    if (event.type === "leg-hung-up" && event.legId === this.callerLegId) this.#end(event);
  }

  /** As InboundCall.forget. */
  forget(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#around.onEnded(this.callId);
  }

  get view(): { isTalking: boolean; phaseSinceMs: number; operatorId: OperatorId | null; gateway: null } {
    const operatorId = this.#caller()?.operatorId ?? null;
    return { isTalking: false, phaseSinceMs: this.startedAtMs, operatorId, gateway: null };
  }

  async #change(): Promise<boolean> {
    const { schedules, site } = this.#around.configuration();
    const { wish, scheduleId } = this.#code;
    const schedule = schedules.find((one) => one.scheduleId === scheduleId);
    if (!schedule) return false;
    const override = overrideFor(wish, schedule, this.#around.nowMs(), site.timeZone);
    return await this.#around.hours.override(scheduleId, override, this.extension);
  }

  #tell(isDone: boolean): void {
    if (this.#isEnded) return;
    this.#isDone = isDone;
    const { wish } = this.#code;
    this.#note("hours-changed", { state: isDone ? wish : "failed" });
    const { site } = this.#around.configuration();
    const own = this.#caller()?.language ?? site.language;
    const prompt = isDone ? DONE[wish] : NOT_DONE;
    const path = [own, site.language, "en" as const, ...LANGUAGES]
      .map((language) => this.#around.prompts.file(prompt, language))
      .find((found) => found !== null);
    // Without a word for it: one beep, it is done; three, it is not.
    const beeps = Array.from({ length: isDone ? 1 : 3 }, () => ({ kind: "beep" as const }));
    this.#playId = newPlayId();
    this.#send({
      type: "play",
      legId: this.callerLegId,
      playId: this.#playId,
      sounds: path ? [{ kind: "file", path }] : beeps,
      isLooped: false,
    });
  }

  #hangUp(): void {
    this.#hungUpBy = "system";
    this.#send({ type: "hang-up", legId: this.callerLegId, cause: "NORMAL_CLEARING" });
  }

  #answered({ legId, atMs }: CallEventOf<"leg-answered">): void {
    this.#around.log.append([{ type: "leg-answered", legId, atMs }]);
  }

  #end({ legId, atMs, cause, sipStatus }: CallEventOf<"leg-hung-up">): void {
    this.#isEnded = true;
    const { callId } = this;
    this.#note("hung-up", { by: this.#hungUpBy, cause });
    this.#around.log.append([
      { type: "leg-ended", legId, atMs, cause, sipStatus },
      { type: "call-ended", callId, atMs, outcome: this.#isDone ? "information-heard" : "failed", cause },
    ]);
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  #open(): void {
    const { callId, callerLegId: legId, startedAtMs: atMs } = this;
    const caller = this.#caller();
    if (caller) this.#around.board.occupy(caller.operatorId, callId, true);
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction: "internal",
        callerNumber: this.extension,
        callerName: caller?.name ?? "",
        callerE164: null,
        isCallerHidden: false,
        dialled: this.dialled,
        dialledE164: null,
        gateway: null,
        flow: null,
        language: null,
      },
      {
        type: "leg-opened",
        legId,
        callId,
        atMs,
        role: "operator",
        origin: "phone",
        number: this.extension,
        operatorId: caller?.operatorId ?? null,
      },
    ]);
    this.#note("arrived", {});
  }

  #caller() {
    return this.#around.board.byExtension(this.extension);
  }

  #send(command: Parameters<Surroundings["switch"]["send"]>[0]): void {
    this.#around.switch.send(command).catch((error: unknown) => {
      if (error instanceof SwitchError && error.reason === "no-such-leg") return;
      this.#around.logger.warn({ callId: this.callId, command: command.type, error: String(error) }, "order not taken");
    });
  }

  #note(kind: TimelineKind, data: Record<string, string | number | null>): void {
    this.#around.log.append([{ type: "timeline", callId: this.callId, atMs: this.#around.nowMs(), kind, data }]);
  }
}
