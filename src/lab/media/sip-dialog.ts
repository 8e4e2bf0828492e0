import { randomBytes } from "node:crypto";
import type { sip as Sip } from "sip";
import { type HostPort, hostPortOf } from "./sip-endpoint.ts";

export function newTag(): string {
  return randomBytes(8).toString("hex");
}

export interface RequestParts {
  headers?: Record<string, unknown>;
  /** An SDP body. */
  sdp?: string;
  /** A body of another kind, with its Content-Type. */
  body?: { type: string; text: string };
}

/** One side's view of a dialog (RFC 3261, section 12): identities, sequence numbers, and where its requests go. */
export class SipDialog {
  readonly callId: string;
  readonly local: Sip.Aor;
  remote: Sip.Aor;
  localSequence = 0;
  #remoteTarget: string | Sip.Uri;
  #routes: Sip.Aor[] = [];
  /** Where the first request goes or came from, whatever its URI says; stands in for a Contact with a host name, too. */
  readonly #peer: HostPort;
  #hasContact = false;

  constructor(init: { callId: string; local: Sip.Aor; remote: Sip.Aor; target: string | Sip.Uri; peer: HostPort }) {
    this.callId = init.callId;
    this.local = init.local;
    this.remote = init.remote;
    this.#remoteTarget = init.target;
    this.#peer = init.peer;
  }

  /** The dialog that an INVITE asks for, seen by its receiver. Gives the request's To our tag, so that every response has it. */
  static ofRequest(request: Sip.Request, source: HostPort): SipDialog {
    request.headers.to.params["tag"] ??= newTag();
    const dialog = new SipDialog({
      callId: request.headers["call-id"],
      local: request.headers.to,
      remote: request.headers.from,
      target: request.headers.from.uri,
      peer: source,
    });
    dialog.#routes = request.headers["record-route"] ?? [];
    dialog.refreshTarget(request);
    return dialog;
  }

  /** A response of the other side to our INVITE gives the dialog its tag, target and route. */
  learn(response: Sip.Response): void {
    if (response.headers.to.params["tag"] === undefined) return;
    this.remote = response.headers.to;
    this.#routes = (response.headers["record-route"] ?? []).toReversed();
    this.refreshTarget(response);
  }

  /** INVITE and UPDATE, and their 2xx, say where the other side is now. */
  refreshTarget(message: Sip.Message): void {
    const { contact } = message.headers;
    if (!Array.isArray(contact) || contact[0] === undefined) return;
    this.#remoteTarget = contact[0].uri;
    this.#hasContact = true;
  }

  get nextHop(): HostPort {
    if (!this.#hasContact) return this.#peer;
    return hostPortOf(this.#routes[0]?.uri ?? this.#remoteTarget) ?? this.#peer;
  }

  /** The next request in this dialog; an ACK carries the number of the INVITE that it is for. */
  request(method: string, { headers = {}, ...parts }: RequestParts = {}, ackOf?: number): Sip.Request {
    const seq = ackOf ?? ++this.localSequence;
    const body = parts.sdp === undefined ? parts.body : { type: "application/sdp", text: parts.sdp };
    return {
      method,
      uri: this.#remoteTarget,
      headers: {
        via: [],
        to: this.remote,
        from: this.local,
        "call-id": this.callId,
        cseq: { seq, method },
        "max-forwards": "70",
        ...(this.#routes.length === 0 ? {} : { route: this.#routes }),
        ...headers,
        ...(body === undefined ? {} : { "content-type": body.type }),
      },
      ...(body === undefined ? {} : { content: body.text }),
    };
  }
}
