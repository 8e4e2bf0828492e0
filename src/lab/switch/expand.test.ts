import { describe, expect, it } from "vitest";
import { expandVariables, substituteCaptures } from "./expand.ts";

const values: Record<string, string> = {
  name: "Anna",
  nested: "hello ${name}",
  number: "995322112233",
  self: "${self}",
};
const source = {
  variable: (name: string) => values[name],
  call: (command: string, args: string) => `<${command}:${args}>`,
};
const expand = (text: string): string => expandVariables(text, source);

describe("variables in arguments", () => {
  it.each([
    ["plain text", "plain text"],
    ["${name}!", "Anna!"],
    ["${nothing}.", "."],
    // Values are expanded again: what a caller sends must never get here.
    ["${nested}", "hello Anna"],
    ["${number:3}", "322112233"],
    ["${number:0:3}", "995"],
    ["${number:-4}", "2233"],
    ["${create_uuid()}", "<create_uuid:>"],
    ["${sofia_contact(internal/${name}@hotline)}", "<sofia_contact:internal/Anna@hotline>"],
    ["\\${name}", "${name}"],
    ["cost: $5 and $${name}", "cost: $5 and Anna"],
    ["${unclosed", ""],
  ])("%s is %s", (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  it("gives up on what contains itself", () => {
    expect(expand("${self}")).toBe("${self}");
  });

  it("puts the groups of a match in", () => {
    const match = /^(\d)(\d*)$/.exec("112");
    expect(match).not.toBeNull();
    expect(substituteCaptures("first $1 rest $2 none $3 all $0", match as RegExpExecArray)).toBe(
      "first 1 rest 12 none  all 112",
    );
  });
});
