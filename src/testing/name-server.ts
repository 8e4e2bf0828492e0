import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export interface ServiceRecord {
  priority: number;
  port: number;
  name: string;
}

const [TYPE_A, TYPE_SRV] = [1, 33];
const TTL_SECONDS = 60;

/** Answers for the names that a test gives it (RFC 1035), and says of all others that there are none. */
export class NameServer {
  /** IPv4 addresses by name. */
  readonly addresses = new Map<string, readonly string[]>();
  /** SRV records (RFC 2782) by name. */
  readonly services = new Map<string, readonly ServiceRecord[]>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (query, { port, address }) => socket.send(this.#answer(query), port, address));
  }

  static async open(): Promise<NameServer> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new NameServer(socket);
  }

  /** As resolvers take it. */
  get at(): string {
    const { address, port }: AddressInfo = this.#socket.address();
    return `${address}:${port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("ascii", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join(".").toLowerCase();
    const type = query.readUInt16BE(at + 1);
    const records = this.#records(name, type);
    const header = Buffer.from(query.subarray(0, 12));
    const isKnown = this.addresses.has(name) || this.services.has(name);
    header.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = records.map((data) => {
      const head = Buffer.alloc(12);
      // The name of the question.
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt32BE(TTL_SECONDS, 6);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
  }

  #records(name: string, type: number): Buffer[] {
    if (type === TYPE_A) return (this.addresses.get(name) ?? []).map((one) => Buffer.from(one.split(".").map(Number)));
    if (type !== TYPE_SRV) return [];
    return (this.services.get(name) ?? []).map(({ priority, port, name: target }) => {
      const head = Buffer.alloc(6);
      head.writeUInt16BE(priority, 0);
      head.writeUInt16BE(port, 4);
      const labels = target.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
      return Buffer.concat([head, ...labels, Buffer.from([0])]);
    });
  }
}
