import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";

/** Keys of what the panel keeps from the daemon; the first word is the subject that an event makes stale. */
export const keys = {
  status: ["status"],
  session: ["session"],
  today: ["today"],
  liveCalls: ["live-calls"],
  presence: ["presence"],
  calls: ["calls"],
  call: (callId: string) => ["calls", "one", callId],
  callPages: (filters: Readonly<Record<string, string>>) => ["calls", "pages", filters],
  peaks: (kind: string, recordingId: string) => ["peaks", kind, recordingId],
  tickets: ["tickets"],
  ticketList: (state: string, q: string) => ["tickets", "list", state, q],
  ticket: (ticketId: string) => ["tickets", "one", ticketId],
  blockedNumbers: ["blocked-numbers"],
  voicemail: ["voicemail"],
  messages: (state: string) => ["voicemail", "pages", state],
  operators: ["operators"],
  trunks: ["trunks"],
  numbers: ["numbers"],
  unknownNumbers: ["numbers", "unknown"],
  outgoing: ["outgoing"],
  alerts: ["alerts"],
  health: ["health"],
  backup: ["backup"],
  backupFolders: ["backup-folders"],
  box: ["box"],
  panelCertificate: ["panel-certificate"],
  bans: ["bans"],
  access: ["access"],
  restore: ["restore"],
  securityUpdates: ["health", "security-updates"],
  switchInstall: ["switch-install"],
  updates: ["updates"],
  trunkWatch: ["alerts", "trunk-watch"],
  trunkHistory: (trunkId: number) => ["alerts", "trunk-watch", trunkId],
  syntheticCalls: ["alerts", "synthetic-calls"],
  holidays: (country: string) => ["holidays", country],
  settings: ["settings"],
  flow: ["flow"],
  prompts: ["prompts"],
  phoneRecording: (id: string) => ["phone-recording", id],
  promptTakes: (language: string, name: string) => ["prompts", "takes", language, name],
  voices: ["voices"],
  schedules: ["schedules"],
  flows: ["flows"],
  flowContexts: ["flows", "context"],
  flowContext: (flowId: string) => ["flows", "context", flowId],
  flowDraft: (flowId: string) => ["flows", "draft", flowId],
  flowVersions: (flowId: string) => ["flows", "versions", flowId],
  flowVersion: (flowId: string, version: number) => ["flows", "version", flowId, version],
  flowLosses: (flowId: string, from: string, to: string, version: string) => [
    "flows",
    "losses",
    flowId,
    from,
    to,
    version,
  ],
} as const;

/** Only an unreachable or stumbling daemon is asked again by itself; a refusal stays one. */
function isWorthRetrying(failureCount: number, error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  return failureCount < 2 && (error.status === 0 || error.status >= 500);
}

/** The session ended (12 hours, or signed out elsewhere): the gate shows the sign-in page. */
function leaveWhenSignedOut(error: Error): void {
  if (error instanceof ApiError && error.code === "not-signed-in") queryClient.setQueryData(keys.session, null);
}

export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, retry: isWorthRetrying, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
});
