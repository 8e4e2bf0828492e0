import { expect, test } from "vitest";
import { isElsewhere, letInBesides } from "./own-networks.ts";

const USUAL = ["10.0.0.0/8", "192.168.0.0/16", "fe80::/10"];

test.each([
  ["the same network", ["192.168.1.0/24"], ["192.168.1.0/24"], false],
  ["a part of it, on purpose", ["192.168.1.64/26"], ["192.168.1.0/24"], false],
  ["more than it", ["192.168.0.0/16"], ["192.168.1.0/24"], false],
  ["one of two cards", ["192.168.1.0/24"], ["10.0.0.0/24", "192.168.1.0/24"], false],
  ["another one", ["192.168.1.0/24"], ["10.0.0.0/24"], true],
  ["its neighbour", ["192.168.1.0/24"], ["192.168.0.0/24"], true],
  ["the other family", ["fe80::/10"], ["10.0.0.0/24"], true],
  ["no cable is plugged in", ["192.168.1.0/24"], [], false],
])("%s", (_, local, own, expected) => {
  expect(isElsewhere(local, own)).toBe(expected);
});

test("own networks are let in besides where others were chosen, and the internet never is", () => {
  const own = ["10.0.0.0/24", "203.0.113.0/24"];
  expect(letInBesides(["192.168.1.0/24"], { own, usual: USUAL })).toEqual(["10.0.0.0/24"]);
  expect(letInBesides(["10.0.0.0/25"], { own, usual: USUAL })).toEqual([]);
  expect(letInBesides([], { own, usual: USUAL })).toEqual([]);
  expect(letInBesides(["192.168.1.0/24"], { own, usual: [] })).toEqual([]);
});
