import type { RecordingKind } from "../database/schema.ts";
import { parseRecordingName, type RecordingName } from "./recording-name.ts";

/** What the switch writes into one folder of the spool, and how it is treated. */
export interface SpoolKind {
  kind: RecordingKind;
  /** Below `spool/`. */
  folder: string;
  /** Null for a name that is not one of ours. */
  parseName(fileName: string): RecordingName | null;
  channels: 1 | 2;
  /** False: the file is removed and nothing is said of it. Asked when it is over. */
  isWorthKeeping(path: string): Promise<boolean>;
}

export const CONVERSATIONS: SpoolKind = {
  kind: "conversation",
  folder: "recordings",
  parseName: parseRecordingName,
  channels: 2,
  isWorthKeeping: async () => true,
};
