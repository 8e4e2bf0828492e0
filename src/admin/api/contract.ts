import type { Hono } from "hono";
import type { CallDirection, LegRole, Outcome, TimelineKind } from "../../calls/call-fact.ts";
import type { Language } from "../../calls/language.ts";

type Get<Output, Input = object> = { $get: { input: Input; output: Output; outputFormat: "json"; status: 200 } };
type Send<Method extends string, Output, Input = object> = {
  [M in Method]: { input: Input; output: Output; outputFormat: "json"; status: 200 };
};
type Id = { param: { id: string } };
type Weekday = "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";

export interface SwitchStatus {
  connected: boolean;
  software: string | null;
  isLab: boolean;
  reason: "refused" | "wrong-secret" | "lost" | "starting" | null;
  since: string;
}
interface Status {
  product: "Hotline";
  version: string;
  needsSetup: boolean;
  language: Language | null;
  switch: SwitchStatus;
  database: { connected: boolean };
}
interface Session {
  userId: number;
  name: string;
  login: string;
  role: "admin" | "operator";
  language: Language;
  operatorId: number | null;
  site: { firmName: string; timeZone: string; country: string; language: Language };
}
interface Phone {
  sipServer: string;
  sipPort: number;
  sipUser: string;
  sipPassword: string;
}
interface SetupBody {
  language: Language;
  timeZone: string;
  country: string;
  firmName: string;
  admin: { name: string; login: string; password: string };
  operators: { name: string; extension: string }[];
  trunk: TrunkBody | null;
  number: string | null;
}
interface Party {
  number: string;
  e164: string | null;
  formatted: string;
  name: string;
  isHidden: boolean;
}
interface LiveCall {
  callId: string;
  direction: CallDirection;
  startedAt: string;
  caller: Party;
  dialled: string;
  trunkName: string | null;
  language: Language | null;
  phase: "greeting" | "menu" | "information" | "ringing" | "talking" | "fallback" | "dialling";
  phaseSince: string;
  nodeName: string | null;
  ringing: { operatorId: number; name: string; extension: string }[];
  operator: { operatorId: number; name: string; extension: string } | null;
  isRecording: boolean;
}
interface Presence {
  operatorId: number;
  name: string;
  extension: string;
  isRegistered: boolean;
  state: "free" | "ringing" | "talking" | "away";
  callId: string | null;
}
interface Today {
  date: string;
  counts: { inbound: number; answered: number; missed: number; talking: number; waiting: number; outbound: number };
  averageWaitSeconds: number | null;
  averageTalkSeconds: number | null;
  attention: {
    kind:
      | "switch-not-connected"
      | "trunk-down"
      | "recording-missing"
      | "no-phone-registered"
      | "disk-filling"
      | "missed-calls"
      | "prompts-missing";
    params: Record<string, string | number>;
    link: string;
  }[];
  byHour: { hour: number; inbound: number; missed: number }[];
}
type RecordingState = "recording" | "waiting" | "encoding" | "ready" | "missing" | "failed";
interface CallRow {
  callId: string;
  direction: CallDirection;
  startedAt: string;
  endedAt: string | null;
  caller: Party;
  dialled: string;
  dialledFormatted: string;
  trunkName: string | null;
  outcome: Outcome | null;
  operatorName: string | null;
  waitSeconds: number | null;
  talkSeconds: number | null;
  durationSeconds: number | null;
  hasRecording: boolean;
  recordingState: RecordingState | null;
  language: string | null;
}
interface Call extends CallRow {
  legs: {
    legId: string;
    role: LegRole;
    name: string | null;
    number: string;
    startedAt: string;
    answeredAt: string | null;
    endedAt: string | null;
    hangupCause: string | null;
    sipStatus: number | null;
  }[];
  timeline: { at: string; kind: TimelineKind; data: Record<string, string | number | null> }[];
  recordings: {
    recordingId: string;
    state: RecordingState;
    startedAt: string;
    durationMs: number | null;
    bytes: number | null;
    sha256: string | null;
    problem: string | null;
  }[];
}
interface CallQuery {
  from?: string;
  to?: string;
  direction?: string;
  outcome?: string;
  operatorId?: string;
  q?: string;
  hasRecording?: string;
  cursor?: string;
  limit?: string;
}
interface Operator {
  operatorId: number;
  name: string;
  extension: string;
  isEnabled: boolean;
  isRegistered: boolean;
  hasLogin: boolean;
  login: string | null;
  createdAt: string;
}
interface TrunkBody {
  name: string;
  kind: "city" | "mobile" | "toll-free" | "internal";
  mode: "register" | "ip-peer";
  server: string;
  port: number;
  user?: string;
  password?: string;
  isEnabled?: boolean;
}
interface Trunk {
  trunkId: number;
  name: string;
  kind: TrunkBody["kind"];
  mode: TrunkBody["mode"];
  server: string;
  port: number;
  user: string | null;
  hasPassword: boolean;
  isEnabled: boolean;
  state: "registered" | "trying" | "failed" | "down" | "idle" | "unknown";
  stateSince: string;
}
interface NumberBody {
  number: string;
  name: string;
  trunkId: number | null;
  language: Language | null;
}
interface SiteNumber extends NumberBody {
  numberId: number;
}
interface Settings {
  firmName: string;
  timeZone: string;
  country: string;
  language: Language;
  callerLanguages: Language[];
  recordCalls: boolean;
  retentionDays: number | null;
}
interface FlowBody {
  hours: Record<Weekday, { from: string; to: string }[]> & { alwaysOpen: boolean };
  strategy: "simultaneous" | "sequential";
  ringSeconds: number;
  maxWaitSeconds: number;
  menu: { isEnabled: boolean; operatorsDigit: string; informationDigit: string | null };
  operatorIds: number[];
}
interface Take {
  source: "voice" | "upload";
  durationMs: number;
  updatedAt: string;
  problem: "voice-failed" | null;
}
interface Prompts {
  languages: { language: Language; isOffered: boolean; isComplete: boolean; hasVoice: boolean }[];
  prompts: { name: string; texts: Record<Language, string>; takes: Record<Language, Take | null> }[];
}

/** What the daemon answers, until the routes themselves say it. */
export type Api = Hono<
  object,
  {
    "/api/status": Get<Status>;
    "/api/setup": Send<
      "$post",
      { phones: (Phone & { operatorId: number; name: string; extension: string })[] },
      { json: SetupBody }
    >;
    "/api/session": Get<Session> &
      Send<"$post", Session, { json: { login: string; password: string } }> &
      Send<"$patch", Session, { json: { language: Language } }> &
      Send<"$delete", object>;
    "/api/calls/live": Get<LiveCall[]>;
    "/api/operators/presence": Get<Presence[]>;
    "/api/today": Get<Today>;
    "/api/calls": Get<{ calls: CallRow[]; nextCursor: string | null; total: number }, { query: CallQuery }>;
    "/api/calls/:callId": Get<Call, { param: { callId: string } }>;
    "/api/recordings/:id/peaks": Get<{ durationMs: number; left: number[]; right: number[] }, Id>;
    "/api/operators": Get<Operator[]> &
      Send<
        "$post",
        { operator: Operator; phone: Phone },
        { json: { name: string; extension: string; login?: string; password?: string } }
      >;
    "/api/operators/:id": Send<
      "$patch",
      Operator,
      Id & { json: { name?: string; extension?: string; isEnabled?: boolean; login?: string; password?: string } }
    > &
      Send<"$delete", { undoUntil: string }, Id>;
    "/api/operators/:id/restore": Send<"$post", Operator, Id>;
    "/api/operators/:id/phone-password": Send<"$post", { phone: Phone }, Id>;
    "/api/trunks": Get<Trunk[]> & Send<"$post", Trunk, { json: TrunkBody }>;
    "/api/trunks/:id": Send<"$patch", Trunk, Id & { json: Partial<TrunkBody> }> &
      Send<"$delete", { undoUntil: string }, Id>;
    "/api/trunks/:id/restore": Send<"$post", Trunk, Id>;
    "/api/numbers": Get<SiteNumber[]> & Send<"$post", SiteNumber, { json: NumberBody }>;
    "/api/numbers/:id": Send<"$patch", SiteNumber, Id & { json: Partial<NumberBody> }> & Send<"$delete", object, Id>;
    "/api/settings": Get<Settings> & Send<"$put", Settings, { json: Settings }>;
    "/api/flow": Get<FlowBody & { version: number }> & Send<"$put", FlowBody & { version: number }, { json: FlowBody }>;
    "/api/prompts": Get<Prompts>;
    "/api/prompts/:language/:name": Send<
      "$put",
      Take,
      { param: { language: string; name: string }; form: { audio: File } }
    > &
      Send<"$delete", object, { param: { language: string; name: string } }>;
    "/api/prompts/:language/:name/text": Send<
      "$put",
      Take,
      { param: { language: string; name: string }; json: { text: string } }
    >;
  },
  "/api"
>;
