import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SwitchState } from "../calls/switch-port.ts";
import { until } from "../testing/until.ts";
import { EslConnection } from "./esl-connection.ts";
import { EventSocket } from "./event-socket.ts";

const SECRET = "secret";

interface Command {
  line: string;
  headers: Record<string, string>;
}

/** The other end of the wire: speaks the event socket's frames byte by byte, as the test says. */
class Wire {
  readonly server: Server;
  readonly sockets: Socket[] = [];
  readonly commands: Command[] = [];
  guardAnswers = true;
  answer: (command: Command, socket: Socket) => void = () => undefined;
  port = 0;

  constructor() {
    this.server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on("error", () => socket.destroy());
      socket.write("Content-Type: auth/request\n\n");
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("utf8");
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          this.#take(text.slice(0, end), socket);
          text = text.slice(end + 2);
        }
      });
    });
  }

  async listen(port = 0): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    if (address !== null && typeof address === "object") this.port = address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }

  reply(socket: Socket, text: string): void {
    socket.write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
  }

  event(socket: Socket, event: Record<string, string>): Buffer {
    const body = Buffer.from(JSON.stringify(event));
    const frame = Buffer.concat([
      Buffer.from(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n`),
      body,
    ]);
    socket.write(frame);
    return frame;
  }

  #take(text: string, socket: Socket): void {
    const [line = "", ...rest] = text.split("\n");
    const headers = Object.fromEntries(rest.map((each) => each.split(": ") as [string, string]));
    const command = { line, headers };
    this.commands.push(command);
    if (line.startsWith("auth ")) this.reply(socket, line === `auth ${SECRET}` ? "+OK accepted" : "-ERR invalid");
    else if (line === "api version") this.api(socket, "FreeSWITCH Version 1.11.1-release~64bit ( 64bit)\n");
    else if (line.startsWith("event json")) this.reply(socket, "+OK event listener enabled json");
    else if (line.startsWith("filter ")) this.reply(socket, "+OK filter added.");
    else if (line === "sendevent CUSTOM") {
      this.reply(socket, "+OK");
      if (this.guardAnswers) this.guard(socket, "up", headers["Hotline-Boot"] ?? "");
    } else this.answer(command, socket);
  }

  api(socket: Socket, text: string): void {
    socket.write(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`);
  }

  guard(socket: Socket, state: string, boot: string): void {
    const event = { "Event-Name": "CUSTOM", "Event-Subclass": "hotline::guard", "Hotline-State": state };
    this.event(socket, { ...event, "Hotline-Boot": boot });
  }
}

let wire: Wire;
beforeEach(async () => {
  wire = new Wire();
  await wire.listen();
});
afterEach(() => wire.close());

describe("a connection", () => {
  async function open(secret = SECRET) {
    const connection = new EslConnection({ host: "127.0.0.1", port: wire.port, secret });
    const events: unknown[] = [];
    connection.onEvent = (json) => events.push(JSON.parse(json));
    await connection.open(2000);
    return { connection, events, socket: wire.sockets[0] as Socket };
  }

  test("survives a reply with a lone percent sign, and gives it as it came", async () => {
    const { connection } = await open();
    wire.answer = (_, socket) => wire.reply(socket, "-ERR 100% no");
    await expect(connection.command("sendmsg x", null, 1000)).resolves.toBe("-ERR 100% no");
    wire.answer = (_, socket) => wire.reply(socket, "+OK %41");
    await expect(connection.command("sendmsg x", null, 1000)).resolves.toBe("+OK A");
    connection.close();
  });

  test("puts events together from pieces, Georgian letters cut in the middle and all", async () => {
    const { connection, events, socket } = await open();
    const event = { "Event-Name": "CHANNEL_PARK", "Caller-Caller-ID-Name": 'გიორგი "100%" ${x}', _body: "ა" };
    const frame = wire.event(socket, event);
    await until("the event in one piece", () => events.length === 1);
    for (let at = 0; at < frame.length; at++) {
      socket.write(frame.subarray(at, at + 1));
      if (at % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until("the event in pieces", () => events.length === 2);
    expect(events).toEqual([event, event]);
    connection.close();
  });

  test("takes 3,000 events that come at once", async () => {
    const { connection, events, socket } = await open();
    const body = JSON.stringify({ "Event-Name": "DTMF", pad: "x".repeat(500) });
    socket.write(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body}`.repeat(3000));
    await until("all of them", () => events.length >= 3000);
    expect(events).toHaveLength(3000);
    connection.close();
  });

  test("gives each reply to its own asker, also after one that came too late", async () => {
    const { connection } = await open();
    const late: (() => void)[] = [];
    wire.answer = ({ line }, socket) => {
      if (line === "api slow") late.push(() => wire.api(socket, "slow"));
      else late.push(() => wire.api(socket, "quick"));
    };
    const slow = connection.api("slow", 50);
    const quick = connection.api("quick", 2000);
    await expect(slow).rejects.toMatchObject({ reason: "timeout" });
    for (const answer of late) answer();
    await expect(quick).resolves.toBe("quick");
    connection.close();
  });

  test("rejects all that wait when it is lost, 40 of them", async () => {
    const { connection, socket } = await open();
    const lost: unknown[] = [];
    connection.onLost = (error) => lost.push(error);
    const waiting = Array.from({ length: 40 }, (_, i) =>
      i % 2 ? connection.api(`x${i}`, 5000) : connection.command("sendmsg x", null, 5000),
    );
    const results = Promise.allSettled(waiting);
    socket.resetAndDestroy();
    for (const result of await results) {
      expect(result).toMatchObject({ status: "rejected", reason: { reason: "socket-lost" } });
    }
    expect(lost).toHaveLength(1);
    await expect(connection.api("x", 1000)).rejects.toMatchObject({ reason: "socket-lost" });
  });

  test("sends a command in one piece and refuses line breaks in it", async () => {
    const { connection } = await open();
    wire.answer = (_, socket) => wire.reply(socket, "+OK");
    await connection.command("sendmsg x", { "call-command": "execute", "execute-app-name": "answer" }, 1000);
    expect(wire.commands.at(-1)).toEqual({
      line: "sendmsg x",
      headers: { "call-command": "execute", "execute-app-name": "answer" },
    });
    const unsafe = { reason: "unsafe-argument" };
    await expect(connection.api("status\n\napi shutdown", 1000)).rejects.toMatchObject(unsafe);
    await expect(connection.command("sendmsg x", { a: "b\nc: d" }, 1000)).rejects.toMatchObject(unsafe);
    expect(wire.commands.some(({ line }) => line.includes("shutdown"))).toBe(false);
    connection.close();
  });

  test("names why it could not be made", async () => {
    await expect(open("another")).rejects.toMatchObject({ reason: "wrong-secret" });
    const { port } = wire;
    await wire.close();
    const refused = new EslConnection({ host: "127.0.0.1", port, secret: SECRET });
    await expect(refused.open(1000)).rejects.toMatchObject({ reason: "refused" });
  });
});

describe("the daemon's socket", () => {
  const sockets: EventSocket[] = [];
  afterEach(async () => {
    await Promise.all(sockets.splice(0).map((socket) => socket.stop()));
  });

  function connect(secret = SECRET) {
    const lines: string[] = [];
    const write = (_: unknown, words: string) => void lines.push(words);
    const log = { info: write, warn: write } as never;
    const socket = new EventSocket({ host: "127.0.0.1", port: wire.port, secret, log });
    sockets.push(socket);
    const states: SwitchState[] = [];
    socket.onState((state) => states.push(state));
    socket.start();
    const names = () => states.map((state) => (state.name === "connected" ? "connected" : state.reason));
    return { socket, names, lines };
  }

  test("counts as connected only when the guard has heard it", async () => {
    wire.guardAnswers = false;
    const { socket, names } = connect();
    await until("heartbeats", () => wire.commands.filter(({ line }) => line === "sendevent CUSTOM").length >= 2);
    expect(socket.state).toMatchObject({ name: "disconnected", reason: "starting" });
    const boot = wire.commands.findLast(({ line }) => line === "sendevent CUSTOM")?.headers["Hotline-Boot"] ?? "";
    wire.guard(wire.sockets[0] as Socket, "up", "of another daemon");
    wire.guard(wire.sockets[0] as Socket, "up", boot);
    await until("connected", () => socket.state.name === "connected");
    expect(names()).toEqual(["connected"]);
    expect(socket.state).toMatchObject({ software: "FreeSWITCH 1.11.1" });
    // Events were asked for before the first heartbeat, or the guard's answer could be missed.
    const order = wire.commands.map(({ line }) => line.split(" ").slice(0, 2).join(" "));
    expect(order.lastIndexOf("event json")).toBeLessThan(order.indexOf("sendevent CUSTOM"));
    expect(order.lastIndexOf("filter Application")).toBeLessThan(order.indexOf("sendevent CUSTOM"));
  });

  test("comes back after a loss with another boot id, and says each change once", async () => {
    const { socket, names, lines } = connect();
    await until("connected", () => socket.state.name === "connected");
    const { port } = wire;
    const boots = () => new Set(wire.commands.flatMap(({ headers }) => headers["Hotline-Boot"] ?? []));
    expect(boots().size).toBe(1);
    const [first] = boots();
    await wire.close();
    await until("refused, after some tries", () => names().at(-1) === "refused");
    await expect(socket.api("status")).rejects.toMatchObject({ reason: "socket-lost" });
    // Tries that fail are no news.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(lines).toHaveLength(3);
    wire = new Wire();
    await wire.listen(port);
    await until("connected again", () => socket.state.name === "connected");
    expect(boots().has(first ?? "")).toBe(false);
    expect(names()).toEqual(["connected", "lost", "refused", "connected"]);
    expect(lines).toHaveLength(4);
  });

  test("names a wrong secret and keeps trying", async () => {
    const { names } = connect("another");
    await until("three tries", () => wire.commands.filter(({ line }) => line === "auth another").length >= 3);
    expect(names()).toEqual(["wrong-secret"]);
  });

  test("rejects jobs whose end it cannot hear any more, and those that take too long", async () => {
    const { socket } = connect();
    await until("connected", () => socket.state.name === "connected");
    wire.answer = (command, at) => wire.reply(at, `+OK Job-UUID: ${command.headers["Job-UUID"]}`);
    const slow = socket.job("originate x", 50);
    await slow.accepted;
    await expect(slow.result).rejects.toMatchObject({ reason: "timeout" });
    const job = socket.job("originate x", 5000);
    const result = Promise.allSettled([job.result]);
    await job.accepted;
    wire.sockets[0]?.destroy();
    expect(await result).toMatchObject([{ status: "rejected", reason: { reason: "socket-lost" } }]);
    const none = socket.job("originate x", 5000);
    await expect(none.accepted).rejects.toMatchObject({ reason: "socket-lost" });
    await expect(none.result).rejects.toMatchObject({ reason: "socket-lost" });
  });

  test("who waits for a job's result alone hears of a loss before it was taken, and the process lives", async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on("unhandledRejection", hear);
    try {
      const { socket } = connect();
      await until("connected", () => socket.state.name === "connected");
      const { result } = socket.job("uuid_bridge x y", 5000);
      const lost = Promise.allSettled([result]);
      await until("it was asked", () => wire.commands.some(({ line }) => line === "bgapi uuid_bridge x y"));
      wire.sockets.at(-1)?.destroy();
      expect(await lost).toMatchObject([{ status: "rejected", reason: { reason: "socket-lost" } }]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(unheard).toEqual([]);
    } finally {
      process.off("unhandledRejection", hear);
    }
  });

  test("gives each job its own result, in whatever order they end", async () => {
    const { socket } = connect();
    await until("connected", () => socket.state.name === "connected");
    const ids: string[] = [];
    wire.answer = (command, at) => {
      ids.push(command.headers["Job-UUID"] ?? "");
      wire.reply(at, "+OK");
    };
    const [one, two] = [socket.job("a", 2000), socket.job("b", 2000)];
    await Promise.all([one.accepted, two.accepted]);
    for (const id of ids.toReversed()) {
      wire.event(wire.sockets[0] as Socket, { "Event-Name": "BACKGROUND_JOB", "Job-UUID": id, _body: `+OK ${id}\n` });
    }
    await expect(Promise.all([one.result, two.result])).resolves.toEqual(ids.map((id) => `+OK ${id}`));
  });

  test("knows itself disconnected when the guard did not hear it, until it does", async () => {
    const { socket, names } = connect();
    await until("connected", () => socket.state.name === "connected");
    const boot = wire.commands.findLast(({ line }) => line === "sendevent CUSTOM")?.headers["Hotline-Boot"] ?? "";
    wire.guard(wire.sockets[0] as Socket, "down", boot);
    await until("connected again", () => names().length >= 3);
    expect(names()).toEqual(["connected", "lost", "connected"]);
    expect(wire.sockets).toHaveLength(1);
  });

  test("drops what is not JSON, says so, and goes on", async () => {
    const { socket, lines } = connect();
    const heard: string[] = [];
    socket.onEvent((event) => heard.push(event["Event-Name"] ?? ""));
    await until("connected", () => socket.state.name === "connected");
    const wireSocket = wire.sockets[0] as Socket;
    wireSocket.write("Content-Length: 3\nContent-Type: text/event-json\n\n{x}");
    wire.event(wireSocket, { "Event-Name": "DTMF" });
    await until("the event behind it", () => heard.length === 1);
    expect(lines.filter((line) => line.includes("not JSON"))).toHaveLength(1);
    expect(socket.state.name).toBe("connected");
  });

  test("is not taken down by a listener that throws", async () => {
    const { socket, lines } = connect();
    const heard: string[] = [];
    socket.onEvent(() => {
      throw new Error("a fault of one call");
    });
    socket.onEvent((event) => heard.push(event["Event-Name"] ?? ""));
    await until("connected", () => socket.state.name === "connected");
    wire.event(wire.sockets[0] as Socket, { "Event-Name": "DTMF" });
    await until("the other listener", () => heard.length === 1);
    expect(lines.at(-1)).toContain("not handled");
    expect(socket.state.name).toBe("connected");
  });
});
