import { type RawBuilder, sql } from "kysely";

/** On rows of `recordings`: it will not be heard, or not in full. What was deleted is not lost. */
export const isLost: RawBuilder<boolean> = sql<boolean>`((recordings.state in ('missing', 'failed') or recordings.missing_ms is not null)
  and (recordings.problem is null or recordings.problem <> 'deleted'))`;
