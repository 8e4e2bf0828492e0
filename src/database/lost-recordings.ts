import { type RawBuilder, sql } from "kysely";

/** On rows of `recordings`: it was not deleted because it was old. */
export const isKept: RawBuilder<boolean> = sql<boolean>`(recordings.problem is distinct from 'deleted')`;

/** On rows of `recordings`: it will not be heard, or not in full. What was deleted is not lost. */
export const isLost: RawBuilder<boolean> = sql<boolean>`((recordings.state in ('missing', 'failed') or recordings.missing_ms is not null)
  and ${isKept})`;
