/**
 * What root does on a box when it is asked: network, clock, power. Every request comes from a less trusted user and is checked here again.
 *
 * New network settings are only tried: they are written below /run, and to the disk when somebody says that the box is reached with them.
 * If nobody does, or if this program or the whole machine dies, the old ones are back.
 */
import { mkdir, readFile, readlink, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import {
  type BoxAnswer,
  type BoxProblem,
  type BoxRequest,
  type BoxState,
  NETWORK_TRIAL_MS,
  type NetworkSettings,
  USUAL_NETWORK,
} from "../calls/box.ts";
import { checkNetwork, vlanName } from "../flows/box/check-network.ts";
import { NetworkInput, NtpServers, parseBoxRequest } from "../flows/box/request.ts";
import { runProgram } from "../health/run-program.ts";
import { networkCards } from "./cards.ts";
import { isTaken, putIntoForce, writeNetworkFiles } from "./network-files-at.ts";
import { clearUnfinished, readBoxState, replaceFile, takeRequest, writeBoxState } from "./request-folder.ts";
import { systemZone } from "./system-zone.ts";

export interface Places {
  /** Requests and state. */
  folder: string;
  /** What must outlast a restart. That network.json is there says that network and clock are ours to set. */
  settings: string;
  networkFiles: string;
  timesyncFile: string;
}

export const PLACES: Places = {
  folder: "/run/hotline-box",
  settings: "/etc/hotline",
  networkFiles: "/run/systemd/network",
  timesyncFile: "/run/systemd/timesyncd.conf.d/hotline.conf",
};

const ANSWERS_KEPT = 20;
const LOOK_EVERY_MS = 100;
/** A request that is being written is there within this. */
const UNFINISHED_MS = 2_000;
const PROGRAM_MS = 10_000;
/** Between the word that a trial begins and its beginning: whoever asked over the network is told by then, and by the old address. */
const NOTICE_MS = 3_000;

const DONE = { problem: null, fields: {} };
const refused = (problem: BoxProblem, fields: Record<string, string> = {}) => ({ problem, fields });

const ClockFile = z.object({ ntpServers: NtpServers });

export class BoxKeeper {
  readonly #places: Places;
  readonly #trialMs: number;
  readonly #noticeMs: number;
  readonly #say: (what: string) => void;
  #state: BoxState | null = null;
  /** By the machine's own clock, which nobody sets. */
  #returnAtMs = 0;

  constructor(places: Places, say: (what: string) => void, trialMs = NETWORK_TRIAL_MS, noticeMs = NOTICE_MS) {
    this.#places = places;
    this.#say = say;
    this.#trialMs = trialMs;
    this.#noticeMs = noticeMs;
  }

  /** When the machine starts, before its network does. */
  async begin(): Promise<void> {
    const saved = await this.#readSettings("network.json", NetworkInput);
    const clock = await this.#readSettings("clock.json", ClockFile);
    const isManaged = saved !== "missing";
    let network = saved === "missing" || saved === "broken" ? USUAL_NETWORK : saved;
    if (saved === "broken") this.#say("the network's settings cannot be read; by DHCP");
    // Whether the card is there is known only later; with another one the box is reached by DHCP.
    const problems = checkNetwork(network, network.card === null ? [] : [{ name: network.card, networks: [] }]);
    if (Object.keys(problems).length > 0) {
      this.#say(`the network's settings are wrong (${JSON.stringify(problems)}); by DHCP`);
      network = USUAL_NETWORK;
    }
    const ntpServers = clock === "missing" || clock === "broken" ? [] : clock.ntpServers;
    if (isManaged) {
      await writeNetworkFiles(this.#places.networkFiles, network);
      await this.#writeTimesync(ntpServers);
    }
    await mkdir(this.#places.folder, { recursive: true, mode: 0o755 });
    await this.#tell({ isManaged, network, trial: null, ntpServers, timeZone: await timeZoneNow(), answers: [] });
  }

  /** Does what is asked, until nothing is left to do; as long as a trial goes on, there is. */
  async serve(): Promise<void> {
    await this.#load();
    let idleSinceMs = performance.now();
    for (;;) {
      const taken = await takeRequest(this.#places.folder);
      if (taken !== null) {
        await this.#answer(taken.id, await this.#handle(taken.id, parseBoxRequest(taken.content)));
        idleSinceMs = performance.now();
      } else if (this.#now.trial !== null) {
        if (performance.now() >= this.#returnAtMs) await this.#return("nobody has confirmed the network's settings");
      } else if (performance.now() - idleSinceMs > UNFINISHED_MS) {
        await clearUnfinished(this.#places.folder);
        return;
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  /** After `serve` has ended in whatever way: a trial that it left behind ends. */
  async settle(): Promise<void> {
    await this.#load();
    if (this.#now.trial !== null) await this.#return("the trial of the network's settings was cut off");
  }

  get #now(): BoxState {
    if (this.#state === null) throw new Error("the state has not been read");
    return this.#state;
  }

  async #load(): Promise<void> {
    this.#state = await readBoxState(this.#places.folder);
    if (this.#state === null) await this.begin();
  }

  async #tell(state: BoxState): Promise<void> {
    this.#state = state;
    await writeBoxState(this.#places.folder, state);
  }

  async #answer(id: string, answer: Omit<BoxAnswer, "id">): Promise<void> {
    if (answer.problem !== null) this.#say(`refused: ${answer.problem} ${JSON.stringify(answer.fields)}`);
    await this.#tell({ ...this.#now, answers: [...this.#now.answers, { id, ...answer }].slice(-ANSWERS_KEPT) });
  }

  async #handle(id: string, request: BoxRequest | null): Promise<Omit<BoxAnswer, "id">> {
    if (request === null) return refused("not-understood");
    const { isManaged, trial } = this.#now;
    this.#say(`asked: ${request.kind}`);
    if (request.kind === "restart") return await this.#system(["reboot"]);
    if (request.kind === "shut-down") return await this.#system(["poweroff"]);
    if (!isManaged) return refused("managed-elsewhere");
    switch (request.kind) {
      case "network":
        return trial === null ? await this.#try(id, request.settings) : refused("trial-under-way");
      case "keep-network":
        return trial?.id === request.trial ? await this.#keep(trial.settings) : refused("trial-over");
      case "return-network":
        if (trial?.id === request.trial) await this.#return("the old network's settings were asked for");
        return DONE;
      case "clock":
        return await this.#setClock(request);
      case "factory-reset":
        await replaceFile(
          join(this.#places.settings, "factory-reset"),
          request.keepRecordings ? "keep-recordings\n" : "everything\n",
        );
        return await this.#system(["reboot"]);
    }
  }

  async #system(words: readonly string[]): Promise<Omit<BoxAnswer, "id">> {
    // The answer is read before everything ends.
    const { code } = await runProgram("systemctl", ["--no-block", ...words], PROGRAM_MS);
    return code === 0 ? DONE : refused("failed");
  }

  async #try(id: string, settings: NetworkSettings): Promise<Omit<BoxAnswer, "id">> {
    const cards = networkCards();
    const fields = checkNetwork(settings, cards);
    if (Object.keys(fields).length > 0) return refused("invalid", fields);
    const card = vlanName(settings.vlan) ?? settings.card;
    const address = settings.ipv4.method === "static" ? settings.ipv4.address : null;
    const isTakenAt = async (name: string | null) =>
      name !== null && address !== null && (await isTaken(name, address));
    const hasCard = cards.some(({ name }) => name === card);
    const addressTaken = refused("invalid", { "ipv4.address": "address-taken" });
    if (hasCard && (await isTakenAt(card))) return addressTaken;

    this.#returnAtMs = performance.now() + this.#trialMs;
    // Said before it is done: if this program dies on the way, `settle` finds it.
    await this.#tell({ ...this.#now, trial: { id, settings, untilMs: Date.now() + this.#trialMs } });
    await pause(this.#noticeMs);
    await writeNetworkFiles(this.#places.networkFiles, settings);
    if (!(await putIntoForce(settings))) {
      await this.#return("systemd-networkd does not take the network's settings over");
      return refused("failed");
    }
    // The card of a VLAN is there only now.
    if (!hasCard && (await isTakenAt(card))) {
      await this.#return("the address belongs to another machine");
      return addressTaken;
    }
    return DONE;
  }

  async #keep(settings: NetworkSettings): Promise<Omit<BoxAnswer, "id">> {
    await replaceFile(join(this.#places.settings, "network.json"), `${JSON.stringify(settings)}\n`);
    await this.#tell({ ...this.#now, network: settings, trial: null });
    return DONE;
  }

  async #return(why: string): Promise<void> {
    const { network } = this.#now;
    this.#say(`${why}: back to those before`);
    await writeNetworkFiles(this.#places.networkFiles, network);
    if (!(await putIntoForce(network))) this.#say("systemd-networkd does not take them over either");
    await this.#tell({ ...this.#now, trial: null });
  }

  async #setClock({ timeZone, ntpServers }: Extract<BoxRequest, { kind: "clock" }>): Promise<Omit<BoxAnswer, "id">> {
    if (ntpServers !== null) {
      await replaceFile(join(this.#places.settings, "clock.json"), `${JSON.stringify({ ntpServers })}\n`);
      await this.#writeTimesync(ntpServers);
      await this.#tell({ ...this.#now, ntpServers });
      if (!(await this.#runs("systemctl", "try-restart", "systemd-timesyncd.service"))) return refused("failed");
    }
    if (timeZone !== null) {
      if (!(await this.#runs("timedatectl", "set-timezone", await systemZone(timeZone)))) return refused("failed");
      await this.#tell({ ...this.#now, timeZone });
    }
    return DONE;
  }

  /** @returns whether it ended well; else what it said is in the journal */
  async #runs(program: string, ...args: readonly string[]): Promise<boolean> {
    const { code, stderr } = await runProgram(program, args, PROGRAM_MS);
    if (code !== 0) this.#say(`${program} ${args.join(" ")} ended with ${code}: ${stderr.trim()}`);
    return code === 0;
  }

  async #writeTimesync(servers: readonly string[]): Promise<void> {
    const { timesyncFile } = this.#places;
    if (servers.length === 0) {
      await rm(timesyncFile, { force: true });
      return;
    }
    await mkdir(dirname(timesyncFile), { recursive: true, mode: 0o755 });
    await replaceFile(timesyncFile, `[Time]\nNTP=${servers.join(" ")}\n`);
  }

  async #readSettings<Value>(name: string, shape: z.ZodType<Value>): Promise<Value | "missing" | "broken"> {
    try {
      const { data } = shape.safeParse(JSON.parse(await readFile(join(this.#places.settings, name), "utf8")));
      return data ?? "broken";
    } catch (error) {
      if (error instanceof SyntaxError) return "broken";
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "missing";
      throw error;
    }
  }
}

/** By the link that timedatectl sets. */
async function timeZoneNow(): Promise<string> {
  const target = await readlink("/etc/localtime").catch(() => "");
  return /zoneinfo\/(.+)$/.exec(target)?.[1] ?? "UTC";
}
