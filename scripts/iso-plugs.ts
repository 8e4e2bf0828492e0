/** Checks of iso-test.ts that plug something into an emulated PC, or out of it: a stick, a VLAN. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { NETWORK_TRIAL_MS } from "../src/calls/box.ts";
import type { PanelClient } from "../src/testing/panel-client.ts";
import type { Machine } from "./iso-machine.ts";

/** One that the emulated network does not have. */
const VLAN = {
  id: 7,
  ipv4: { method: "static", address: "10.7.0.2", prefix: 24, gateway: "10.7.0.1", dns: ["10.7.0.1"] },
};
/** IEEE 802.1Q: where a tag begins, what it begins with, its bits for the VLAN, and where what is tagged names its IPv4 sender: ARP, IP. */
const [TAG_AT, TAG, VLAN_BITS, ARP, ARP_SENDER_AT, IP_SENDER_AT] = [12, 0x8100, 0xfff, 0x0806, 32, 30];
const STICK = { label: "BLUE", mib: 256, at: "@@1M", folder: "/media/BLUE/hotline" } as const;

/** @throws when it is not */
export function assert(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

/** @returns whether `frame` is of the VLAN, and of the address that the box has there */
function isInVlan(frame: Buffer): boolean {
  if (frame.length < ARP_SENDER_AT + 4 || frame.readUInt16BE(TAG_AT) !== TAG) return false;
  const isArp = frame.readUInt16BE(TAG_AT + 4) === ARP;
  const senderAt = isArp ? ARP_SENDER_AT : IP_SENDER_AT;
  const sender = [...frame.subarray(senderAt, senderAt + 4)].join(".");
  return (frame.readUInt16BE(TAG_AT + 2) & VLAN_BITS) === VLAN.id && sender === VLAN.ipv4.address;
}

/** Into a network where nobody is: the box speaks there, nobody confirms, and it is back by itself. */
export async function checkVlan(machine: Machine, owner: PanelClient): Promise<void> {
  interface Network {
    cards: { name: string; addresses: string[] }[];
    state: { network: unknown; trial: unknown };
  }
  const before = await owner.get<Network>("/box");
  const card = before.cards.find(({ addresses }) => addresses.some((address) => address.startsWith("10.0.2.")))?.name;
  assert(card !== undefined, `no card has the emulated network's address: ${JSON.stringify(before.cards)}`);
  const settings = { card, vlan: VLAN.id, ipv4: VLAN.ipv4 };
  // Root's program has seconds to answer, in which an emulated PC with other work may not even have started it.
  await machine.until("the settings are tried", async () => {
    try {
      await owner.post("/box/network", { settings });
      return true;
    } catch (error) {
      if (String(error).includes("box-trial-under-way")) return true;
      if (!String(error).includes("box-no-answer")) throw error;
      return false;
    }
  });
  await machine.until("it speaks in the VLAN", () => machine.frames().some(isInVlan), 2 * NETWORK_TRIAL_MS);
  await machine.until("it is back", async () => (await machine.status()) !== null);
  const { state, cards } = await owner.get<Network>("/box");
  const [now, then] = [state, before.state].map((one) => JSON.stringify([one.network, one.trial]));
  assert(now === then, `its network is ${now} instead of ${then}`);
  assert(!JSON.stringify(cards).includes(VLAN.ipv4.address), "the VLAN's address is still there");
}

/** As most sticks come: one partition with FAT. */
export function makeStick(dir: string): string {
  const stick = join(dir, "stick.img");
  execFileSync("truncate", [`--size=${STICK.mib}M`, stick]);
  execFileSync("sfdisk", ["--quiet", stick], { input: "label: dos\nstart=1MiB, type=c\n" });
  const cylinders = `${STICK.mib - 1}`;
  execFileSync("mformat", [
    "-i",
    `${stick}${STICK.at}`,
    ..."-F -h 64 -s 32 -t".split(" "),
    cylinders,
    "-v",
    STICK.label,
    "::",
  ]);
  return stick;
}

/** It was in the box when that started: backups go onto it, and when it is pulled out and plugged in again they are there. */
export async function checkStick(machine: Machine, owner: PanelClient, stick: string): Promise<void> {
  interface Backup {
    isOnSameDisk: boolean;
    runs: { isGood: boolean; problem: string | null }[];
  }
  const offered = async () => (await owner.get<{ folders: string[] }>("/backup/folders")).folders.join();
  await machine.until("the stick is offered", async () => (await offered()) === STICK.folder);
  const target = { kind: "path", path: STICK.folder };
  await owner.put("/backup", { target, at: "02:30", keep: { daily: 7, weekly: 4, monthly: 6 } });
  await owner.post("/backup/run", { kind: "backup" });
  let backup: Backup | null = null;
  await machine.until("the backup has ended", async () => {
    backup = await owner.get<Backup>("/backup");
    return backup.runs.length > 0;
  });
  const { runs, isOnSameDisk } = backup as unknown as Backup;
  assert(runs[0]?.isGood === true && !isOnSameDisk, `it ended with ${JSON.stringify(runs)} (${isOnSameDisk})`);
  await machine.pullOut();
  await machine.until("the stick is gone", async () => (await offered()) === "");
  const names = execFileSync("mdir", ["-b", "-i", `${stick}${STICK.at}`, "::/hotline"], { encoding: "utf8" });
  assert(names.includes("/config"), `on the stick there is ${names}`);
  const refused = await owner.get("/backup/snapshots").catch(String);
  assert(String(refused).includes("backup-no-repository"), `without the stick it says ${JSON.stringify(refused)}`);
  await machine.plugIn(stick);
  await machine.until("the stick is offered again", async () => (await offered()) === STICK.folder);
  const { snapshots } = await owner.get<{ snapshots: unknown[] }>("/backup/snapshots");
  assert(snapshots.length === 1, `it holds ${snapshots.length} backups`);
}
