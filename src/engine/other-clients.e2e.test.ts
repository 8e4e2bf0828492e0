import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Codec } from "../lab/media/g711.ts";
import { Site, toneOf } from "../testing/site.ts";

/** Gateways, adapters and old exchanges do some things their own way; their callers are callers like any other. */
let site: Site;
beforeAll(async () => {
  site = await Site.open();
});
afterAll(async () => {
  await site.close();
});
afterEach(async () => {
  await site.untilQuiet();
});

const INFORMATION_KEY = "2";

describe("a key by SIP INFO", () => {
  test.each([
    ["application/dtmf-relay", `Signal=${INFORMATION_KEY}\r\nDuration=160\r\n`],
    ["application/dtmf", INFORMATION_KEY],
  ])("%s", async (type, text) => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    const response = await call.request("INFO", { body: { type, text } });
    expect(response.status).toBe(200);
    await call.ear.hears(toneOf("information"));
  });
});

test("an INVITE without SDP: the caller gets our offer, hears the menu, and their keys arrive", async () => {
  const call = await site.callIn({ leavesOffer: true });
  await call.ear.hears(toneOf("menu"));
  await call.pressKey(INFORMATION_KEY);
  await call.ear.hears(toneOf("information"));
});

test.each(["a gateway", "an operator's phone"])(
  "%s that would encrypt, and need not, is served in the clear",
  async (who) => {
    const key = Buffer.alloc(30, 7).toString("base64");
    const options = { sdpLines: [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`] };
    const isGateway = who === "a gateway";
    const call = isGateway ? await site.callIn(options) : await (await site.operator("101")).call("*80", options);
    await call.ear.hears(toneOf("menu"));
    expect(call.remoteAudio).toMatchObject({ direction: "sendrecv" });
    await call.hangUp();
  },
);

test("no codec in common: refused with 488, and the log says that the call failed, not that the caller gave up", async () => {
  const G729 = 18 as Codec;
  const call = await site.callIn({ codecs: [G729] });
  await call.until("ended");
  expect(call.endCause?.status).toBe(488);
  const logged = await site.logged(call.number);
  expect(logged).toMatchObject({ outcome: "failed", talkSeconds: null });
});
