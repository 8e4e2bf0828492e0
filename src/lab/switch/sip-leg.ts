import type { sip as Sip } from "sip";
import type { Codec } from "../media/g711.ts";
import { type AudioDescription, answerTo, mirrored, readSdp, SdpError, SdpOrigin } from "../media/sdp.ts";
import type { RequestParts, SipDialog } from "../media/sip-dialog.ts";
import { fromWire } from "../media/sip-endpoint.ts";
import type { Channel } from "./channel.ts";
import { ChannelMedia } from "./channel-media.ts";
import { causeNamed, causeOfStatus, type HangupCause, q850Of, reasonOf } from "./hangup-causes.ts";
import { type SipProfile, textHeader } from "./sip-profile.ts";

const CODEC_NAMES: Record<Codec, string> = { 0: "PCMU", 8: "PCMA" };
export const ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REGISTER";

/** Codecs of a list such as `PCMA,PCMU`, in its order; what is not G.711 is left out. */
export function codecsOf(list: string): Codec[] {
  const names = list.split(",").map((name) => name.trim().toUpperCase().split("@")[0]);
  return names.flatMap((name): Codec[] => (name === "PCMA" ? [8] : name === "PCMU" ? [0] : []));
}

/** The `Reason` header (RFC 3326) as FreeSWITCH puts it on BYE, CANCEL and final responses. */
export function reasonHeader(cause: HangupCause): Record<string, string> {
  const text = cause === "LOSE_RACE" || cause === "PICKED_OFF";
  return {
    reason: text ? 'SIP;cause=200;text="Call completed elsewhere"' : `Q.850;cause=${q850Of(cause)};text="${cause}"`,
  };
}

function audioOf(content: string | undefined): AudioDescription | null {
  if (content === undefined || content === "") return null;
  try {
    return readSdp(fromWire(content));
  } catch (error) {
    if (error instanceof SdpError) return null;
    throw error;
  }
}

/** What calls in and calls out have in common: sound, and requests inside the dialog. */
export abstract class SipLeg {
  readonly profile: SipProfile;
  readonly channel: Channel;
  readonly dialog: SipDialog;
  readonly codecs: readonly Codec[];
  protected readonly origin = new SdpOrigin();
  /** What we said last about our sound. */
  #answered: AudioDescription | null = null;
  #opening: Promise<ChannelMedia> | null = null;
  #isOver = false;

  constructor(profile: SipProfile, channel: Channel, dialog: SipDialog, codecs: readonly Codec[]) {
    this.profile = profile;
    this.channel = channel;
    this.dialog = dialog;
    this.codecs = codecs;
  }

  protected openMedia(): Promise<ChannelMedia> {
    const { channel } = this;
    this.#opening ??= ChannelMedia.open(
      this.profile.rtpAddress,
      (digit) => channel.pushDigit(digit),
      () => channel.notify(),
    ).then((media) => {
      // Hung up while the port was being opened.
      if (channel.hangupCause === null) channel.media = media;
      else media.close();
      return media;
    });
    return this.#opening;
  }

  protected get contact(): Sip.Aor[] {
    return [{ uri: this.profile.contactUri, params: {} }];
  }

  /** Sound goes to where the other side wants it. */
  protected connect(media: ChannelMedia, remote: AudioDescription, codec: Codec): void {
    media.connect(remote, codec, remote.telephoneEventType);
    const { variables } = this.channel;
    const name = CODEC_NAMES[codec];
    this.channel.codecName = name;
    for (const variable of ["read_codec", "write_codec", "rtp_use_codec_name"]) variables.set(variable, name);
    for (const variable of ["read_rate", "write_rate"]) variables.set(variable, "8000");
    variables.set("local_media_ip", media.rtp.address);
    variables.set("local_media_port", String(media.rtp.port));
    variables.set("remote_media_ip", remote.address);
    variables.set("remote_media_port", String(remote.port));
  }

  /** The SDP that answers `offer`, sound connected; null when there is nothing in common. */
  protected async answerSdp(offer: AudioDescription): Promise<string | null> {
    const media = await this.openMedia();
    const { address, port } = media.rtp;
    const answer = answerTo(offer, { address, port, codecs: this.codecs });
    const codec = answer?.codecs[0];
    if (answer === null || codec === undefined) return null;
    this.#answered = answer;
    this.connect(media, offer, codec);
    return this.origin.write(answer);
  }

  protected request(method: string, parts: RequestParts, onResponse?: (response: Sip.Response) => void): void {
    const request = this.dialog.request(method, parts);
    this.profile.endpoint.request(request, this.dialog.nextHop, onResponse ?? (() => undefined));
  }

  /** Ends a call that was answered. */
  protected sayBye(cause: HangupCause): void {
    this.request("BYE", { headers: reasonHeader(cause) });
  }

  /** No more requests for this leg are expected, but those on their way are still answered for a while. */
  protected forget(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    setTimeout(() => this.profile.removeLeg(this), 32_000).unref();
  }

  receiveBye(request: Sip.Request): void {
    this.profile.respond(request, 200);
    const reason = textHeader(request, "reason");
    const cause = causeNamed(/Q\.850;cause=(\d+)/i.exec(reason)?.[1] ?? "") ?? "NORMAL_CLEARING";
    this.channel.setTermination(200, "NORMAL_CLEARING");
    if (reason !== "") this.channel.setVariable("sip_reason", reason);
    this.channel.hangUp(cause, "recv_bye");
    this.forget();
  }

  abstract receiveAck(request: Sip.Request): void;

  /** A re-INVITE: hold, resume, another port. */
  async receiveReInvite(request: Sip.Request): Promise<void> {
    this.dialog.refreshTarget(request);
    const offer = audioOf(request.content);
    if (offer === null) {
      this.profile.respond(request, 488);
      return;
    }
    const sdp = await this.answerSdp(offer);
    if (sdp === null || this.#answered === null) {
      this.profile.respond(request, 488);
      return;
    }
    const isHold = offer.direction === "sendonly" || offer.direction === "inactive";
    this.profile.respond(request, 200, {
      headers: { contact: this.contact, allow: ALLOW, "content-type": "application/sdp" },
      content: sdp,
    });
    this.channel.hold(isHold && !mirrored(offer.direction).startsWith("send"));
  }
}

/** A call that came to us. */
export class InboundLeg extends SipLeg {
  readonly invite: Sip.Request;
  readonly #offer: AudioDescription | null;
  #isAnswered = false;
  #isFinal = false;
  #stopRepeating: () => void = () => undefined;

  constructor(profile: SipProfile, channel: Channel, dialog: SipDialog, codecs: readonly Codec[], invite: Sip.Request) {
    super(profile, channel, dialog, codecs);
    this.invite = invite;
    this.#offer = audioOf(invite.content);
  }

  /** Whether there is a codec in common; without one the call cannot be taken (488). */
  get isPlayable(): boolean {
    return this.#offer?.codecs.some((codec) => this.codecs.includes(codec)) ?? false;
  }

  get isPending(): boolean {
    return !this.#isAnswered && !this.#isFinal;
  }

  ring(): void {
    if (this.isPending) this.#respond(180);
  }

  async progress(): Promise<void> {
    const sdp = this.#offer === null ? null : await this.answerSdp(this.#offer);
    if (sdp !== null && this.isPending) this.#respond(183, sdp);
  }

  async answer(): Promise<void> {
    const sdp = this.#offer === null ? null : await this.answerSdp(this.#offer);
    if (sdp === null || !this.isPending) return;
    this.#isAnswered = true;
    const send = (): void => this.#respond(200, sdp);
    send();
    this.#repeatUntilAck(send);
  }

  end(cause: HangupCause, status: number): string | null {
    if (this.#isFinal) return null;
    this.#isFinal = true;
    this.forget();
    this.#stopRepeating();
    if (this.#isAnswered) {
      this.sayBye(cause);
      return "send_bye";
    }
    this.profile.respond(this.invite, status, { headers: reasonHeader(cause) });
    return "send_refuse";
  }

  receiveAck(): void {
    this.#stopRepeating();
  }

  override receiveBye(request: Sip.Request): void {
    this.#stopRepeating();
    this.#isFinal = true;
    super.receiveBye(request);
  }

  /** False when it is too late: the call has been answered or refused. */
  receiveCancel(): boolean {
    if (!this.isPending) return false;
    this.#isFinal = true;
    this.profile.respond(this.invite, 487);
    this.channel.setTermination(487, "ORIGINATOR_CANCEL");
    this.channel.hangUp("ORIGINATOR_CANCEL", "recv_cancel");
    this.forget();
    return true;
  }

  /** RFC 3261, section 13.3.1.4: the 200 is ours to repeat until its ACK; without one for 32 s the call is over. */
  #repeatUntilAck(send: () => void): void {
    let timer: NodeJS.Timeout | undefined;
    let waitedMs = 0;
    const wait = (ms: number): void => {
      timer = setTimeout(() => {
        waitedMs += ms;
        if (waitedMs >= 32_000) {
          this.channel.hangUp("RECOVERY_ON_TIMER_EXPIRE");
          return;
        }
        send();
        wait(Math.min(ms * 2, 4000));
      }, ms);
    };
    wait(500);
    this.#stopRepeating = () => clearTimeout(timer);
  }

  #respond(status: number, sdp?: string): void {
    this.profile.respond(this.invite, status, {
      headers: {
        contact: this.contact,
        allow: ALLOW,
        ...(sdp === undefined ? {} : { "content-type": "application/sdp" }),
        ...(this.invite.headers["record-route"] === undefined
          ? {}
          : { "record-route": this.invite.headers["record-route"] }),
      },
      ...(sdp === undefined ? {} : { content: sdp }),
    });
  }
}

/** A call that we make. */
export class OutboundLeg extends SipLeg {
  readonly #headers: Record<string, unknown>;
  readonly #sign: ((request: Sip.Request, challenge: Sip.Response) => boolean) | null;
  #invite: Sip.Request | null = null;
  #hasProvisional = false;
  #isAnswered = false;
  #isFinal = false;
  #isCancelled = false;

  constructor(
    profile: SipProfile,
    channel: Channel,
    dialog: SipDialog,
    codecs: readonly Codec[],
    options: {
      headers: Record<string, unknown>;
      /** Puts credentials into a repeated INVITE; false when it has none. */
      sign: ((request: Sip.Request, challenge: Sip.Response) => boolean) | null;
    },
  ) {
    super(profile, channel, dialog, codecs);
    this.#headers = options.headers;
    this.#sign = options.sign;
  }

  protected override get contact(): Sip.Aor[] {
    return (this.#headers["contact"] as Sip.Aor[] | undefined) ?? super.contact;
  }

  /** Sends the INVITE. What becomes of it the channel says. */
  async start(): Promise<void> {
    const { rtp } = await this.openMedia();
    if (this.channel.hangupCause !== null) return;
    const sdp = this.origin.write({
      address: rtp.address,
      port: rtp.port,
      codecs: [...this.codecs],
      telephoneEventType: 101,
      direction: "sendrecv",
    });
    this.#send(sdp, null);
    // Nobody there: no need to wait for a timer.
    this.profile.probe(this.dialog.nextHop, () => this.#unreachable());
  }

  // There is no 180, 183 or 200 of ours to a call that we make.
  ring(): void {}
  async progress(): Promise<void> {}
  async answer(): Promise<void> {}

  end(cause: HangupCause): string | null {
    if (this.#isFinal) return null;
    this.forget();
    if (this.#isAnswered) {
      this.#isFinal = true;
      this.sayBye(cause);
      return "send_bye";
    }
    this.#isCancelled = true;
    if (this.#hasProvisional) this.#cancel();
    return "send_cancel";
  }

  receiveAck(): void {}

  #unreachable(): void {
    if (!this.#hasProvisional && !this.#isAnswered) this.#refused(503, reasonOf(503));
  }

  #send(sdp: string, challenge: Sip.Response | null): void {
    const invite = this.dialog.request("INVITE", {
      headers: { allow: ALLOW, ...this.#headers, contact: this.contact },
      sdp,
    });
    if (challenge !== null && this.#sign?.(invite, challenge) !== true) {
      this.#refused(challenge.status, challenge.reason);
      return;
    }
    this.#invite = invite;
    this.profile.endpoint.request(invite, this.dialog.nextHop, (response) => {
      if (this.#invite !== invite) return;
      if (response.status === 401 || response.status === 407) {
        if (challenge === null && !this.#isCancelled) this.#send(sdp, response);
        else this.#refused(response.status, response.reason);
      } else this.#receive(invite, response);
    });
  }

  #cancel(): void {
    if (this.#invite !== null) this.profile.endpoint.cancel(this.#invite, this.dialog.nextHop);
  }

  #receive(invite: Sip.Request, response: Sip.Response): void {
    if (response.status < 200) {
      const isFirst = !this.#hasProvisional;
      this.#hasProvisional = true;
      if (this.#isCancelled) {
        if (isFirst) this.#cancel();
      } else if (response.status > 100) this.#progressed(response);
    } else if (response.status < 300) this.#accepted(invite, response);
    else this.#refused(response.status, response.reason);
  }

  #progressed(response: Sip.Response): void {
    if (response.status === 180) this.channel.markRinging();
    const audio = audioOf(response.content);
    if (audio !== null && this.#listenTo(audio)) this.channel.markEarly();
  }

  #accepted(invite: Sip.Request, response: Sip.Response): void {
    const isRepeat = this.#isAnswered;
    this.#isAnswered = true;
    this.dialog.learn(response);
    const ack = this.dialog.request("ACK", {}, invite.headers.cseq.seq);
    this.profile.endpoint.acknowledge(ack, this.dialog.nextHop);
    if (isRepeat) return;
    // Our CANCEL and its 200 crossed.
    if (this.#isCancelled) {
      this.#isFinal = true;
      this.sayBye(this.channel.hangupCause ?? "NORMAL_CLEARING");
      return;
    }
    const audio = audioOf(response.content);
    if (audio !== null) this.#listenTo(audio);
    if (this.channel.codecName === "") {
      this.channel.hangUp("INCOMPATIBLE_DESTINATION");
      return;
    }
    this.channel.markAnswered();
  }

  #listenTo(audio: AudioDescription): boolean {
    const codec = audio.codecs.find((offered) => this.codecs.includes(offered));
    if (codec === undefined || this.channel.media === null) return false;
    this.connect(this.channel.media, audio, codec);
    return true;
  }

  #refused(status: number, reason: string): void {
    if (this.#isFinal) return;
    this.#isFinal = true;
    this.forget();
    if (this.#isCancelled) return;
    const cause = causeOfStatus(status);
    this.channel.setTermination(status, cause);
    this.channel.setVariable("sip_invite_failure_status", String(status));
    this.channel.setVariable("sip_invite_failure_phrase", reason || reasonOf(status));
    this.channel.hangUp(cause, "recv_refuse");
  }

  override receiveBye(request: Sip.Request): void {
    this.#isFinal = true;
    super.receiveBye(request);
  }
}
