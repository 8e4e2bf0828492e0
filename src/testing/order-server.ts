/** A shop's order system on loopback, with every way in which such a server can go wrong. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const HUGE_BYTES = 10 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;
const DRIP_MS = 50;

export class OrderServer {
  /** Paths that were asked for, in their order. */
  readonly asked: string[] = [];
  /** Bodies that were posted. */
  readonly posted: string[] = [];
  /** How many requests of the ways that never end were given up by whoever asked. */
  givenUp = 0;
  readonly #server: Server;
  #holding: ServerResponse[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<OrderServer> {
    const server = createServer((request, response) => {
      orders.#take(request, response).catch(() => response.destroy());
    });
    const orders = new OrderServer(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return orders;
  }

  /** As a look-up's address and the list of allowed servers name it. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  url(path: string): string {
    return `http://${this.host}${path}`;
  }

  /** Those who wait at `/held` get their answer. */
  letGo(): void {
    for (const response of this.#holding.splice(0)) json(response, ORDER);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.closeAllConnections();
    this.#server.close();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    this.asked.push(pathname);
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    if (request.method === "POST") this.posted.push(Buffer.concat(pieces).toString("utf8"));
    switch (pathname.split("/")[1]) {
      case "order":
        return json(response, { ...ORDER, number: pathname.split("/")[2] });
      case "values":
        return json(response, VALUES);
      case "missing":
        return json(response, { error: "the order has no number" });
      case "text":
        response.setHeader("Content-Type", "application/json").end("<h1>It works!</h1>");
        return;
      case "redirect":
        response.writeHead(302, { Location: this.url("/order/1") }).end();
        return;
      case "switching":
        response.writeHead(101, { Connection: "Upgrade", Upgrade: "websocket" }).end();
        return;
      case "huge":
        return json(response, { ...ORDER, padding: "x".repeat(HUGE_BYTES) });
      case "endless":
        return this.#pour(response);
      case "never":
        response.on("close", () => this.#count(response));
        return;
      case "drip":
        return this.#drip(response);
      case "held":
        this.#holding.push(response);
        return;
      default:
        response.writeHead(404).end();
    }
  }

  /** One byte after the other, for ever. */
  #drip(response: ServerResponse): void {
    response.write('{"number":"');
    const timer = setInterval(() => response.write("1"), DRIP_MS);
    response.on("close", () => {
      clearInterval(timer);
      this.#count(response);
    });
  }

  /** As fast as it is taken, for ever. */
  #pour(response: ServerResponse): void {
    const more = () => {
      while (response.writable && response.write(" ".repeat(PIECE_BYTES)));
    };
    response.on("drain", more);
    response.on("close", () => this.#count(response));
    more();
  }

  #count(response: ServerResponse): void {
    if (!response.writableFinished) this.givenUp += 1;
  }
}

const ORDER = { number: "4711", state: "ready" };
const VALUES = {
  price: 12.5,
  count: 42,
  day: "2027-03-08",
  hour: "14:30",
  word: "soon",
};

function json(response: ServerResponse, body: unknown): void {
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
}
