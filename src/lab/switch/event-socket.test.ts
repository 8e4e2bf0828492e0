import { once } from "node:events";
import { connect } from "node:net";
import modesl, { type Event as EslEvent } from "modesl";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../testing/until.ts";
import { EventSocketServer } from "./event-socket-server.ts";
import { EventBus } from "./events.ts";

const SECRET = "a secret";
const events = new EventBus();
const messages: { uuid: string; application: string | undefined }[] = [];
let server: EventSocketServer;
let port: number;

beforeEach(async () => {
  messages.length = 0;
  server = new EventSocketServer(
    {
      events,
      api: (command, args) => {
        if (command === "echo") return args;
        if (command === "slow") return new Promise((resolve) => setTimeout(resolve, 200, "+OK\n"));
        return `-ERR ${command} Command not found!\n`;
      },
      sendMessage: (uuid, { headers }) => {
        messages.push({ uuid, application: headers.get("execute-app-name") });
        return uuid === "there";
      },
      log: () => undefined,
    },
    SECRET,
  );
  port = await server.start("127.0.0.1", 0);
});
afterEach(() => server.stop());

/** All that the server says to these bytes until it has said `last`, or closed. */
async function dialogue(bytes: string, last: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let said = "";
  // Cut off by the server: what it said before is what counts.
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
    if (said.endsWith(last)) socket.end();
  });
  socket.write(bytes);
  await once(socket, "close");
  return said;
}

const LOGIN = "Content-Type: auth/request\n\nContent-Type: command/reply\nReply-Text: +OK accepted\n\n";
const reply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`;

describe("the event socket, byte by byte as FreeSWITCH 1.11.1", () => {
  it("wants the secret first, and shuts the door after a wrong one", async () => {
    expect(await dialogue("status\n\nauth wrong\n\n", "never")).toBe(
      `Content-Type: auth/request\n\n${reply("-ERR command not found")}${reply("-ERR invalid")}` +
        "Content-Type: text/disconnect-notice\nContent-Length: 23\n\nDisconnected, goodbye.\n",
    );
  });

  it.each([
    ["event json CHANNEL_PARK CUSTOM hotline::alive", "+OK event listener enabled json"],
    ["event json NOSUCH", "-ERR no keywords supplied"],
    ["event json", "-ERR no keywords supplied"],
    ["filter Event-Name CHANNEL_PARK", "+OK filter added. [Event-Name]=[CHANNEL_PARK]"],
    ["filter Event-Name", "-ERR invalid syntax"],
    ["noevents", "+OK no longer listening for events"],
    ["nixevent CHANNEL_PARK", "+OK events nixed"],
    ["foo bar", "-ERR command not found"],
    ["sendmsg nosuch\ncall-command: execute\nexecute-app-name: park", "-ERR invalid session id [nosuch]"],
    ["sendmsg there\ncall-command: execute\nexecute-app-name: park", "+OK"],
    ["bgapi echo\nJob-UUID: abc", "+OK Job-UUID: abc\nJob-UUID: abc"],
  ])("%j is answered %j", async (command, text) => {
    expect(await dialogue(`auth ${SECRET}\n\n${command}\n\n`, reply(text))).toBe(LOGIN + reply(text));
  });

  it("counts bytes, not letters, and says so when a command says nothing", async () => {
    const answer = "Content-Type: api/response\nContent-Length: 12\n\nგილი";
    expect(await dialogue(`auth ${SECRET}\n\napi echo გილი\n\n`, answer)).toBe(LOGIN + answer);
    const nothing = "Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n";
    expect(await dialogue(`auth ${SECRET}\r\n\r\napi echo\r\n\r\n`, nothing)).toBe(LOGIN + nothing);
  });

  it("takes commands in pieces, several at once, and bodies", async () => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    socket.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    const bytes = `auth ${SECRET}\n\nevent json CUSTOM a::b\n\nsendevent CUSTOM\nEvent-Subclass: a::b\nX-Thing: 1\ncontent-length: 4\n\n\n\n\n\napi echo x\n\n`;
    for (const byte of bytes) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("the last answer", () => said.includes("api/response"));
    expect(said).toContain('"Event-Subclass":"a::b"');
    expect(said).toContain('"X-Thing":"1"');
    expect(said).toContain('"_body":"\\n\\n\\n\\n"');
    socket.destroy();
  });
});

async function client(): Promise<InstanceType<typeof modesl.Connection>> {
  const connection = new modesl.Connection("127.0.0.1", port, SECRET);
  await new Promise<void>((resolve) => connection.on("esl::ready", () => resolve()));
  // Cut off by the server, which modesl would throw.
  connection.on("error", () => connection.socket?.destroy());
  return connection;
}

describe("the event socket and modesl", () => {
  it("carries events with any text, to those who asked and to no other", async () => {
    const [first, second] = [await client(), await client()];
    const heard: EslEvent[][] = [[], []];
    [first, second].forEach((one, i) => one.on("esl::event::CUSTOM::*", (event: EslEvent) => heard[i]?.push(event)));
    await new Promise((resolve) => first.sendRecv("event json CUSTOM hotline::alive", null, resolve));
    const name = 'გიორგი "O\'Neil" 100% ${system(id)}\n\n,}';
    events.fireCustom("hotline::alive", { Name: name }, "тело\n");
    events.fireCustom("hotline::other", {});
    await until("the event", () => heard[0]?.length === 1);
    expect(heard[0]?.[0]?.getHeader("Name")).toBe(name);
    expect(heard[0]?.[0]?.getBody()).toBe("тело\n");
    await new Promise((resolve) => second.api("echo", "done", resolve));
    expect(heard[1]).toEqual([]);
    for (const connection of [first, second]) connection.socket?.destroy();
  });

  it("sends only what has one of the filters' values, once there are filters", async () => {
    const connection = await client();
    const heard: (string | null)[] = [];
    connection.on("esl::event::CUSTOM::*", (event: EslEvent) => heard.push(event.getHeader("Number") ?? null));
    const say = (command: string) => new Promise((resolve) => connection.sendRecv(command, null, resolve));
    await say("event json CUSTOM a::b c::d");
    events.fireCustom("a::b", { Number: "1" });
    await say("filter Event-Subclass c::d");
    events.fireCustom("a::b", { Number: "2" });
    await say("filter Number 3");
    for (const Number of ["3", "4"]) events.fireCustom("a::b", { Number });
    events.fireCustom("c::d", { Number: "5" });
    await until("the last event", () => heard.includes("5"));
    expect(heard).toEqual(["1", "3", "5"]);
    connection.socket?.destroy();
  });

  it("answers a job later and an api in its turn, with events held back meanwhile", async () => {
    const connection = await client();
    const order: string[] = [];
    connection.on("esl::event::BACKGROUND_JOB::*", (event: EslEvent) => order.push(`job ${event.getBody().trim()}`));
    connection.on("esl::event::CUSTOM::*", () => order.push("event"));
    await new Promise((resolve) => connection.sendRecv("event json CUSTOM a::b", null, resolve));
    connection.sendRecv("bgapi slow", { "Job-UUID": "j" }, () => order.push("job taken"));
    connection.api("slow", "", () => order.push("api"));
    connection.api("echo", "x", () => order.push("echo"));
    await until("the job is taken", () => order.includes("job taken"));
    events.fireCustom("a::b", {});
    await until("all", () => order.length === 5);
    expect(order.slice(0, 3)).toEqual(["job taken", "api", "echo"]);
    expect(order.slice(3).sort()).toEqual(["event", "job +OK"]);
    connection.socket?.destroy();
  });

  it("breaks on demand: refuses logins, drops the line", async () => {
    server.refuseLogins = 1;
    const refused = await dialogue(`auth ${SECRET}\n\n`, "never");
    expect(refused).toContain("-ERR invalid");
    const connection = await client();
    const closed = new Promise<void>((resolve) => connection.socket?.once("close", () => resolve()));
    server.dropClients();
    await closed;
  });
});
