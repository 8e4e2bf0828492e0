import type { sip as Sip } from "sip";
import { afterEach, describe, expect, it } from "vitest";
import { SdpOrigin } from "../media/sdp.ts";
import { SipDialog } from "../media/sip-dialog.ts";
import { type HostPort, SipEndpoint } from "../media/sip-endpoint.ts";
import { Arrivals } from "./condition.ts";
import { ScriptedPhone } from "./phone.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0)) await part.close();
});

const SDP = new SdpOrigin().write({
  address: "127.0.0.1",
  port: 9,
  codecs: [8],
  telephoneEventType: 101,
  direction: "sendrecv",
});

/** The other side of the wire, message by message. */
async function peer(): Promise<{
  endpoint: SipEndpoint;
  arrived: Arrivals<{ request: Sip.Request; source: HostPort }>;
}> {
  const arrived = new Arrivals<{ request: Sip.Request; source: HostPort }>("a request");
  const endpoint = await SipEndpoint.open({ onRequest: (request, source) => arrived.add({ request, source }) });
  open.push(endpoint);
  return { endpoint, arrived };
}

async function phone(): Promise<ScriptedPhone> {
  const opened = await ScriptedPhone.open();
  open.unshift({ close: () => opened.drop() });
  return opened;
}

function ok(endpoint: SipEndpoint, invite: Sip.Request): void {
  const contact = [{ uri: `sip:peer@127.0.0.1:${endpoint.port}`, params: {} }];
  endpoint.respond(invite, 200, "OK", { headers: { contact, "content-type": "application/sdp" }, content: SDP });
}

describe("a call on the wire", () => {
  it("acknowledges each repeat of a 2xx, and says BYE when it had given up before it came", async () => {
    const [{ endpoint, arrived }, from] = [await peer(), await phone()];
    const call = await from.call(`sip:x@127.0.0.1:${endpoint.port}`);
    const { request: invite, source } = await arrived.next();
    SipDialog.ofRequest(invite, source);
    endpoint.respond(invite, 180, "Ringing");
    await call.until("ringing");
    const hangingUp = call.hangUp();
    expect((await arrived.next()).request.method).toBe("CANCEL");
    // It picked up at the same moment, and our 200 is repeated as if the ACK had been lost.
    ok(endpoint, invite);
    const [ack, bye] = [(await arrived.next()).request, (await arrived.next()).request];
    expect([ack.method, bye.method]).toEqual(["ACK", "BYE"]);
    expect(ack.headers.cseq.seq).toBe(invite.headers.cseq.seq);
    ok(endpoint, invite);
    expect((await arrived.next()).request.method).toBe("ACK");
    endpoint.respond(bye, 200, "OK");
    await hangingUp;
    expect(call.endCause).toMatchObject({ by: "us", status: null });
  });

  it("repeats its 2xx until the ACK, and says BYE only after it", async () => {
    const [{ endpoint, arrived }, to] = [await peer(), await phone()];
    const dialog = new SipDialog({
      callId: "wire-1",
      local: { uri: "sip:peer@127.0.0.1", params: { tag: "p" } },
      remote: { uri: to.uri, params: {} },
      target: to.uri,
      peer: to.address,
    });
    const contact = [{ uri: `sip:peer@127.0.0.1:${endpoint.port}`, params: {} }];
    // Without an offer: the phone makes one in its 2xx, and our answer goes into the ACK.
    const invite = dialog.request("INVITE", { headers: { contact } });
    const answers = new Arrivals<Sip.Response>("a final response");
    endpoint.request(invite, to.address, (response) => {
      if (response.status >= 200) answers.add(response);
    });
    const call = await to.incoming.next();
    call.answer();
    const answer = await answers.next();
    expect(answer.content).toContain("m=audio");
    dialog.learn(answer);
    const hangingUp = call.hangUp();
    expect((await answers.next()).status).toBe(200);
    expect(arrived.waiting).toBe(0);
    endpoint.acknowledge(dialog.request("ACK", { sdp: SDP }, 1), to.address);
    const { request: bye } = await arrived.next();
    expect(bye.method).toBe("BYE");
    expect(call.remoteAudio).toMatchObject({ port: 9, codecs: [8] });
    endpoint.respond(bye, 200, "OK");
    await hangingUp;
    expect(to.liveCalls).toEqual([]);
  });

  it("takes an early CANCEL, a merged INVITE and unknown calls as the RFC has it", async () => {
    const [{ endpoint }, to] = [await peer(), await phone()];
    const make = (callId: string) =>
      new SipDialog({
        callId,
        local: { uri: "sip:peer@127.0.0.1", params: { tag: "p" } },
        remote: { uri: to.uri, params: {} },
        target: to.uri,
        peer: to.address,
      });
    const final = (request: Sip.Request) =>
      new Promise<number>((resolve) => {
        endpoint.request(request, to.address, ({ status }) => {
          if (status >= 200) resolve(status);
        });
      });
    const dialog = make("wire-2");
    const invite = dialog.request("INVITE", { sdp: SDP });
    const refused = final(invite);
    // In the same datagram burst as its INVITE: the phone is still opening its port.
    setImmediate(() => endpoint.cancel(invite, to.address));
    expect(await refused).toBe(487);
    const ringing = make("wire-3");
    const first = final(ringing.request("INVITE", { sdp: SDP }));
    const call = await to.incoming.next().then(() => to.incoming.next());
    expect(await final(ringing.request("INVITE", { sdp: SDP }))).toBe(482);
    call.reject(480);
    expect(await first).toBe(480);
    expect(await final(make("wire-4").request("BYE"))).toBe(481);
    expect(await final(make("wire-5").request("OPTIONS"))).toBe(200);
    expect(await final(make("wire-6").request("PUBLISH"))).toBe(405);
  });
});
