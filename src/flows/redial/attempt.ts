/**
 * One attempt to call a missed caller back: a free operator is rung first and asked, then the caller is dialled. Pure.
 *
 *   ringing-operator -> asking -> checking -> dialling-caller -> talking -> done
 *          \______________\__________\______________\_____________________/
 */
import type { Digit } from "../../calls/digit.ts";
import type { DialFailure } from "../../calls/failure.ts";
import { type Country, callingCode, type E164 } from "../../calls/phone-number.ts";
import { type RedialOutcome, TALK_MS } from "../../calls/redial.ts";

export type RedialState =
  | { name: "ringing-operator" }
  | { name: "asking"; plays: number }
  /** It is being written down that the caller is dialled. */
  | { name: "checking" }
  | { name: "dialling-caller" }
  | { name: "talking"; sinceMs: number }
  | { name: "done"; outcome: RedialOutcome };

export type RedialEvent =
  | { type: "operator-answered" }
  | { type: "operator-gone"; failure: DialFailure; atMs: number }
  | { type: "key-pressed"; digit: Digit }
  | { type: "question-finished" }
  | { type: "checked"; mayDial: boolean }
  | { type: "caller-answered"; atMs: number }
  | { type: "caller-gone"; failure: DialFailure }
  | { type: "caller-called-us" }
  /** Somebody dials the caller from their own phone. */
  | { type: "called-by-hand" }
  /** The switch did not take an order. */
  | { type: "switch-refused" };

export type RedialEffect =
  | { type: "ask" }
  | { type: "check" }
  | { type: "dial-caller" }
  /** Ends the operator's leg, and with it the caller's. */
  | { type: "hang-up" };

/** 'Missed call from ..., press 1' is said so often. */
export const QUESTIONS = 3;

interface Step {
  state: RedialState;
  effects: RedialEffect[];
}

export function redialStep(state: RedialState, event: RedialEvent): Step {
  if (state.name === "done") return { state, effects: [] };
  switch (event.type) {
    case "operator-answered":
      return state.name === "ringing-operator"
        ? { state: { name: "asking", plays: 1 }, effects: [{ type: "ask" }] }
        : stay(state);
    case "question-finished":
      if (state.name !== "asking") return stay(state);
      return state.plays < QUESTIONS
        ? { state: { name: "asking", plays: state.plays + 1 }, effects: [{ type: "ask" }] }
        : end("operator-no-answer");
    case "key-pressed":
      return state.name === "asking" && event.digit === "1"
        ? { state: { name: "checking" }, effects: [{ type: "check" }] }
        : stay(state);
    case "checked":
      if (state.name !== "checking") return stay(state);
      return event.mayDial
        ? { state: { name: "dialling-caller" }, effects: [{ type: "dial-caller" }] }
        : end("cancelled");
    case "caller-answered":
      return state.name === "dialling-caller"
        ? { state: { name: "talking", sinceMs: event.atMs }, effects: [] }
        : stay(state);
    case "caller-gone":
      return state.name === "dialling-caller" ? end(outcomeOfCaller(event.failure)) : stay(state);
    case "operator-gone":
      return { state: { name: "done", outcome: outcomeOfOperator(state, event) }, effects: [] };
    case "caller-called-us":
      // Two who talk are past it: another call of the same number is somebody else there.
      return state.name === "talking" ? stay(state) : end("caller-called-us");
    case "called-by-hand":
      return isBeforeDialling(state) ? end("cancelled") : stay(state);
    case "switch-refused":
      return state.name === "talking" ? stay(state) : end("unreachable");
  }
}

function isBeforeDialling({ name }: RedialState): boolean {
  return name === "ringing-operator" || name === "asking" || name === "checking";
}

function stay(state: RedialState): Step {
  return { state, effects: [] };
}

function end(outcome: RedialOutcome): Step {
  return { state: { name: "done", outcome }, effects: [{ type: "hang-up" }] };
}

function outcomeOfOperator(
  state: RedialState,
  { failure, atMs }: { failure: DialFailure; atMs: number },
): RedialOutcome {
  switch (state.name) {
    case "ringing-operator":
      if (failure === "socket-lost") return "socket-lost";
      if (failure === "not-registered" || failure === "unreachable") return "no-free-operator";
      return failure === "busy" || failure === "refused" ? "operator-refused" : "operator-no-answer";
    case "asking":
    case "checking":
      return failure === "socket-lost" ? "socket-lost" : "operator-refused";
    case "dialling-caller":
      return failure === "socket-lost" ? "socket-lost" : "cancelled";
    case "talking":
      return talkOutcome(atMs - state.sinceMs);
    case "done":
      return state.outcome;
  }
}

export function talkOutcome(talkMs: number): RedialOutcome {
  return talkMs >= TALK_MS ? "talked" : "talked-briefly";
}

export function outcomeOfCaller(failure: DialFailure): RedialOutcome {
  switch (failure) {
    case "busy":
      return "caller-busy";
    case "no-answer":
      return "caller-no-answer";
    case "refused":
      return "caller-refused";
    case "socket-lost":
      return "socket-lost";
    case "cancelled":
      return "cancelled";
    case "not-registered":
    case "unreachable":
      return "unreachable";
  }
}

/** The number digit by digit as one says it in `country`: without its own country's code. */
export function spokenDigits(number: E164, country: Country): Digit[] {
  const home = `+${callingCode(country)}`;
  const digits = number.startsWith(home) ? number.slice(home.length) : number.slice(1);
  return digits.split("") as Digit[];
}
