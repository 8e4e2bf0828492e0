import type { sip as Sip } from "sip";
import type { Codec } from "../media/g711.ts";
import type { AudioDescription } from "../media/sdp.ts";
import type { SipDialog } from "../media/sip-dialog.ts";
import type { Channel } from "./channel.ts";
import { causeOfStatus, type HangupCause, reasonOf } from "./hangup-causes.ts";
import { ALLOW, textHeader } from "./sip-headers.ts";
import { audioOf, reasonHeader, SipLeg } from "./sip-leg.ts";
import type { SipProfile } from "./sip-profile.ts";

/** A call that we make. */
export class OutboundLeg extends SipLeg {
  readonly #headers: Record<string, unknown>;
  readonly #sign: ((request: Sip.Request, challenge: Sip.Response) => boolean) | null;
  #invite: Sip.Request | null = null;
  #hasProvisional = false;
  #isAnswered = false;
  #isFinal = false;
  /** Null: not cancelled. */
  #cancelledFor: HangupCause | null = null;
  #patience: NodeJS.Timeout | undefined;

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
    this.#patience = setTimeout(() => {
      if (!this.#hasProvisional && !this.#isAnswered) this.#failed(408, reasonOf(408));
    }, this.profile.transactionMs);
    // Nobody there: no need to wait for a timer.
    this.profile.probe(this.dialog.nextHop, () => this.#unreachable());
  }

  // There is no 180, 183 or 200 of ours to a call that we make.
  ring(): void {}
  async progress(): Promise<void> {}
  async answer(): Promise<void> {}

  end(cause: HangupCause): string | null {
    clearTimeout(this.#patience);
    if (this.#isFinal) return null;
    this.forget();
    if (this.#isAnswered) {
      this.#isFinal = true;
      this.sayBye(cause);
      return "send_bye";
    }
    this.#cancelledFor = cause;
    if (this.#hasProvisional) this.#cancel(cause);
    return "send_cancel";
  }

  receiveAck(): void {}

  #unreachable(): void {
    if (!this.#hasProvisional && !this.#isAnswered) this.#failed(503, reasonOf(503));
  }

  #send(sdp: string, challenge: Sip.Response | null): void {
    const invite = this.dialog.request("INVITE", {
      headers: { allow: ALLOW, ...this.#headers, contact: this.contact },
      sdp,
    });
    if (challenge !== null && this.#sign?.(invite, challenge) !== true) {
      // Nothing to answer the challenge with; FreeSWITCH has a cause of its own for it.
      this.#isFinal = true;
      this.forget();
      this.channel.hangUp("MANDATORY_IE_MISSING", "send_cancel");
      return;
    }
    this.#invite = invite;
    this.profile.endpoint.request(invite, this.dialog.nextHop, (response) => {
      if (this.#invite !== invite) return;
      if (response.status === 401 || response.status === 407) {
        if (challenge === null && this.#cancelledFor === null) this.#send(sdp, response);
        else this.#refused(response);
      } else this.#receive(invite, response);
    });
  }

  #cancel(cause: HangupCause): void {
    if (this.#invite !== null) this.profile.endpoint.cancel(this.#invite, this.dialog.nextHop, reasonHeader(cause));
  }

  #receive(invite: Sip.Request, response: Sip.Response): void {
    clearTimeout(this.#patience);
    if (response.status < 200) {
      const isFirst = !this.#hasProvisional;
      this.#hasProvisional = true;
      if (this.#cancelledFor !== null) {
        if (isFirst) this.#cancel(this.#cancelledFor);
      } else if (response.status > 100) this.#progressed(response);
    } else if (response.status < 300) this.#accepted(invite, response);
    else this.#refused(response);
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
    if (this.#cancelledFor !== null) {
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

  #refused(response: Sip.Response): void {
    const reason = textHeader(response, "reason");
    if (reason !== "") this.channel.setVariable("sip_reason", reason);
    this.#failed(response.status, response.reason);
  }

  #failed(status: number, reason: string): void {
    if (this.#isFinal) return;
    this.#isFinal = true;
    this.forget();
    if (this.#cancelledFor !== null) return;
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
