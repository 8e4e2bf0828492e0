import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { USUAL_OPERATOR } from "../lab/phone/registrar.ts";
import { freeTcpPort, freeUdpPort, withTemporaryDir } from "../testing/temporary.ts";
import { type TestStep, type TrunkToTest, testTrunk } from "./trunk-test.ts";

const account = { user: "auth-7", password: "secret" };

function trunkAt(port: number, over: Partial<TrunkToTest> = {}): TrunkToTest {
  const { transport = "udp" } = over;
  return {
    ...{ host: "127.0.0.1", port, transport, server: { host: "127.0.0.1", port, transport } },
    ...{ isRegistering: true, user: "995322112233", authUser: "auth-7", fromUser: null, fromDomain: null },
    ...{ password: "secret", codecs: ["PCMA", "PCMU"], srtp: "off", expirySeconds: 300 },
    ...{ callTo: null, callerNumber: null },
    ...over,
  };
}

const brief = (steps: readonly TestStep[]) => steps.map(({ step, verdict, code }) => `${step} ${verdict} ${code}`);
const last = (steps: readonly TestStep[]) => steps.at(-1);

describe("over UDP", () => {
  let operator: ScriptedPhone;
  beforeEach(async () => {
    operator = await ScriptedPhone.open({ user: "operator" });
    operator.operator = { ...USUAL_OPERATOR, account };
  });
  afterEach(() => operator.close());
  const run = async (over: Partial<TrunkToTest> = {}) => await testTrunk(trunkAt(operator.address.port, over));

  test("a line that works is signed in to, and nothing is registered by it", async () => {
    const steps = await run();
    expect(brief(steps)).toEqual(["options good answers", "register good signed-in"]);
    expect(last(steps)?.answer).toMatch(/^SIP\/2\.0 200 OK\n/);
    expect(operator.isRegisteredHere).toBe(false);
    const registers = operator.requests.filter(({ method }) => method === "REGISTER");
    expect(registers).toHaveLength(2);
    for (const { headers } of registers) expect(headers.contact).toBeUndefined();
  });

  test("a line that registered before stays registered", async () => {
    const phone = await ScriptedPhone.open({ server: operator.address, ...account });
    await phone.register();
    expect(operator.isRegisteredHere).toBe(true);
    await run();
    expect(operator.isRegisteredHere).toBe(true);
    await phone.close();
  });

  test.each<[string, Partial<TrunkToTest>, Partial<ScriptedPhone["operator"]>, string]>([
    ["a wrong password", { password: "wrong" }, {}, "register bad wrong-password"],
    ["a wrong name for signing in", { authUser: null }, {}, "register bad wrong-password"],
    [
      "an account that is not known",
      {},
      { register: { status: 404, when: "authorized" } },
      "register bad unknown-account",
    ],
    ["no registrar for us", {}, { register: { status: 403 } }, "register bad not-allowed"],
    [
      "too short a registration",
      {},
      { register: { status: 423, headers: { "min-expires": "600" } } },
      "register bad expiry-too-short",
    ],
    [
      "a server in need",
      {},
      { register: { status: 503, headers: { "retry-after": "30" } } },
      "register bad busy-server",
    ],
    ["a server elsewhere", {}, { register: { status: 302 } }, "register bad moved"],
    ["no registering at all", {}, { account: null }, "register bad refused"],
    ["OPTIONS that are refused, which is an answer", {}, { options: 405 }, "register good signed-in"],
  ])("%s is told", async (_, over, behaviour, expected) => {
    operator.operator = { ...USUAL_OPERATOR, account, ...behaviour };
    const steps = await run(over);
    expect(brief(steps).at(-1)).toBe(expected);
    expect(last(steps)?.answer).toMatch(/^SIP\/2\.0 [0-9]{3} /);
  });

  test("a registrar that wants a contact gets one, for a moment", async () => {
    const asked: boolean[] = [];
    const registrar = operator.operator;
    Object.defineProperty(operator, "operator", {
      get: () => {
        const contact = operator.requests.at(-1)?.headers.contact;
        asked.push(contact !== undefined);
        return contact === undefined ? { ...registrar, register: { status: 400 } } : registrar;
      },
    });
    expect(brief(await run()).at(-1)).toBe("register good signed-in");
    expect(operator.isRegisteredHere).toBe(false);
    expect(asked).toContain(true);
  });

  test("an operator that says nothing is silent, at a port that nobody has it is closed", async () => {
    operator.operator = { ...USUAL_OPERATOR, isSilent: true };
    expect(brief(await run())).toEqual(["options bad silent"]);
    expect(brief(await testTrunk(trunkAt(await freeUdpPort())))).toEqual(["options bad port-closed"]);
  });

  test("names that are none, and name servers that say nothing, are told apart", async () => {
    const server = { host: "no-such-operator.invalid", port: 5060, transport: "udp" as const };
    expect(brief(await run({ host: server.host, server }))).toEqual(["resolve bad no-such-name"]);
    const silent = createSocket("udp4").bind(0, "127.0.0.1");
    await once(silent, "listening");
    const nameServers = [`127.0.0.1:${silent.address().port}`];
    expect(brief(await testTrunk(trunkAt(5060, { host: server.host, server }), { nameServers }))).toEqual([
      "resolve bad name-server-silent",
    ]);
    silent.close();
  });

  test.each<[string, Partial<TrunkToTest>, ScriptedPhone["behaviour"], string]>([
    ["rings, and is let go", {}, { type: "ring" }, "call good rings"],
    ["is picked up at once, and let go", {}, { type: "answer" }, "call good rings"],
    ["is refused for its codecs", {}, { type: "reject", status: 488 }, "call bad codec-refused"],
    ["is forbidden", {}, { type: "reject", status: 403 }, "call bad call-not-allowed"],
    ["meets a number that nobody has", {}, { type: "reject", status: 404 }, "call bad number-not-known"],
    ["finds all lines taken", {}, { type: "reject", status: 503 }, "call bad no-lines"],
  ])("a call that %s", async (_, over, behaviour, expected) => {
    operator.operator = { ...USUAL_OPERATOR, account, challengesCalls: true };
    // A phone rings before it does anything else, unless told so before the call comes.
    operator.behaviour = behaviour;
    const steps = await run({ isRegistering: false, callTo: "599112233", callerNumber: "0322112233", ...over });
    const isRung = behaviour.type === "reject" ? "call good rings" : expected;
    expect([isRung, expected]).toContain(brief(steps).at(-1));
    const call = await operator.incoming.next();
    await call.until("ended");
    expect(call.caller.number).toBe("0322112233");
  });
});

/** Answers over a stream; `answer` gets each request. */
async function streamServer(server: TcpServer, answer: (socket: Socket, request: string) => void) {
  const sockets: Socket[] = [];
  server.on("setSecureContext" in server ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => answer(socket, bytes.toString("latin1")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { port: address.port, close };
}

/** 200 with the headers that belong to the request. */
function ok(request: string, body = ""): string {
  const kept = request.split("\r\n").filter((line) => /^(via|from|to|call-id|cseq)\s*:/i.test(line));
  const type = body === "" ? [] : ["Content-Type: application/sdp"];
  return ["SIP/2.0 200 OK", ...kept, ...type, `Content-Length: ${body.length}`, "", body].join("\r\n");
}

describe("over a stream", () => {
  test("answers in pieces are put together, and codecs compared", async () => {
    const sdp =
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n";
    const server = await streamServer(createTcpServer(), (socket, request) => {
      const answer = ok(request, sdp);
      socket.write(answer.slice(0, 40));
      setTimeout(() => socket.write(answer.slice(40)), 20);
    });
    const steps = await testTrunk(trunkAt(server.port, { transport: "tcp", isRegistering: false }));
    expect(brief(steps)).toEqual(["connect good connected", "options good answers", "codecs bad codec-refused"]);
    expect(last(steps)?.params).toEqual({ ours: "PCMA, PCMU", theirs: "G729" });
    await server.close();
  });

  test("a port that is closed, one that hangs up and one that speaks no TLS are told apart", async () => {
    expect(brief(await testTrunk(trunkAt(await freeTcpPort(), { transport: "tcp" })))).toEqual([
      "connect bad port-closed",
    ]);
    const rude = await streamServer(createTcpServer(), (socket) => socket.destroy());
    const hangsUp = await testTrunk(trunkAt(rude.port, { transport: "tcp" }));
    expect(brief(hangsUp).at(-1)).toBe("options bad closed");
    await rude.close();
    const plain = await streamServer(createTcpServer(), (socket) => socket.write("SIP/2.0 400 Bad Request\r\n\r\n"));
    expect(brief(await testTrunk(trunkAt(plain.port, { transport: "tls" })))).toEqual(["connect bad no-tls"]);
    await plain.close();
  });

  test("a certificate that nobody vouches for is a warning, and the line is tried on", async () => {
    await withTemporaryDir(async (dir) => {
      const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
      const subject = ["-subj", "/CN=operator.test", "-days", "2"];
      await promisify(execFile)("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-keyout", key, "-out", cert, ...subject],
      ]);
      const options = { key: await readFile(key), cert: await readFile(cert) };
      const server = await streamServer(createTlsServer(options), (socket, request) => socket.write(ok(request)));
      const steps = await testTrunk(trunkAt(server.port, { transport: "tls" }));
      expect(brief(steps)).toEqual([
        "connect warning certificate-not-trusted",
        "options good answers",
        "register good signed-in",
      ]);
      expect(steps[0]?.params).toMatchObject({ problem: "DEPTH_ZERO_SELF_SIGNED_CERT" });
      await server.close();
    });
  });
});
