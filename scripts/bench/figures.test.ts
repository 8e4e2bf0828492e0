import { describe, expect, test } from "vitest";
import { figure, jsonLines, markdownTable, markLines, table } from "./figures.ts";

const real = figure("switch CPU per call", 12.345, "ms/call", { switchName: "freeswitch", reference: 10.006 });
const lab = figure("switch CPU per call", 23, "ms/call", { switchName: "lab" });

describe("figures", () => {
  test("one line of JSON each, with the ratio of what was measured and not of what was rounded", () => {
    expect(jsonLines([real, lab])).toBe(
      '{"figure":"switch CPU per call","value":12.3,"unit":"ms/call","switch":"freeswitch","reference":10,"ratio":1.23}\n' +
        '{"figure":"switch CPU per call","value":23,"unit":"ms/call","switch":"lab","reference":null,"ratio":null}\n',
    );
  });

  test("a reference of nothing has no ratio", () => {
    expect(figure("x", 5, "ms", { switchName: "lab", reference: 0 }).ratio).toBeNull();
  });

  test("in columns", () => {
    expect(table([real, lab]).split("\n")).toEqual([
      "figure               switch             value   reference  ratio",
      "-------------------  ----------  ------------  ----------  -----",
      "switch CPU per call  FreeSWITCH  12.3 ms/call  10 ms/call   1.23",
      "switch CPU per call  lab switch    23 ms/call           -      -",
    ]);
  });

  test("both switches in one row of README", () => {
    expect(markdownTable([lab, real]).split("\n").at(-1)).toMatch(
      /^\| switch CPU per call, ms\/call \| 12.3 +\| 10 +\| 1.23 +\| 23 +\|$/,
    );
  });

  test("a mark that could not be looked at is not met", () => {
    const lines = markLines([
      { text: "a", isMet: true },
      { text: "b", isMet: false },
      { text: "c", isMet: null },
    ]);
    expect(lines).toBe("met: a\nMISSED: b\nnot measured: c");
  });
});
