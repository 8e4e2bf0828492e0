import { SwitchError } from "./calls/failure.ts";
import { extension, trunkId } from "./calls/ids.ts";
import type { PhoneAccount } from "./database/operators.ts";
import type { FreeSwitch } from "./freeswitch/freeswitch-switch.ts";
import {
  applyOperators,
  applyTrunks,
  prepareSwitchFiles,
  SwitchConfigError,
  type SwitchSettings,
} from "./freeswitch/generated-config.ts";
import type { ApplyResult, SwitchConfiguration, TrunkAccount } from "./http/ports.ts";

/** Hands what the panel changes to the switch, one change after the other. While the switch is away, the next connection catches up. */
export class LiveSwitchConfiguration implements SwitchConfiguration {
  readonly #switch: FreeSwitch;
  readonly #settings: () => SwitchSettings;
  #work: Promise<unknown> = Promise.resolve();

  constructor(port: FreeSwitch, settings: () => SwitchSettings) {
    this.#switch = port;
    this.#settings = settings;
  }

  async applyOperators(phones: readonly PhoneAccount[]): Promise<void> {
    const accounts = phones.map((phone) => ({ extension: extension(phone.extension), ha1: phone.ha1 }));
    await this.#inTurn(async () => {
      if (this.#isAway) return;
      await applyOperators(this.#settings(), accounts, this.#switch.console);
    });
  }

  async applyTrunks(trunks: readonly TrunkAccount[]): Promise<ApplyResult> {
    const accounts = trunks
      .filter((trunk) => trunk.isEnabled)
      .map((trunk) => ({
        trunkId: trunkId(trunk.trunkId),
        host: trunk.server,
        port: trunk.port,
        username: trunk.user ?? "",
        password: trunk.password ?? "",
        isRegistering: trunk.mode === "register",
      }));
    return await this.#inTurn(async () => {
      if (this.#isAway) return { ok: true };
      try {
        await applyTrunks(this.#settings(), accounts, this.#switch.console);
        return { ok: true };
      } catch (error) {
        if (error instanceof SwitchConfigError && error.reason !== "switch-away") {
          return { ok: false, reason: error.message };
        }
        if (error instanceof SwitchConfigError || error instanceof SwitchError) return { ok: true };
        throw error;
      }
    });
  }

  /** What the site changed of the switch's variables: its language, its emergency numbers. */
  async applySite(): Promise<void> {
    await this.#inTurn(async () => {
      const settings = this.#settings();
      await prepareSwitchFiles(settings);
      if (!this.#isAway) await this.#switch.console("reloadxml");
    });
  }

  get #isAway(): boolean {
    return this.#switch.state.name !== "connected";
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(work);
    // The next change does not care how this one ended; who asked for it does.
    this.#work = result.catch(() => undefined);
    return await result;
  }
}
