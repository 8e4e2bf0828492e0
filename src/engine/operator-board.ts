import type { CallId, Extension, OperatorId } from "../calls/ids.ts";
import type { RoutingOperator } from "../calls/routing-configuration.ts";
import type { RingGroupView } from "../flows/queue/ring-group.ts";

export type OperatorState = "free" | "ringing" | "talking" | "away";

/** An operator's calls, and whether they talk in them or are being rung. */
type Calls = Map<CallId, { isTalking: boolean }>;

/** Who can be rung at this moment: phones that are registered, operators that are not on a call. */
export class OperatorBoard {
  readonly #operators: () => readonly RoutingOperator[];
  readonly #registered = new Set<Extension>();
  /** An operator may have several calls: one is held, another is made. Who has none is not here. */
  readonly #occupied = new Map<OperatorId, Calls>();
  readonly #onFree: (operatorId: OperatorId) => void;
  readonly #onChange: () => void;

  constructor(
    operators: () => readonly RoutingOperator[],
    listeners: { onFree: (operatorId: OperatorId) => void; onChange: () => void },
  ) {
    this.#operators = operators;
    this.#onFree = listeners.onFree;
    this.#onChange = listeners.onChange;
  }

  /** Members in the group's order (all enabled operators when it names none). */
  view(memberIds: readonly OperatorId[]): RingGroupView {
    const registered = this.#members(memberIds).filter((operator) => this.#registered.has(operator.extension));
    const free = registered.filter((operator) => !this.#occupied.has(operator.operatorId));
    return { free: free.map((operator) => operator.operatorId), registeredCount: registered.length };
  }

  find(operatorId: OperatorId): RoutingOperator | undefined {
    return this.#operators().find((operator) => operator.operatorId === operatorId);
  }

  byExtension(extension: Extension): RoutingOperator | undefined {
    return this.#operators().find((operator) => operator.extension === extension);
  }

  occupy(operatorId: OperatorId, callId: CallId, isTalking: boolean): void {
    const calls: Calls = this.#occupied.get(operatorId) ?? new Map();
    this.#occupied.set(operatorId, calls.set(callId, { isTalking }));
    this.#onChange();
  }

  /** They are free when the last of their calls lets them go. */
  release(operatorId: OperatorId, callId: CallId): void {
    const calls = this.#occupied.get(operatorId);
    if (!calls?.delete(callId)) return;
    if (calls.size === 0) this.#occupied.delete(operatorId);
    this.#onChange();
    if (calls.size === 0) this.#onFree(operatorId);
  }

  /** The call has ended: whoever it still holds is let go, also who has another extension by now, or none. */
  releaseAll(callId: CallId): void {
    for (const operatorId of [...this.#occupied.keys()]) this.release(operatorId, callId);
  }

  setRegistered(extension: Extension, isRegistered: boolean): void {
    if (this.#registered.has(extension) === isRegistered) return;
    if (isRegistered) this.#registered.add(extension);
    else this.#registered.delete(extension);
    this.#onChange();
    const operator = this.byExtension(extension);
    if (isRegistered && operator && !this.#occupied.has(operator.operatorId)) this.#onFree(operator.operatorId);
  }

  setAllRegistered(extensions: ReadonlySet<Extension>): void {
    for (const gone of [...this.#registered].filter((extension) => !extensions.has(extension))) {
      this.setRegistered(gone, false);
    }
    for (const extension of extensions) this.setRegistered(extension, true);
  }

  isRegistered(extension: Extension): boolean {
    return this.#registered.has(extension);
  }

  state(operator: RoutingOperator): { state: OperatorState; callId: CallId | null } {
    const calls = [...(this.#occupied.get(operator.operatorId) ?? [])];
    const [callId, call] = calls.find(([, { isTalking }]) => isTalking) ?? calls[0] ?? [];
    if (callId && call) return { state: call.isTalking ? "talking" : "ringing", callId };
    return { state: this.#registered.has(operator.extension) ? "free" : "away", callId: null };
  }

  #members(memberIds: readonly OperatorId[]): RoutingOperator[] {
    const enabled = this.#operators().filter((operator) => operator.isEnabled);
    if (memberIds.length === 0) return enabled;
    return memberIds.flatMap((id) => enabled.filter((operator) => operator.operatorId === id));
  }
}
