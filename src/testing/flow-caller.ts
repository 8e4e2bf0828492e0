/** A caller in a flow of a few nodes: feeds the interpreter events, and remembers what was done for them. */
import { type Digit } from "../calls/digit.ts";
import { flowId } from "../calls/ids.ts";
import { type CallerLanguages, FlowContent, type FlowContentInput } from "../flows/ivr/document.ts";
import { ivrStep, startIvr } from "../flows/ivr/interpreter.ts";
import type { IvrEffect, IvrEvent, IvrState, IvrTimer, IvrWorld } from "../flows/ivr/ivr-types.ts";
import { MONDAY_NOON_MS, worldOf } from "./any-flow.ts";

/** Everything is there and open, and the caller shows their number: +995599000001. */
const ALL_WELL = { isHidden: false, isOpen: true, isOtherThere: true, free: [1, 2, 3], hasVoice: true };

export const FINISHED: IvrEvent = { type: "prompt-finished" };
export const fired = (timer: IvrTimer): IvrEvent => ({ type: "timer-fired", timer });

export class FlowCaller {
  state: IvrState;
  done: IvrEffect[] = [];
  nowMs = MONDAY_NOON_MS;
  world: Partial<IvrWorld>;

  /** They stand at the first of `nodes`; 0 leads to `people`, and `yes`, `no` and `end` are there. */
  constructor(
    nodes: FlowContentInput["nodes"],
    { world = {}, languages = ["en"] }: { world?: Partial<IvrWorld>; languages?: CallerLanguages } = {},
  ) {
    const content = FlowContent.parse({
      ...{ start: Object.keys(nodes)[0], operators: "people" },
      nodes: {
        people: { type: "ring-group", noAnswer: "end" },
        yes: { type: "menu", prompt: "yes", otherwise: "end" },
        no: { type: "menu", prompt: "no", otherwise: "end" },
        end: { type: "hang-up" },
        ...nodes,
      },
    });
    this.world = world;
    this.state = startIvr({ ...content, id: flowId("main"), version: 3 }, languages);
    this.on({ type: "arrived" });
  }

  /** `done` is what came of these alone. */
  on(...events: IvrEvent[]): this {
    this.done = [];
    for (const event of events) {
      const step = ivrStep(this.state, event, { ...worldOf(ALL_WELL, this.nowMs), ...this.world });
      this.state = step.state;
      this.done.push(...step.effects);
    }
    return this;
  }

  press(...digits: Digit[]): this {
    return this.on(...digits.map((digit): IvrEvent => ({ type: "key-pressed", digit })));
  }

  /** The node at which they stand; the stage's own name where it is at none. */
  get at(): string {
    const { stage } = this.state;
    return "node" in stage ? stage.node : stage.name;
  }

  get stage(): string {
    return this.state.stage.name;
  }

  /** What is played last, in words. */
  get hears(): string[] | null {
    const play = this.effects("play").at(-1);
    if (!play) return null;
    return play.speech.map((one) => (typeof one === "string" ? one : "text" in one ? `"${one.text}"` : one.prompt));
  }

  effects<Type extends IvrEffect["type"]>(type: Type): Extract<IvrEffect, { type: Type }>[] {
    return this.done.filter((effect): effect is Extract<IvrEffect, { type: Type }> => effect.type === type);
  }

  notes(kind: string): Record<string, string | number | null>[] {
    return this.effects("note").flatMap((effect) => (effect.kind === kind ? [effect.data] : []));
  }

  /** By which branches they came on. */
  get ways(): string[] {
    return this.effects("step").map(({ step }) => `${step.via}>${step.node ?? ""}`);
  }
}
