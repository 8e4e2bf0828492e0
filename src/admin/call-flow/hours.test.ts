import { describe, expect, test } from "vitest";
import { checkHours, copyToAllDays, type Hours, move, nextInterval, ringOrder, tidyHours } from "./hours.ts";

const closed: Hours = {
  monday: [],
  tuesday: [],
  wednesday: [],
  thursday: [],
  friday: [],
  saturday: [],
  sunday: [],
  alwaysOpen: false,
};

describe("opening hours", () => {
  test("a copy reaches all days and shares nothing with its source", () => {
    const hours = copyToAllDays({ ...closed, tuesday: [{ from: "10:00", to: "14:00" }] }, "tuesday");
    expect(hours.sunday).toEqual([{ from: "10:00", to: "14:00" }]);
    expect(hours.sunday[0]).not.toBe(hours.tuesday[0]);
    expect(hours.alwaysOpen).toBe(false);
  });

  test("only days with something wrong are pointed at", () => {
    const hours: Hours = { ...closed, monday: [{ from: "9", to: "18" }], friday: [{ from: "18:00", to: "soon" }] };
    expect(checkHours(hours)).toEqual({ friday: ["not-a-time"] });
    expect(checkHours({ ...hours, alwaysOpen: true })).toEqual({});
  });

  test("an end that is the beginning, and a night that runs into the next day's hours, are pointed at", () => {
    const same: Hours = { ...closed, monday: [{ from: "9", to: "09:00" }] };
    expect(checkHours(same)).toEqual({ monday: ["same-time"] });
    const night = [
      { from: "20", to: "10" },
      { from: "12", to: "14" },
    ];
    expect(checkHours({ ...closed, sunday: night, monday: [{ from: "9", to: "18" }] })).toEqual({
      sunday: ["overlaps", null],
    });
    expect(checkHours({ ...closed, sunday: night, monday: [{ from: "10", to: "18" }] })).toEqual({});
  });

  test("are sent written out and in their order", () => {
    const hours = tidyHours({
      ...closed,
      monday: [
        { from: "14", to: "18.30" },
        { from: "9", to: "13" },
      ],
    });
    expect(hours.monday).toEqual([
      { from: "09:00", to: "13:00" },
      { from: "14:00", to: "18:30" },
    ]);
  });

  test("half-typed intervals are dropped while always open, so that the daemon does not refuse them", () => {
    const monday = [
      { from: "", to: "18:00" },
      { from: "9", to: "13" },
    ];
    expect(tidyHours({ ...closed, alwaysOpen: true, monday }).monday).toEqual([{ from: "09:00", to: "13:00" }]);
  });

  test("a further interval is suggested after the last one", () => {
    expect(nextInterval([])).toEqual({ from: "09:00", to: "18:00" });
    expect(nextInterval([{ from: "09:00", to: "13:00" }])).toEqual({ from: "14:00", to: "18:00" });
    expect(nextInterval([{ from: "09:00", to: "18:00" }])).toEqual({ from: "19:00", to: "24:00" });
    expect(nextInterval([{ from: "09:00", to: "24:00" }])).toEqual({ from: "", to: "" });
  });
});

describe("the order of operators", () => {
  test("keeps what was chosen, drops who is gone, adds who is new at the end", () => {
    expect(ringOrder([3, 9, 1], [1, 2, 3])).toEqual([3, 1, 2]);
    expect(ringOrder([], [1, 2])).toEqual([1, 2]);
  });
  test("moves by one and stops at the ends", () => {
    expect(move(["a", "b", "c"], 1, -1)).toEqual(["b", "a", "c"]);
    expect(move(["a", "b", "c"], 1, 1)).toEqual(["a", "c", "b"]);
    expect(move(["a", "b", "c"], 0, -1)).toEqual(["a", "b", "c"]);
    expect(move(["a", "b", "c"], 2, 1)).toEqual(["a", "b", "c"]);
  });
});
