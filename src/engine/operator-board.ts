import type { CallId, Extension, OperatorId } from "../calls/ids.ts";
import type { RoutingOperator } from "../calls/routing-configuration.ts";
import type { RingGroupView } from "../flows/queue/ring-group.ts";

export type OperatorState = "free" | "ringing" | "talking" | "away";

interface Occupation {
  callId: CallId;
  isTalking: boolean;
}

/** Who can be rung at this moment: phones that are registered, operators that are not on a call. */
export class OperatorBoard {
  readonly #operators: () => readonly RoutingOperator[];
  readonly #registered = new Set<Extension>();
  readonly #occupied = new Map<OperatorId, Occupation>();
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
    this.#occupied.set(operatorId, { callId, isTalking });
    this.#onChange();
  }

  /** Only the call that holds the operator can let them go. */
  release(operatorId: OperatorId, callId: CallId): void {
    if (this.#occupied.get(operatorId)?.callId !== callId) return;
    this.#occupied.delete(operatorId);
    this.#onChange();
    this.#onFree(operatorId);
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
    const occupation = this.#occupied.get(operator.operatorId);
    if (occupation) return { state: occupation.isTalking ? "talking" : "ringing", callId: occupation.callId };
    return { state: this.#registered.has(operator.extension) ? "free" : "away", callId: null };
  }

  #members(memberIds: readonly OperatorId[]): RoutingOperator[] {
    const enabled = this.#operators().filter((operator) => operator.isEnabled);
    if (memberIds.length === 0) return enabled;
    return memberIds.flatMap((id) => enabled.filter((operator) => operator.operatorId === id));
  }
}
