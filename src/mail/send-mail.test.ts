import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, test } from "vitest";
import { type MailProblem, sendMail } from "./send-mail.ts";

const never = new AbortController().signal;
const mail = {
  from: "box@example.org",
  to: ["owner@example.org", "Nana@Example.org"],
  subject: "ხაზი",
  text: "გათიშულია",
};

/** What comes of a mail by such a server, as somebody set the box up for it. Its certificate is its own. */
async function sent(options: SMTPServerOptions, { secure = false, user }: { secure?: boolean; user?: string } = {}) {
  const server = new SMTPServer({
    authOptional: true,
    onData: (stream, _, done) => {
      stream.resume();
      stream.once("end", () => done());
    },
    ...options,
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  try {
    const smtp = { host: "127.0.0.1", port, user: user ?? null, secure };
    return await sendMail({ smtp, password: "secret" }, mail, never, () => undefined);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const refusing = (address: string, responseCode: number): SMTPServerOptions => ({
  disabledCommands: ["STARTTLS"],
  onRcptTo: (given, _, done) =>
    given.address.toLowerCase() === address || address === "*"
      ? done(Object.assign(new Error("no"), { responseCode }))
      : done(),
});

const noToAll: SMTPServerOptions = { onAuth: (_auth, _session, done) => done(new Error("no")) };

test.each<[string, SMTPServerOptions, { secure?: boolean; user?: string }, MailProblem | null]>([
  ["takes it", { disabledCommands: ["STARTTLS"] }, {}, null],
  ["has a certificate of its own, with STARTTLS", {}, {}, "certificate"],
  ["has a certificate of its own, encrypted from the start", { secure: true }, { secure: true }, "certificate"],
  ["is to be encrypted from the start and is not", {}, { secure: true }, "encryption"],
  [
    "wants another password",
    { ...noToAll, disabledCommands: ["STARTTLS"], allowInsecureAuth: true },
    { user: "box" },
    "sign-in-refused",
  ],
  ["puts everybody off (greylisting)", refusing("*", 450), {}, "server-away"],
  ["knows nobody of them", refusing("*", 550), {}, "refused"],
])("a server that %s", async (_, options, settings, problem) => {
  expect(await sent(options, settings)).toEqual({ problem, refusedFor: [] });
});

test("a server that takes it for some is told from one that takes it for all", async () => {
  expect(await sent(refusing("nana@example.org", 450))).toEqual({ problem: null, refusedFor: ["nana@example.org"] });
});

test("nobody there", async () => {
  const smtp = { host: "127.0.0.1", port: 1, user: null, secure: false };
  expect((await sendMail({ smtp, password: null }, mail, never, () => undefined)).problem).toBe("server-away");
});
