import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import type { sip as Sip } from "sip";
import { SipDialog } from "../media/sip-dialog.ts";
import { type HostPort, SipEndpoint } from "../media/sip-endpoint.ts";
import { type CallerProfile, cleaned } from "./caller-profile.ts";
import { Channel } from "./channel.ts";
import { nowUs } from "./channel-state.ts";
import { Authenticator, type DirectoryUser, DOMAIN, nameGiven } from "./directory.ts";
import type { Gateway } from "./gateway.ts";
import { reasonOf, statusOfCause } from "./hangup-causes.ts";
import { Registrar } from "./registrar.ts";
import { ALLOW, callerOf, inviteVariables, uriOf } from "./sip-headers.ts";
import { codecsOf, type SipLeg } from "./sip-leg.ts";
import { InboundLeg } from "./sip-leg-inbound.ts";
import type { LabSwitch } from "./switch.ts";

/** One SIP port of the switch: `internal` for phones, `external` for trunks. */
export class SipProfile {
  readonly name: string;
  readonly owner: LabSwitch;
  readonly settings: ReadonlyMap<string, string>;
  readonly gateways = new Map<string, Gateway>();
  readonly registrar: Registrar;
  readonly #authenticator: Authenticator;
  readonly #legs = new Map<string, SipLeg>();
  #endpoint: SipEndpoint | undefined;

  constructor(owner: LabSwitch, name: string, settings: ReadonlyMap<string, string>) {
    this.owner = owner;
    this.name = name;
    this.settings = settings;
    this.#authenticator = new Authenticator(() => owner.document);
    this.registrar = new Registrar(this, this.#authenticator, join(owner.dbDir, `registrations-${name}.json`));
  }

  get endpoint(): SipEndpoint {
    if (this.#endpoint === undefined) throw new Error(`profile ${this.name} is not started`);
    return this.#endpoint;
  }

  get rtpAddress(): string {
    return this.settings.get("rtp-ip") ?? "127.0.0.1";
  }

  get contactUri(): string {
    return `sip:${this.settings.get("username") ?? "mod_sofia"}@${this.endpoint.address}:${this.endpoint.port}`;
  }

  /** How long a request waits for a first answer (RFC 3261, timer B); the parameter's name is FreeSWITCH's. */
  get transactionMs(): number {
    return Number(this.settings.get("timer-T1X64") ?? 32_000);
  }

  get outboundCodecs(): string {
    return this.settings.get("outbound-codec-prefs") ?? "PCMA,PCMU";
  }

  /** @throws the socket's error (EADDRINUSE, EADDRNOTAVAIL) */
  async start(): Promise<void> {
    this.registrar.start();
    this.#endpoint = await SipEndpoint.open({
      address: this.settings.get("sip-ip") ?? "127.0.0.1",
      port: Number(this.settings.get("sip-port") ?? 5060),
      onRequest: (request, source) => this.#receive(request, source),
    });
  }

  stop(): void {
    for (const gateway of this.gateways.values()) gateway.stop();
    this.registrar.stop();
    this.#endpoint?.close();
  }

  respond(
    request: Sip.Request,
    status: number,
    extension?: { headers?: Record<string, unknown>; content?: string },
  ): void {
    this.endpoint.respond(request, status, reasonOf(status), extension);
  }

  addLeg(leg: SipLeg): void {
    this.#legs.set(keyOf(leg.dialog.callId, leg.dialog.local.params["tag"]), leg);
  }

  removeLeg(leg: SipLeg): void {
    this.#legs.delete(keyOf(leg.dialog.callId, leg.dialog.local.params["tag"]));
  }

  /** Calls `onRefused` when nobody listens at `target`: the kernel's word (ICMP), which FreeSWITCH takes for a 503. */
  probe(target: HostPort, onRefused: () => void): void {
    const socket = createSocket("udp4");
    const close = (): void => {
      clearTimeout(timer);
      socket.close();
    };
    const timer = setTimeout(close, 200);
    socket.once("error", () => {
      close();
      onRefused();
    });
    // Called with an error where no way leads there, which its type does not say.
    socket.connect(target.port, target.address, (...failed: readonly unknown[]) => {
      if (failed.length === 0 || failed[0] === null || failed[0] === undefined) return socket.send("\r\n\r\n");
      close();
      onRefused();
    });
  }

  #receive(request: Sip.Request, source: HostPort): void {
    const leg = this.#legs.get(keyOf(request.headers["call-id"], request.headers.to.params["tag"]));
    switch (request.method) {
      case "INVITE":
        if (leg !== undefined) this.owner.watch(leg.receiveReInvite(request));
        else if (request.headers.to.params["tag"] !== undefined) this.respond(request, 481);
        else this.#receiveInvite(request, source);
        return;
      case "ACK":
        leg?.receiveAck(request);
        return;
      case "BYE":
        if (leg === undefined) this.respond(request, 481);
        else leg.receiveBye(request);
        return;
      case "CANCEL": {
        const pending = [...this.#legs.values()].find(
          (one): one is InboundLeg => one instanceof InboundLeg && isCancelOf(request, one.invite),
        );
        this.respond(request, pending === undefined ? 481 : 200);
        pending?.receiveCancel();
        return;
      }
      case "REGISTER":
        if (this.settings.get("disable-register") === "true") this.respond(request, 403);
        else this.registrar.receive(request, source);
        return;
      case "INFO":
        this.respond(request, 200, { headers: { allow: ALLOW } });
        if (this.settings.get("liberal-dtmf") === "true") leg?.receiveInfo(request);
        return;
      case "OPTIONS":
        this.respond(request, 200, { headers: { allow: ALLOW } });
        return;
      default:
        this.respond(request, 501);
    }
  }

  /** As FreeSWITCH tells of a challenge: `to-user` is who asks. */
  fireAsked(request: Sip.Request, source: HostPort): void {
    this.owner.events.fireCustom("sofia::pre_register", {
      "profile-name": this.name,
      "from-user": uriOf(request.headers.to.uri)?.user ?? "",
      "from-host": uriOf(request.headers.to.uri)?.host ?? "",
      "to-user": uriOf(request.headers.from.uri)?.user ?? "",
      "to-host": uriOf(request.headers.from.uri)?.host ?? "",
      ...placeHeaders(source),
    });
  }

  /** How a password was found, of whatever kind of request. */
  fireAttempt(request: Sip.Request, source: HostPort, result: "FORBIDDEN" | "RENEWED"): void {
    this.owner.events.fireCustom("sofia::register_attempt", {
      "profile-name": this.name,
      "to-user": uriOf(request.headers.to.uri)?.user ?? "",
      "to-host": uriOf(request.headers.to.uri)?.host ?? "",
      ...placeHeaders(source),
      username: nameGiven(request),
      realm: DOMAIN,
      "auth-result": result,
    });
  }

  #receiveInvite(request: Sip.Request, source: HostPort): void {
    let user: DirectoryUser | null = null;
    if (this.settings.get("auth-calls") === "true") {
      const verdict = this.#authenticator.judge(request, true);
      if (verdict.name === "challenge") {
        if (!verdict.isStale) this.fireAsked(request, source);
        this.respond(request, 407, { headers: this.#authenticator.challenge(true, verdict.isStale) });
        return;
      }
      if (verdict.name === "refused") {
        this.respond(request, 403);
        this.fireAttempt(request, source, "FORBIDDEN");
        return;
      }
      this.fireAttempt(request, source, "RENEWED");
      user = verdict.user;
    }
    if (this.owner.isStopping) {
      this.respond(request, 503);
      return;
    }
    this.respond(request, 100);
    const { profile, gateway } = this.#callerProfile(request, source);
    const { number, host } = { number: profile.username, host: uriOf(request.headers.from.uri)?.host ?? "" };
    const channel = new Channel(this.owner, {
      uuid: randomUUID(),
      direction: "inbound",
      name: `sofia/${this.name}/${number}@${host}`,
      profile,
    });
    for (const [name, value] of inviteVariables(request, source, this.name)) channel.setVariable(name, value);
    if (gateway !== null) channel.setVariable("sip_gateway", gateway.name);
    if (user !== null) {
      channel.setVariable("sip_authorized", "true");
      channel.setVariable("sip_auth_username", user.id);
      channel.setVariable("user_name", user.id);
      channel.setVariable("domain_name", "hotline");
      for (const [name, value] of user.variables) channel.setVariable(name, value);
    }
    const dialog = SipDialog.ofRequest(request, source);
    const codecs = codecsOf(this.settings.get("inbound-codec-prefs") ?? "PCMA,PCMU");
    const leg = new InboundLeg(this, channel, dialog, codecs, request);
    this.addLeg(leg);
    channel.leg = {
      ring: () => leg.ring(),
      progress: () => leg.progress(),
      answer: () => leg.answer(),
      end: (cause, status) => leg.end(cause, status ?? statusOfCause(cause)),
    };
    this.owner.addChannel(channel);
    this.owner.watch(channel.run(() => channel.route()));
  }

  /** Who calls whom, as mod_sofia reads it: P-Asserted-Identity and Remote-Party-ID before From. */
  #callerProfile(request: Sip.Request, source: HostPort): { profile: CallerProfile; gateway: Gateway | null } {
    const { number, name } = callerOf(request);
    const requested = uriOf(request.uri);
    const toUser = cleaned(uriOf(request.headers.to.uri)?.user ?? "");
    let destination = cleaned(requested?.user ?? "") || toUser || number || "service";
    const gatewayName = destination.startsWith("gw+") ? destination.slice(3) : requested?.params?.["gw"];
    const gateway = this.gateways.get(gatewayName ?? "") ?? null;
    if (gateway !== null && (destination.startsWith("gw+") || gateway.extension === "auto_to_user"))
      destination = toUser;
    const profile: CallerProfile = {
      username: number,
      dialplan: "XML",
      callerIdName: name,
      callerIdNumber: number,
      origCallerIdName: name,
      origCallerIdNumber: number,
      calleeIdName: "",
      calleeIdNumber: "",
      networkAddr: source.address,
      ani: number,
      rdnis: "",
      destinationNumber: destination,
      source: "mod_sofia",
      context: gateway?.context ?? this.settings.get("context") ?? "default",
      index: 1,
      createdUs: nowUs(),
      transferredUs: 0,
      extension: null,
    };
    return { profile, gateway };
  }
}

function placeHeaders({ address, port }: HostPort): Record<string, string> {
  return { "network-ip": address, "network-port": String(port) };
}

/** Call-ID and our tag; a request without a tag is in no dialog, and finds none. */
function keyOf(callId: string, tag: string | null | undefined): string {
  return `${callId} ${tag ?? ""}`;
}

function isCancelOf(cancel: Sip.Request, invite: Sip.Request): boolean {
  return cancel.headers["call-id"] === invite.headers["call-id"] && cancel.headers.cseq.seq === invite.headers.cseq.seq;
}
