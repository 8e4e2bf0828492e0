/** One measured figure, and what all of them look like: lines of JSON, a table on the terminal, a table in README. */

export type Unit = "ms" | "µs" | "calls/s" | "ms/call" | "ms/s" | "MiB";

export interface Figure {
  figure: string;
  value: number;
  unit: Unit;
  /** `none`: no call is made. */
  switch: "lab" | "freeswitch" | "none";
  /** What it is held against: native FreeSWITCH in the same run, or the switch's own CPU, or the same at rest; null when there is nothing. */
  reference: number | null;
  /** `value` by `reference`. */
  ratio: number | null;
}

/** What a figure has to be; `null`: this run cannot tell. */
export interface Mark {
  text: string;
  isMet: boolean | null;
}

export function figure(
  name: string,
  value: number,
  unit: Unit,
  of: { switchName: Figure["switch"]; reference?: number | null },
): Figure {
  const reference = of.reference ?? null;
  const ratio = reference === null || reference === 0 ? null : round(value / reference);
  return {
    figure: name,
    value: round(value),
    unit,
    switch: of.switchName,
    reference: reference === null ? null : round(reference),
    ratio,
  };
}

export function jsonLines(figures: readonly Figure[]): string {
  return figures.map((one) => `${JSON.stringify(one)}\n`).join("");
}

const SWITCH_NAMES = { lab: "lab switch", freeswitch: "FreeSWITCH", none: "none" } as const;

/** Columns as wide as what stands in them; numbers to the right. */
export function table(figures: readonly Figure[]): string {
  const head = ["figure", "switch", "value", "reference", "ratio"];
  const rows = figures.map((one) => [
    one.figure,
    SWITCH_NAMES[one.switch],
    `${one.value} ${one.unit}`,
    one.reference === null ? "-" : `${one.reference} ${one.unit}`,
    one.ratio === null ? "-" : one.ratio.toFixed(2),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return [head, widths.map((width) => "-".repeat(width)), ...rows]
    .map((row) => line(row).join("  ").trimEnd())
    .join("\n");
}

/** The same for README: one row a figure, one column a switch. What needs none is told with its mark. */
export function markdownTable(figures: readonly Figure[]): string {
  const names = [...new Set(figures.filter((one) => one.switch !== "none").map((one) => one.figure))];
  const rows = names.map((name) => {
    const of = (switchName: Figure["switch"]) =>
      figures.find((one) => one.figure === name && one.switch === switchName);
    const [real, lab] = [of("freeswitch"), of("lab")];
    const unit = (real ?? lab)?.unit ?? "ms";
    const cell = (value: number | null | undefined) => (value === null || value === undefined ? "–" : `${value}`);
    const ratio = real?.ratio ?? null;
    return [
      `${name}, ${unit}`,
      cell(real?.value),
      cell(real?.reference),
      ratio === null ? "–" : ratio.toFixed(2),
      cell(lab?.value),
    ];
  });
  return markdownRows(["figure", "on FreeSWITCH", "held against", "ratio", "on the lab switch"], rows);
}

/** As the formatter would write it. */
function markdownRows(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

export function markLines(marks: readonly Mark[]): string {
  return marks
    .map(({ text, isMet }) => `${isMet === null ? "not measured" : isMet ? "met" : "MISSED"}: ${text}`)
    .join("\n");
}

/** Two figures behind the point below 10, one below 100. */
function round(value: number): number {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return Number(value.toFixed(digits));
}
