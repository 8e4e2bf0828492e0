import type { GatewayState, Party } from "./calls/call-event.ts";
import type { OperatorId } from "./calls/ids.ts";
import { isLanguage } from "./calls/language.ts";
import { callerE164 } from "./calls/number-format.ts";
import { isHiddenNumber } from "./calls/phone-number.ts";
import type { RoutingConfiguration } from "./calls/routing-configuration.ts";
import type { SwitchPort } from "./calls/switch-port.ts";
import type { Engine, FallbackCall } from "./engine/engine.ts";
import type { HoursCall } from "./engine/hours-call.ts";
import { InboundCall } from "./engine/inbound-call.ts";
import type { PhoneCall } from "./engine/phone-call.ts";
import { PromptRecordingCall } from "./engine/prompt-recording-call.ts";
import { RedialCall } from "./engine/redial-call.ts";
import { type FlowDocument, nodeOf } from "./flows/ivr/document.ts";
import { partyView } from "./http/number-view.ts";
import type {
  LiveBoard,
  LiveCall,
  LivePhase,
  OperatorPresence,
  OperatorView,
  SwitchStatus,
  TrunkStatus,
} from "./http/ports.ts";

type What = Parameters<Parameters<LiveBoard["onChange"]>[0]>[0];

/** What the switch said of a gateway; `status` and `phrase` of the refusal that put it where it is. */
interface LineNow {
  state: GatewayState;
  sinceMs: number;
  status: number | null;
  phrase: string | null;
  /** It may carry calls. A new sign-in of one that has worked changes nothing of that. */
  isUp: boolean;
}

/** What the panel shows of the present, read from the engine and the switch at the moment it is asked for. */
export class EngineBoard implements LiveBoard {
  readonly #engine: Engine;
  readonly #switch: SwitchPort;
  readonly #configuration: () => RoutingConfiguration<FlowDocument>;
  readonly #gateways = new Map<string, LineNow>();
  readonly #isSilent: (gateway: string) => boolean;
  readonly #listeners = new Set<(what: What) => void>();
  #unsubscribe: (() => void)[] = [];

  /** @param isSilent its server has answered before, and does no more */
  constructor(
    engine: Engine,
    port: SwitchPort,
    configuration: () => RoutingConfiguration<FlowDocument>,
    isSilent: (gateway: string) => boolean,
  ) {
    this.#isSilent = isSilent;
    this.#engine = engine;
    this.#switch = port;
    this.#configuration = configuration;
  }

  start(): void {
    this.#unsubscribe = [
      this.#engine.onChange(() => this.#tell("calls", "presence")),
      this.#switch.onEvent((event) => {
        if (event.type !== "gateway-changed") return;
        this.#setGateway(event.gateway, event);
        this.#tell("trunks");
      }),
      this.#switch.onState((state) => {
        this.#tell("switch");
        if (state.name === "connected") this.refreshTrunks();
      }),
    ];
    if (this.#switch.state.name === "connected") this.refreshTrunks();
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
  }

  /** Asks the switch for the state of every gateway; changes in between come as events. */
  refreshTrunks(): void {
    this.#switch.gatewayStates().then(
      (states) => {
        const refusal = { status: null, phrase: null, atMs: Date.now() };
        for (const [gateway, state] of states) this.#setGateway(gateway, { state, ...refusal });
        for (const gone of [...this.#gateways.keys()].filter((name) => !states.has(name))) this.#gateways.delete(gone);
        this.#tell("trunks");
      },
      // The switch went away while it was asked; the next connection asks again.
      () => this.#tell("trunks"),
    );
  }

  calls(): LiveCall[] {
    const calls = this.#engine.calls.map((call) =>
      call instanceof InboundCall ? this.#inbound(call) : this.#fromPhone(call),
    );
    return [...calls, ...this.#engine.fallbackCalls.map((call) => this.#fallback(call))];
  }

  presence(): OperatorPresence[] {
    return this.#configuration()
      .operators.filter((operator) => operator.isEnabled)
      .map((operator) => ({
        operatorId: operator.operatorId,
        name: operator.name,
        extension: operator.extension,
        isRegistered: this.#engine.board.isRegistered(operator.extension),
        ...this.#engine.board.state(operator),
      }));
  }

  trunks(): TrunkStatus[] {
    return this.#configuration().trunks.map(({ trunkId, gateway }) => {
      const known = this.#gateways.get(gateway);
      const isSilent = known?.isUp === true && this.#isSilent(gateway);
      const state = isSilent ? "down" : (known?.state ?? "unknown");
      return { id: trunkId, state, since: iso(known?.sinceMs ?? Date.now()) };
    });
  }

  /** A line that registers carries calls only once it has, and none does whose server has become silent. */
  isLineDown(gateway: string): boolean {
    return this.#gateways.get(gateway)?.isUp === false || this.#isSilent(gateway);
  }

  linesChanged(): void {
    this.#tell("trunks");
  }

  /** What the switch says of it; null when it does not have it. */
  line(gateway: string): { state: GatewayState; status: number | null; phrase: string | null } | null {
    return this.#gateways.get(gateway) ?? null;
  }

  switch(): SwitchStatus {
    const { state } = this.#switch;
    const isConnected = state.name === "connected";
    return {
      connected: isConnected,
      software: isConnected ? state.software : null,
      isLab: isConnected && state.software.includes("lab switch"),
      reason: isConnected ? null : state.reason,
      since: iso(state.sinceMs),
    };
  }

  onChange(listener: (what: What) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #inbound(call: InboundCall): LiveCall {
    const { stage, document, language, phaseSinceMs, ringing, talkingTo, isRecording } = call.view;
    const base = this.#base(call.callId, call.startedAtMs, call.party, call.dialled, call.gateway);
    return {
      ...base,
      direction: call.direction,
      language,
      phase: phaseOf(stage, document),
      phaseSince: iso(phaseSinceMs),
      nodeName: "node" in stage ? (nodeOf(document, stage.node)?.name ?? stage.node) : null,
      ringing: ringing.flatMap((id) => this.#operator(id) ?? []),
      operator: talkingTo === null ? null : this.#operator(talkingTo),
      isRecording,
    };
  }

  #fromPhone(call: PhoneCall | HoursCall | RedialCall | PromptRecordingCall): LiveCall {
    const { isTalking, phaseSinceMs, operatorId, gateway } = call.view;
    const isRinging = (call instanceof RedialCall || call instanceof PromptRecordingCall) && call.view.isRinging;
    const operator = operatorId === null ? null : this.#operator(operatorId);
    const party = { number: call.extension, name: operatorId === null ? "" : (this.#operator(operatorId)?.name ?? "") };
    return {
      ...this.#base(call.callId, call.startedAtMs, party, call.dialled, gateway),
      direction: call.direction,
      phase: isTalking ? "talking" : isRinging ? "ringing" : "dialling",
      phaseSince: iso(phaseSinceMs),
      ringing: isRinging && operator ? [operator] : [],
      operator: isRinging ? null : operator,
    };
  }

  #fallback(call: FallbackCall): LiveCall {
    const { party, dialled, gateway, createdAtMs, place } = call.snapshot;
    const language = place?.language ?? "";
    return {
      ...this.#base(call.callId, createdAtMs, party, dialled, gateway),
      language: isLanguage(language) ? language : null,
      phase: "fallback",
    };
  }

  #base(callId: string, startedAtMs: number, party: Party, dialled: string, gateway: string | null): LiveCall {
    const configuration = this.#configuration();
    const { site, trunks } = configuration;
    return {
      callId,
      direction: "inbound",
      startedAt: iso(startedAtMs),
      caller: partyView(
        { ...party, e164: callerE164(party.number, gateway, configuration), isHidden: isHiddenNumber(party.number) },
        site.country,
      ),
      dialled,
      trunkName: trunks.find((trunk) => trunk.gateway === gateway)?.name ?? null,
      language: null,
      phase: "greeting",
      phaseSince: iso(startedAtMs),
      nodeName: null,
      ringing: [],
      operator: null,
      isRecording: false,
    };
  }

  #operator(id: OperatorId): OperatorView | null {
    const operator = this.#configuration().operators.find((one) => one.operatorId === id);
    return operator ? { operatorId: id, name: operator.name, extension: operator.extension } : null;
  }

  #setGateway(
    gateway: string,
    {
      state,
      status,
      phrase,
      atMs,
    }: { state: GatewayState; status: number | null; phrase: string | null; atMs: number },
  ): void {
    const before = this.#gateways.get(gateway);
    const isUp = state === "registered" || state === "idle" || (state === "trying" && before?.isUp === true);
    // What was refused is said once, and holds until it is taken.
    const isRefused = !isUp && status !== null && status >= 300;
    const refusal = isRefused || isUp ? { status: isRefused ? status : null, phrase: isRefused ? phrase : null } : null;
    this.#gateways.set(gateway, {
      state,
      sinceMs: before?.state === state ? before.sinceMs : atMs,
      status: refusal === null ? (before?.status ?? null) : refusal.status,
      phrase: refusal === null ? (before?.phrase ?? null) : refusal.phrase,
      isUp,
    });
  }

  #tell(...changed: What[]): void {
    for (const listener of this.#listeners) for (const what of changed) listener(what);
  }
}

function phaseOf(stage: InboundCall["view"]["stage"], flow: FlowDocument): LivePhase {
  switch (stage.name) {
    case "arriving":
      return "greeting";
    case "saying": {
      const node = nodeOf(flow, stage.node);
      return node?.type === "say" && node.purpose === "greeting" ? "greeting" : "information";
    }
    case "choosing":
    case "collecting":
    case "asking-about-caller":
      return "menu";
    case "looking-up":
    case "preparing-speech":
      return "information";
    case "ringing":
    case "connecting":
    case "dialling-out":
    case "connecting-outside":
      return "ringing";
    case "inviting-message":
    case "recording-message":
      return "message";
    case "talking":
    case "ended":
      return "talking";
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
