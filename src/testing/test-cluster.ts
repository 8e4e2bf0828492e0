/** What the tests' common cluster and its users agree on. */
import "vitest";

export const FAST_BUT_UNSAFE = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
} as const;

/** Answer of the test run's cluster to whoever connects to its socket; JSON, one line. */
export type ClusterAnswer = { socketDir: string; user: string; template: string } | { problem: string };

declare module "vitest" {
  interface ProvidedContext {
    /** Socket on which the test run tells where its cluster is; the first question starts it. */
    testClusterSocket: string;
  }
}
