import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

/** A mail server on loopback that wants a password; what it took is kept. */
export class MailServer {
  readonly taken: string[] = [];
  /** Whole mails that reached it, whether it said yes to them or not. */
  asked = 0;
  /** Addresses for which it takes nothing for now (greylisting). */
  readonly deferred = new Set<string>();
  /** For whom it took each mail of `taken`. */
  readonly takenFor: string[][] = [];
  #hold: Promise<void> | null = null;
  #letGo = () => {};
  readonly #server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password }, _, done) => {
      if (username === "box" && password === "a secret: %$") done(null, { user: username });
      else done(new Error("no"));
    },
    onRcptTo: ({ address }, _, done) => {
      if (this.deferred.has(address)) done(Object.assign(new Error("try again later"), { responseCode: 450 }));
      else done();
    },
    onData: (stream, { envelope }, done) => {
      const recipients = envelope.rcptTo.map(({ address }) => address);
      void this.#take(stream, recipients, done);
    },
  });

  async #take(stream: Readable, recipients: string[], done: (error?: Error | null) => void): Promise<void> {
    try {
      const mail = await buffer(stream);
      this.asked += 1;
      await this.#hold;
      this.taken.push(mail.toString("utf8"));
      this.takenFor.push(recipients);
      done();
    } catch (error) {
      // Whoever sent it was killed in the middle.
      done(error as Error);
    }
  }

  async open(): Promise<number> {
    this.#server.on("error", () => undefined);
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server.server, "listening");
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Takes whole mails in, and does not answer until `letGo`. */
  holdBack(): void {
    this.#hold = new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  letGo(): void {
    this.#letGo();
    this.#hold = null;
  }

  async close(): Promise<void> {
    this.letGo();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
