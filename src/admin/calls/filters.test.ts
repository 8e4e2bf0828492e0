import { describe, expect, test } from "vitest";
import { LONGEST_SEARCH } from "../../calls/text-limits.ts";
import { daysOfPeriod, PERIODS, periodOf, readFilters, writeFilters } from "./filters.ts";

describe("filters of the call log in the address bar", () => {
  test("come back as they were written", () => {
    const filters = {
      from: "2026-11-01",
      to: "2026-11-24",
      direction: "inbound",
      outcome: "missed",
      operatorId: "7",
      q: "ნინო & 599%",
      hasRecording: "true",
      hasLostRecording: "true",
      flow: "main",
      node: "menu-2",
      via: "case-1",
      ended: "here",
      tag: "refund, please",
    };
    expect(readFilters(new URLSearchParams(writeFilters(filters).toString()))).toEqual(filters);
  });

  test("take every outcome and both groups of them", () => {
    for (const outcome of ["missed", "answered", "cut-off"])
      expect(readFilters(new URLSearchParams({ outcome }))).toEqual({ outcome });
  });

  test("nonsense in the address is left out", () => {
    const search = new URLSearchParams(
      "from=yesterday&to=2026-11-24&direction=up&outcome=won&operatorId=1;drop&q=%20&hasRecording=1&cursor=x",
    );
    expect(readFilters(search)).toEqual({ to: "2026-11-24" });
  });

  test("a search that is longer than the field is left out too", () => {
    const longest = "5".repeat(LONGEST_SEARCH);
    expect(readFilters(new URLSearchParams({ q: longest }))).toEqual({ q: longest });
    expect(readFilters(new URLSearchParams({ q: `${longest}5` }))).toEqual({});
  });

  test("a step, a branch and an end are those of a flow, and nothing without it", () => {
    expect(readFilters(new URLSearchParams("node=menu&via=1&ended=here&tag=vip"))).toEqual({ tag: "vip" });
    expect(readFilters(new URLSearchParams("flow=main&node=Menu 1&ended=there"))).toEqual({ flow: "main" });
  });

  test("empty filters leave the address clean", () => {
    expect(writeFilters({ q: "", from: "2026-11-24" }).toString()).toBe("from=2026-11-24");
  });

  test("periods are told by their dates, and dates by their period", () => {
    const today = "2026-03-01";
    expect(daysOfPeriod("yesterday", today)).toEqual({ from: "2026-02-28", to: "2026-02-28" });
    expect(daysOfPeriod("week", today)).toEqual({ from: "2026-02-23", to: "2026-03-01" });
    for (const period of PERIODS) {
      const days = daysOfPeriod(period, today);
      if (days !== null) expect(periodOf(days, today)).toBe(period);
    }
    expect(periodOf({}, today)).toBe("all");
    expect(periodOf({ from: "2026-01-01" }, today)).toBe("custom");
    expect(periodOf({ from: "2026-02-28", to: "2026-03-01" }, today)).toBe("custom");
  });
});
