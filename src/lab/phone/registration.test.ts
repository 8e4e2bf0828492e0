import type { sip as Sip } from "sip";
import sip from "sip";
import digest, { type DigestContext } from "sip/digest.js";
import { afterEach, describe, expect, it } from "vitest";
import { type HostPort, SipEndpoint } from "../media/sip-endpoint.ts";
import { ScriptedPhone } from "./phone.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0)) await part.close();
});

/** A registrar that challenges with digest and keeps contacts; it also challenges INVITEs (407) and then says 486. */
async function registrar(
  password: string,
): Promise<{ server: HostPort; contacts: Map<string, string>; methods: string[] }> {
  const contacts = new Map<string, string>();
  const methods: string[] = [];
  const sessions = new Map<string, DigestContext>();
  const onRequest = (request: Sip.Request) => {
    if (request.method === "ACK") return;
    methods.push(request.method);
    const isProxy = request.method !== "REGISTER";
    const headers = request.headers[isProxy ? "proxy-authorization" : "authorization"];
    const session = sessions.get(request.headers["call-id"]);
    const credentials = { user: "100", password };
    if (headers === undefined || session === undefined) {
      const fresh: DigestContext = { realm: "hotline", proxy: isProxy, qop: "auth" };
      sessions.set(request.headers["call-id"], fresh);
      const challenge = digest.challenge(fresh, sip.makeResponse(request, isProxy ? 407 : 401, "Who are you?"));
      endpoint.respond(request, challenge.status, challenge.reason, { headers: challenge.headers });
    } else if (!digest.authenticateRequest(session, request, credentials)) endpoint.respond(request, 403, "Forbidden");
    else if (isProxy) endpoint.respond(request, 486, "Busy Here");
    else {
      const contact = (request.headers.contact as Sip.Aor[])[0]?.uri as string;
      if (request.headers["expires"] === "0") contacts.delete("100");
      else contacts.set("100", contact);
      endpoint.respond(request, 200, "OK", { headers: { contact: request.headers.contact } });
    }
  };
  const endpoint = await SipEndpoint.open({ onRequest });
  open.push(endpoint);
  return { server: { address: endpoint.address, port: endpoint.port }, contacts, methods };
}

describe("registration", () => {
  it("answers the challenge, registers again with the same nonce, and leaves", async () => {
    const { server, contacts, methods } = await registrar("secret");
    const phone = await ScriptedPhone.open({ server, user: "100", password: "secret", domain: "hotline" });
    open.push(phone);
    await phone.register();
    expect(contacts.get("100")).toBe(phone.uri);
    await phone.register();
    expect(methods).toEqual(["REGISTER", "REGISTER", "REGISTER"]);
    await phone.unregister();
    expect(contacts.size).toBe(0);
  });

  it("tells a wrong password, and does not try for ever", async () => {
    const { server, methods } = await registrar("secret");
    const phone = await ScriptedPhone.open({ server, user: "100", password: "wrong" });
    open.push(phone);
    await expect(phone.register()).rejects.toMatchObject({ reason: "refused", status: 403 });
    expect(methods.length).toBe(2);
    const stranger = await ScriptedPhone.open({ server, user: "100" });
    open.push(stranger);
    await expect(stranger.register()).rejects.toMatchObject({ reason: "refused", status: 401 });
    await expect(phone.call("12", {}).then((call) => call.until("talking"))).rejects.toMatchObject({ status: 403 });
  });

  it("answers the challenge of a call", async () => {
    const { server, methods } = await registrar("secret");
    const phone = await ScriptedPhone.open({ server, user: "100", password: "secret", domain: "hotline" });
    open.push(phone);
    const call = await phone.call("101");
    await call.until("ended");
    expect(call.endCause).toMatchObject({ by: "them", status: 486 });
    expect(methods).toEqual(["INVITE", "INVITE"]);
  });
});
