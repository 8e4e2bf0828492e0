import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

/** Stands between the daemon and the switch, so that a test can cut or refuse the connection as a broken network does. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Socket>();
  readonly #to: number;
  #isRefusing = false;

  private constructor(server: Server, to: number) {
    this.#server = server;
    this.#to = to;
    server.on("connection", (socket) => this.#join(socket));
  }

  static async open(to: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, to);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return address.port;
  }

  /** Cuts what is connected; new connections are taken at once, or refused until `accept`. */
  cut(options: { andRefuse?: boolean } = {}): void {
    this.#isRefusing = options.andRefuse ?? false;
    for (const socket of this.#pairs) socket.destroy();
  }

  accept(): void {
    this.#isRefusing = false;
  }

  async close(): Promise<void> {
    this.cut({ andRefuse: true });
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket): void {
    if (this.#isRefusing) {
      near.destroy();
      return;
    }
    const far = createConnection(this.#to, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#pairs.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#pairs.delete(socket);
        other.destroy();
      });
    }
  }
}
