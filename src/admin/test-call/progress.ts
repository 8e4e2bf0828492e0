import { TEST_CALL_CODE } from "../../calls/test-call.ts";
import type { LiveCall } from "../api/client.ts";

/** How far the call has come that tries the hotline. `unanswered`: it ended before anybody took it. */
export interface Progress {
  stage: "waiting" | "in-flow" | "ringing" | "answered" | "unanswered";
  callId: string | null;
  /** Who calls. */
  caller: string;
  /** Whose phones ring, or who answered. */
  who: readonly string[];
}

export const NOTHING_YET: Progress = { stage: "waiting", callId: null, caller: "", who: [] };

/**
 * What is answered stays so, whatever comes after.
 * @param calls those of this moment
 * @returns `before` itself when nothing has changed
 */
export function follow(before: Progress, calls: readonly LiveCall[]): Progress {
  const now = look(before, calls);
  const isSame = now.stage === before.stage && now.callId === before.callId && now.caller === before.caller;
  return isSame && now.who.join("\n") === before.who.join("\n") ? before : now;
}

function look(before: Progress, calls: readonly LiveCall[]): Progress {
  if (before.stage === "answered") return before;
  const coming = calls.filter(({ direction, dialled }) => direction === "inbound" || dialled === TEST_CALL_CODE);
  const call =
    coming.find(({ callId }) => callId === before.callId) ??
    coming.toSorted((one, other) => other.startedAt.localeCompare(one.startedAt))[0];
  if (call === undefined) {
    const isOver = before.stage === "in-flow" || before.stage === "ringing";
    return isOver ? { ...before, stage: "unanswered", callId: null, who: [] } : before;
  }
  const { callId, phase, operator, ringing } = call;
  // Where no name comes, some lines put the number in its place.
  const { name, number, formatted } = call.caller;
  const caller = name === "" || name === number ? formatted : name;
  // A call that ends is for a moment said to talk, but with nobody.
  if (phase === "talking" && operator !== null) return { stage: "answered", callId, caller, who: [operator.name] };
  if (phase === "ringing") return { stage: "ringing", callId, caller, who: ringing.map(({ name }) => name) };
  return { stage: "in-flow", callId, caller, who: [] };
}
