import { expect, test } from "vitest";
import { newCallId, type OperatorId } from "../calls/ids.ts";
import { routingOperator } from "../testing/routing.ts";
import { OperatorBoard } from "./operator-board.ts";

const anna = routingOperator("101");
const boris = routingOperator("102");

/** Both phones are registered; `freed` are the operators of whom the board said that they are free, in order. */
function openBoard() {
  const freed: OperatorId[] = [];
  const board = new OperatorBoard(() => [anna, boris], {
    onFree: (operatorId) => freed.push(operatorId),
    onChange: () => {},
  });
  board.setAllRegistered(new Set([anna.extension, boris.extension]));
  freed.length = 0;
  return { board, freed };
}

test.each(["the first", "the second"])("an operator with two calls is not free when %s has ended", (endsFirst) => {
  const { board, freed } = openBoard();
  const calls = [newCallId(), newCallId()] as const;
  for (const call of calls) board.occupy(anna.operatorId, call, true);
  const [ended, last] = endsFirst === "the first" ? calls : [calls[1], calls[0]];
  board.release(anna.operatorId, ended);
  expect(freed).toEqual([]);
  expect(board.view([]).free).toEqual([boris.operatorId]);
  expect(board.state(anna)).toEqual({ state: "talking", callId: last });
  board.release(anna.operatorId, last);
  expect(freed).toEqual([anna.operatorId]);
  expect(board.view([]).free).toEqual([anna.operatorId, boris.operatorId]);
  expect(board.state(anna)).toEqual({ state: "free", callId: null });
});

test("a colleague who rings an operator in mid-talk does not make them ring, and leaves them talking", () => {
  const { board, freed } = openBoard();
  const [talk, ringing] = [newCallId(), newCallId()];
  board.occupy(anna.operatorId, talk, true);
  board.occupy(anna.operatorId, ringing, false);
  expect(board.state(anna)).toEqual({ state: "talking", callId: talk });
  board.releaseAll(ringing);
  expect(board.state(anna)).toEqual({ state: "talking", callId: talk });
  expect(freed).toEqual([]);
});

test("who is rung and then answers has one call", () => {
  const { board, freed } = openBoard();
  const call = newCallId();
  board.occupy(anna.operatorId, call, false);
  expect(board.state(anna)).toEqual({ state: "ringing", callId: call });
  board.occupy(anna.operatorId, call, true);
  expect(board.state(anna)).toEqual({ state: "talking", callId: call });
  board.release(anna.operatorId, call);
  expect(freed).toEqual([anna.operatorId]);
});

test("a call that ends lets go of everybody whom it still holds, once", () => {
  const { board, freed } = openBoard();
  const call = newCallId();
  board.occupy(anna.operatorId, call, true);
  board.occupy(boris.operatorId, call, true);
  board.release(boris.operatorId, call);
  board.releaseAll(call);
  board.release(anna.operatorId, call);
  expect(freed).toEqual([boris.operatorId, anna.operatorId]);
});

test("a phone that registers anew in mid-talk is not free for it", () => {
  const { board, freed } = openBoard();
  const [held, other] = [newCallId(), newCallId()];
  board.occupy(anna.operatorId, held, true);
  board.occupy(anna.operatorId, other, true);
  board.release(anna.operatorId, other);
  board.setRegistered(anna.extension, false);
  board.setRegistered(anna.extension, true);
  expect(freed).toEqual([]);
});
