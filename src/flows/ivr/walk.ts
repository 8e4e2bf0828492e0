import type { CallPlace } from "../../calls/call-event.ts";
import type { TimelineKind } from "../../calls/call-fact.ts";
import type { Digit } from "../../calls/digit.ts";
import { type NodeId, nodeId } from "../../calls/ids.ts";
import { isLanguage, type Language } from "../../calls/language.ts";
import { leaveRingGroup } from "../queue/ring-group.ts";
import {
  type CallerLanguages,
  type Choices,
  type FlowDocument,
  type FlowNode,
  type NodeOf,
  nodeOf,
} from "./document.ts";
import type {
  CallerFacts,
  IvrEffect,
  IvrState,
  IvrStep,
  IvrTimer,
  IvrWorld,
  Settled,
  Speech,
  Stage,
} from "./ivr-types.ts";

/** What a place may carry with it in the channel's variables. */
const MOST_KEPT_CHARACTERS = 3_000;

const LATE_END_KEY_MS = 3_000;

/** What coming to a node does: one for each type. */
export type Enter = (walk: Walk, id: NodeId, node: FlowNode, pendingKey: Digit | null) => void;

/** One step's work: state being changed and effects being gathered. Lives for one call of `ivrStep`. */
export class Walk {
  readonly effects: IvrEffect[] = [];
  readonly world: IvrWorld;
  readonly languages: CallerLanguages;
  document: FlowDocument;
  language: Language;
  hasChosenLanguage: boolean;
  stage: Stage;
  settled: Settled;
  facts: CallerFacts | null;
  heard: IvrState["heard"];
  #endKeyUntilMs: number | null;
  #variables: Readonly<Record<string, string>>;
  #secrets: readonly string[];
  #requests: number;
  readonly #enterNode: Enter;
  /** Places that were passed in this step. Whoever comes to one again, with no key that was not there before, walks in a circle. */
  readonly #passed = new Set<string>();
  #isLost = false;

  constructor(state: IvrState, world: IvrWorld, enterNode: Enter) {
    this.world = world;
    this.languages = state.languages;
    this.document = state.document;
    this.language = state.language;
    this.hasChosenLanguage = state.hasChosenLanguage;
    this.stage = state.stage;
    this.settled = state.settled;
    this.facts = state.facts;
    this.heard = state.heard;
    this.#endKeyUntilMs = state.endKeyUntilMs;
    this.#variables = state.variables;
    this.#secrets = state.secrets;
    this.#requests = state.requests;
    this.#enterNode = enterNode;
  }

  done(): IvrStep {
    const { document, languages, language, hasChosenLanguage, stage, settled, facts, heard } = this;
    const known = { facts, variables: this.#variables, secrets: this.#secrets, requests: this.#requests };
    const endKeyUntilMs = this.#endKeyUntilMs;
    return {
      state: { document, languages, language, hasChosenLanguage, stage, settled, heard, endKeyUntilMs, ...known },
      effects: this.effects,
    };
  }

  /** Goes to a node by a branch; what went on at the present one ends. `pendingKey`: the node takes it as if pressed there. */
  enter(id: NodeId, via: string, pendingKey: Digit | null = null): void {
    this.leave();
    const node = nodeOf(this.document, id);
    const place = `${this.document.id} ${id} ${pendingKey ?? ""}`;
    if (!node || this.#passed.has(place)) return this.#rescue(id);
    this.#passed.add(place);
    this.#step(id, via);
    this.#enterNode(this, id, node, pendingKey);
  }

  /** Goes on in another flow, as it is published now. */
  enterFlow(document: FlowDocument): void {
    this.document = document;
    const start = nodeOf(document, document.start);
    this.note("other-flow", { flow: document.id });
    // Whoever has said which language they speak is not asked again.
    if (start?.type === "language" && this.hasChosenLanguage) this.enter(start.next, "flow");
    else this.enter(document.start, "flow");
  }

  /** To a person: where the key 0 leads from everywhere. */
  enterOperators(via: string): void {
    this.enter(this.document.operators, via);
  }

  end(): void {
    this.leave();
    this.stage = { name: "ended" };
    this.#step(null, "ended");
    this.effects.push({ type: "stop-timer", timer: "call" }, { type: "hang-up" });
  }

  /** A talk has begun: the call has left the flow. */
  leaveByTalk(): void {
    this.#step(null, "answered");
    this.effects.push({ type: "stop-timer", timer: "call" });
  }

  /** Ends what goes on at this place, so that nothing of it comes later. */
  leave(): void {
    const { stage } = this;
    this.stage = { name: "arriving" };
    this.heard = null;
    switch (stage.name) {
      case "choosing":
      case "collecting":
        return this.stopTimer("input");
      case "asking-about-caller":
      case "looking-up":
      case "preparing-speech":
        this.stopTimer("request");
        this.effects.push({ type: "drop-request", requestId: stage.requestId });
        return;
      case "ringing":
        if (stage.group.name !== "gave-up") this.effects.push(...leaveRingGroup(stage.group, null));
        return;
      case "dialling-out":
      case "connecting-outside":
        this.effects.push({ type: "stop-dialling" });
        return;
      default:
    }
  }

  /** Where a key leads that is pressed at a place with these choices; undefined: nowhere. */
  chosen(choices: Choices, digit: Digit): NodeId | undefined {
    const target = choices[digit];
    if (target) return target;
    return digit === "0" ? this.document.operators : undefined;
  }

  follow(at: NodeId, digit: Digit, target: NodeId): void {
    this.note("key", { digit, node: at, meaning: target });
    this.enter(target, digit);
  }

  play(speech: readonly Speech[], isLooped = false): void {
    this.heard = { speech, isLooped };
    this.effects.push({ type: "play", speech, isLooped });
  }

  /** Whoever has pressed a key that says nothing hears it from the beginning. */
  sayAgain(): void {
    if (this.heard !== null) this.play(this.heard.speech, this.heard.isLooped);
  }

  /** Many end what they type by `#` also where all digits are there already. */
  expectEndKey(): void {
    this.#endKeyUntilMs = this.world.nowMs + LATE_END_KEY_MS;
  }

  /** Only as the next key. */
  isLateEndKey(digit: Digit): boolean {
    const untilMs = this.#endKeyUntilMs;
    this.#endKeyUntilMs = null;
    return digit === "#" && untilMs !== null && this.world.nowMs <= untilMs;
  }

  say(...prompts: string[]): void {
    this.play(prompts.map((prompt) => ({ prompt, language: this.language })));
  }

  ringback(): void {
    this.play(["ringback"], true);
  }

  note(kind: TimelineKind, data: Record<string, string | number | null>): void {
    this.effects.push({ type: "note", kind, data });
  }

  startTimer(timer: IvrTimer, ms: number): void {
    this.effects.push({ type: "start-timer", timer, ms });
  }

  stopTimer(timer: IvrTimer): void {
    this.effects.push({ type: "stop-timer", timer });
  }

  /** A number for a request, and a timer for the case that nobody answers it. */
  newRequest(deadlineMs: number): number {
    this.#requests += 1;
    this.startTimer("request", deadlineMs);
    return this.#requests;
  }

  setLanguage(language: Language): void {
    this.language = language;
    this.hasChosenLanguage = true;
    this.effects.push({ type: "set-language", language });
  }

  /** A wish that is owed to the caller is not forgotten for what they hear afterwards. */
  settle(settled: Exclude<Settled, null>): void {
    const isOwed = this.settled === "voicemail" || this.settled === "callback-requested";
    if (!isOwed || settled === "voicemail") this.settled = settled;
  }

  get variables(): Readonly<Record<string, string>> {
    return this.#variables;
  }

  setVariables(values: Readonly<Record<string, string>>): void {
    this.#variables = { ...this.#variables, ...values };
  }

  /** Typed in confidence: stays out of the switch's variables. */
  setSecret(name: string, value: string): void {
    this.setVariables({ [name]: value });
    this.#secrets = [...this.#secrets, name];
  }

  /** Keeps where the caller is, so that a daemon that comes back finds them there. */
  keepPlace(id: NodeId, queuedAtMs?: number): void {
    const { document, language } = this;
    const place: CallPlace = { flow: document.id, version: document.version, node: id, language };
    if (queuedAtMs !== undefined) place.queuedAtMs = queuedAtMs;
    const memory = this.#memory();
    if (memory) place.memory = memory;
    this.effects.push({ type: "keep-place", place });
  }

  /** Takes up what a place kept, before the caller is brought back to it. */
  remember({ language, memory }: CallPlace): void {
    if (isLanguage(language)) this.language = language;
    this.hasChosenLanguage = true;
    if (!memory) return;
    this.setVariables(memory.variables);
    const settled = SETTLED.find((word) => word === memory.settled);
    if (settled) this.settled = settled;
  }

  #memory(): CallPlace["memory"] {
    const open = Object.entries(this.#variables).filter(([name]) => !this.#secrets.includes(name));
    const variables = Object.fromEntries(open);
    const { settled } = this;
    if (settled === null && Object.keys(variables).length === 0) return undefined;
    const isTooLong = JSON.stringify(variables).length > MOST_KEPT_CHARACTERS;
    return { settled: settled ?? "", variables: isTooLong ? {} : variables };
  }

  #step(node: NodeId | null, via: string): void {
    const { id: flow, version } = this.document;
    this.effects.push({ type: "step", step: { flow, version, node, via } });
  }

  /** The document leads nowhere, or in a circle: to a person, and if that is no way either, to the end. */
  #rescue(id: NodeId): void {
    this.note("flow-fault", { node: id });
    if (this.#isLost) return this.end();
    this.#isLost = true;
    this.#passed.clear();
    this.enterOperators("flow-fault");
  }
}

const SETTLED = ["information-heard", "after-hours", "no-answer", "voicemail", "callback-requested"] as const;

/** The node of that name where the stage says that it is one of this type; undefined when the document is another by now. */
export function nodeAt<Type extends FlowNode["type"]>(
  walk: Walk,
  id: string,
  ...types: Type[]
): NodeOf<Type> | undefined {
  const node = nodeOf(walk.document, nodeId(id));
  return node && (types as string[]).includes(node.type) ? (node as NodeOf<Type>) : undefined;
}
