import { type RawBuilder, sql } from "kysely";
import type { Outcome } from "../calls/call-fact.ts";

/** Nobody spoke with the caller and their wish was not met (design, section 5, 3). */
const MISSED: readonly Outcome[] = [
  "abandoned-in-menu",
  "abandoned-while-ringing",
  "no-answer",
  "after-hours",
  "fallback-missed",
  "failed",
  "voicemail",
  "callback-requested",
];

/** On rows of `calls`. A call that was cut off counts when nobody had spoken with the caller yet. */
export const isMissed: RawBuilder<boolean> = sql<boolean>`(calls.direction = 'inbound'
  and (calls.outcome in (${sql.join(MISSED)}) or (calls.outcome = 'cut-off' and calls.talk_started_at is null)))`;

/** On rows of `calls`. Somebody spoke with the caller, or does so now. */
export const isAnswered: RawBuilder<boolean> = sql<boolean>`(calls.direction = 'inbound'
  and (calls.talk_started_at is not null or calls.outcome = 'fallback-talked'))`;
