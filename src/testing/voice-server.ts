/** A voice behind HTTP on loopback, with every way in which such a server can go wrong. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wavHeader } from "../recordings/wav-file.ts";

const HUGE_BYTES = 10 * 1024 * 1024;
const RATE = 16_000;

export type VoiceWay = "well" | "never" | "error" | "huge" | "text-as-wav" | "html" | "redirect" | "drip";

export class VoiceServer {
  way: VoiceWay = "well";
  /** What was posted, with the header that says who asks. */
  readonly asked: { text: string; language: string; voice: string | null; authorization: string | null }[] = [];
  /** How many answers were given up by whoever asked. */
  givenUp = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<VoiceServer> {
    const server = createServer((request, response) => {
      voice.#take(request, response).catch(() => response.destroy());
    });
    const voice = new VoiceServer(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return voice;
  }

  /** As the list of allowed servers names it. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/speak`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.closeAllConnections();
    this.#server.close();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString("utf8")) as Omit<
      (typeof this.asked)[number],
      "authorization"
    >;
    this.asked.push({ ...body, authorization: request.headers.authorization ?? null });
    response.on("close", () => {
      if (!response.writableFinished) this.givenUp += 1;
    });
    switch (this.way) {
      case "well":
        response.setHeader("Content-Type", "audio/wav").end(spoken(body.text, body.voice ?? ""));
        return;
      case "never":
        return;
      case "drip":
        response.setHeader("Content-Type", "audio/wav").write("RIFF");
        return;
      case "error":
        response.writeHead(500, { "Content-Type": "application/json" }).end('{"error":"out of memory"}');
        return;
      case "huge":
        response.setHeader("Content-Type", "audio/wav").end(Buffer.alloc(HUGE_BYTES));
        return;
      case "text-as-wav":
        response.setHeader("Content-Type", "audio/wav").end("Dear customer, your credit is used up.");
        return;
      case "html":
        response.setHeader("Content-Type", "text/html").end("<h1>It works!</h1>");
        return;
      case "redirect":
        response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end();
    }
  }
}

/** A tone for each text and voice, a tenth of a second for each letter. */
function spoken(text: string, voice: string): Buffer {
  const hertz = 300 + Buffer.from(`${text} ${voice}`).reduce((sum, byte) => (sum * 31 + byte) % 1_500, 0);
  const count = Math.min(40, Math.max(5, text.length)) * (RATE / 10);
  const samples = Buffer.alloc(count * 2);
  for (let at = 0; at < count; at++)
    samples.writeInt16LE(Math.round(9_000 * Math.sin((2 * Math.PI * hertz * at) / RATE)), at * 2);
  return Buffer.concat([wavHeader(RATE, 1, samples.length), samples]);
}
