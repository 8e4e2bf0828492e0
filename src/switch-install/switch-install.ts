/**
 * Has FreeSWITCH installed by root, who alone may: the daemon leaves the vendor's access token in a folder in memory, which a unit watches
 * (systemd/hotline-switch-install.path), and reads how far that is. The token is kept nowhere here, and is in no log.
 */
import { access, constants, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SWITCH_INSTALL_PROBLEMS, SWITCH_INSTALL_STEPS, type SwitchInstallView } from "../calls/switch-install.ts";
import type { Config } from "../config/config.ts";

interface Places {
  /** The token goes here. */
  requests: string;
  /** Root's state.json is here. */
  state: string;
  /** The program that is there when it is installed. */
  program: string;
  /** Root's file, from the first package until all are whole: the program alone is no switch yet. */
  unfinished: string;
}

/** As appliance/install-freeswitch.sh names it. */
const UNFINISHED = "/var/lib/hotline-install/switch";

/** As appliance/install-switch-asked.sh writes it. */
const State = z.object({
  state: z.enum(["running", "done", "failed"]),
  step: z.enum(SWITCH_INSTALL_STEPS),
  percent: z.number().int().min(0).max(100),
  problem: z.union([z.literal(""), z.enum(SWITCH_INSTALL_PROBLEMS)]),
});

export class SwitchInstall {
  readonly #places: Places | null;

  /** @param places null: this is no box, and nobody here may install anything */
  constructor(places: Places | null) {
    this.#places = places;
  }

  async view(): Promise<SwitchInstallView> {
    const nothing: SwitchInstallView = { state: "none", step: "asking", percent: 0, problem: null };
    if (this.#places === null) return { ...nothing, state: "no-box" };
    const { requests, state, program, unfinished } = this.#places;
    // Root takes it before anything is done with it.
    if (await isThere(join(requests, "token"), constants.F_OK)) return { ...nothing, state: "running" };
    const isInstalled = (await isThere(program, constants.X_OK)) && !(await isThere(unfinished, constants.F_OK));
    const found = State.safeParse(parse(await readFile(join(state, "state.json"), "utf8").catch(nothingThere))).data;
    // Nothing said, or said of an earlier try: the program itself is what counts.
    if (found === undefined || (isInstalled && found.state === "failed"))
      return isInstalled ? { ...nothing, state: "done", percent: 100 } : nothing;
    return { ...found, problem: found.problem === "" ? null : found.problem };
  }

  /** @returns false: this is no box */
  async ask(token: string): Promise<boolean> {
    if (this.#places === null) return false;
    const path = join(this.#places.requests, "token");
    await writeFile(`${path}.new`, `${token}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return true;
  }
}

/** As systemd/hotlined.service and systemd/hotline-switch-install.service name the places. */
export function switchInstallOf({ switchRequests, freeswitchBin }: Pick<Config, "switchRequests" | "freeswitchBin">) {
  if (switchRequests === null) return new SwitchInstall(null);
  const program = freeswitchBin ?? "/usr/bin/freeswitch";
  return new SwitchInstall({
    ...{ requests: switchRequests, state: `${switchRequests}-install` },
    ...{ program, unfinished: UNFINISHED },
  });
}

async function isThere(path: string, mode: number): Promise<boolean> {
  return await access(path, mode).then(
    () => true,
    () => false,
  );
}

function nothingThere(error: unknown): null {
  if (error instanceof Error && "code" in error) return null;
  throw error;
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : (JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
