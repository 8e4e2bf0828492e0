import { SipEndpoint } from "../lab/media/sip-endpoint.ts";

/** The telephone company's side of a line that registers: takes every registration, and counts them. */
export class TrunkRegistrar {
  /** The user of each registration, in their order; those that were taken back are not among them. */
  readonly registered: string[] = [];
  readonly #endpoint: SipEndpoint;

  private constructor(endpoint: SipEndpoint) {
    this.#endpoint = endpoint;
  }

  static async open(): Promise<TrunkRegistrar> {
    const endpoint = await SipEndpoint.open({
      onRequest: (request) => {
        if (request.method !== "REGISTER") return endpoint.respond(request, 405, "Method Not Allowed");
        const { contact, expires, to } = request.headers;
        const user = /^sip:([^@]+)@/.exec(typeof to.uri === "string" ? to.uri : "")?.[1];
        if (expires !== "0" && user !== undefined) registrar.registered.push(user);
        endpoint.respond(request, 200, "OK", { headers: { contact, expires } });
      },
    });
    const registrar = new TrunkRegistrar(endpoint);
    return registrar;
  }

  get port(): number {
    return this.#endpoint.port;
  }

  close(): void {
    this.#endpoint.close();
  }
}
