/**
 * What the daemon and the unit that runs its programs say to each other, over a Unix socket, one line of JSON a message. The daemon says once
 * what is to run; it closes its half to interrupt it. Anything else that is said comes from the program.
 */
import { basename, dirname } from "node:path";
import { z } from "zod";

export const ProgramRequest = z.object({
  program: z.string(),
  args: z.array(z.string()),
  /** Besides the usual: passwords too, so it is logged nowhere and stands on no command line. */
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  /** Root alone can run it as somebody else. */
  as: z.object({ uid: z.number().int(), gid: z.number().int() }).nullable(),
});
export type ProgramRequest = z.infer<typeof ProgramRequest>;

export const ProgramWord = z.discriminatedUnion("type", [
  /** As it comes, in pieces that need not be lines. */
  z.object({ type: z.literal("stdout"), text: z.string() }),
  z.object({ type: z.literal("stderr"), text: z.string() }),
  /** The last word. `code` null: `signal` ended it. */
  z.object({ type: z.literal("end"), code: z.number().int().nullable(), signal: z.string().nullable() }),
  /** The last word: it was not run. */
  z.object({ type: z.literal("refused"), why: z.string() }),
]);
export type ProgramWord = z.infer<typeof ProgramWord>;

const PROGRAMS = ["restic", "sync", "ssh-keygen"];
const OF_POSTGRESQL = ["pg_dump", "pg_restore", "psql", "postgres"];
const PLACE_OF_POSTGRESQL = /^\/usr\/lib\/postgresql\/[0-9]+\/bin$/;

/** Whether backups need this program. */
export function isProgramOfBackups(program: string): boolean {
  if ([...PROGRAMS, ...OF_POSTGRESQL].includes(program)) return true;
  return PLACE_OF_POSTGRESQL.test(dirname(program)) && OF_POSTGRESQL.includes(basename(program));
}

const MOST_KEPT = 8_000;

/** Of what a program writes to its standard error the end is what helps. */
export function lastOf(text: string): string {
  return text.slice(-MOST_KEPT);
}

export interface LineReader {
  push: (text: string) => void;
  /** What came after the last end of a line is a line too. */
  end: () => void;
}

/** Ends of lines are `\n` alone: what Node's readline takes for one besides (U+2028) may stand in a file's name. */
export function lineReader(take: (line: string) => void): LineReader {
  let begun = "";
  return {
    push: (text) => {
      const [first = "", ...rest] = text.split("\n");
      begun += first;
      for (const next of rest) {
        const line = begun;
        begun = next;
        take(line);
      }
    },
    end: () => {
      if (begun !== "") take(begun);
      begun = "";
    },
  };
}

/** Null when it is none: what a program wrote may be cut off. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
