import type { sip as Sip } from "sip";
import type { Codec } from "../media/g711.ts";
import type { AudioDescription } from "../media/sdp.ts";
import type { SipDialog } from "../media/sip-dialog.ts";
import type { Channel } from "./channel.ts";
import type { HangupCause } from "./hangup-causes.ts";
import { ALLOW } from "./sip-headers.ts";
import { audioOf, reasonHeader, SipLeg } from "./sip-leg.ts";
import type { SipProfile } from "./sip-profile.ts";

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

  /** An INVITE without SDP: we offer, the ACK answers (RFC 3261, section 13.2.1). */
  get leavesOffer(): boolean {
    return !this.invite.content;
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
    if (!this.isPending) return;
    const sdp = await (this.leavesOffer ? this.offerSdp() : this.#offer === null ? null : this.answerSdp(this.#offer));
    if (!this.isPending) return;
    // Codecs are negotiated late: only whoever answers finds that there is none in common.
    if (sdp === null) return this.channel.hangUp("INCOMPATIBLE_DESTINATION");
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

  receiveAck(request: Sip.Request): void {
    this.#stopRepeating();
    if (!this.leavesOffer || this.#isFinal) return;
    const taken = this.takeAnswer(audioOf(request.content)).then((isTaken) => {
      if (!isTaken) this.channel.hangUp("INCOMPATIBLE_DESTINATION");
    });
    this.profile.owner.watch(taken);
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
