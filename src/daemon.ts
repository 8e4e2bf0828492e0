/** Builds and wires every part; says in which order they start and stop. Nothing else constructs parts. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Logger } from "pino";
import { Alerts } from "./alert-wiring.ts";
import { backupOf } from "./backup-wiring.ts";
import { Fence } from "./ban-wiring.ts";
import { WatchedBox } from "./box-health.ts";
import { Box } from "./box-office.ts";
import { CallCounters } from "./call-counters.ts";
import { type Config } from "./config/config.ts";
import { SecretFiles } from "./config/secret-files.ts";
import { readCallerFacts } from "./database/caller-book.ts";
import { CdrIngest } from "./database/cdr-ingest.ts";
import { ClusterKeeper } from "./database/cluster-keeper.ts";
import { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import { connect } from "./database/connect.ts";
import { DatabaseWatch } from "./database/database-watch.ts";
import { CallJournal } from "./database/journal.ts";
import { SMTP_SECRET } from "./database/mail-settings.ts";
import { migrate } from "./database/migrate.ts";
import { listPhoneAccounts } from "./database/operators.ts";
import { Engine } from "./engine/engine.ts";
import { SyntheticCalls } from "./engine/synthetic-calls.ts";
import { TrunkLoad } from "./engine/trunk-load.ts";
import { decideCallBack, openingAfter } from "./flows/redial/call-back.ts";
import { failureOf } from "./freeswitch/decode-event.ts";
import { FreeSwitch } from "./freeswitch/freeswitch-switch.ts";
import {
  prepareSwitchFiles,
  readSwitchSecret,
  type SwitchSettings,
  switchPaths,
} from "./freeswitch/generated-config.ts";
import { SecurityUpdates } from "./health/security-updates.ts";
import { watchHealth } from "./health-wiring.ts";
import { hoursDesk } from "./hours-desk.ts";
import { createApi } from "./http/api.ts";
import { EventHub } from "./http/event-hub.ts";
import { readTrunkAccounts } from "./http/switch-changes.ts";
import { dateTimeIn } from "./http/zone-day.ts";
import { Redial } from "./jobs/redial.ts";
import { scheduleJobs } from "./jobs/schedule.ts";
import { SyntheticRun } from "./jobs/synthetic-run.ts";
import { TrunkWatch } from "./jobs/trunk-watch.ts";
import { EngineBoard } from "./live-board.ts";
import { HttpLookUps } from "./look-ups/http-look-ups.ts";
import { Outgoing } from "./outgoing-wiring.ts";
import { PanelDoors } from "./panel-wiring.ts";
import { promptLibrary, promptSite } from "./prompt-wiring.ts";
import { HttpVoice } from "./prompts/http-voice.ts";
import { createPrompts } from "./prompts/prompts.ts";
import { SpokenTexts } from "./prompts/spoken-texts.ts";
import { ChosenVoices } from "./prompts/voices.ts";
import { RecordByPhone } from "./record-by-phone.ts";
import { DiskWatch } from "./recordings/disk-watch.ts";
import { MessageMail } from "./recordings/message-mail.ts";
import { MESSAGES } from "./recordings/messages.ts";
import { createRecordings } from "./recordings/recordings.ts";
import { KnownAddresses } from "./sip/known-addresses.ts";
import { OptionsWatch } from "./sip/options-watch.ts";
import { testTrunk } from "./sip/trunk-test.ts";
import { StartedParts } from "./started-parts.ts";
import { LogTail } from "./support/log-tail.ts";
import { supportFileOf } from "./support-wiring.ts";
import { SwitchAddress } from "./switch-address.ts";
import { LiveSwitchConfiguration } from "./switch-configuration.ts";
import { switchInstallOf } from "./switch-install/switch-install.ts";
import { snapshotFile, switchSettings } from "./switch-settings.ts";
import { type Notifier } from "./systemd/notify.ts";
import { updatesOf } from "./update-wiring.ts";

const AWAY = "the database does not answer; calls go on, the panel waits for it";
const root = fileURLToPath(new URL("..", import.meta.url));

interface Daemon {
  config: Config;
  log: Logger;
  logTail: LogTail;
  parts: StartedParts;
  systemd: Notifier;
  /** Everything was brought back from a backup: a new life reads it. */
  startAnew: () => void;
}

async function version(): Promise<string> {
  const text = await readFile(join(root, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** A server that somebody else runs, or one of our own, which is started only when calls can be taken: they need none. */
function openDatabase(config: Config, log: Logger) {
  const onIdleError = () => undefined;
  if (config.databaseUrl !== null) return { db: connect({ to: config.databaseUrl, onIdleError }), keeper: null };
  const keeper = new ClusterKeeper({ dataDir: config.dataDir, log, say: (what) => log.info(what) });
  return { db: connect({ to: () => keeper.place, onIdleError }), keeper };
}

/**
 * Starts everything. The order matters: calls first, by the configuration's copy on disk; then what people look at, so that it can say what is
 * the matter; then what waits for the database.
 */
export async function startDaemon({ config, log, logTail, parts, systemd, startAnew }: Daemon): Promise<void> {
  const started: StartedParts["started"] = (name, stop) => parts.started(name, stop);
  await mkdir(config.dataDir, { recursive: true, mode: 0o755 });
  const { db, keeper } = openDatabase(config, log);
  started("database", async () => {
    await db.destroy();
    await keeper?.stop();
  });
  const events = new EventHub();

  const configuration = new ConfigurationSnapshot({ db, file: snapshotFile(config.dataDir), log });
  const isConfigured = await configuration.readFile();
  const settings = (): SwitchSettings => ({
    ...switchSettings(config, configuration.current),
    sipAddress: address.current,
  });
  const address: SwitchAddress = new SwitchAddress({
    ...{ first: config.sip.host, isFixed: config.sip.isHostGiven, log },
    isInUse: () => board.calls().length > 0,
    bind: async (mayCut) => await switchConfiguration.applyAddress(mayCut),
    onChange: () => events.boxChanged(),
  });
  await prepareSwitchFiles(settings());

  const journal = new CallJournal({
    dir: join(config.dataDir, "journal"),
    db,
    log,
    onApplied: (callIds) => {
      for (const callId of callIds) events.callChanged(callId);
    },
  });
  await journal.open();
  started("journal", () => journal.stop());

  const counters = new CallCounters(journal);
  counters.start();
  started("counters", () => counters.stop());

  const secrets = new SecretFiles(join(config.dataDir, "secrets"));
  const httpVoice = new HttpVoice({ allowed: config.lookUpsAllowed });
  const voices = new ChosenVoices({
    ...{ http: httpVoice, secrets },
    servers: () => configuration.current.site.voices,
  });
  const prompts = createPrompts({
    ...{ dataDir: config.dataDir, log, voices },
    site: () => promptSite(configuration.current),
  });
  await prompts.start();
  started("prompts", () => prompts.stop());

  const spokenTexts = new SpokenTexts({ dataDir: config.dataDir, log, voices });
  await spokenTexts.start();
  started("spoken texts", () => spokenTexts.stop());
  const lookUps = new HttpLookUps(config.lookUpsAllowed);
  const paths = switchPaths(config.dataDir);
  const phones = new FreeSwitch({
    ...{ host: config.eventSocket.host, port: config.eventSocket.port },
    ...{
      secret: config.eventSocket.password ?? (() => readSwitchSecret(config.dataDir)),
      recordingsDir: paths.recordings,
      messagesDir: paths.messages,
      log,
    },
  });
  const load = new TrunkLoad((gateway) => !board.isLineDown(gateway));
  const outgoing = new Outgoing({
    ...{ db, dataDir: config.dataDir, configuration, log },
    trunk: (gateway) => load.now(gateway),
  });
  await outgoing.readFile();
  started("outgoing calls", () => outgoing.stop());
  const alerts = new Alerts({ db, log, configuration, secrets, lookUps, events });
  const synthetic = new SyntheticCalls({
    ...{ switch: phones, ledger: outgoing.ledger, load, log, nowMs: () => Date.now() },
    configuration: () => configuration.current,
  });
  const engine = new Engine({
    ...{
      switch: phones,
      log: counters.hearing(alerts.hearing(journal)),
      prompts,
      spokenTexts,
      lookUps,
      logger: log,
      nowMs: () => Date.now(),
    },
    callerBook: { ask: async (number, startedAtMs) => await readCallerFacts(db, number, startedAtMs) },
    hours: hoursDesk({ db, configuration, onChanged: () => events.hoursChanged() }),
    ...{ configuration: () => configuration.current, world: outgoing.world, ledger: outgoing.ledger, load, synthetic },
  });
  const phoneRecorder = new RecordByPhone({ engine, prompts, db, log, directory: paths.messages });
  await phoneRecorder.start();
  const board: EngineBoard = new EngineBoard(
    engine,
    phones,
    () => configuration.current,
    (gateway) => options.answering(gateway) === "silent",
  );
  const addresses = new KnownAddresses(join(config.dataDir, "trunk-addresses.json"), log);
  await addresses.load();
  const switchConfiguration: LiveSwitchConfiguration = new LiveSwitchConfiguration(phones, settings, addresses, log);
  switchConfiguration.onTrunksApplied(() => board.refreshTrunks());

  // As the switch sends; from loopback nothing gets out.
  const sender = () => (address.current.startsWith("127.") ? null : address.current);
  const options: OptionsWatch = new OptionsWatch({
    localAddress: sender,
    ...{ file: join(config.dataDir, "trunk-answers.json"), log },
    servers: () => switchConfiguration.watched,
    onChange: () => board.linesChanged(),
  });

  const recordings = createRecordings({
    ...{ db, dataDir: config.dataDir, log },
    isLegAlive: (legId) => (phones.state.name === "connected" ? engine.isLegAlive(legId) : null),
    onChange: (change) => {
      if (change.type === "call-changed") events.callChanged(change.callId);
      else events.recordingChanged(change.callId, change.recordingId);
    },
  });
  const mail = new MessageMail({
    ...{ db, log, recordingsDirectory: recordings.recordingsDirectory },
    password: async () => await secrets.read(SMTP_SECRET),
    onChange: (callId, recordingId) => events.voicemailChanged(callId, recordingId),
  });
  const trunkWatch = new TrunkWatch({
    ...{ db, log, desk: alerts.desk, settings: () => configuration.current.site.alerts, nowMs: () => Date.now() },
    trunks: () => configuration.current.trunks,
    isSwitchThere: () => phones.state.name === "connected",
    line: (gateway) => board.line(gateway),
    unresolved: (gateway) => switchConfiguration.unresolved.get(gateway) ?? null,
    answering: (gateway) => options.answering(gateway),
    frozen: (gateway) => outgoing.frozen(gateway),
  });
  const messages = createRecordings({
    ...{ db, kind: MESSAGES, dataDir: config.dataDir, log },
    isLegAlive: (legId) => (phones.state.name === "connected" ? engine.isLegAlive(legId) : null),
    onChange: (change) => {
      if (change.type === "call-changed") events.callChanged(change.callId);
      if (change.type !== "recording-changed") return;
      mail.wake();
      events.recordingChanged(change.callId, change.recordingId);
      events.voicemailChanged(change.callId, change.recordingId);
    },
  });
  const cdrs = new CdrIngest({
    ...{ db, dir: paths.cdr, log, journal },
    isLegAlive: (legId) => engine.isLegAlive(legId),
    lines: () => configuration.current,
    clock: phones.clock,
    onIngested: ({ callId, hasOutsideLeg, isClosed }) => {
      events.callChanged(callId);
      // What the switch alone recorded.
      if (isClosed) void messages.scan();
      if (!hasOutsideLeg) return;
      outgoing.readCall(callId).catch((error: unknown) => log.warn({ err: error }, "a call's cost is not known yet"));
    },
  });

  phones.onEvent((event) => {
    if (event.type === "recording-stopped") {
      recordings.recordingStopped(event.file);
      messages.recordingStopped(event.file);
    }
    if (event.type === "leg-hung-up") cdrs.lookSoon();
  });
  engine.onAdopted((liveCalls) => cdrs.closeLostCalls(liveCalls));
  const database = new DatabaseWatch(db, {
    prepare: () => migrate(db),
    onUnprepared: (error) => log.error({ err: error }, "the database cannot be brought to this version"),
  });
  const disk = new DiskWatch({ directory: config.dataDir, log });
  // Known once updates are looked at, further down.
  let isGoingBack = () => false;
  const health = new WatchedBox({ database, keeper, disk, isGoingBack: () => isGoingBack() });
  const caughtUp = async () => {
    await configuration.refresh();
    await outgoing.readLog();
    if (phones.state.name !== "connected") return;
    // Changed while the switch was away, or before.
    await switchConfiguration.applySite();
    await switchConfiguration.applyOperators(await listPhoneAccounts(db));
    const lines = await switchConfiguration.applyTrunks(await readTrunkAccounts(db, secrets));
    if (!lines.ok) log.error({ reason: lines.reason }, "the switch does not take the trunks over");
    board.refreshTrunks();
  };
  const tellSystemd = () => {
    const isSwitchThere = phones.state.name === "connected";
    systemd.status(
      `${isSwitchThere ? "connected with the switch" : "waiting for the switch"}, ${database.isConnected ? "database there" : AWAY}`,
    );
  };
  const catchUp = () => {
    if (!database.isConnected) return;
    caughtUp().catch((error: unknown) => log.warn({ err: error }, "switch and database are not in step yet"));
  };
  phones.onState(catchUp);
  phones.onState(() => address.switchIsBack());
  phones.onState(tellSystemd);
  database.onChange(tellSystemd);
  database.onChange((isConnected) => {
    if (!isConnected) {
      log.warn(AWAY);
      return;
    }
    log.info("the database answers");
    // It is looked at only once the panel is served. The switch is no part of it: the panel must be there to say what is missing.
    systemd.ready();
    catchUp();
    journal.databaseMayBeBack();
    cdrs.lookSoon();
  });
  let told = "";
  const speak = () => {
    prompts.ensureSpoken().catch((error: unknown) => log.error({ err: error }, "prompts could not be spoken"));
  };
  // On a new box the database is being made now and needs the processor; the configuration that comes with it speaks, and no caller is earlier.
  if (isConfigured) speak();
  configuration.onChange((known) => {
    speak();
    // A trunk that does not register has no event that tells of it.
    if (phones.state.name === "connected") board.refreshTrunks();
    const now = JSON.stringify(switchSettings(config, known));
    if (now === told) return;
    told = now;
    switchConfiguration.applySite().catch((error: unknown) => log.warn({ err: error }, "switch variables not changed"));
  });

  engine.start();
  started("engine", () => engine.stop());
  board.start();
  started("board", () => board.stop());
  phones.start();
  started("switch", () => phones.stop());
  switchConfiguration.start();
  started("trunks' addresses", () => switchConfiguration.stop());
  address.start();
  started("the switch's address", () => address.stop());
  await options.load();
  options.start();
  started("trunks' servers", () => options.stop());
  board.onChange((what) => {
    if (what === "trunks") trunkWatch.look();
  });
  trunkWatch.start();
  started("trunk watch", () => trunkWatch.stop());

  const syntheticCalls = new SyntheticRun({
    ...{ db, log, caller: synthetic, world: outgoing.world, desk: alerts.desk, nowMs: () => Date.now() },
    configuration: () => configuration.current,
    settings: () => configuration.current.site.alerts,
    accountNames: (gateway) => switchConfiguration.accountNames(gateway),
    clock: () => dateTimeIn(configuration.current.site.timeZone, new Date()).slice(11, 16),
    isSwitchThere: () => phones.state.name === "connected",
    onChanged: () => events.alertsChanged(),
  });
  syntheticCalls.start();
  started("calls to our own numbers", () => syntheticCalls.stop());

  await disk.start();
  started("disk watch", () => disk.stop());
  const productVersion = await version();
  const backup = backupOf({
    ...{ db, keeper, databaseUrl: config.databaseUrl, dataDir: config.dataDir, version: productVersion, secrets },
    ...{ programs: config.backupPrograms, configuration, events, log, onRestored: startAnew },
  });
  const doors = new PanelDoors({ config, environment: process.env, secrets, log });
  const updates = updatesOf({
    ...{ db, keeper, databaseUrl: config.databaseUrl, dataDir: config.dataDir, version: productVersion },
    ...{ programs: config.backupPrograms, configuration, board, box: health, syntheticCalls, events, log },
  });
  isGoingBack = () => updates.last?.state === "going-back";
  const fence = new Fence({
    ...{ db, dataDir: config.dataDir, log, phones, database, configuration, trunks: switchConfiguration },
    onChange: () => events.healthChanged(),
  });
  fence.start();
  started("bans", () => fence.stop());
  const checks = watchHealth({
    ...{ db, dataDir: config.dataDir, log, desk: alerts.desk, box: health, board, trunkWatch },
    trunks: () => configuration.current.trunks,
    alerts: () => configuration.current.site.alerts,
    recordingsDirectory: recordings.recordingsDirectory,
    certificateFile: config.certificateFile,
    certificateEndMs: () => doors.certificateEndMs(),
    backup: () => backup.reading(),
    breakIns: async () => await fence.reading(),
    onChange: () => events.healthChanged(),
  });
  const box = new Box({
    ...{ log, live: board, folder: config.boxDir },
    timeZone: () => (configuration.current.isSetUp ? configuration.current.site.timeZone : null),
    onTimeZoneChanged: () => {
      configuration
        .refresh()
        .catch((error: unknown) => log.warn({ err: error }, "a time zone set at the screen is not known yet"));
    },
    onChange: () => events.boxChanged(),
  });
  await box.start();
  started("box", () => box.stop());
  configuration.onChange(() => box.followTimeZone());
  const api = createApi({
    ...{
      version: productVersion,
      db,
      database,
      health,
      checks,
      backup,
      updates,
      bans: fence.office,
      box,
      gauges: () => counters.read(),
      supportFile: supportFileOf({
        ...{ config, db, version: productVersion, checks, board, box: health, backup, logTail },
      }),
      configuration,
      live: board,
      outgoing,
      switchConfiguration,
      testTrunk: async (trunk) => {
        const localAddress = sender();
        return await testTrunk(trunk, localAddress === null ? {} : { localAddress });
      },
      trunkWatch,
      syntheticCalls,
      switchInstall: switchInstallOf(config),
      securityUpdates: new SecurityUpdates(config.dataDir),
      secrets,
      https: doors.https,
      log,
      events,
    },
    ...{
      phoneRecorder,
      spokenTexts,
      httpVoice,
      lookUps,
      prompts: promptLibrary(prompts),
      recordings: recordings.reader,
    },
    phoneServer: () => ({ host: address.current, port: config.sip.phonePort }),
    panelDir: join(root, "dist/admin"),
  });
  started("panel", () => doors.close());
  log.info(await doors.open(api), "panel served");

  await keeper?.start();
  await database.start();
  if (!database.isConnected) log.warn(AWAY);
  started("database watch", () => database.stop());
  cdrs.start();
  started("call detail records", () => cdrs.stop());
  await recordings.start();
  started("recordings", () => recordings.stop());
  await messages.start();
  started("messages", () => messages.stop());
  mail.start();
  started("mail", () => mail.stop());
  alerts.start();
  started("alerts", () => alerts.stop());
  await backup.start();
  started("backup", () => backup.stop());
  await updates.start();
  started("updates", () => updates.stop());
  await checks.start();
  started("checks of the box", () => checks.stop());
  const redial = new Redial({
    db,
    log,
    journal,
    dialler: engine,
    failureOf,
    nowMs: () => Date.now(),
    settings: () => configuration.current.site.redial,
    nextOpening: (atMs) => openingAfter(configuration.current, atMs),
    canReach: (number) => decideCallBack(number, configuration.current, outgoing.world).type === "dial",
    onChanged: (ticketId) => events.ticketChanged(ticketId),
  });
  redial.start();
  started("redial", () => redial.stop());
  const jobs = scheduleJobs({
    db,
    recordings,
    configuration,
    timeZone: () => configuration.current.site.timeZone,
    log,
  });
  started("jobs", () => jobs.stop());
}
