import { XMLParser } from "fast-xml-parser";
import type { Logger } from "pino";
import type { CallCommand } from "../calls/call-command.ts";
import type { CallEvent, GatewayState, SipPlace } from "../calls/call-event.ts";
import { SwitchError } from "../calls/failure.ts";
import type { CallId, Extension, LegId, PlayId } from "../calls/ids.ts";
import type { LegSnapshot, SwitchPort, SwitchState } from "../calls/switch-port.ts";
import { decodeEvent, decodeLeg, failureOf, gatewayStateOf, wasEndedByKey } from "./decode-event.ts";
import {
  type EslCommand,
  encodeCommand,
  encodeDialMarks,
  encodeHold,
  encodeMessageMarks,
  encodePlaceAlone,
  encodeRecordingMark,
  isLoopedBySwitch,
} from "./encode-command.ts";
import type { EventHeaders } from "./event-headers.ts";
import { EventSocket } from "./event-socket.ts";
import type { SwitchConsole } from "./generated-config.ts";
import { LegPlayer } from "./leg-player.ts";
import type { SwitchClock } from "./switch-clock.ts";

export interface FreeSwitchOptions {
  host: string;
  port: number;
  secret: string | (() => Promise<string>);
  /** Where recordings and messages go, absolute paths. */
  recordingsDir: string;
  messagesDir: string;
  log: Pick<Logger, "info" | "warn">;
}

/** An operator's phone that we ring: exactly one `leg-hung-up` will follow. */
interface Ringing {
  callId: CallId;
  /** The switch still tries; a hang-up that finds no leg yet must be tried again. */
  isDialling: boolean;
}

/** A leg's CHANNEL_HANGUP_COMPLETE may come after the result of the originate that failed. */
const HANGUP_AFTER_RESULT_MS = 1000;
const KILL_AGAIN_MS = 50;
/** The switch's list of channels is up to a second behind. */
const LIST_LAG_MS = 2000;
/** How long legs that have ended are remembered, so that none is reported twice. */
const ENDED_MEMORY_MS = 60_000;

/** FreeSWITCH, or what speaks its event socket, as the engine sees it. */
export class FreeSwitch implements SwitchPort {
  #options: FreeSwitchOptions;
  #socket: EventSocket;
  #player: LegPlayer;
  #ringing = new Map<LegId, Ringing>();
  /** A phone's leg and the leg that it dialled. */
  #dialled = new Map<LegId, LegId>();
  #ended = new Map<LegId, number>();
  /** Call and language that were put on a leg since we connected; each byte of a command costs the switch a system call. */
  #placed = new Map<LegId, string>();
  /** Legs that the engine has been told of since we connected. */
  #told = new Set<LegId>();
  #registered: Set<Extension> | null = null;
  #registrationsSince = new Map<Extension, boolean>();
  #secondLook: NodeJS.Timeout | undefined;
  #eventListeners = new Set<(event: CallEvent) => void>();
  #stateListeners = new Set<(state: SwitchState) => void>();

  constructor(options: FreeSwitchOptions) {
    this.#options = options;
    this.#socket = new EventSocket(options);
    this.#player = new LegPlayer({
      start: async (legId, playback) => {
        const application = playback.application ?? "playback";
        const reply = await this.#socket.execute(legId, application, playback.argument, playback.playId);
        requireOk(reply);
      },
      interrupt: async (legId) => this.#api(`uuid_break ${legId}`),
      finished: (legId, playId) => this.#emit({ type: "play-finished", legId, playId, atMs: Date.now() }),
    });
    this.#socket.onEvent((raw) => this.#take(raw));
    this.#socket.onState((state) => this.#changeState(state));
  }

  get state(): SwitchState {
    return this.#socket.state;
  }

  /** By which the switch's records are written. */
  get clock(): Pick<SwitchClock, "isKnown" | "ofRecord"> {
    return this.#socket.clock;
  }

  start(): void {
    this.#socket.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#secondLook);
    await this.#socket.stop();
  }

  onEvent(listener: (event: CallEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onState(listener: (state: SwitchState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** The switch's console, for generated configuration; only our own words go in. */
  readonly console: SwitchConsole = async (command) => await this.#socket.job(command, 15_000).result;

  async send(command: CallCommand): Promise<void> {
    const encoded = encodeCommand(command, this.#options);
    if (this.state.name !== "connected") throw new SwitchError("socket-lost", "switch not connected");
    switch (command.type) {
      case "play": {
        const { legId, playId, isLooped, sounds } = command;
        if (encoded.kind !== "execute") return;
        const isRepeated = isLooped && !isLoopedBySwitch(sounds);
        await this.#player.play(legId, { playId, argument: encoded.argument, isRepeated });
        return;
      }
      case "record-message": {
        const { legId, playId, isOwnPhone = false } = command;
        if (encoded.kind !== "execute") return;
        for (const mark of encodeMessageMarks(legId, isOwnPhone)) await this.#run(mark);
        await this.#player.play(legId, {
          playId,
          application: "record",
          argument: encoded.argument,
          isRepeated: false,
        });
        return;
      }
      case "stop-playing":
        await this.#player.stop(command.legId);
        return;
      case "ring-extension":
      case "ring-number":
        await this.#ring(command.legId, command.callId, command.ringSeconds, encoded);
        return;
      case "hang-up":
        await this.#hangUp(command.legId, encoded);
        return;
      case "bridge":
        await Promise.all([this.#player.stop(command.legId), this.#player.stop(command.otherLegId)]);
        await this.#run(encoded);
        return;
      case "start-recording":
        await this.#run(encoded);
        await this.#run(encodeRecordingMark(command.legId, command.fileName));
        return;
      case "dial":
        await this.#dial(command, encoded);
        return;
      case "set-place":
        await this.#setPlace(command, encoded);
        return;
      case "answer":
      case "leave-unrecorded":
      case "take-back":
        await this.#run(encoded);
    }
  }

  async #setPlace(command: Extract<CallCommand, { type: "set-place" }>, encoded: EslCommand): Promise<void> {
    const { legId, callId, place } = command;
    const onLeg = `${callId} ${place.language}`;
    if (this.#placed.get(legId) === onLeg) return await this.#run(encodePlaceAlone(legId, place));
    this.#placed.set(legId, onLeg);
    try {
      await this.#run(encoded);
    } catch (error) {
      this.#placed.delete(legId);
      throw error;
    }
  }

  async listLegs(): Promise<LegSnapshot[]> {
    if (this.state.name !== "connected") throw new SwitchError("socket-lost", "switch not connected");
    const legs: LegSnapshot[] = [];
    for (const uuid of await this.#channelIds()) {
      const dump = await this.#dump(uuid);
      const decoded = dump === null ? null : decodeLeg(dump);
      if (decoded === null) continue;
      const leg = this.#inMachineTime(decoded);
      if (!this.#told.has(leg.legId)) this.#player.adopt(leg.legId);
      this.#told.add(leg.legId);
      if (leg.message?.recorded) this.#holdAgain(leg.legId);
      legs.push(leg);
    }
    return legs;
  }

  #inMachineTime(leg: LegSnapshot): LegSnapshot {
    const { clock } = this.#socket;
    const answeredAtMs = leg.answeredAtMs === null ? null : clock.toMachine(leg.answeredAtMs);
    return { ...leg, createdAtMs: clock.toMachine(leg.createdAtMs), answeredAtMs };
  }

  /** @returns null when it has hung up meanwhile */
  async #dump(uuid: string): Promise<EventHeaders | null> {
    const text = await this.#socket.api(`uuid_dump ${uuid} json`);
    return text.startsWith("-ERR") ? null : parseRecord(text);
  }

  /**
   * A caller who parked in the moment before we came is in no event of ours and not yet in the switch's list, and would wait for ever. So
   * some seconds later those whom nobody has mentioned are told as if they had parked now.
   */
  async #lookAgain(): Promise<void> {
    for (const uuid of await this.#channelIds()) {
      if (this.#told.has(uuid as LegId)) continue;
      const dump = await this.#dump(uuid);
      const isWaiting = dump?.["variable_hotline_held"] === "true" && dump["variable_bridge_uuid"] === undefined;
      if (isWaiting) this.#take({ ...dump, "Event-Name": "CHANNEL_PARK" });
    }
  }

  /** The switch's own list is some seconds behind its events, so: as it was when we connected, and the events since. */
  async registeredExtensions(): Promise<Set<Extension>> {
    if (this.state.name !== "connected") throw new SwitchError("socket-lost", "switch not connected");
    this.#registered ??= await this.#askRegistered();
    return new Set(this.#registered);
  }

  /** Where the phones that are registered now are. */
  async registeredPlaces(): Promise<(SipPlace & { extension: Extension })[]> {
    if (this.state.name !== "connected") throw new SwitchError("socket-lost", "switch not connected");
    const rows = rowsOf(await this.#socket.api("show registrations as json"));
    return rows.map((row) => ({
      extension: (row["reg_user"] ?? "") as Extension,
      ...{ address: row["network_ip"] ?? "", port: Number(row["network_port"]) },
    }));
  }

  async #askRegistered(): Promise<Set<Extension>> {
    const since = this.#registrationsSince;
    const rows = rowsOf(await this.#socket.api("show registrations as json"));
    const users = rows.map((row) => row["reg_user"] ?? "").filter((user) => /^[0-9]{2,6}$/.test(user));
    const registered = new Set(users as Extension[]);
    for (const [extension, isRegistered] of since) {
      if (isRegistered) registered.add(extension);
      else registered.delete(extension);
    }
    return registered;
  }

  async gatewayStates(): Promise<Map<string, GatewayState>> {
    const parsed = GATEWAYS.parse(await this.#socket.api("sofia xmlstatus gateway")) as GatewayList;
    const gateways = parsed.gateways === "" ? [] : (parsed.gateways.gateway ?? []);
    return new Map(gateways.map(({ name, state }) => [name, gatewayStateOf(state)]));
  }

  async #channelIds(): Promise<string[]> {
    const rows = rowsOf(await this.#socket.api("show channels as json"));
    return rows.map((row) => row["uuid"] ?? "").filter((uuid) => /^[0-9a-f-]{36}$/.test(uuid));
  }

  async #run(command: EslCommand): Promise<void> {
    switch (command.kind) {
      case "api":
        await this.#api(command.text);
        return;
      case "execute": {
        const { legId, application, argument, eventUuid } = command;
        requireOk(await this.#socket.execute(legId, application, argument, eventUuid));
        return;
      }
      case "job":
        requireOk(await this.#socket.job(command.text, 15_000).result);
    }
  }

  async #api(text: string): Promise<void> {
    requireOk(await this.#socket.api(text));
  }

  /** Resolves when the switch has taken the order. */
  async #ring(legId: LegId, callId: CallId, ringSeconds: number, encoded: EslCommand): Promise<void> {
    if (encoded.kind !== "job") return;
    const ringing: Ringing = { callId, isDialling: true };
    this.#ringing.set(legId, ringing);
    const job = this.#socket.job(encoded.text, ringSeconds * 1000 + 30_000);
    this.#awaitDialResult(legId, ringing, job.result);
    try {
      await job.accepted;
    } catch (error) {
      this.#ringing.delete(legId);
      throw error;
    }
  }

  #awaitDialResult(legId: LegId, ringing: Ringing, result: Promise<string>): void {
    result
      .then((text) => this.#hearDialResult(legId, text))
      .catch((error: unknown) => {
        // Lost: what became of the leg is asked after the next handshake.
        if (error instanceof SwitchError && error.reason !== "timeout") return;
        this.#options.log.warn({ legId, error }, "no result of dialling");
      })
      .finally(() => {
        ringing.isDialling = false;
      });
  }

  /** A phone that is not registered never becomes a channel, so nobody else will tell that its leg is gone. */
  #hearDialResult(legId: LegId, result: string): void {
    if (!result.startsWith("-ERR")) return;
    const cause = /^-ERR ([A-Z_]+)/.exec(result)?.[1] ?? "NORMAL_TEMPORARY_FAILURE";
    const waitMs = failureOf(cause) === "not-registered" ? 0 : HANGUP_AFTER_RESULT_MS;
    setTimeout(() => this.#reportGone(legId, cause), waitMs);
  }

  /** Whom this leg dialled did not answer. Where that never became a channel, nobody else will tell. */
  #backFromDialling(legId: LegId, disposition: string | undefined): void {
    const dialled = this.#dialled.get(legId);
    if (dialled === undefined) return;
    this.#dialled.delete(legId);
    const cause = /^[A-Z_]{1,40}$/.exec(disposition ?? "")?.[0] ?? "NORMAL_TEMPORARY_FAILURE";
    setTimeout(() => this.#reportGone(dialled, cause), cause === "GATEWAY_DOWN" ? 0 : HANGUP_AFTER_RESULT_MS);
  }

  #reportGone(legId: LegId, cause: string): void {
    const ringing = this.#ringing.get(legId);
    if (ringing === undefined) return;
    this.#end(legId, {
      type: "leg-hung-up",
      legId,
      callId: ringing.callId,
      cause,
      sipStatus: null,
      failure: failureOf(cause),
      wasAnswered: false,
      hasRung: false,
      isEndedByParty: false,
      atMs: Date.now(),
    });
  }

  /** The other leg is in the hands of the switch; if it never becomes one, the phone's hang-up tells so. */
  async #dial(command: Extract<CallCommand, { type: "dial" }>, encoded: EslCommand): Promise<void> {
    const { legId, otherLegId, callId } = command;
    await this.#player.stop(legId);
    for (const mark of encodeDialMarks(command, this.#options)) await this.#run(mark);
    this.#ringing.set(otherLegId, { callId, isDialling: false });
    this.#dialled.set(legId, otherLegId);
    try {
      await this.#run(encoded);
    } catch (error) {
      this.#ringing.delete(otherLegId);
      this.#dialled.delete(legId);
      throw error;
    }
  }

  async #hangUp(legId: LegId, encoded: EslCommand): Promise<void> {
    for (;;) {
      try {
        await this.#run(encoded);
        return;
      } catch (error) {
        const isEarly =
          error instanceof SwitchError &&
          error.reason === "no-such-leg" &&
          this.#ringing.get(legId)?.isDialling === true;
        if (!isEarly) throw error;
      }
      // The order to dial was taken, but the leg is not there yet; without this its phone would ring on for nobody.
      await new Promise((resolve) => setTimeout(resolve, KILL_AGAIN_MS));
    }
  }

  #take(raw: EventHeaders): void {
    const decoded = decodeEvent(raw);
    if (decoded === null) return;
    const event = { ...decoded, atMs: this.#socket.clock.toMachine(decoded.atMs) };
    switch (event.type) {
      case "play-finished":
        this.#player.onComplete(event.legId, event.playId, wasEndedByKey(raw));
        return;
      case "message-recorded":
        // What the engine does next waits for the recording to have ended, so the player is told first.
        this.#player.onComplete(event.legId, (raw["Application-UUID"] ?? "") as PlayId, wasEndedByKey(raw));
        // An operator's phone was never held.
        if (raw["Answer-State"] !== "hangup" && raw["variable_hotline_held"] === "message")
          this.#holdAgain(event.legId);
        this.#emit(event);
        return;
      case "leg-hung-up": {
        this.#end(event.legId, event);
        const dialled = this.#dialled.get(event.legId);
        this.#dialled.delete(event.legId);
        if (dialled !== undefined) setTimeout(() => this.#reportGone(dialled, event.cause), HANGUP_AFTER_RESULT_MS);
        return;
      }
      case "leg-answered":
        this.#ringing.delete(event.legId);
        this.#emit(event);
        return;
      case "phone-registered":
        this.#registrationsSince.set(event.extension, event.isRegistered);
        if (event.isRegistered) this.#registered?.add(event.extension);
        else this.#registered?.delete(event.extension);
        this.#emit(event);
        return;
      case "digit-pressed":
        this.#player.onKey(event.legId);
        this.#emit(event);
        return;
      case "leg-parked":
        this.#backFromDialling(event.legId, raw["variable_originate_disposition"]);
        this.#told.add(event.legId);
        this.#player.forget(event.legId);
        this.#emit(event);
        return;
      default:
        this.#emit(event);
    }
  }

  /** The message is there: the guard looks after the caller as before. */
  #holdAgain(legId: LegId): void {
    this.#run(encodeHold(legId)).catch((error: unknown) => {
      if (error instanceof SwitchError && (error.reason === "no-such-leg" || error.reason === "socket-lost")) return;
      this.#options.log.warn({ legId, error }, "a caller who left a message is not looked after by the guard");
    });
  }

  #end(legId: LegId, event: CallEvent): void {
    if (this.#ended.has(legId)) return;
    const now = Date.now();
    for (const [old, atMs] of this.#ended) {
      if (now - atMs < ENDED_MEMORY_MS) break;
      this.#ended.delete(old);
    }
    this.#ended.set(legId, now);
    this.#told.delete(legId);
    this.#placed.delete(legId);
    this.#ringing.delete(legId);
    this.#player.forget(legId);
    this.#emit(event);
  }

  #changeState(state: SwitchState): void {
    clearTimeout(this.#secondLook);
    if (state.name === "disconnected") {
      this.#told.clear();
      this.#placed.clear();
      this.#registered = null;
      this.#registrationsSince.clear();
      this.#player.forgetAll();
    } else {
      this.#settleRinging().catch((error: unknown) => {
        this.#options.log.warn({ error }, "phones that were ringing before the loss are not known");
      });
    }
    if (state.name === "connected") {
      this.#secondLook = setTimeout(() => {
        this.#lookAgain().catch((error: unknown) => {
          this.#options.log.warn({ error }, "callers who came just before us are not known");
        });
      }, LIST_LAG_MS);
    }
    for (const listener of this.#stateListeners) listener(state);
  }

  /** After a loss: phones that we rang before it and that are no channel any more. */
  async #settleRinging(): Promise<void> {
    if (this.#ringing.size === 0) return;
    const before = [...this.#ringing].filter(([, ringing]) => !ringing.isDialling);
    const there = new Set(await this.#channelIds());
    for (const [legId, { callId }] of before) {
      if (there.has(legId) || !this.#ringing.has(legId)) continue;
      this.#end(legId, {
        type: "leg-hung-up",
        legId,
        callId,
        cause: "NORMAL_TEMPORARY_FAILURE",
        sipStatus: null,
        failure: "socket-lost",
        wasAnswered: false,
        hasRung: false,
        isEndedByParty: false,
        atMs: Date.now(),
      });
    }
  }

  #emit(event: CallEvent): void {
    for (const listener of this.#eventListeners) listener(event);
  }
}

interface GatewayList {
  gateways: "" | { gateway?: { name: string; state: string }[] };
}

const GATEWAYS = new XMLParser({ isArray: (name) => name === "gateway", parseTagValue: false });

/** `-ERR No such channel!` and its like in our words. @throws SwitchError */
function requireOk(reply: string): void {
  const text = reply.trim();
  if (!text.startsWith("-")) return;
  const isGone = /no such channel|invalid uuid|invalid session|cannot locate session/i.test(text);
  throw new SwitchError(isGone ? "no-such-leg" : "refused", text);
}

function parseRecord(text: string): EventHeaders {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) throw new SwitchError("refused", "not an object");
  return parsed;
}

/** `show ... as json`: `{"row_count":0}` or `{"row_count":1,"rows":[{...}]}`. */
function rowsOf(text: string): Record<string, string | undefined>[] {
  const { rows } = JSON.parse(text) as { rows?: Record<string, string | undefined>[] };
  return rows ?? [];
}
