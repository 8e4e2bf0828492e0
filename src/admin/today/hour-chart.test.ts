import { expect, test } from "vitest";
import { shownHours } from "./hour-chart.tsx";

test("the chart shows the working day, and more when calls came before or after it", () => {
  expect(shownHours([]).map(({ hour }) => hour)).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
  const early = shownHours([
    { hour: 7, inbound: 2, missed: 1 },
    { hour: 22, inbound: 1, missed: 0 },
    { hour: 23, inbound: 0, missed: 0 },
  ]);
  expect(early[0]).toEqual({ hour: 7, inbound: 2, missed: 1 });
  expect(early.at(-1)).toEqual({ hour: 22, inbound: 1, missed: 0 });
  expect(early).toHaveLength(16);
});
