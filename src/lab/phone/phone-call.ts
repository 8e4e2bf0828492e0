import type { sip as Sip } from "sip";
import type { Codec } from "../media/g711.ts";
import type { DigitTiming, RtpSession } from "../media/rtp-session.ts";
import type { AudioDescription, Direction } from "../media/sdp.ts";
import { type RequestParts, SipDialog } from "../media/sip-dialog.ts";
import { fromWire, type HostPort, type SipEndpoint, unquoted } from "../media/sip-endpoint.ts";
import { type Authentication, MOST_CHALLENGES } from "./authentication.ts";
import { CallAudio } from "./call-audio.ts";
import { Condition, type Deadline, PhoneError } from "./condition.ts";
import type { Ear } from "./ear.ts";
import type { Voice } from "./markers.ts";

// calling -> ringing | early -> talking -> ended   (an incoming call begins in ringing; anything may end)
export type PhoneCallState = "calling" | "ringing" | "early" | "talking" | "ended";

const RANKS: Record<PhoneCallState, number> = { calling: 0, ringing: 1, early: 1, talking: 2, ended: 3 };

export interface EndCause {
  by: "us" | "them";
  /** Final status of the INVITE when it was refused or cancelled; null after a BYE. */
  status: number | null;
  phrase: string;
  /** The Reason header (RFC 3326) of their BYE, CANCEL or refusal, for example `Q.850;cause=16;text="NORMAL_CLEARING"`. */
  reason: string | null;
}

/** What a call needs of the phone that it is on. */
export interface CallLine {
  endpoint: SipEndpoint;
  contact: Sip.Aor;
  authentication: Authentication;
  /** Called once, when the call has ended. */
  ended: (call: PhoneCall) => void;
}

export interface Caller {
  number: string;
  name: string;
}

export const ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY";
export const PHRASES: Record<number, string> = {
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  503: "Service Unavailable",
  603: "Decline",
};
/** RFC 3261, timers T1 and T2: a 2xx is repeated at these intervals until its ACK comes, for 64 T1. */
const T1_MS = 500;
const T2_MS = 4000;
const GLARE_RETRY_MS = 100;

export interface CallParts {
  line: CallLine;
  dialog: SipDialog;
  rtp: RtpSession;
  codecs: readonly Codec[];
  sdpLines: readonly string[];
  isSilent: boolean;
}

/** One call of a scripted phone, in either direction. Made by ScriptedPhone. */
export class PhoneCall {
  readonly direction: "outgoing" | "incoming";
  /** When each state was entered, in ms since the call began. */
  readonly timeline: { state: PhoneCallState; atMs: number }[] = [];
  /** The INVITE that came, or the last one that was sent. */
  invite: Sip.Request;
  endCause: EndCause | null = null;

  readonly #line: CallLine;
  readonly #dialog: SipDialog;
  readonly #audio: CallAudio;
  readonly #condition = new Condition();
  readonly #inviteParts: RequestParts;
  /** 2xx of ours that wait for their ACK, by sequence number of the INVITE. */
  readonly #unacknowledged = new Map<number, NodeJS.Timeout>();
  #state: PhoneCallState;
  /** Our SDP for the 2xx of the INVITE that rings here, or for the ACK of one that left the offer to the other side. */
  #answer = "";
  #hasProvisional = false;
  #isHangingUp = false;
  #isInviting = false;

  /** @param invite the one that came; null to make one, with these headers, and without SDP when the offer is left to the other side */
  private constructor(
    parts: CallParts,
    invite: Sip.Request | null,
    headers: Record<string, string> = {},
    leavesOffer = false,
  ) {
    this.direction = invite === null ? "outgoing" : "incoming";
    this.#line = parts.line;
    this.#dialog = parts.dialog;
    this.#audio = new CallAudio(parts.rtp, parts.codecs, parts.isSilent, () => this.#condition.changed());
    this.#state = invite === null ? "calling" : "ringing";
    this.timeline.push({ state: this.#state, atMs: 0 });
    this.#inviteParts = {
      headers: { ...this.#contactHeader(), ...headers },
      ...(leavesOffer ? {} : { sdp: this.#audio.offer() + parts.sdpLines.map((line) => `${line}\r\n`).join("") }),
    };
    this.invite = invite ?? this.#dialog.request("INVITE", this.#inviteParts);
  }

  /** Sends the INVITE. */
  static outgoing(parts: CallParts, headers: Record<string, string>, leavesOffer: boolean): PhoneCall {
    const call = new PhoneCall(parts, null, headers, leavesOffer);
    call.#sendInvite();
    return call;
  }

  /** Takes an INVITE and rings, unless there is no codec in common (null then, and 488 was sent). */
  static incoming(parts: CallParts, invite: Sip.Request): PhoneCall | null {
    const call = new PhoneCall(parts, invite);
    const answer = invite.content ? call.#audio.answer(invite.content) : call.#audio.offer();
    if (answer === null) {
      call.reject(488);
      return null;
    }
    call.#answer = answer;
    call.#respond(invite, 180);
    return call;
  }

  get id(): string {
    return this.#dialog.callId;
  }

  get state(): PhoneCallState {
    return this.#state;
  }

  get ear(): Ear {
    return this.#audio.ear;
  }

  /** Keys that the other side pressed. */
  get digits(): string {
    return this.#audio.digits;
  }

  get rtpCounts(): RtpSession["counts"] {
    return this.#audio.counts;
  }

  get markerIndex(): number | null {
    return this.#audio.markerIndex;
  }

  /** What the other side says about its audio, since its last offer or answer. */
  get remoteAudio(): AudioDescription | null {
    return this.#audio.remote;
  }

  /** Who calls, as the From header has it. */
  get caller(): Caller {
    const { name, uri } = this.invite.headers.from;
    const user = typeof uri === "string" ? (/^sips?:([^@;>]*)@/.exec(uri)?.[1] ?? "") : (uri.user ?? "");
    return { number: fromWire(user), name: unquoted(name ?? "") };
  }

  /**
   * Resolves when the call is in `state`, or past it (a call that talks has rung).
   * @throws PhoneError `ended` when it ended without getting there, `timeout`
   */
  async until(state: PhoneCallState, deadline: Deadline = {}): Promise<void> {
    await this.#condition.until(
      () => {
        const wasThere = this.timeline.some((entry) => entry.state === state);
        if (wasThere || (this.#state !== "ended" && RANKS[this.#state] > RANKS[state])) return true;
        if (this.#state === "ended")
          throw new PhoneError("ended", `ended before ${state}: ${this.#describe()}`, this.endCause?.status);
        return undefined;
      },
      `call to be ${state}`,
      deadline,
      () => this.#describe(),
    );
  }

  /** Resolves when the other side's audio goes this way (as it says itself). @throws PhoneError (timeout) */
  async untilRemoteDirection(direction: Direction, deadline: Deadline = {}): Promise<void> {
    const isThere = () => (this.remoteAudio?.direction === direction ? true : undefined);
    await this.#condition.until(isThere, `remote audio to be ${direction}`, deadline, () => this.#describe());
  }

  /** Resolves with all keys once the other side has pressed so many. @throws PhoneError (timeout) */
  untilDigits(count: number, deadline: Deadline = {}): Promise<string> {
    const enough = () => (this.digits.length >= count ? this.digits : undefined);
    return this.#condition.until(enough, `${count} keys`, deadline, () => `got "${this.digits}"`);
  }

  /** Picks up. @throws PhoneError `not-possible` when it does not ring here any more */
  answer(): void {
    if (this.direction !== "incoming" || this.#state !== "ringing") throw this.#impossible("answer");
    this.#accept(this.invite, this.#answer);
    this.#enter("talking");
  }

  /** Sends sound before answering (183), as an operator's announcement is heard. @throws PhoneError `not-possible` */
  announce(): void {
    if (this.direction !== "incoming" || this.#state !== "ringing") throw this.#impossible("announce");
    this.#respond(this.invite, 183, this.#answer);
    this.#audio.isTalking = true;
  }

  /** Refuses an incoming call. @throws PhoneError `not-possible` */
  reject(status = 603, headers: Record<string, string> = {}): void {
    if (this.direction !== "incoming" || this.#state !== "ringing") throw this.#impossible("reject");
    this.#respond(this.invite, status, undefined, headers);
    this.#end({ by: "us", status, phrase: PHRASES[status] ?? "", reason: null });
  }

  /** Ends the call as its state wants: CANCEL, 603 or BYE. Resolves when it is over, whoever ended it. @throws PhoneError (timeout) */
  async hangUp(deadline: Deadline = {}): Promise<void> {
    if (this.#state === "ended") return;
    const wasHangingUp = this.#isHangingUp;
    this.#isHangingUp = true;
    if (!wasHangingUp) {
      if (this.#state === "talking") this.#sayBye();
      else if (this.direction === "incoming") this.reject();
      // Before a provisional response nothing may be cancelled: the first one brings it about.
      else if (this.#hasProvisional) this.#line.endpoint.cancel(this.invite, this.#dialog.nextHop);
    }
    await this.until("ended", deadline);
  }

  /** Presses keys one after the other; resolves when the last is sent. @throws PhoneError `not-possible` before there is any media */
  async pressKey(digits: string, timing: DigitTiming = {}): Promise<void> {
    if (this.remoteAudio === null || this.#state === "ended") throw this.#impossible("press a key");
    await this.#audio.pressKey(digits, timing);
  }

  /** While talking, says this marker at the beginning of each second. */
  sendMarkers(index: number): void {
    this.#audio.sendMarkers(index);
  }

  /** Says something else, or (null) silence. */
  say(voice: Voice | null): void {
    this.#audio.markerIndex = null;
    this.#audio.voice = voice;
  }

  /** Puts the other side on hold (RFC 3264, section 8.4: `sendonly`). @throws PhoneError `refused` */
  hold(): Promise<void> {
    return this.#changeDirection("sendonly");
  }

  /** @throws PhoneError `refused` */
  unhold(): Promise<void> {
    return this.#changeDirection("sendrecv");
  }

  /** Any other request in the dialog, with its final response. */
  request(method: string, parts: RequestParts = {}): Promise<Sip.Response> {
    return new Promise((resolve) => this.#send(method, parts, resolve));
  }

  /** A request of the other side in this call. Called by the phone. */
  receive(request: Sip.Request): void {
    const { method } = request;
    if (method === "ACK") this.#receiveAck(request);
    else if (method === "BYE") {
      this.#respond(request, 200);
      this.#end({ by: this.#isHangingUp ? "us" : "them", status: null, phrase: "", reason: reasonOf(request) });
    } else if (method === "CANCEL") {
      this.#respond(request, 200);
      if (this.direction !== "incoming" || this.#state !== "ringing") return;
      this.#respond(this.invite, 487);
      this.#end({ by: "them", status: 487, phrase: "Request Terminated", reason: reasonOf(request) });
    } else if (method === "INVITE" && request.headers.to.params["tag"] === undefined) {
      // The same INVITE by another way (RFC 3261, section 8.2.2.2).
      request.headers.to.params["tag"] = this.#dialog.local.params["tag"];
      this.#respond(request, 482);
    } else if (method === "INVITE" || method === "UPDATE") this.#receiveOffer(request);
    else if (method === "INFO" || method === "OPTIONS" || method === "NOTIFY") this.#respond(request, 200);
    else this.#line.endpoint.respond(request, 405, PHRASES[405] as string, { headers: { allow: ALLOW } });
  }

  /** Ends without a word, as a phone without power does. */
  drop(): void {
    this.#end({ by: "us", status: null, phrase: "dropped", reason: null });
  }

  #sendInvite(challenges = 0): void {
    const { invite } = this;
    const target = this.#dialog.nextHop;
    this.#hasProvisional = false;
    this.#line.endpoint.request(invite, target, (response) => {
      const { status } = response;
      if (status >= 200 && status < 300) this.#receiveAnswer(invite, response);
      else if (this.#state === "ended" || invite !== this.invite) return;
      else if (status < 200) this.#receiveProvisional(invite, target, response);
      else if (!this.#isHangingUp && challenges < MOST_CHALLENGES && this.#line.authentication.take(response)) {
        this.invite = this.#dialog.request("INVITE", this.#inviteParts);
        this.#line.authentication.sign(this.invite);
        this.#sendInvite(challenges + 1);
      } else {
        const phrase = fromWire(response.reason || (PHRASES[status] ?? ""));
        this.#end({ by: this.#isHangingUp ? "us" : "them", status, phrase, reason: reasonOf(response) });
      }
    });
  }

  #receiveProvisional(invite: Sip.Request, target: HostPort, response: Sip.Response): void {
    const isFirst = !this.#hasProvisional;
    this.#hasProvisional = true;
    if (isFirst && this.#isHangingUp) this.#line.endpoint.cancel(invite, target);
    if (response.status === 100) return;
    this.#dialog.learn(response);
    if (response.content) this.#audio.takeAnswer(response.content);
    const state = response.content ? "early" : "ringing";
    if (this.#state === "calling" || state === "early") this.#enter(state);
  }

  #receiveAnswer(invite: Sip.Request, response: Sip.Response): void {
    const isFirst = this.#state !== "talking" && this.#state !== "ended";
    if (isFirst) this.#dialog.learn(response);
    const isOffer = this.#inviteParts.sdp === undefined;
    if (isFirst && isOffer) this.#answer = this.#audio.answer(response.content ?? "") ?? "";
    this.#acknowledge(invite, isOffer ? this.#answer : undefined);
    // A repeat only wants its ACK.
    if (!isFirst) return;
    if (response.content && !isOffer) this.#audio.takeAnswer(response.content);
    this.#enter("talking");
    // It picked up while we cancelled.
    if (this.#isHangingUp) this.#sayBye();
  }

  #acknowledge(invite: Sip.Request, sdp?: string): void {
    const ack = this.#dialog.request("ACK", sdp === undefined ? {} : { sdp }, invite.headers.cseq.seq);
    this.#line.endpoint.acknowledge(ack, this.#dialog.nextHop);
  }

  /** Sends a request in the dialog; signs it when challenged. `onFinal` gets each final response once, but repeats of a 2xx to INVITE. */
  #send(method: string, parts: RequestParts, onFinal: (response: Sip.Response) => void, challenges = 0): void {
    const request = this.#dialog.request(method, parts);
    this.#line.authentication.sign(request);
    let isDone = false;
    this.#line.endpoint.request(request, this.#dialog.nextHop, (response) => {
      if (response.status < 200) return;
      if (method === "INVITE" && response.status < 300) {
        if (!isDone) this.#dialog.refreshTarget(response);
        this.#acknowledge(request);
      }
      if (isDone) return;
      isDone = true;
      if (challenges < MOST_CHALLENGES && this.#line.authentication.take(response)) {
        this.#send(method, parts, onFinal, challenges + 1);
      } else onFinal(response);
    });
  }

  #sayBye(): void {
    // The receiver of an INVITE may not say BYE before the ACK (RFC 3261, section 15): it follows then.
    if (this.#unacknowledged.size > 0) return;
    this.#audio.isTalking = false;
    this.#send("BYE", {}, () => this.#end({ by: "us", status: null, phrase: "", reason: null }));
  }

  async #changeDirection(direction: Direction): Promise<void> {
    if (this.#state !== "talking" || this.#isHangingUp)
      throw this.#impossible(direction === "sendonly" ? "hold" : "unhold");
    for (;;) {
      this.#isInviting = true;
      const response = await this.request("INVITE", {
        headers: this.#contactHeader(),
        sdp: this.#audio.offer(direction),
      });
      this.#isInviting = false;
      if (response.status >= 200 && response.status < 300) {
        if (response.content) this.#audio.takeAnswer(response.content);
        return;
      }
      // Both sides changed something at once: each waits a little (RFC 3261, section 14.1).
      if (response.status !== 491) throw new PhoneError("refused", `re-INVITE: ${response.status}`, response.status);
      await new Promise((resolve) => setTimeout(resolve, GLARE_RETRY_MS * (1 + Math.random())));
    }
  }

  #receiveOffer(request: Sip.Request): void {
    if (this.#isInviting) return this.#respond(request, 491);
    this.#dialog.refreshTarget(request);
    const isUpdate = request.method === "UPDATE";
    if (isUpdate && !request.content) return this.#respond(request, 200);
    const sdp = request.content ? this.#audio.answer(request.content) : this.#audio.offer();
    if (sdp === null) this.#respond(request, 488);
    else if (isUpdate) this.#respond(request, 200, sdp);
    else this.#accept(request, sdp);
  }

  #receiveAck(ack: Sip.Request): void {
    const timer = this.#unacknowledged.get(ack.headers.cseq.seq);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#unacknowledged.delete(ack.headers.cseq.seq);
    // The answer to an offer that we made in our 2xx.
    if (ack.content) this.#audio.takeAnswer(ack.content);
    if (this.#isHangingUp && this.#state === "talking") this.#sayBye();
  }

  /** Says 200 to an INVITE, again and again until its ACK. */
  #accept(request: Sip.Request, sdp: string): void {
    const { seq } = request.headers.cseq;
    let sinceMs = 0;
    const send = (waitMs: number) => {
      this.#respond(request, 200, sdp);
      const again = () => {
        sinceMs += waitMs;
        if (sinceMs < 64 * T1_MS) return send(Math.min(2 * waitMs, T2_MS));
        this.#unacknowledged.delete(seq);
        this.#isHangingUp = true;
        this.#sayBye();
      };
      this.#unacknowledged.set(seq, setTimeout(again, waitMs));
    };
    send(T1_MS);
  }

  #respond(request: Sip.Request, status: number, sdp?: string, further: Record<string, string> = {}): void {
    const headers = {
      ...this.#contactHeader(),
      ...further,
      ...(sdp === undefined ? {} : { "content-type": "application/sdp" }),
    };
    const content = sdp === undefined ? {} : { content: sdp };
    this.#line.endpoint.respond(request, status, PHRASES[status] ?? "", { headers, ...content });
  }

  #contactHeader(): Record<string, unknown> {
    return { contact: [this.#line.contact], allow: ALLOW };
  }

  #enter(state: PhoneCallState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#audio.isTalking = state === "talking";
    this.timeline.push({ state, atMs: this.ear.nowMs });
    this.#condition.changed();
  }

  #end(cause: EndCause): void {
    if (this.#state === "ended") return;
    this.endCause = cause;
    for (const timer of this.#unacknowledged.values()) clearTimeout(timer);
    this.#unacknowledged.clear();
    this.#audio.close();
    this.#enter("ended");
    this.#line.ended(this);
  }

  #impossible(what: string): PhoneError {
    return new PhoneError("not-possible", `cannot ${what}: ${this.#describe()}`);
  }

  #describe(): string {
    if (this.endCause === null) return `it is ${this.#state}`;
    const { by, status, phrase, reason } = this.endCause;
    return `ended by ${by}${status === null ? "" : ` with ${status} ${phrase}`}${reason === null ? "" : ` (${reason})`}`;
  }
}

function reasonOf(message: Sip.Message): string | null {
  const reason = message.headers["reason"];
  return typeof reason === "string" ? fromWire(reason) : null;
}
