/** What the called person sees; `callerNumber` null: what the trunk's operator puts there. */
export interface ShownCaller {
  callerNumber: string | null;
  isCallerHidden: boolean;
}

/** How the switch alone sends phones' calls out by one trunk. */
export interface WayOut {
  gateway: string;
  shown: ShownCaller;
  shownInEmergency: ShownCaller;
  /** A number goes out as it was dialled, unless one of these means it. */
  rewriting: readonly NumberRewriting[];
}

export interface NumberRewriting {
  /** Of the whole dialled text, with one group. */
  pattern: string;
  /** Put before what the group took. */
  before: string;
}
