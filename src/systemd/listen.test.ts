import { expect, test } from "vitest";
import { handedSockets } from "./listen.ts";

test("sockets are known by the names of their units, and only to the process that they are for", () => {
  const environment = { LISTEN_PID: "42", LISTEN_FDS: "3", LISTEN_FDNAMES: "http:https:http" };
  expect([...handedSockets(environment, 42)]).toEqual([
    ["http", [3, 5]],
    ["https", [4]],
  ]);
  expect(handedSockets(environment, 43).size).toBe(0);
  expect(handedSockets({}, 42).size).toBe(0);
  expect(handedSockets({ ...environment, LISTEN_FDS: "many" }, 42).size).toBe(0);
});
