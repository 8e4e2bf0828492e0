import { randomUUID } from "node:crypto";
import { type CallerProfile, fieldOf } from "./caller-profile.ts";
import { Changes } from "./changes.ts";
import { channelHeaders } from "./channel-headers.ts";
import type { ChannelMedia } from "./channel-media.ts";
import { type ChannelLeg, type ChannelState, type ChannelTimes, nowUs } from "./channel-state.ts";
import { type Action, type Extension, hunt } from "./dialplan.ts";
import { type Digit, DigitQueue } from "./digit-queue.ts";
import { headerOf } from "./event-socket-protocol.ts";
import type { ChannelMessage } from "./event-socket-server.ts";
import type { EventHeaders } from "./events.ts";
import { expandVariables } from "./expand.ts";
import { causeNamed, type HangupCause, numberOf, q850Of } from "./hangup-causes.ts";
import type { Recorder } from "./recorder.ts";
import type { LabSwitch } from "./switch.ts";

/** What a channel does next; set by a transfer or a bridge, which thereby interrupt what it is doing. */
interface Step {
  run: () => Promise<void>;
  /** Called instead of `run` when something else came in between. */
  drop: () => void;
}

/**
 * One leg of a call. Its life is a loop of steps (read the dialplan, run applications, be one side of a bridge); whoever wants something else
 * of it sets the next step, and what runs notices by `isReady`. Whatever waits does so by `changed`, which is also how it hears of a hangup.
 *
 *   init -> routing -> execute -> (bridge) -> hangup -> reporting; a transfer goes back to routing
 */
export class Channel {
  readonly uuid: string;
  readonly direction: "inbound" | "outbound";
  readonly name: string;
  readonly owner: LabSwitch;
  readonly variables = new Map<string, string>();
  readonly times: ChannelTimes;
  /** The newest is the last. */
  readonly profiles: CallerProfile[];
  readonly recorders = new Map<string, Recorder>();
  readonly applicationLog: { application: string; data: string; atUs: number }[] = [];
  state: ChannelState = "CS_INIT";
  leg: ChannelLeg | null = null;
  media: ChannelMedia | null = null;
  codecName = "";
  isAnswered = false;
  isEarly = false;
  isRingReady = false;
  isHeld = false;
  /** The other end of the bridge that it is in. */
  bridgedTo: Channel | null = null;
  /** Who stands in `Other-Leg-...`: the last partner. */
  other: { channel: Channel; type: "originator" | "originatee" } | null = null;
  hangupCause: HangupCause | null = null;
  /** What `respond` wants a caller to be told instead of the cause's status. */
  respondStatus: number | null = null;
  hasSeenDialplan = false;
  /** Set by `uuid_break`; cleared when the next application starts. */
  isBroken = false;
  runningApplication = "";
  runningData = "";
  readonly #messages: ChannelMessage[] = [];
  readonly #digits = new DigitQueue();
  #nextStep: Step | null = null;
  readonly #changes = new Changes();
  #lockDepth = 0;
  #ended: (() => void) | undefined;
  /** Resolves when all is over: events fired, CDR written. */
  readonly ended = new Promise<void>((resolve) => {
    this.#ended = resolve;
  });

  constructor(
    owner: LabSwitch,
    options: { uuid: string; direction: "inbound" | "outbound"; name: string; profile: CallerProfile },
  ) {
    this.owner = owner;
    this.uuid = options.uuid;
    this.direction = options.direction;
    this.name = options.name;
    this.profiles = [options.profile];
    this.times = {
      createdUs: nowUs(),
      answeredUs: 0,
      progressUs: 0,
      progressMediaUs: 0,
      bridgedUs: 0,
      hangupUs: 0,
      lastHoldUs: 0,
    };
    this.variables.set("direction", options.direction);
    this.variables.set("uuid", options.uuid);
    this.variables.set("channel_name", options.name);
    this.variables.set("call_uuid", options.uuid);
  }

  get profile(): CallerProfile {
    return this.profiles.at(-1) as CallerProfile;
  }

  /** True while what runs may go on: not hung up, nothing else to do. */
  get isReady(): boolean {
    return this.hangupCause === null && this.#nextStep === null;
  }

  get hasDigits(): boolean {
    return !this.#digits.isEmpty;
  }

  // Variables

  /** Channel variable, else caller profile field, else global, as FreeSWITCH looks them up. */
  variable(name: string): string | undefined {
    if (name === "uuid") return this.uuid;
    const own = this.variables.get(name);
    if (own !== undefined) return own;
    return fieldOf(this.profile, name) ?? this.owner.globals.get(name);
  }

  isTrue(name: string): boolean {
    return /^(true|yes|on|enabled?|active|allow|t|y|[1-9]\d*)$/i.test(this.variable(name) ?? "");
  }

  /** An empty value removes the variable. One with `${` in it is refused, as FreeSWITCH refuses it. */
  setVariable(name: string, value: string): void {
    if (value === "") this.variables.delete(name);
    else if (value.includes("${")) this.owner.log("error", `${this.name}: ${name} contains a variable`);
    else this.variables.set(name, value);
  }

  expand(text: string): string {
    return expandVariables(text, {
      variable: (name) => this.variable(name),
      call: (command, args) => this.owner.callInDialplan(command, args),
    });
  }

  // Events

  fire(name: string, extra: EventHeaders = {}): void {
    this.owner.events.fire(name, () => ({ ...channelHeaders(this, name !== "DTMF"), ...extra }));
  }

  // Waiting

  /** Something happened that a waiting application should look at. */
  notify(): void {
    this.#changes.notify();
  }

  /** Calls `watcher` at each `notify`. Returns the unsubscription. */
  onChange(watcher: () => void): () => void {
    return this.#changes.watch(watcher);
  }

  /** Waits for `notify`, at most `timeoutMs`. */
  changed(timeoutMs?: number): Promise<void> {
    return this.#changes.next(timeoutMs);
  }

  // Keys

  /** A key from the phone. It waits until an application takes it. */
  pushDigit(digit: string): void {
    this.#digits.push(digit);
    this.notify();
  }

  /** Takes the oldest waiting key; the event DTMF is fired now, not when it was pressed. */
  takeDigit(): Digit | null {
    const digit = this.#digits.take();
    if (digit === null) return null;
    this.fire("DTMF", {
      "DTMF-Digit": digit.digit,
      "DTMF-Duration": String(digit.durationSamples),
      "DTMF-Source": "RTP",
    });
    return digit;
  }

  // Messages from the event socket

  queueMessage(message: ChannelMessage): void {
    if (headerOf(message.headers, "call-command") === "hangup") {
      this.hangUp(causeNamed(headerOf(message.headers, "hangup-cause") ?? "") ?? "NORMAL_CLEARING");
      return;
    }
    this.#messages.push(message);
    this.notify();
  }

  /** Runs what `sendmsg` asked for, inside whatever is running now; nothing while one with `event-lock` runs. */
  async runMessages(): Promise<void> {
    while (this.isReady && this.#lockDepth === 0) {
      const message = this.#messages.shift();
      if (message === undefined) return;
      await this.#runMessage(message);
      if (this.isBroken) return;
    }
  }

  /** `uuid_break`: ends the running application; `all` drops what waits behind it. */
  break(all: boolean): void {
    if (all) this.#messages.length = 0;
    this.isBroken = true;
    this.notify();
  }

  async #runMessage({ headers, body }: ChannelMessage): Promise<void> {
    const command = headerOf(headers, "call-command");
    const application = headerOf(headers, "execute-app-name");
    if (command !== "execute" || application === undefined) {
      this.owner.log("warning", `sendmsg: call-command ${command ?? "missing"} is not known here`);
      return;
    }
    const isLocked = headerOf(headers, "event-lock") === "true";
    const loops = Number.parseInt(headerOf(headers, "loops") ?? "1", 10) || 1;
    const data = headerOf(headers, "execute-app-arg") ?? body ?? "";
    if (isLocked) this.#lockDepth++;
    try {
      for (let left = loops < 0 ? Number.POSITIVE_INFINITY : loops; left > 0 && this.isReady; left--) {
        const fromMs = performance.now();
        await this.execute({ application, data }, headerOf(headers, "event-uuid"));
        // FreeSWITCH too ends a loop whose body takes under half a second: it would spin.
        if (this.isBroken || performance.now() - fromMs < 500) break;
      }
    } finally {
      if (isLocked) this.#lockDepth--;
    }
  }

  // Running

  /** Sets what it does next, interrupting what it does now. Refused (false) after the hangup. */
  divert(run: Step["run"], drop: Step["drop"] = () => undefined): boolean {
    if (this.hangupCause !== null) return false;
    this.#nextStep?.drop();
    this.#nextStep = { run, drop };
    this.bridgedTo?.notify();
    this.notify();
    return true;
  }

  transfer(destination: string, context: string): boolean {
    const atUs = nowUs();
    const isTaken = this.divert(() => this.route());
    if (!isTaken) return false;
    this.profile.transferredUs = atUs;
    this.profiles.push({
      ...this.profile,
      destinationNumber: destination,
      context,
      index: this.profile.index + 1,
      createdUs: atUs,
      transferredUs: 0,
      extension: null,
    });
    this.state = "CS_ROUTING";
    return true;
  }

  /** Runs steps until the channel hangs up, and reports its end. */
  async run(first: Step["run"]): Promise<void> {
    this.#nextStep = { run: first, drop: () => undefined };
    try {
      while (this.hangupCause === null) {
        const step = this.#nextStep;
        this.#nextStep = null;
        if (step === null) this.hangUp("NORMAL_CLEARING");
        else await step.run();
      }
    } catch (error) {
      this.owner.log("error", `${this.name}: ${error instanceof Error ? error.stack : String(error)}`);
      this.hangUp("NORMAL_TEMPORARY_FAILURE");
    }
    this.#nextStep?.drop();
    this.report();
  }

  /** The dialplan, from the newest caller profile. */
  async route(): Promise<void> {
    this.state = "CS_ROUTING";
    const extension = await this.#hunt(this.profile.destinationNumber, this.profile.context);
    if (extension === null) {
      this.owner.log("info", `${this.name}: no extension for ${this.profile.destinationNumber}`);
      this.hangUp("NO_ROUTE_DESTINATION");
      return;
    }
    const { name, actions } = extension;
    this.profile.extension = { name, number: this.profile.destinationNumber, actions };
    await this.runExtension(extension);
  }

  /** Runs an extension of the dialplan like a subroutine. */
  async executeExtension(destination: string, context: string): Promise<void> {
    const extension = await this.#hunt(destination, context);
    for (const action of extension?.actions ?? []) {
      if (!this.isReady) return;
      await this.execute(action);
    }
  }

  async #hunt(destination: string, context: string): Promise<Extension | null> {
    const inline: Promise<void>[] = [];
    const extension = hunt(this.owner.dialplan, context, {
      variable: (name) => this.variable(name),
      call: (command, args) => this.owner.callInDialplan(command, args),
      field: (name) => (name === "destination_number" ? destination : fieldOf(this.profile, name)),
      setVariable: (name, value) => this.setVariable(name, value),
      // Inline applications set variables; they have done so when the call returns.
      runInline: (action) => inline.push(this.execute(action)),
    });
    await Promise.all(inline);
    return extension;
  }

  async runExtension({ actions }: Pick<Extension, "actions">): Promise<void> {
    this.state = "CS_EXECUTE";
    this.hasSeenDialplan = true;
    for (const action of actions) {
      if (!this.isReady) return;
      await this.execute(action);
    }
  }

  /** Runs one application and says so (CHANNEL_EXECUTE, CHANNEL_EXECUTE_COMPLETE). An unknown one ends the call, as in FreeSWITCH. */
  async execute({ application, data }: Action, eventUuid: string = randomUUID()): Promise<void> {
    const run = this.owner.applications.get(application);
    if (run === undefined) {
      this.owner.log("error", `${this.name}: application ${JSON.stringify(application)} is not known here`);
      this.hangUp("DESTINATION_OUT_OF_ORDER");
      return;
    }
    const expanded = this.expand(data);
    const headers = {
      Application: application,
      ...(expanded === "" ? {} : { "Application-Data": expanded }),
      "Application-UUID": eventUuid,
    };
    this.isBroken = false;
    this.runningApplication = application;
    this.runningData = expanded;
    this.applicationLog.push({ application, data: expanded, atUs: nowUs() });
    this.setVariable("current_application", application);
    this.setVariable("current_application_data", expanded);
    this.variables.delete("current_application_response");
    this.fire("CHANNEL_EXECUTE", headers);
    await run(this, expanded);
    const response = this.variables.get("current_application_response") ?? "_none_";
    this.fire("CHANNEL_EXECUTE_COMPLETE", { ...headers, "Application-Response": response });
  }

  // Progress and end

  /** Tells the caller that it rings (180). */
  ringReady(): void {
    if (this.isRingReady || this.isEarly || this.isAnswered || this.direction !== "inbound") return;
    this.leg?.ring();
    this.markRinging();
  }

  markRinging(): void {
    if (this.isRingReady) return;
    this.isRingReady = true;
    this.times.progressUs = nowUs();
    this.fire("CHANNEL_PROGRESS");
    this.notify();
  }

  async preAnswer(): Promise<void> {
    if (this.isEarly || this.isAnswered || this.direction !== "inbound" || this.hangupCause !== null) return;
    await this.leg?.progress();
    if (this.hangupCause === null) this.markEarly();
  }

  markEarly(): void {
    if (this.isEarly || this.isAnswered) return;
    this.isEarly = true;
    this.times.progressMediaUs = nowUs();
    this.fire("CHANNEL_PROGRESS_MEDIA");
    this.notify();
  }

  async answer(): Promise<void> {
    if (this.isAnswered || this.direction !== "inbound" || this.hangupCause !== null) return;
    await this.leg?.answer();
    if (this.hangupCause === null) this.markAnswered();
  }

  markAnswered(): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.times.answeredUs = nowUs();
    this.fire("CHANNEL_ANSWER");
    const [, application, data = ""] =
      /^(\S+?)(?:::|\s+)([^]*)$/.exec(this.variables.get("execute_on_answer") ?? "") ?? [];
    if (application !== undefined) this.owner.watch(this.execute({ application, data }));
    this.notify();
  }

  /** The other side put us on hold, or took us back. */
  hold(isHeld: boolean): void {
    if (this.isHeld === isHeld || this.hangupCause !== null) return;
    this.isHeld = isHeld;
    if (isHeld) this.times.lastHoldUs = nowUs();
    if (this.media !== null) this.media.isOnHold = isHeld;
    this.fire(isHeld ? "CHANNEL_HOLD" : "CHANNEL_UNHOLD");
  }

  /** Ends the leg; only the first cause counts. `byOtherSide` names how SIP said so, for example `recv_bye`. */
  hangUp(cause: HangupCause, byOtherSide?: string): void {
    if (this.hangupCause !== null) return;
    this.hangupCause = cause;
    this.times.hangupUs = nowUs();
    this.state = "CS_HANGUP";
    const disposition = byOtherSide ?? this.leg?.end(cause, this.respondStatus) ?? null;
    this.variables.set("hangup_cause", cause);
    this.variables.set("hangup_cause_q850", String(q850Of(cause)));
    if (disposition !== null) this.variables.set("sip_hangup_disposition", disposition);
    if (disposition === "recv_cancel") this.variables.set("sip_invite_failure_status", "487");
    if (disposition === "send_cancel") {
      this.variables.set("sip_invite_failure_status", "487");
      this.variables.set("sip_invite_failure_phrase", "CANCEL");
    }
    this.bridgedTo?.notify();
    this.notify();
  }

  /** What a final response, a BYE or a CANCEL said, for the log. */
  setTermination(status: number, cause: HangupCause): void {
    this.variables.set("sip_term_status", String(status));
    this.variables.set("sip_term_cause", String(numberOf(cause)));
    this.variables.set("proto_specific_hangup_cause", `sip:${status}`);
  }

  /** The end: recordings closed, variables of the log set, CDR written, CHANNEL_HANGUP_COMPLETE. */
  report(): void {
    for (const recorder of this.recorders.values()) recorder.stop();
    this.media?.close();
    this.media = null;
    this.state = "CS_REPORTING";
    this.variables.set("digits_dialed", this.#digits.taken);
    this.owner.reportEnd(this);
    this.#ended?.();
  }
}
