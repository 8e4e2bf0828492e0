import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/**
 * Two firms with a line between them over TCP and TLS, in clear and encrypted: one calls the other, whose menu and people it reaches. Both
 * switches are FreeSWITCH; the lab's speaks UDP alone.
 */
const isFreeSwitch = process.env["HOTLINE_E2E_SWITCH"] === "freeswitch";
let caller: Site;
let called: Site;
let anna: ScriptedPhone;
let bela: ScriptedPhone;

describe.runIf(isFreeSwitch)("a line to another firm", () => {
  beforeAll(async () => {
    [caller, called] = [await Site.open({ operators: ["101"] }), await Site.open({ operators: ["201"] })];
    [anna, bela] = [await caller.operator("101"), await called.operator("201")];
  }, 120_000);
  afterAll(async () => {
    await caller?.close();
    await called?.close();
  });

  const line = (port: number, more: Record<string, unknown>) => ({
    ...{ name: "To the other firm", kind: "city", mode: "ip-peer", server: "127.0.0.1", port },
    outgoing: { numberFormat: "national", prefix: "", callerId: "own-number" },
    ...more,
  });

  test.each([
    ["TCP, in clear", "tcp", "off"],
    ["TCP, encrypted sound", "tcp", "required"],
    ["TLS, in clear", "tls", "off"],
    ["TLS, encrypted sound where the other can", "tls", "optional"],
    ["TLS, encrypted sound or none", "tls", "required"],
  ])(
    "%s: the menu is heard, a key arrives, and both hear each other",
    async (_, transport, srtp) => {
      const port = transport === "tls" ? called.trunkTlsPort : called.trunkPort;
      const { trunkId } = await caller.panel.post<{ trunkId: number }>("/trunks", line(port, { transport, srtp }));
      const call = await anna.call("0322112233");
      await call.ear.hears(toneOf("greeting"), { timeoutMs: 15_000 });
      await call.pressKey("1");
      const ringing = await bela.incoming.next();
      ringing.answer();
      await converse(call, ringing);
      // As the firm that is called sees it.
      const [leg = ""] = /[0-9a-f-]{36}/.exec(await called.askSwitch("show channels like external")) ?? [];
      const protocol = await called.askSwitch(`uuid_getvar ${leg} sip_via_protocol`);
      expect(protocol.trim()).toBe(transport);
      const crypto = (await called.askSwitch(`uuid_getvar ${leg} rtp_has_crypto`)).trim();
      if (srtp === "off") expect(crypto).toBe("_undef_");
      else expect(crypto).toMatch(/^A(ES|EAD)/);
      await call.hangUp();
      await ringing.until("ended");
      const logged = await until("the call is in the log", async () => {
        const { calls } = await caller.panel.get<{ calls: { callId: string; outcome: string | null }[] }>(
          "/calls?limit=1",
        );
        return calls[0]?.outcome ? await caller.panel.get<LoggedCall>(`/calls/${calls[0].callId}`) : null;
      });
      expect(logged).toMatchObject({ outcome: "talked", trunkName: "To the other firm" });
      await caller.panel.delete(`/trunks/${trunkId}`);
    },
    60_000,
  );
});
