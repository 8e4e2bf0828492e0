/** What the panel's API needs from the rest of the daemon; daemon.ts wires it. The shapes are those of the wire. */

import type { AcmeView } from "../calls/acme.ts";
import type {
  BackupKind,
  BackupProblem,
  BackupProgress,
  BackupRun,
  BackupSettings,
  BackupSnapshot,
  BackupTarget,
} from "../calls/backup.ts";
import type { AccessSettings, Ban, BanSettings } from "../calls/ban.ts";
import type { BoxAnswer, BoxRequest, BoxState } from "../calls/box.ts";
import type { CallDirection } from "../calls/call-fact.ts";
import type { CheckNow } from "../calls/health.ts";
import type { OperatorId, TrunkId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { FreezeReason } from "../calls/outgoing.ts";
import type { SecurityUpdatesView } from "../calls/security-updates.ts";
import type { SwitchInstallView } from "../calls/switch-install.ts";
import type { UpdateOffer, UpdateProblem, UpdateProgress, UpdateRun } from "../calls/update.ts";
import type { PhoneAccount } from "../database/operators.ts";
import type { PromptSource } from "../database/schema.ts";
import type { TrunkRow } from "../database/trunks.ts";
import type { NetworkCard } from "../flows/box/check-network.ts";
import type { LookUpAnswer, LookUpRequest } from "../flows/ivr/ivr-types.ts";
import type { PromptRecordingOutcome } from "../flows/prompt-recording/prompt-recording.ts";
import type { RoutingWorld } from "../flows/routing/decide-route.ts";
import type { Standing } from "../flows/trunk-watch/health.ts";
import type { RestartMoment } from "../flows/updates/judge-update.ts";
import type { SpeechProblem } from "../prompts/prompt-error.ts";
import type { KeptTakeView } from "../prompts/prompts.ts";
import type { TestStep, TrunkToTest } from "../sip/trunk-test.ts";

/** Caller or callee as delivered and as people there write it. */
export interface PartyView {
  /** As the switch delivered it. */
  number: string;
  e164: string | null;
  /** `0322 11 22 33`, or the raw text when it is no number. */
  formatted: string;
  name: string;
  isHidden: boolean;
}

export interface OperatorView {
  operatorId: number;
  name: string;
  extension: string;
}

export type LivePhase =
  | "greeting"
  | "menu"
  | "information"
  | "ringing"
  | "talking"
  | "message"
  | "fallback"
  | "dialling";

export interface LiveCall {
  callId: string;
  direction: CallDirection;
  /** ISO 8601, UTC; as are all times here. */
  startedAt: string;
  caller: PartyView;
  dialled: string;
  trunkName: string | null;
  language: Language | null;
  phase: LivePhase;
  phaseSince: string;
  nodeName: string | null;
  ringing: OperatorView[];
  operator: OperatorView | null;
  isRecording: boolean;
}

export interface OperatorPresence extends OperatorView {
  isRegistered: boolean;
  state: "free" | "ringing" | "talking" | "away";
  callId: string | null;
}

export interface SwitchStatus {
  connected: boolean;
  software: string | null;
  isLab: boolean;
  reason: "refused" | "wrong-secret" | "lost" | "starting" | null;
  since: string;
}

export interface TrunkStatus {
  id: number;
  state: "registered" | "trying" | "failed" | "down" | "idle" | "unknown";
  since: string;
}

/** What goes on now, from memory; it never waits. */
export interface LiveBoard {
  calls(): LiveCall[];
  presence(): OperatorPresence[];
  trunks(): TrunkStatus[];
  switch(): SwitchStatus;
  /** Told after each change of one of them; may come often. Returns how to stop listening. */
  onChange(listener: (what: "calls" | "presence" | "trunks" | "switch") => void): () => void;
}

export interface DatabaseStatus {
  connected: boolean;
  /**
   * Null when connected. `not-installed`, `wrong-version`, `not-started`: our own server, which is tried again and again. `going-back`: it is that
   * of a new version that failed, and the one of before is being brought back.
   */
  reason:
    | ("starting" | "away" | "not-installed" | "wrong-version" | "not-started" | "not-migrated" | "going-back")
    | null;
}

export interface DiskStatus {
  /** `critical`: recordings are about to be lost, or are lost already. */
  level: "ok" | "low" | "critical";
  freeBytes: number;
  totalBytes: number;
  /** How many minutes of conversation still fit. */
  freeMinutes: number;
}

/** The box itself, from memory; it never waits. */
export interface BoxHealth {
  database(): DatabaseStatus;
  /** Null when it cannot be read. */
  disk(): DiskStatus | null;
  onChange(listener: (what: "database" | "disk") => void): () => void;
}

/** Everything that keeps the hotline going, as it was found last. */
export interface HealthChecks {
  now(): CheckNow[];
  /** Resolves when everything has been looked at anew. */
  lookNow(): Promise<void>;
}

export type BackupRunView = BackupRun;

interface BackupPlace {
  target: BackupTarget;
  password: string;
  s3Key: string | null;
}

/** Backups, drills and bringing one back; one thing at a time. */
export interface BackupOffice {
  readonly settings: BackupSettings | null;
  readonly running: BackupProgress | null;
  /** Newest first. */
  readonly runs: readonly BackupRun[];
  readonly lastRestore: BackupRun | null;
  /** @throws what `problemOf` names */
  configure(
    wanted: Pick<BackupSettings, "target" | "at" | "keep">,
    given: { password: string | null; s3Key: string | null },
  ): Promise<{ newPassword: string | null }>;
  /** @returns false when something is under way, or no target is chosen */
  begin(kind: BackupKind): boolean;
  cancel(): void;
  /** The target would die with what it is to save. */
  isOnSameDisk(): Promise<boolean>;
  /** On disks that are plugged in: those that hold backups, or could. */
  folders(): Promise<string[]>;
  /** @throws what `problemOf` names */
  snapshots(place?: BackupPlace): Promise<BackupSnapshot[]>;
  beginRestore(place: BackupPlace, snapshotId: string): boolean;
  /** @throws what `problemOf` names */
  sshPublicKey(): Promise<string>;
  /** Null: the error is none of a backup's. */
  problemOf(error: unknown): BackupProblem | null;
}

/** The panel's certificates. Times are Unix ms. */
export interface PanelCertificates {
  /** Null until there is one. */
  readonly view: {
    authority: { fingerprint: string; validUntilMs: number };
    names: readonly string[];
    announced: string | null;
    validUntilMs: number;
    own: { names: readonly string[]; issuer: string; validUntilMs: number; isForBox: boolean } | null;
  } | null;
  /** PEM. */
  readonly authorityPem: string | null;
  /** @throws what `refusalOf` names */
  useOwn(given: { key: string; certificate: string }): Promise<void>;
  dropOwn(): Promise<void>;
  /** Null: the error is none of a certificate's. */
  refusalOf(error: unknown): { field: "certificate" | "key"; problem: string } | null;
}

/** The panel's certificate from an authority on the internet. */
export interface PanelAuthority {
  /** URL of its directory (RFC 8555, 7.1.1). */
  readonly directory: string;
  /** Null: nobody wants it. */
  readonly view: AcmeView | null;
  /** At the path of challenges; null: this token is not expected now. */
  answerFor(token: string): string | null;
  turnOn(wanted: { domain: string; email: string | null }): Promise<void>;
  turnOff(): Promise<void>;
  /** Another certificate takes its place. @throws what `use` throws, and then nothing has changed */
  giveWay(use: () => Promise<void>): Promise<void>;
}

/** Updates of a box that was installed from the image. What it refuses it throws. */
export interface UpdateOffice {
  readonly isBox: boolean;
  readonly channel: string | null;
  readonly channelProblem: UpdateProblem | null;
  readonly offers: readonly UpdateOffer[];
  readonly last: UpdateRun | null;
  readonly running: UpdateProgress | null;
  readonly problem: UpdateProblem | null;
  readonly restartMoment: RestartMoment | null;
  configure(channel: string | null): Promise<void>;
  /** Looks on plugged-in disks, at what was uploaded, and at the channel. */
  find(): Promise<void>;
  /** @param bytes how many come */
  receive(stream: ReadableStream<Uint8Array>, bytes: number): Promise<void>;
  begin(offerId: string): void;
  restart(moment: RestartMoment, isInsisting: boolean): void;
  dismiss(): void;
  /** Null: the error is none of an update's. */
  problemOf(error: unknown): UpdateProblem | null;
}

export type LeaveKind = "restart" | "shut-down";

/** The machine, as far as root lets itself be asked. */
export interface BoxOffice {
  /** Null: nobody here does what root alone may do; it is no box. */
  readonly state: BoxState | null;
  readonly cards: readonly NetworkCard[];
  /** Until `isGoing` it waits for the end of conversations. */
  readonly leaving: { kind: LeaveKind; isGoing: boolean } | null;
  ask(request: BoxRequest): Promise<BoxAnswer>;
  leave(kind: LeaveKind, how: { waits: boolean }): void;
  /** Takes it back, as long as it waits. */
  stay(): void;
}

/** Counted since the daemon started. */
export interface Gauges {
  callsBegun: number;
  /** By outcome. */
  callsEnded: Record<string, number>;
  journalWaiting: number;
  lagSeconds: { median: number; p99: number; most: number };
}

/** How calls to the outside stand, for deciding where the next one goes. From memory; it never waits. */
export interface OutgoingDesk {
  readonly world: RoutingWorld;
  /** As far as it can be told for another day: lines that work, and limits of which nothing is used. */
  worldAt(atMs: number): RoutingWorld;
  /** Which limit of the day the trunk has reached; null: none. */
  frozen(gateway: string): FreezeReason | null;
  /** Since when its limits count, Unix ms: the site's day, or when it was last unfrozen by hand. */
  countedFromMs(gateway: string): number;
}

/** A trunk with its secret, as the switch needs it. */
export interface TrunkAccount extends TrunkRow {
  /** Name of its gateway: `trunk-<id>`. */
  gateway: string;
  password: string | null;
}

/** How trunks stand, from memory; it never waits. */
export interface TrunkWatchView {
  /** Null: it is not known yet. */
  now(trunkId: TrunkId): (Standing & { sinceMs: number }) | null;
}

/** Calls of the box to its own numbers. */
export interface SyntheticDesk {
  readonly isRunning: boolean;
  readonly hasSecondTrunk: boolean;
  /** This number, or all. @returns false when it is being done already, or there is no switch to do it */
  begin(numberId: number | null): boolean;
}

/** Security updates that are installed at night. */
export interface NightlyUpdates {
  view(): Promise<SecurityUpdatesView>;
  allowReboot(mayReboot: boolean): Promise<void>;
}

/** Has FreeSWITCH installed where it is not there yet. */
export interface SwitchInstaller {
  view(): Promise<SwitchInstallView>;
  /** @returns false: nobody may install anything here */
  ask(token: string): Promise<boolean>;
}

/** Tries a trunk by requests of our own; nothing at the switch changes. */
export type TrunkTester = (trunk: TrunkToTest) => Promise<TestStep[]>;

export type ApplyResult = { ok: true } | { ok: false; reason: string };

/** Writes what the switch reads. While the switch is away it is written all the same and taken up at its next start. */
export interface SwitchConfiguration {
  applyOperators(phones: readonly PhoneAccount[]): Promise<void>;
  /** All trunks that are not deleted. When the switch does not take them over, the old ones stay in force and the reason is told. */
  applyTrunks(trunks: readonly TrunkAccount[]): Promise<ApplyResult>;
}

interface PromptTakeView {
  source: PromptSource;
  durationMs: number;
  updatedAt: string;
  problem: SpeechProblem | null;
}

interface PromptView {
  name: string;
  /** Of a prompt that the owner has added; null for the product's own. */
  title: string | null;
  texts: Record<Language, string>;
  takes: Record<Language, PromptTakeView | null>;
}

export interface PromptLibrary {
  /** `hasVoice`: a voice speaks it; `isComplete`: every prompt has a take. */
  languages(): Promise<{ language: Language; isComplete: boolean; hasVoice: boolean }[]>;
  prompts(): Promise<PromptView[]>;
  /** Absolute path of the WAV in use; null when there is none. */
  file(language: Language, name: string): Promise<string | null>;
  /** Takes an uploaded file of any of the formats that ffmpeg reads. @throws PromptError */
  upload(language: Language, name: string, audio: Uint8Array, source: "upload" | "recording"): Promise<PromptTakeView>;
  /** The last takes, that which was put to use last first. @throws PromptError */
  takes(language: Language, name: string): Promise<KeptTakeView[]>;
  /** Absolute path of one of these; null when there is none such. @throws PromptError */
  takeFile(language: Language, name: string, id: string): Promise<string | null>;
  /** Callers hear this one from now on. @throws PromptError */
  putBack(language: Language, name: string, id: string): Promise<PromptTakeView>;
  /** Speaks a new text. @throws PromptError */
  speak(language: Language, name: string, text: string): Promise<PromptTakeView>;
  /** Back to the voice; null when the language has none. @throws PromptError */
  removeUpload(language: Language, name: string): Promise<PromptTakeView | null>;
  /** A prompt of the owner's, without words and takes. @throws PromptError */
  add(title: string): Promise<PromptView>;
  /** @throws PromptError */
  rename(name: string, title: string): Promise<PromptView>;
  /** @throws PromptError */
  drop(name: string): Promise<void>;
}

export interface PhoneRecordingOrder {
  operatorId: OperatorId;
  language: Language;
  name: string;
  userId: number;
}

/** `recording`: they are told what to do, or speak; `asking`: they hear it and choose. */
export interface PhoneRecording {
  state: "ringing" | "recording" | "asking" | "done";
  outcome: PromptRecordingOutcome | null;
}

/** Rings an operator's phone so that a prompt is recorded by it. */
export interface PhoneRecorder {
  begin(
    order: PhoneRecordingOrder,
  ): { ok: true; id: string } | { ok: false; reason: "switch-away" | "no-such-operator" | "phone-away" | "phone-busy" };
  /** Null: it is not known (any more). */
  state(id: string): PhoneRecording | null;
}

/** Texts that are made up during a call, as a caller would hear them. */
export interface SpokenTextLibrary {
  hasVoice(language: Language): boolean;
  prepare(texts: readonly string[], language: Language, deadlineMs: number): Promise<boolean>;
  /** Absolute path of a WAV; null when it was not prepared. */
  file(text: string, language: Language): string | null;
}

/** Asks a server of the owner's as a call flow would. */
export interface LookUpTrial {
  try(request: LookUpRequest, signal: AbortSignal): Promise<{ answer: LookUpAnswer; status: number | null }>;
}

export interface RecordingFile {
  /** Absolute. */
  path: string;
  startedAt: Date;
}

export interface RecordingPeaks {
  durationMs: number;
  left: number[];
  right: number[];
}

export interface RecordingReader {
  /** Null when there is no such recording, or not (yet, any more) a file. */
  file(recordingId: string): Promise<RecordingFile | null>;
  peaks(recordingId: string): Promise<RecordingPeaks | null>;
}

export interface HttpLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

/** Who is banned, and who reaches what. */
export interface BanOffice {
  keeper: {
    readonly settings: BanSettings;
    changeSettings(settings: BanSettings): Promise<void>;
    list(): (Ban & { address: string; times: number; names: string[] })[];
    banOf(address: string): Ban | null;
    revoke(address: string): boolean;
    signInRefused(address: string, login: string): void;
    signedIn(address: string, login: string): void;
    tokenRefused(address: string, fingerprint: string): void;
  };
  access: {
    readonly settings: AccessSettings;
    change(settings: AccessSettings): Promise<void>;
    usualLocal(): Promise<string[]>;
    readonly letIn: readonly string[];
    isFirewallThere(): Promise<boolean>;
  };
}
