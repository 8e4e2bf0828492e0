/** Path of a field (`rules.0.name`) to the code of what is wrong with it. */
type FieldProblems = Readonly<Record<string, string>>;

/** What is wrong with a field, or with the first of those below it. */
export function problemOf(problems: FieldProblems, path: string): string | undefined {
  return problems[path] ?? Object.entries(problems).find(([found]) => found.startsWith(`${path}.`))?.[1];
}

/** Whether a field that the form shows says what is wrong; if none does, the form as a whole has to. */
export function isToldBeside(fields: readonly string[], problems: FieldProblems): boolean {
  return fields.some((field) => problemOf(problems, field) !== undefined);
}
