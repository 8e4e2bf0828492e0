import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ApiCommand } from "./api-channels.ts";
import { apiCommands } from "./api-commands.ts";
import { type Application, basicApplications } from "./applications/basics.ts";
import { bridgeApplications } from "./applications/bridge.ts";
import { soundApplications } from "./applications/playback.ts";
import { writeCdr } from "./cdr.ts";
import type { Channel } from "./channel.ts";
import { endVariables } from "./channel-headers.ts";
import {
  ConfigDocumentError,
  childNamed,
  childrenNamed,
  configurationOf,
  loadDocument,
  settingsOf,
  type XmlNode,
} from "./config-document.ts";
import { type ChannelMessage, EventSocketServer } from "./event-socket-server.ts";
import { EventBus } from "./events.ts";
import { Gateway } from "./gateway.ts";
import { Guard } from "./guard.ts";
import { SipProfile } from "./sip-profile.ts";

export interface LabSwitchOptions {
  /** The folder with freeswitch.xml. */
  configurationDir: string;
  /** What FreeSWITCH is given as `-storage`: `$${storage_dir}`, where vars.xml lies. */
  storageDir: string;
  log?: (level: LogLevel, text: string) => void;
  /** Called when somebody asked it to shut down. */
  onStopRequest?: () => void;
}

export type LogLevel = "info" | "warning" | "error";

const CHANNELS_END_MS = 2000;

/**
 * A small switch for trying and testing only: real SIP and RTP, the event socket as FreeSWITCH speaks it, and the product's own
 * configuration. It never carries real calls. It knows only what the product uses; where it differs from FreeSWITCH, FreeSWITCH is right.
 */
export class LabSwitch {
  readonly events = new EventBus();
  readonly channels = new Map<string, Channel>();
  readonly globals = new Map<string, string>();
  readonly profiles = new Map<string, SipProfile>();
  readonly applications: ReadonlyMap<string, Application> = new Map(
    Object.entries({ ...basicApplications, ...soundApplications, ...bridgeApplications }),
  );
  readonly #options: LabSwitchOptions;
  readonly #guard: Guard;
  #document: XmlNode | undefined;
  #eventSocket: EventSocketServer | undefined;
  #eventSocketPort = 0;
  #isStopping = false;

  constructor(options: LabSwitchOptions) {
    this.#options = options;
    this.#guard = new Guard(this);
  }

  get document(): XmlNode {
    if (this.#document === undefined) throw new ConfigDocumentError("not loaded");
    return this.#document;
  }

  /** Where FreeSWITCH is told to keep its databases. */
  get dbDir(): string {
    return join(this.#options.storageDir, "db");
  }

  get dialplan(): XmlNode | undefined {
    return childNamed(this.document, "section", "dialplan");
  }

  get eventSocketPort(): number {
    return this.#eventSocketPort;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * Reads the configuration and opens the ports.
   * @throws ConfigDocumentError for malformed XML, the file system's error for a missing file, a socket's error for a port that is taken
   */
  async start(): Promise<void> {
    this.globals.set("storage_dir", this.#options.storageDir);
    await mkdir(this.dbDir, { recursive: true, mode: 0o700 });
    this.globals.set("conf_dir", this.#options.configurationDir);
    this.#document = this.#load();
    const profiles = childNamed(configurationOf(this.document, "sofia.conf"), "profiles");
    for (const node of childrenNamed(profiles, "profile")) {
      const profile = new SipProfile(this, node.attributes["name"] ?? "", settingsOf(node, "settings"));
      await profile.start();
      this.profiles.set(profile.name, profile);
      this.rescanGateways(profile);
    }
    this.#guard.start();
    const socket = settingsOf(configurationOf(this.document, "event_socket.conf"), "settings");
    this.#eventSocket = new EventSocketServer(this, socket.get("password") ?? "");
    this.#eventSocketPort = await this.#eventSocket.start(
      socket.get("listen-ip") ?? "127.0.0.1",
      Number(socket.get("listen-port") ?? 8021),
    );
  }

  /** Says BYE to all and closes the ports. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const ends = [...this.channels.values()].map((channel) => channel.ended);
    for (const channel of this.channels.values()) channel.hangUp("SYSTEM_SHUTDOWN");
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CHANNELS_END_MS);
    });
    await Promise.race([Promise.all(ends), deadline]);
    clearTimeout(timer);
    this.#guard.stop();
    this.#eventSocket?.stop();
    // One turn of the loop, so that the last datagrams are out before their sockets close.
    await new Promise((resolve) => setImmediate(resolve));
    for (const profile of this.profiles.values()) profile.stop();
  }

  requestStop(): void {
    this.#options.onStopRequest?.();
  }

  log(level: LogLevel, text: string): void {
    this.#options.log?.(level, text);
  }

  /** Logs a failure of something that nobody waits for. */
  watch(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.log("error", error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  }

  // Faults on demand

  dropSockets(): void {
    this.#eventSocket?.dropClients();
  }

  refuseLogins(count: number): void {
    if (this.#eventSocket !== undefined) this.#eventSocket.refuseLogins = count;
  }

  /** Holds all answers to `api` and `bgapi` up for `ms`. */
  stallCommands(ms: number): void {
    const socket = this.#eventSocket;
    if (socket === undefined) return;
    socket.stall = new Promise((resolve) => {
      setTimeout(() => {
        socket.stall = null;
        resolve();
      }, ms);
    });
  }

  // Configuration

  /** Reads the configuration anew. The problem in words when it is malformed; the old one then stays. */
  reload(): string | null {
    try {
      this.#document = this.#load();
      return null;
    } catch (error) {
      this.log("error", `reloadxml: ${String(error)}`);
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** The event socket alone, with the secret that the configuration now says. Calls go on. */
  reloadEventSocket(): void {
    this.#eventSocket?.changeSecret(
      settingsOf(configurationOf(this.document, "event_socket.conf"), "settings").get("password") ?? "",
    );
  }

  /** Adds the gateways that are new in the configuration; those that are there stay as they are. */
  rescanGateways(profile: SipProfile): void {
    const profiles = childNamed(configurationOf(this.document, "sofia.conf"), "profiles");
    const node = childNamed(profiles, "profile", profile.name);
    const nodes = childrenNamed(node, "gateways").flatMap((list) => childrenNamed(list, "gateway"));
    for (const gatewayNode of nodes) {
      const name = gatewayNode.attributes["name"] ?? "";
      if (name === "" || profile.gateways.has(name)) continue;
      const [params, variables] = [settingsOf(gatewayNode, "params"), settingsOf(gatewayNode, "variables")];
      const gateway = new Gateway(profile, name, params, variables);
      profile.gateways.set(name, gateway);
      gateway.start();
    }
  }

  #load(): XmlNode {
    return loadDocument(join(this.#options.configurationDir, "freeswitch.xml"), this.globals);
  }

  // Commands and messages

  async api(command: string, args: string): Promise<string> {
    const run = this.#commandNamed(command);
    return run === null ? `-ERR ${command} Command not found!\n` : await run(this, args);
  }

  /** `${command(args)}` in the dialplan; only commands that answer at once. */
  callInDialplan(command: string, args: string): string {
    const result = this.#commandNamed(command)?.(this, args) ?? "";
    if (typeof result === "string") return result;
    this.watch(result.then(() => undefined));
    this.log("error", `\${${command}(...)}: a command that takes time cannot stand in the dialplan`);
    return "";
  }

  #commandNamed(name: string): ApiCommand | null {
    const command = apiCommands.get(name);
    if (command === undefined) this.log("warning", `command ${JSON.stringify(name)} is not known here`);
    return command ?? null;
  }

  sendMessage(uuid: string, message: ChannelMessage): boolean {
    const channel = this.channels.get(uuid);
    channel?.queueMessage(message);
    return channel !== undefined;
  }

  // Channels

  addChannel(channel: Channel): void {
    this.channels.set(channel.uuid, channel);
    channel.fire("CHANNEL_CREATE");
  }

  /** The log's file and the last event; then the channel is gone. */
  reportEnd(channel: Channel): void {
    for (const [name, value] of endVariables(channel)) channel.variables.set(name, value);
    const directory = settingsOf(configurationOf(this.document, "json_cdr.conf"), "settings").get("log-dir");
    try {
      if (directory !== undefined) writeCdr(channel, directory);
    } catch (error) {
      this.log("error", `CDR of ${channel.uuid}: ${String(error)}`);
    }
    this.channels.delete(channel.uuid);
    channel.fire("CHANNEL_HANGUP_COMPLETE");
  }
}
