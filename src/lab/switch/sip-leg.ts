import type { sip as Sip } from "sip";
import type { Codec } from "../media/g711.ts";
import { type AudioDescription, answerTo, mirrored, readSdp, SdpError, SdpOrigin } from "../media/sdp.ts";
import type { RequestParts, SipDialog } from "../media/sip-dialog.ts";
import { fromWire } from "../media/sip-endpoint.ts";
import type { Channel } from "./channel.ts";
import { ChannelMedia } from "./channel-media.ts";
import { causeNamed, type HangupCause, numberOf } from "./hangup-causes.ts";
import { ALLOW, textHeader } from "./sip-headers.ts";
import type { SipProfile } from "./sip-profile.ts";

const CODEC_NAMES: Record<Codec, string> = { 0: "PCMU", 8: "PCMA" };

/** Codecs of a list such as `PCMA,PCMU`, in its order; what is not G.711 is left out. */
export function codecsOf(list: string): Codec[] {
  const names = list.split(",").map((name) => name.trim().toUpperCase().split("@")[0]);
  return names.flatMap((name): Codec[] => (name === "PCMA" ? [8] : name === "PCMU" ? [0] : []));
}

/** The `Reason` header (RFC 3326) as FreeSWITCH puts it on BYE, CANCEL and final responses. */
export function reasonHeader(cause: HangupCause): Record<string, string> {
  if (cause === "LOSE_RACE" || cause === "PICKED_OFF")
    return { reason: 'SIP;cause=200;text="Call completed elsewhere"' };
  const number = numberOf(cause);
  return { reason: `${number < 128 ? "Q.850" : "SIP"};cause=${number};text="${cause}"` };
}

/** What an offer or answer says of sound; null when there is none, or it cannot be read. */
export function audioOf(content: string | undefined): AudioDescription | null {
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

  /** A key by SIP INFO: `Signal=5` (application/dtmf-relay) or the key alone (application/dtmf), as gateways and adapters send it. */
  receiveInfo(request: Sip.Request): void {
    const type = textHeader(request, "content-type").toLowerCase();
    const text = request.content ?? "";
    const key =
      type === "application/dtmf-relay"
        ? /^Signal=\s*([0-9*#A-D])/im.exec(text)?.[1]
        : /^\s*([0-9*#A-D])\s*$/.exec(text)?.[1];
    if (key !== undefined && type.startsWith("application/dtmf")) this.channel.pushDigit(key);
  }

  /** What we offer to whoever left the offer to us. */
  protected async offerSdp(): Promise<string> {
    const media = await this.openMedia();
    const { address, port } = media.rtp;
    return this.origin.write({
      address,
      port,
      codecs: [...this.codecs],
      telephoneEventType: 101,
      direction: "sendrecv",
    });
  }

  /** Their answer to it. @returns false when it has nothing in common with the offer */
  protected async takeAnswer(answer: AudioDescription | null): Promise<boolean> {
    const codec = answer?.codecs.find((one) => this.codecs.includes(one));
    if (answer === null || codec === undefined) return false;
    this.connect(await this.openMedia(), answer, codec);
    return true;
  }

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
