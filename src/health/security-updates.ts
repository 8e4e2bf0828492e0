/** What appliance/security-updates.sh did at night, and the owner's word that it reads. */
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { SecurityUpdatesView } from "../calls/security-updates.ts";

/** Root's; systemd/hotline-security.service makes the folder. */
const STATE = "/var/lib/hotline-security/state.json";

const time = z.string().regex(/^[0-9]{4}-[0-9-]+T[0-9:]+Z$/);
const orNothing = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.literal("").transform(() => null), schema]).catch(null);
const State = z.object({
  lastRunAt: orNothing(time),
  outcome: orNothing(z.enum(["done", "failed"])),
  problem: orNothing(z.enum(["no-internet", "no-room", "failed"])),
  installed: z
    .string()
    .regex(/^[0-9]{1,5}$/)
    .transform(Number)
    .catch(0),
  waitingSwitch: orNothing(z.string().max(60)),
  postponedAt: orNothing(time),
  restartWaits: z.boolean().catch(false),
  needsReboot: z.boolean().catch(false),
});
const Wish = z.object({ mayReboot: z.boolean() });

export class SecurityUpdates {
  readonly #wish: string;
  readonly #state: string;

  constructor(dataDir: string, state = STATE) {
    this.#wish = join(dataDir, "security-updates.json");
    this.#state = state;
  }

  async view(): Promise<SecurityUpdatesView> {
    const isBox = await stat(dirname(this.#state)).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const found = State.parse((await readJson(this.#state)) ?? {});
    const mayReboot = Wish.safeParse(await readJson(this.#wish)).data?.mayReboot ?? false;
    return { isBox, ...found, mayReboot };
  }

  async allowReboot(mayReboot: boolean): Promise<void> {
    await writeFile(`${this.#wish}.new`, `${JSON.stringify({ mayReboot })}\n`, { mode: 0o600 });
    await rename(`${this.#wish}.new`, this.#wish);
  }
}

/** Null: it is not there, or not whole. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return null;
    throw error;
  }
}
