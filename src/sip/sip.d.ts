/** What we use of the package `sip` 0.0.6, which has no types: messages, the transaction layer and digest authentication. */
declare module "sip" {
  namespace sip {
    interface Uri {
      schema?: string;
      user?: string;
      password?: string;
      host: string;
      /** NaN when the URI had none. */
      port?: number;
      params?: Record<string, string | null>;
      headers?: Record<string, string>;
    }

    interface Aor {
      /** As on the wire: with its quotes and backslashes, one character per byte. */
      name?: string | undefined;
      uri: string | Uri;
      params: Record<string, string | null | undefined>;
    }

    interface Via {
      version?: string;
      protocol?: string;
      host?: string;
      port?: number | undefined;
      params: Record<string, string | number | null | undefined>;
    }

    /** One challenge or one set of credentials; values keep their quotes. */
    interface AuthHeader {
      scheme: string;
      [parameter: string]: string | number | undefined;
    }

    interface Headers {
      via: Via[];
      to: Aor;
      from: Aor;
      "call-id": string;
      cseq: { seq: number; method: string };
      contact?: Aor[] | "*";
      route?: Aor[];
      "record-route"?: Aor[];
      "www-authenticate"?: AuthHeader[];
      "proxy-authenticate"?: AuthHeader[];
      authorization?: AuthHeader[];
      "proxy-authorization"?: AuthHeader[];
      "content-type"?: string;
      /** All others are strings as on the wire. */
      [name: string]: unknown;
    }

    interface Request {
      method: string;
      uri: string | Uri;
      version?: string;
      status?: undefined;
      headers: Headers;
      /** One character per byte. */
      content?: string;
    }

    interface Response {
      status: number;
      reason: string;
      version?: string;
      method?: undefined;
      headers: Headers;
      content?: string;
    }

    type Message = Request | Response;

    interface Connection {
      protocol: "UDP";
      send(message: Message): void;
      release(): void;
    }

    interface Transaction {
      /** A message from the wire. `remote` is what tells it from one made here. */
      message?: (message: Message, remote?: unknown) => void;
      send?: (message: Response) => void;
      shutdown(): void;
    }

    interface TransactionLayer {
      createServerTransaction(request: Request, connection: Connection): Transaction;
      /** Puts a branch into the topmost Via (but for CANCEL, which keeps that of its INVITE). */
      createClientTransaction(
        connection: Connection,
        request: Request,
        onResponse: (response: Response) => void,
      ): Transaction;
      getServer(message: Message): Transaction | undefined;
      getClient(message: Message): Transaction | undefined;
      /** Ends all transactions and their timers. */
      destroy(): void;
    }
  }

  const sip: {
    parse(datagram: Buffer): sip.Message | undefined;
    parseUri(uri: string | sip.Uri): sip.Uri | undefined;
    /** A name and an address, from position `i` of `s`. @throws TypeError when there is none */
    parseAOR(data: { s: string; i: number }): sip.Aor;
    stringifyUri(uri: string | sip.Uri): string;
    stringify(message: sip.Message): string;
    generateBranch(): string;
    makeResponse(
      request: sip.Request,
      status: number,
      reason?: string,
      extension?: { headers?: Record<string, unknown>; content?: string },
    ): sip.Response;
    makeTransactionLayer(options: object, transport: unknown): sip.TransactionLayer;
  };
  export default sip;
  export type { sip };
}

declare module "sip/digest.js" {
  import type { sip } from "sip";

  /** Kept between requests: nonce, count, hash. */
  interface DigestContext {
    realm?: string;
    proxy?: boolean;
    nonce?: string;
    nc?: number;
    qop?: string | undefined;
    [key: string]: unknown;
  }
  interface Credentials {
    user: string;
    password?: string;
    /** HA1, instead of the password. */
    hash?: string;
    realm?: string;
  }
  const digest: {
    /** Adds credentials for the challenge in `response` (when given) to `request`. */
    signRequest(
      context: DigestContext,
      request: sip.Request,
      response: sip.Response | undefined,
      credentials: Credentials,
    ): DigestContext | null;
    /** Adds a challenge to a 401 or 407. */
    challenge(context: DigestContext, response: sip.Response): sip.Response;
    authenticateRequest(context: DigestContext, request: sip.Request, credentials: Credentials): boolean;
    calculateUserRealmPasswordHash(user: string, realm: string, password: string): string;
  };
  export default digest;
  export type { Credentials, DigestContext };
}
