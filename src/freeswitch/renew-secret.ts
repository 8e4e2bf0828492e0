/**
 * Another secret for the event socket while the switch runs: calls live in the switch's core and go on; whoever is connected signs in again,
 * within a tenth of a second with FreeSWITCH 1.11.1.
 */
import { setTimeout as pause } from "node:timers/promises";
import { SwitchConfigError } from "./config-text.ts";
import { EslConnection, EslConnectionError } from "./esl-connection.ts";
import { newSwitchSecret, readSwitchSecret, replaceSwitchSecret, type SwitchSettings } from "./generated-config.ts";

const ASK_MS = 5_000;
const TAKEN_WITHIN_MS = 15_000;
const TRY_EVERY_MS = 100;

/**
 * @returns whether a switch ran that took it over; if none runs, the next start does
 * @throws SwitchConfigError when it does not; the old secret is then in force again
 */
export async function renewSwitchSecret(settings: SwitchSettings): Promise<"taken" | "at-next-start"> {
  const port = settings.eventSocketPort;
  const socket = await signIn(port, await readSwitchSecret(settings.dataDir));
  const secret = newSwitchSecret();
  if (socket === null) {
    await replaceSwitchSecret(settings, secret);
    return "at-next-start";
  }
  try {
    const putBack = await replaceSwitchSecret(settings, secret);
    const read = (await socket.api("reloadxml", ASK_MS)).trim();
    if (!/^\+OK \[Success\]$/i.test(read)) {
      await putBack();
      throw new SwitchConfigError("malformed", `reloadxml: ${read}`);
    }
    // By the scheduler: the module would wait for the very connection that asks for it.
    await socket.api("sched_api +1 none reload mod_event_socket", ASK_MS);
    const untilMs = Date.now() + TAKEN_WITHIN_MS;
    while (Date.now() < untilMs) {
      await pause(TRY_EVERY_MS);
      const again = await signIn(port, secret).catch((error: unknown) => {
        if (error instanceof EslConnectionError) return null;
        throw error;
      });
      again?.close();
      if (again !== null) return "taken";
    }
    await putBack();
    throw new SwitchConfigError("refused", "the switch does not take another secret for the event socket");
  } finally {
    socket.close();
  }
}

/** Null: nobody listens. @throws EslConnectionError for every other reason */
async function signIn(port: number, secret: string): Promise<EslConnection | null> {
  const connection = new EslConnection({ host: "127.0.0.1", port, secret });
  try {
    await connection.open(ASK_MS);
    return connection;
  } catch (error) {
    connection.close();
    if (error instanceof EslConnectionError && error.reason === "refused") return null;
    throw error;
  }
}
