interface Wanted {
  flowId: string;
  node: string;
  range: { from: string; to: string };
  via?: string;
  /** Only those who hung up there. */
  ended?: boolean;
}

/** The call log with the calls behind a figure. */
export function callsOf({ flowId, node, range, via, ended }: Wanted): string {
  const search = new URLSearchParams({ ...range, flow: flowId, node });
  if (via !== undefined) search.set("via", via);
  if (ended === true) search.set("ended", "here");
  return `/calls?${search.toString()}`;
}
