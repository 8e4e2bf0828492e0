import { expect, test } from "vitest";
import { parseDialString } from "./dial-string.ts";

test("a dial string is groups of legs with variables for all and for each", () => {
  const { groups } = parseDialString(
    "{a=1,b=two words}[c=3]user/101@hotline,[^^:c=4:d=5]user/102@hotline|sofia/gateway/trunk-1/112",
  );
  const plain = groups.map((group) =>
    group.map(({ endpoint, variables }) => [endpoint, Object.fromEntries(variables)] as const),
  );
  expect(plain).toEqual([
    [
      ["user/101@hotline", { a: "1", b: "two words", c: "3" }],
      ["user/102@hotline", { a: "1", b: "two words", c: "4", d: "5" }],
    ],
    [["sofia/gateway/trunk-1/112", { a: "1", b: "two words" }]],
  ]);
  expect(parseDialString("  ").groups).toEqual([]);
});
