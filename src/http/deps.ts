import type { SecretFiles } from "../config/secret-files.ts";
import type { ConfigurationSnapshot } from "../database/configuration-snapshot.ts";
import type { DatabaseWatch } from "../database/database-watch.ts";
import type { Db } from "../database/schema.ts";
import type { HttpVoice } from "../prompts/http-voice.ts";
import type { EventHub } from "./event-hub.ts";
import type {
  BackupOffice,
  BanOffice,
  BoxHealth,
  BoxOffice,
  Gauges,
  HealthChecks,
  HttpLogger,
  LiveBoard,
  LookUpTrial,
  NightlyUpdates,
  OutgoingDesk,
  PanelAuthority,
  PanelCertificates,
  PhoneRecorder,
  PromptLibrary,
  RecordingReader,
  SpokenTextLibrary,
  SwitchConfiguration,
  SwitchInstaller,
  SyntheticDesk,
  TrunkTester,
  TrunkWatchView,
  UpdateOffice,
} from "./ports.ts";
import type { Sessions, SignedInUser } from "./sessions.ts";

export interface ApiDeps {
  version: string;
  db: Db;
  database: Pick<DatabaseWatch, "isConnected" | "look">;
  health: BoxHealth;
  checks: HealthChecks;
  backup: BackupOffice;
  updates: UpdateOffice;
  bans: BanOffice;
  box: BoxOffice;
  gauges: () => Gauges;
  /** Makes the support file: tar and gzip. */
  supportFile: () => Promise<Uint8Array<ArrayBuffer>>;
  configuration: Pick<ConfigurationSnapshot, "current" | "refresh">;
  live: LiveBoard;
  outgoing: OutgoingDesk;
  switchConfiguration: SwitchConfiguration;
  testTrunk: TrunkTester;
  trunkWatch: TrunkWatchView;
  syntheticCalls: SyntheticDesk;
  switchInstall: SwitchInstaller;
  securityUpdates: NightlyUpdates;
  prompts: PromptLibrary;
  phoneRecorder: PhoneRecorder;
  spokenTexts: SpokenTextLibrary;
  httpVoice: Pick<HttpVoice, "speak">;
  lookUps: LookUpTrial;
  recordings: RecordingReader;
  secrets: SecretFiles;
  /** Null: the panel is served by plain HTTP alone. `port` null: not yet. */
  https: { certificate: PanelCertificates; acme: PanelAuthority; port: () => number | null } | null;
  /** Where a phone registers. */
  phoneServer: () => { host: string; port: number };
  /** The built panel. */
  panelDir: string;
  log: HttpLogger;
  events: EventHub;
}

/** What routes get: the above and what `createApi` adds. */
export interface RouteDeps extends ApiDeps {
  sessions: Sessions;
  /** Aborted when the daemon stops; open event streams end by it. */
  stopping: AbortSignal;
}

export interface ApiEnv {
  Variables: { user: SignedInUser };
  Bindings: { incoming?: { socket?: { remoteAddress?: string } } };
}
