/** Names of time zones: the panel has ICU's, of which a system may have some by their newer names alone. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";

const ZONES = "/usr/share/zoneinfo";

/**
 * @param zone as ICU names it, e.g. Europe/Kiev, which Debian 13 knows as Europe/Kyiv without `tzdata-legacy`
 * @returns what `timedatectl` takes: that, or where the system's own list of links leads (`L TARGET NAME`, zic(8))
 */
export async function systemZone(zone: string, folder = ZONES): Promise<string> {
  if (await isThere(join(folder, zone))) return zone;
  const list = join(folder, "tzdata.zi");
  const links = (await isThere(list)) ? (await readFile(list, "utf8")).split("\n").map((line) => line.split(" ")) : [];
  return links.find(([kind, , name]) => kind === "L" && name === zone)?.[1] ?? zone;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
