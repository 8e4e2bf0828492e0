import { lookup } from "node:dns/promises";
import type { sip as Sip } from "sip";
import digest, { type DigestContext } from "sip/digest.js";
import { newTag, SipDialog } from "../media/sip-dialog.ts";
import { DEFAULT_SIP_PORT, type HostPort, hostPortOf } from "../media/sip-endpoint.ts";
import { reasonOf } from "./hangup-causes.ts";
import { textHeader } from "./sip-headers.ts";
import type { SipProfile } from "./sip-profile.ts";

/** Sofia's words for where a gateway's registration stands, as far as it can get here. */
export type GatewayState = "NOREG" | "UNREGED" | "TRYING" | "REGISTER" | "REGED" | "FAILED" | "FAIL_WAIT" | "DOWN";

const MOST_CHALLENGES = 2;
/** FreeSWITCH looks after its gateways once a second: a new one is there, and down, before it registers. */
const FIRST_TURN_SECONDS = 0.5;

/**
 * A trunk to a telephone operator. Registers if it is told to, and again before the registration runs out; a failure is tried again after
 * `retry-seconds`.
 *
 *   NOREG                                                      (an operator that knows us by address)
 *   UNREGED -> TRYING -> REGISTER -> REGED -> TRYING ...
 *                     -> FAILED -> FAIL_WAIT -> UNREGED ...    (any of them -> DOWN when it is killed)
 */
export class Gateway {
  readonly name: string;
  readonly profile: SipProfile;
  /** What legs that go out by it get. */
  readonly variables: ReadonlyMap<string, string>;
  readonly #params: ReadonlyMap<string, string>;
  readonly #context: DigestContext = {};
  readonly #registration: SipDialog;
  #state: GatewayState;
  #timer: NodeJS.Timeout | undefined;
  #target: HostPort | null;

  constructor(
    profile: SipProfile,
    name: string,
    params: ReadonlyMap<string, string>,
    variables: ReadonlyMap<string, string>,
  ) {
    this.profile = profile;
    this.name = name;
    this.variables = variables;
    this.#params = params;
    this.#state = this.isRegistering ? "UNREGED" : "NOREG";
    this.#target = hostPortOf(this.#nextHop);
    const [user, host] = [this.fromUser, this.host];
    this.#registration = new SipDialog({
      callId: newTag(),
      local: { uri: `sip:${user}@${host}`, params: { tag: newTag() } },
      remote: { uri: `sip:${user}@${host}`, params: {} },
      target: `sip:${this.proxy}`,
      peer: { address: "127.0.0.1", port: DEFAULT_SIP_PORT },
    });
  }

  get state(): GatewayState {
    return this.#state;
  }

  get isUp(): boolean {
    return this.#state === "REGED" || this.#state === "NOREG";
  }

  get isRegistering(): boolean {
    return this.#params.get("register") !== "false";
  }

  get username(): string {
    return this.#params.get("username") ?? "";
  }

  get fromUser(): string {
    return this.#params.get("from-user") || this.username;
  }

  /** Put before each number that goes out. */
  get prefix(): string {
    return this.#params.get("destination-prefix") ?? "";
  }

  get context(): string | undefined {
    return this.#params.get("context");
  }

  get extension(): string {
    return this.#params.get("extension") ?? this.username;
  }

  get hasCallerIdInFrom(): boolean {
    return this.#params.get("caller-id-in-from") === "true";
  }

  /** `host` or `host:port` that requests name. */
  get proxy(): string {
    return this.#params.get("proxy") ?? this.#params.get("realm") ?? "";
  }

  get host(): string {
    return this.#params.get("from-domain") ?? this.#params.get("realm") ?? this.proxy;
  }

  get contactUri(): string {
    const { address, port } = this.profile.endpoint;
    return `sip:gw+${this.name}@${address}:${port};transport=udp;gw=${this.name}`;
  }

  /** URI of where requests go, if not to the one that they name. */
  get #nextHop(): string {
    return this.#params.get("outbound-proxy") || `sip:${this.proxy}`;
  }

  /** Where requests go; null while a host name is not resolved. */
  get target(): HostPort | null {
    return this.#target;
  }

  start(): void {
    if (this.isRegistering) this.#after(FIRST_TURN_SECONDS, () => this.#register());
    else this.#resolve().catch((error: unknown) => this.profile.owner.log("warning", `${this.name}: ${String(error)}`));
  }

  /** Ends it without a word. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** `register`: does not wait any longer. */
  registerNow(): void {
    this.stop();
    this.#enter("UNREGED");
    this.#register();
  }

  /** `killgw`: takes the registration back. */
  kill(): void {
    this.stop();
    const wasRegistered = this.#state === "REGED";
    this.#enter("DOWN");
    if (wasRegistered) this.#send(0, () => undefined);
  }

  /** Puts credentials for the challenge into a request; false when there are none. */
  sign(request: Sip.Request, challenge: Sip.Response): boolean {
    const password = this.#params.get("password");
    const name = challenge.status === 407 ? "proxy-authenticate" : "www-authenticate";
    if (password === undefined || challenge.headers[name] === undefined) return false;
    const user = this.#params.get("auth-username") || this.username;
    digest.signRequest(this.#context, request, challenge, { user, password });
    return true;
  }

  #register(): void {
    this.#enter("TRYING");
    const seconds = Number(this.#params.get("expire-seconds") ?? 3600);
    this.#send(seconds, (response) => {
      if (this.#state !== "TRYING") return;
      if (response.status >= 300) {
        this.#failed(response.status, response.reason);
        return;
      }
      const { contact } = response.headers;
      const own = Array.isArray(contact) ? contact[0]?.params["expires"] : undefined;
      const granted = Number.parseInt(own ?? textHeader(response, "expires"), 10) || seconds;
      this.#enter("REGISTER", { Phrase: "OK", Status: "200" });
      this.#enter("REGED");
      this.#after(Math.max(1, granted * 0.8), () => this.#register());
    });
  }

  #failed(status: number, reason: string): void {
    this.#enter("FAILED", { Phrase: reason || reasonOf(status), Status: String(status) });
    this.#enter("FAIL_WAIT");
    this.#after(Number(this.#params.get("retry-seconds") ?? 30), () => this.registerNow());
  }

  #after(seconds: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, seconds * 1000);
  }

  #send(seconds: number, onFinal: (response: Sip.Response) => void): void {
    const failed = (status: number): void => {
      if (this.#state === "TRYING") this.#failed(status, reasonOf(status));
    };
    const ask = async (): Promise<void> => {
      const target = await this.#resolve();
      this.profile.probe(target, () => failed(503));
      this.#ask(target, seconds, null, 0, onFinal);
    };
    ask().catch((error: unknown) => {
      this.profile.owner.log("warning", `gateway ${this.name}: ${String(error)}`);
      failed(503);
    });
  }

  #ask(
    target: HostPort,
    seconds: number,
    challenge: Sip.Response | null,
    challenges: number,
    onFinal: (response: Sip.Response) => void,
  ): void {
    const contact = [{ uri: this.contactUri, params: {} }];
    const request = this.#registration.request("REGISTER", { headers: { contact, expires: String(seconds) } });
    if (challenge !== null && !this.sign(request, challenge)) {
      onFinal(challenge);
      return;
    }
    this.profile.endpoint.request(request, target, (response) => {
      if (response.status < 200) return;
      const isChallenge = response.status === 401 || response.status === 407;
      if (isChallenge && challenges < MOST_CHALLENGES) this.#ask(target, seconds, response, challenges + 1, onFinal);
      else onFinal(response);
    });
  }

  async #resolve(): Promise<HostPort> {
    const [host = "", port] = this.proxy.split(":");
    this.#target ??= {
      address: (await lookup(host, { family: 4 })).address,
      port: Number(port) || DEFAULT_SIP_PORT,
    };
    return this.#target;
  }

  #enter(state: GatewayState, extra: Record<string, string> = {}): void {
    this.#state = state;
    this.profile.owner.events.fireCustom("sofia::gateway_state", {
      Gateway: this.name,
      State: state,
      "Ping-Status": this.isUp ? "UP" : "DOWN",
      ...extra,
    });
  }
}
