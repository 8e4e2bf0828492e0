/** The tables as kysely sees them. The migrations made them; a change there needs one here. */
import type { ColumnType, Generated, JSONColumnType, Kysely, Transaction } from "kysely";
import type { AlertKind, SyntheticOutcome, TrunkHealth, TrunkReason } from "../calls/alert.ts";
import type { AddressRecord } from "../calls/ban.ts";
import type { LegOrigin } from "../calls/call-event.ts";
import type { CallDirection, LegRole, Outcome, TimelineKind } from "../calls/call-fact.ts";
import type { CallId, LegId, OperatorId, ScheduleId, TrunkId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { Bundle, DialRight, FreezeReason, Price } from "../calls/outgoing.ts";
import type { Country, E164 } from "../calls/phone-number.ts";
import type { RedialOutcome } from "../calls/redial.ts";
import type { HoursOverride, OwnDate, WeeklyHours } from "../calls/schedule.ts";
import type {
  CallerIdPolicy,
  DtmfMode,
  IncomingFormat,
  OutgoingFormat,
  SrtpMode,
  TrunkCodec,
  TrunkKind,
  TrunkTransport,
} from "../calls/trunk.ts";

type Json<Value extends object | null> = JSONColumnType<Value>;
/** Read as Date, written as Date or ISO text. */
type Time = ColumnType<Date, Date | string, Date | string>;
type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
/** bigint comes from the driver as text; sizes here stay far below 2^53 and are read as numbers (see connect.ts). */
type Big = ColumnType<number, number, number>;

interface SiteSettingTable {
  key: string;
  value: ColumnType<unknown, string, string>;
  updated_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export type UserRole = "admin" | "operator";

interface UserTable {
  id: Generated<number>;
  /** Lower case. */
  login: string;
  name: string;
  password_hash: string;
  role: UserRole;
  language: Language;
  operator_id: OperatorId | null;
  must_change_password: Generated<boolean>;
  created_at: Generated<Date>;
}

interface SessionTable {
  /** SHA-256 of the cookie's token, hex: who reads the table cannot sign in with it. */
  token_hash: string;
  user_id: number;
  created_at: Generated<Date>;
  expires_at: Time;
}

interface LoginFailureTable {
  key: string;
  failures: number;
  window_started_at: Time;
}

interface OperatorTable {
  id: Generated<OperatorId>;
  name: string;
  extension: string;
  /** md5(extension:hotline:password), RFC 2617: the phone's password itself is kept nowhere. */
  sip_ha1: string;
  is_enabled: Generated<boolean>;
  may_dial: Generated<DialRight>;
  created_at: Generated<Date>;
  deleted_at: NullableTime;
}

/** What the wizard was told; it asks accordingly. */
export const TRUNK_PRESETS = ["provider", "ip-peer", "gsm-line", "gsm-shared"] as const;
export type TrunkPreset = (typeof TRUNK_PRESETS)[number];
export type TrunkMode = "register" | "ip-peer";

interface TrunkTable {
  id: Generated<TrunkId>;
  name: string;
  kind: TrunkKind;
  mode: TrunkMode;
  server: string;
  port: number;
  sip_user: string | null;
  is_enabled: Generated<boolean>;
  created_at: Generated<Date>;
  deleted_at: NullableTime;
  preset: TrunkPreset | null;
  transport: Generated<TrunkTransport>;
  auth_user: string | null;
  from_user: string | null;
  from_domain: string | null;
  /** `host` or `host:port`. */
  outbound_proxy: string | null;
  codecs: Generated<TrunkCodec[]>;
  outgoing_format: Generated<OutgoingFormat>;
  outgoing_prefix: Generated<string>;
  caller_id: Generated<CallerIdPolicy>;
  incoming_format: Generated<IncomingFormat>;
  incoming_prefix: Generated<string>;
  dtmf: Generated<DtmfMode>;
  srtp: Generated<SrtpMode>;
  expiry_seconds: Generated<number>;
  /** Further addresses and networks (`203.0.113.0/28`) from which its calls come. */
  sources: Generated<string[]>;
  /** Whether its server is asked by OPTIONS if it is there. */
  is_watched: Generated<boolean>;
  channels_total: number | null;
  channels_most_outgoing: number | null;
  channels_kept_free: Generated<number>;
}

interface NumberTable {
  id: Generated<number>;
  number: string;
  name: string;
  trunk_id: TrunkId | null;
  language: Language | null;
  schedule_id: ScheduleId | null;
  /** Null: the default flow. */
  flow_id: string | null;
  /** Null: as the site does. */
  record_calls: boolean | null;
  created_at: Generated<Date>;
}

/** Opening hours by name; 1 is the main one and always there. */
interface ScheduleTable {
  id: Generated<ScheduleId>;
  name: string;
  weekly: Json<WeeklyHours>;
  holiday_country: Country | null;
  /** Keys of the holidays on which the firm works. */
  holiday_exceptions: Json<string[]>;
  dates: Json<OwnDate[]>;
  override_state: HoursOverride["state"] | null;
  /** With a state: until when it holds; null: until somebody ends it. */
  override_until: NullableTime;
  created_at: Generated<Date>;
}

interface FlowTable {
  id: string;
  /** Empty for the default flow until it is renamed. */
  name: string;
  created_at: Generated<Date>;
  created_by: number | null;
  deleted_at: NullableTime;
}

interface CallFlowTable {
  id: string;
  version: number;
  /** `{ simple: SimpleFlow | null, document: FlowDocument }`; no `simple`: edited freely. */
  document: Json<object>;
  published_at: Generated<Date>;
  published_by: number | null;
  note: string | null;
  /** The version that was published anew. */
  rolled_back_from: number | null;
}

interface FlowDraftTable {
  flow_id: string;
  /** Goes up with each change: who saves must have seen the last. */
  revision: number;
  /** FlowContent */
  document: Json<object>;
  based_on: number | null;
  updated_at: Generated<Date>;
  updated_by: number | null;
}

interface CallTable {
  id: CallId;
  direction: CallDirection;
  started_at: Time;
  ended_at: NullableTime;
  caller_number: string;
  caller_name: string;
  caller_e164: string | null;
  is_caller_hidden: Generated<boolean>;
  dialled: string;
  dialled_e164: string | null;
  gateway: string | null;
  trunk_id: TrunkId | null;
  flow_id: string | null;
  flow_version: number | null;
  language: string | null;
  operator_id: OperatorId | null;
  talk_started_at: NullableTime;
  wait_ms: number | null;
  talk_ms: number | null;
  outcome: Outcome | null;
  /** Hangup cause in Q.850 names. */
  cause: string | null;
  /** It came for a number that was not entered as ours. */
  is_unknown_number: Generated<boolean>;
  tags: Generated<string[]>;
}

/** Nodes of call flows that a call came to, in order; `node` null: it left the flow by `via`. */
interface CallStepTable {
  id: Generated<number>;
  call_id: CallId;
  at: Time;
  flow_id: string;
  version: number;
  node: string | null;
  /** The branch of the node before. */
  via: string;
}

interface LegTable {
  id: LegId;
  /** Null only while nothing but the leg's end is known. */
  call_id: CallId | null;
  role: LegRole | null;
  origin: LegOrigin | null;
  number: string;
  operator_id: OperatorId | null;
  started_at: Time;
  answered_at: NullableTime;
  ended_at: NullableTime;
  cause: string | null;
  sip_status: number | null;
  /** When the switch's CDR file of this leg was taken in; a second file of the same leg changes nothing. */
  cdr_ingested_at: NullableTime;
  /** By which it left; null for legs that came in and for phones. */
  gateway: string | null;
  trunk_id: TrunkId | null;
}

/** What a trunk's calls cost, and its limits of a day. None: the usual. */
interface TrunkCostTable {
  trunk_id: TrunkId;
  minutes_per_day: number | null;
  money_per_day_minor: number | null;
  prices: Json<Price[]>;
  bundles: Json<Bundle[]>;
  step_seconds: number;
}

/** A day's limit was reached, and perhaps lifted by hand. */
interface TrunkFreezeTable {
  id: Generated<number>;
  trunk_id: TrunkId;
  reason: FreezeReason;
  counted_from: Time;
  frozen_at: Time;
  unfrozen_at: NullableTime;
  unfrozen_by: number | null;
}

interface CallTimelineTable {
  id: Generated<number>;
  call_id: CallId;
  at: Time;
  kind: TimelineKind;
  data: Json<Record<string, string | number | null>>;
}

export type RecordingState = "recording" | "waiting" | "encoding" | "ready" | "missing" | "failed";

/** What a recording holds: two people talking, or a message that a caller left. */
export type RecordingKind = "conversation" | "message";
export type MailState = "waiting" | "sent" | "failed";

interface RecordingTable {
  id: Generated<string>;
  call_id: CallId;
  leg_id: LegId | null;
  /** The spool file's name, ours and unique. */
  file_name: string;
  state: RecordingState;
  /** The encoded file, relative to the recordings' directory. */
  path: string | null;
  bytes: Big | null;
  sha256: string | null;
  duration_ms: number | null;
  /** `{ left: number[], right: number[] }`, 0 to 1, 800 points each. */
  peaks: ColumnType<{ left: number[]; right: number[] } | null, string | null | undefined, string | null>;
  /** A word that the panel translates. */
  problem: string | null;
  /** What the call's recordings lack of its talk, at the last of them; null when that is nothing to speak of. */
  missing_ms: number | null;
  started_at: Time;
  ended_at: NullableTime;
  attempts: Generated<number>;
  next_try_at: Generated<Date>;
  claimed_until: NullableTime;
  kind: Generated<RecordingKind>;
  /** A message that nobody has marked as heard is new. */
  heard_at: NullableTime;
  heard_by: number | null;
  /** Null: not to be mailed. */
  mail_state: MailState | null;
  mail_attempts: Generated<number>;
  mail_next_try_at: Generated<Date>;
  mail_problem: string | null;
}

export type PromptSource = "voice" | "upload";

interface PromptTable {
  language: Language;
  name: string;
  source: PromptSource;
  /** What the voice says; kept beside an upload so that one can go back. */
  text: string;
  /** Absolute or relative as the prompt library likes; null when it was never made. */
  path: string | null;
  duration_ms: number | null;
  sha256: string | null;
  problem: string | null;
  updated_at: Generated<Date>;
}

interface AuditTable {
  id: Generated<number>;
  at: Generated<Date>;
  user_id: number | null;
  action: string;
  /** What it was done to, for example `operator:3`. */
  subject: string | null;
  data: Json<Record<string, unknown>>;
}

interface JournalCursorTable {
  /** Id of the journal's segment file. */
  segment: string;
  /** Sequence number of the last fact of it that took effect here. */
  applied: Big;
  updated_at: Generated<Date>;
}

/** A missed caller whom we owe a call. One that is open per number. */
interface RedialTicketTable {
  id: Generated<number>;
  caller_e164: E164;
  caller_number: string;
  caller_name: string;
  /** End of the first missed call. */
  opened_at: Time;
  last_call_id: CallId;
  /** End of the last missed call. */
  last_call_at: Time;
  /** Who works on it by hand; automatic redial leaves it alone. */
  owner_user_id: number | null;
  /** When somebody last asked to have it called at once, and who. */
  call_now_at: NullableTime;
  call_now_user_id: number | null;
  closed_at: NullableTime;
  closed_reason: TicketClosing | null;
  closed_text: string | null;
  closed_by_user_id: number | null;
  /** The talk that closed it. */
  closed_call_id: CallId | null;
  /** A talk before it does not close the ticket: somebody said that it settled nothing. */
  reopened_at: NullableTime;
  reopened_by_user_id: number | null;
  /** So many attempts, from the first, are no tries any more: all were used when it was reopened. */
  uncounted_attempts: Generated<number>;
  changed_at: Generated<Date>;
}

export type TicketClosing = "talked" | "closed-by-operator" | "gave-up" | "blocked";

interface RedialTicketCallTable {
  call_id: CallId;
  ticket_id: number;
}

/** Ids of its legs are written down before anything is dialled. */
interface RedialAttemptTable {
  id: Generated<number>;
  ticket_id: number;
  number: number;
  call_id: CallId;
  operator_leg_id: LegId;
  callee_leg_id: LegId;
  operator_id: OperatorId | null;
  claimed_at: Time;
  /** Written before the caller is dialled; an attempt with it is a try. */
  dialled_at: NullableTime;
  ended_at: NullableTime;
  outcome: RedialOutcome | null;
}

interface BlockedNumberTable {
  number: E164;
  note: string | null;
  created_at: Generated<Date>;
  created_by: number | null;
}

interface TrunkStateTable {
  id: Generated<number>;
  trunk_id: TrunkId;
  health: TrunkHealth;
  since: Time;
  reason: TrunkReason | null;
  sip_status: number | null;
  /** The operator's own words. */
  phrase: string | null;
}

interface AddressBanTable {
  address: string;
  record: Json<AddressRecord>;
  changed_at: Time;
}

/** Where a phone registered rightly, or somebody signed in. */
interface KnownAddressTable {
  address: string;
  seen_at: Time;
}

interface AlertTable {
  id: Generated<number>;
  kind: AlertKind;
  /** What it is about, for example `trunk:3`. */
  subject: string;
  params: Json<Record<string, string | number>>;
  opened_at: Time;
  closed_at: NullableTime;
  acknowledged_at: NullableTime;
  acknowledged_by: number | null;
}

export type AlertWay = "mail" | "webhook";
export type NoticeState = "waiting" | "sent" | "failed";

interface AlertNoticeTable {
  id: Generated<number>;
  alert_id: number;
  about: "opened" | "closed";
  way: AlertWay;
  state: Generated<NoticeState>;
  attempts: Generated<number>;
  next_try_at: Generated<Date>;
  problem: string | null;
}

interface SyntheticCallTable {
  id: Generated<number>;
  number_id: number;
  at: Time;
  outcome: SyntheticOutcome;
  from_trunk_id: TrunkId | null;
  /** The number that it came for, as delivered. */
  arrived_as: string | null;
  arrived_by: TrunkId | null;
  cause: string | null;
  sip_status: number | null;
}

interface SyntheticRunTable {
  planned_at: Time;
}

export interface Database {
  site_settings: SiteSettingTable;
  users: UserTable;
  sessions: SessionTable;
  login_failures: LoginFailureTable;
  operators: OperatorTable;
  trunks: TrunkTable;
  numbers: NumberTable;
  schedules: ScheduleTable;
  flows: FlowTable;
  call_flows: CallFlowTable;
  flow_drafts: FlowDraftTable;
  calls: CallTable;
  legs: LegTable;
  call_timeline: CallTimelineTable;
  call_steps: CallStepTable;
  trunk_costs: TrunkCostTable;
  trunk_freezes: TrunkFreezeTable;
  recordings: RecordingTable;
  prompts: PromptTable;
  audit: AuditTable;
  journal_cursor: JournalCursorTable;
  redial_tickets: RedialTicketTable;
  redial_ticket_calls: RedialTicketCallTable;
  redial_attempts: RedialAttemptTable;
  blocked_numbers: BlockedNumberTable;
  trunk_states: TrunkStateTable;
  alerts: AlertTable;
  alert_notices: AlertNoticeTable;
  synthetic_calls: SyntheticCallTable;
  synthetic_runs: SyntheticRunTable;
  address_bans: AddressBanTable;
  known_addresses: KnownAddressTable;
}

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;
