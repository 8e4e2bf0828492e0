import type { sip as Sip } from "sip";
import { type Codec, PCMA, PCMU } from "../media/g711.ts";
import { RtpSession } from "../media/rtp-session.ts";
import { newTag, SipDialog } from "../media/sip-dialog.ts";
import { type HostPort, hostPortOf, quoted, SipEndpoint, toWire } from "../media/sip-endpoint.ts";
import { markerTone } from "../media/tones.ts";
import { Authentication, type Credentials, MOST_CHALLENGES } from "./authentication.ts";
import { Arrivals, PhoneError } from "./condition.ts";
import { ALLOW, PHRASES, PhoneCall } from "./phone-call.ts";
import { type OperatorBehaviour, Registrar, USUAL_OPERATOR } from "./registrar.ts";

export interface PhoneOptions {
  /** Address of the phone itself; it takes free ports there. */
  address?: string;
  /** Where its requests go: the switch. */
  server?: HostPort;
  /** The SIP domain of its own address and of those it calls; the server's address if not given. */
  domain?: string;
  user?: string;
  /** Also needed for calls that are challenged. */
  password?: string;
}

export type IncomingBehaviour =
  /** Rings until the script does something or the caller gives up. */
  | { type: "ring" }
  | { type: "answer"; afterMs?: number; isSilent?: boolean; markers?: number }
  /** Plays its marker before anybody has answered (183 with sound), as operators' announcements are. */
  | { type: "early"; markers: number }
  | { type: "reject"; status: number; afterMs?: number; headers?: Record<string, string> }
  /** Without ringing first, as a telephone company that has no way for the call. */
  | { type: "refuse"; status: number };

export interface CallOptions {
  /** What the From header says; `hidden` as RFC 3323 has it. The phone's user without a name if not given. */
  from?: { number: string; name?: string } | "hidden";
  /** Further headers of the INVITE, as they are. */
  headers?: Record<string, string>;
  /** Sends no sound at all. */
  isSilent?: boolean;
  /** In the order of preference. PCMA, PCMU if not given. */
  codecs?: readonly Codec[];
  /** Further lines of what is offered about the sound. */
  sdpLines?: readonly string[];
  /** The INVITE has no SDP: the other side offers, the ACK answers (RFC 3261, section 13.2.1). */
  leavesOffer?: boolean;
}

const CLOSE_MS = 2000;
const UNKNOWN_SERVER = "the phone has no server, and the address no numeric host";

/** A SIP phone that does what a script says. One UDP port for SIP, one for each call's sound. */
export class ScriptedPhone {
  readonly user: string;
  readonly domain: string;
  /** Calls that came, in their order; each rings already (or does what `behaviour` says). */
  readonly incoming = new Arrivals<PhoneCall>("an incoming call");
  /** INVITEs that were refused without ringing. */
  readonly refused: Sip.Request[] = [];
  behaviour: IncomingBehaviour = { type: "ring" };
  /** As the switchboard of a telephone operator it does more than a phone. */
  operator: OperatorBehaviour = USUAL_OPERATOR;
  /** Requests that came, but those within calls; the latest last. */
  readonly requests: Sip.Request[] = [];

  readonly #endpoint: SipEndpoint;
  readonly #server: HostPort | null;
  readonly #credentials: Credentials | null;
  readonly #calls = new Map<string, PhoneCall>();
  /** Requests (a CANCEL) for calls whose sound port is still being opened. */
  readonly #arriving = new Map<string, Sip.Request[]>();
  readonly #registrar = new Registrar();
  #isClosed = false;
  readonly #registration: { dialog: SipDialog; authentication: Authentication } | null;

  private constructor(endpoint: SipEndpoint, options: PhoneOptions) {
    this.#endpoint = endpoint;
    this.#server = options.server ?? null;
    this.user = options.user ?? "phone";
    this.domain = options.domain ?? options.server?.address ?? endpoint.address;
    this.#credentials = options.password === undefined ? null : { user: this.user, password: options.password };
    const self = `sip:${this.user}@${this.domain}`;
    this.#registration =
      this.#server === null
        ? null
        : {
            // No dialog in the RFC's sense, but like one: a Call-ID, a tag and a growing sequence number.
            dialog: new SipDialog({
              callId: newTag(),
              local: { uri: self, params: { tag: newTag() } },
              remote: { uri: self, params: {} },
              target: `sip:${this.domain}`,
              peer: this.#server,
            }),
            authentication: new Authentication(this.#credentials),
          };
  }

  static async open(options: PhoneOptions = {}): Promise<ScriptedPhone> {
    const address = options.address ?? "127.0.0.1";
    // Nothing can arrive before the phone is there: the port is known to nobody, and datagrams wait for the event loop.
    const onRequest = (request: Sip.Request, source: HostPort) => phone.#receive(request, source);
    const phone = new ScriptedPhone(await SipEndpoint.open({ address, onRequest }), options);
    return phone;
  }

  get address(): HostPort {
    return { address: this.#endpoint.address, port: this.#endpoint.port };
  }

  /** Where this phone can be called without any switch. */
  get uri(): string {
    return `sip:${this.user}@${this.#endpoint.address}:${this.#endpoint.port}`;
  }

  /** Whether the account of `operator` is registered here. */
  get isRegisteredHere(): boolean {
    return this.#registrar.binding !== null;
  }

  /** Calls whoever is registered here, for one of their numbers. @throws PhoneError `not-possible` */
  async callRegistered(number: string, options: CallOptions = {}): Promise<PhoneCall> {
    const { binding } = this.#registrar;
    const peer = binding === null ? null : hostPortOf(binding);
    if (binding === null || peer === null) throw new PhoneError("not-possible", "nobody is registered here");
    return await this.#callTo({ uri: `sip:${toWire(number)}@${this.domain}`, target: binding, peer }, options);
  }

  get liveCalls(): PhoneCall[] {
    return [...this.#calls.values()];
  }

  /** Registers, or does so again. @returns for how many seconds that holds. @throws PhoneError `refused` with the status (403 or 401 for a wrong password), 408 when nobody answers */
  async register({ expiresSeconds = 300 }: { expiresSeconds?: number } = {}): Promise<number> {
    if (this.#registration === null || this.#server === null)
      throw new PhoneError("not-possible", "register: no server");
    const { dialog, authentication } = this.#registration;
    for (let challenges = 0; ; challenges++) {
      const headers = { contact: [this.#contact()], expires: `${expiresSeconds}`, allow: ALLOW };
      const request = dialog.request("REGISTER", { headers });
      authentication.sign(request);
      const response = await this.#endpoint.ask(request, this.#server);
      if (response.status < 300) {
        const { contact } = response.headers;
        const granted = Array.isArray(contact) ? contact[0]?.params["expires"] : undefined;
        return Number.parseInt(granted ?? "", 10) || expiresSeconds;
      }
      if (challenges >= MOST_CHALLENGES || !authentication.take(response)) {
        throw new PhoneError("refused", `REGISTER: ${response.status} ${response.reason}`, response.status);
      }
    }
  }

  /** @throws PhoneError */
  async unregister(): Promise<void> {
    await this.register({ expiresSeconds: 0 });
  }

  /** Calls a number at the server, or a `sip:` address. Resolves when the INVITE is on its way; what becomes of it the call says. */
  async call(to: string, options: CallOptions = {}): Promise<PhoneCall> {
    const uri = to.startsWith("sip:") ? to : `sip:${toWire(to)}@${this.domain}`;
    const peer = this.#server ?? hostPortOf(uri);
    if (peer === null) throw new PhoneError("not-possible", `call ${to}: ${UNKNOWN_SERVER}`);
    return await this.#callTo({ uri, target: uri, peer }, options);
  }

  async #callTo(
    { uri, target, peer }: { uri: string; target: string | Sip.Uri; peer: HostPort },
    options: CallOptions,
  ): Promise<PhoneCall> {
    const { from = { number: this.user }, headers = {} } = options;
    const local: Sip.Aor =
      from === "hidden"
        ? { name: '"Anonymous"', uri: "sip:anonymous@anonymous.invalid", params: { tag: newTag() } }
        : {
            name: from.name === undefined ? undefined : quoted(from.name),
            uri: `sip:${toWire(from.number)}@${this.domain}`,
            params: { tag: newTag() },
          };
    const privacy = from === "hidden" ? { privacy: "id" } : {};
    const rtp = await RtpSession.open(this.#endpoint.address);
    const dialog = new SipDialog({ callId: newTag(), local, remote: { uri, params: {} }, target, peer });
    const parts = this.#callParts(dialog, rtp, options);
    const call = PhoneCall.outgoing(parts, { ...privacy, ...headers }, options.leavesOffer ?? false);
    this.#calls.set(call.id, call);
    return call;
  }

  /** Hangs up all calls, waiting a moment for each, and closes the ports. */
  async close(): Promise<void> {
    await Promise.allSettled(this.liveCalls.map((call) => call.hangUp({ timeoutMs: CLOSE_MS })));
    this.drop();
  }

  /** Goes without a word, as a phone without power does. */
  drop(): void {
    this.#isClosed = true;
    for (const call of this.liveCalls) call.drop();
    this.#endpoint.close();
  }

  #callParts(dialog: SipDialog, rtp: RtpSession, options: CallOptions) {
    return {
      line: {
        endpoint: this.#endpoint,
        contact: this.#contact(),
        authentication: new Authentication(this.#credentials),
        ended: (call: PhoneCall) => this.#calls.delete(call.id),
      },
      dialog,
      rtp,
      codecs: options.codecs ?? [PCMA, PCMU],
      sdpLines: options.sdpLines ?? [],
      isSilent: options.isSilent ?? false,
    };
  }

  #contact(): Sip.Aor {
    return { uri: this.uri, params: {} };
  }

  #receive(request: Sip.Request, source: HostPort): void {
    const { method } = request;
    const id = request.headers["call-id"];
    const call = this.#calls.get(id);
    const arriving = this.#arriving.get(id);
    if (call === undefined && method !== "ACK") this.requests.push(request);
    if (this.operator.isSilent) return;
    if (call !== undefined) call.receive(request);
    else if (arriving !== undefined) arriving.push(request);
    else if (method === "ACK") return;
    else if (method === "REGISTER") this.#answer(request, this.#registrar.register(request, this.operator));
    else if (method === "INVITE" && request.headers.to.params["tag"] === undefined) this.#take(request, source);
    else if (method === "OPTIONS") this.#refuse(request, this.operator.options);
    else if (method === "NOTIFY" && request.headers.to.params["tag"] === undefined) {
      this.#refuse(request, 200);
    } else if (["BYE", "CANCEL", "INVITE", "UPDATE", "INFO", "NOTIFY"].includes(method)) this.#refuse(request, 481);
    else this.#refuse(request, 405);
  }

  #take(invite: Sip.Request, source: HostPort): void {
    const challenge = this.#registrar.admit(invite, this.operator);
    if (challenge === null) void this.#ring(invite, source);
    else this.#answer(invite, challenge);
  }

  #answer(request: Sip.Request, { status, headers = {} }: { status: number; headers?: Record<string, unknown> }): void {
    request.headers.to.params["tag"] ??= newTag();
    this.#endpoint.respond(request, status, PHRASES[status] ?? "", { headers: { allow: ALLOW, ...headers } });
  }

  #refuse(request: Sip.Request, status: number): void {
    this.#answer(request, { status });
  }

  async #ring(invite: Sip.Request, source: HostPort): Promise<void> {
    const { behaviour } = this;
    if (behaviour.type === "refuse") {
      this.refused.push(invite);
      return this.#refuse(invite, behaviour.status);
    }
    const dialog = SipDialog.ofRequest(invite, source);
    const waiting: Sip.Request[] = [];
    this.#arriving.set(dialog.callId, waiting);
    const rtp = await RtpSession.open(this.#endpoint.address);
    this.#arriving.delete(dialog.callId);
    if (this.#isClosed) return rtp.close();
    const isSilent = behaviour.type === "answer" && behaviour.isSilent === true;
    const call = PhoneCall.incoming(this.#callParts(dialog, rtp, { isSilent }), invite);
    if (call === null) return;
    this.#calls.set(call.id, call);
    this.incoming.add(call);
    for (const request of waiting) call.receive(request);
    if (behaviour.type === "ring") return;
    const act = () => {
      if (call.state !== "ringing") return;
      if (behaviour.type === "reject") return call.reject(behaviour.status, behaviour.headers);
      if (behaviour.type === "early") {
        call.sendMarkers(behaviour.markers);
        return call.announce();
      }
      if (behaviour.markers !== undefined) call.sendMarkers(behaviour.markers);
      call.answer();
    };
    if (behaviour.type !== "early" && behaviour.afterMs) setTimeout(act, behaviour.afterMs);
    else act();
  }
}

/** Resolves when each of two phones hears the other's markers. Both must send them. @throws PhoneError (timeout) */
export async function hearEachOther(
  one: PhoneCall,
  other: PhoneCall,
  deadline: { timeoutMs?: number } = {},
): Promise<void> {
  await Promise.all([hearsMarkersOf(one, other, deadline), hearsMarkersOf(other, one, deadline)]);
}

async function hearsMarkersOf(
  listener: PhoneCall,
  speaker: PhoneCall,
  deadline: { timeoutMs?: number },
): Promise<void> {
  if (speaker.markerIndex === null) throw new PhoneError("not-possible", "sends no markers");
  await listener.ear.hears(markerTone(speaker.markerIndex), deadline);
}
