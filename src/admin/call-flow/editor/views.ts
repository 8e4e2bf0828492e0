export const VIEWS = ["steps", "walk", "losses", "versions"] as const;
export type View = (typeof VIEWS)[number];

export function viewOf(text: string | undefined): View {
  return VIEWS.find((view) => view === text) ?? "steps";
}
