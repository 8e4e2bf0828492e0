/** Puts network settings into force by systemd-networkd: files below /run, which are gone when the power is. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { NetworkSettings } from "../calls/box.ts";
import { isVlanName, vlanName } from "../flows/box/check-network.ts";
import { isOurNetworkFile, networkFiles } from "../flows/box/network-files.ts";
import { runProgram } from "../health/run-program.ts";
import { networkCards } from "./cards.ts";
import { replaceFile } from "./request-folder.ts";

const PROGRAM_MS = 10_000;
const CARD_MS = 5_000;
/** arping(8) `-D`: 0 when nobody answers for the address. */
const PROBE = ["-D", "-q", "-f", "-c", "2", "-w", "2"];

/** Writes the files and takes away those of other settings. */
export async function writeNetworkFiles(folder: string, settings: NetworkSettings): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const wanted = networkFiles(settings);
  for (const name of await readdir(folder))
    if (isOurNetworkFile(name) && !wanted.has(name)) await rm(join(folder, name), { force: true });
  for (const [name, text] of wanted) await replaceFile(join(folder, name), text);
}

/** @returns false when systemd-networkd does not take them over */
export async function putIntoForce(settings: NetworkSettings): Promise<boolean> {
  const { code } = await runProgram("networkctl", ["reload"], PROGRAM_MS);
  if (code !== 0) return false;
  // networkd makes cards of VLANs, but does not take them away.
  const wanted = vlanName(settings.vlan);
  for (const { name } of networkCards())
    if (isVlanName(name) && name !== wanted) await runProgram("ip", ["link", "delete", "dev", name], PROGRAM_MS);
  return wanted === null || (await appears(wanted));
}

async function appears(card: string): Promise<boolean> {
  const end = performance.now() + CARD_MS;
  while (!networkCards().some(({ name }) => name === card)) {
    if (performance.now() > end) return false;
    await pause(100);
  }
  return true;
}

/** Whether another machine answers for the address in the network at the card. */
export async function isTaken(card: string, address: string): Promise<boolean> {
  if (networkCards().some(({ name, networks }) => name === card && networks.some((own) => own.address === address)))
    return false;
  const { code } = await runProgram("arping", [...PROBE, "-I", card, address], PROGRAM_MS);
  return code === 1;
}
