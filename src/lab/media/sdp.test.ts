import { describe, expect, it } from "vitest";
import { type AudioDescription, answerTo, mirrored, readSdp, SdpError, SdpOrigin } from "./sdp.ts";

const AUDIO: AudioDescription = {
  address: "127.0.0.1",
  port: 4000,
  codecs: [8, 0],
  telephoneEventType: 101,
  direction: "sendrecv",
};

describe("SDP", () => {
  it("reads what it writes, and counts versions", () => {
    const origin = new SdpOrigin();
    const text = origin.write(AUDIO);
    expect(readSdp(text)).toEqual(AUDIO);
    expect(text).toMatch(/^o=- \d+ 1 IN IP4 127\.0\.0\.1\r$/m);
    expect(origin.write({ ...AUDIO, codecs: [8], telephoneEventType: null, direction: "sendonly" })).toMatch(
      /^o=- \d+ 2 /m,
    );
    expect(readSdp(origin.write({ ...AUDIO, codecs: [8], telephoneEventType: null }))).toMatchObject({ codecs: [8] });
  });

  it("reads an offer of FreeSWITCH, old-style hold and a single payload type", () => {
    const offer = readSdp(
      "v=0\r\no=FreeSWITCH 1 2 IN IP4 10.0.0.1\r\ns=FreeSWITCH\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 102 8 101 13\r\n" +
        "a=rtpmap:102 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
    );
    expect(offer).toEqual({
      address: "10.0.0.1",
      port: 20000,
      codecs: [8],
      telephoneEventType: 101,
      direction: "sendrecv",
    });
    const held = "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 5 RTP/AVP 0\r\n";
    expect(readSdp(held)).toMatchObject({ direction: "inactive", codecs: [0], telephoneEventType: null });
    expect(() => readSdp("")).toThrow(SdpError);
    expect(() => readSdp(held.replace("audio", "video"))).toThrow(SdpError);
  });

  it("answers with the first codec in common, the offered event type and a mirrored direction", () => {
    const own = { address: "127.0.0.1", port: 6, codecs: [8] as const };
    expect(answerTo({ ...AUDIO, codecs: [0, 8], telephoneEventType: 96 }, own)).toEqual({
      address: "127.0.0.1",
      port: 6,
      codecs: [8],
      telephoneEventType: 96,
      direction: "sendrecv",
    });
    expect(answerTo({ ...AUDIO, direction: "sendonly" }, own)?.direction).toBe("recvonly");
    expect(answerTo({ ...AUDIO, direction: "sendonly" }, { ...own, direction: "sendonly" })?.direction).toBe(
      "inactive",
    );
    expect(answerTo({ ...AUDIO, direction: "recvonly" }, own)?.direction).toBe("sendonly");
    expect(answerTo({ ...AUDIO, direction: "inactive" }, own)?.direction).toBe("inactive");
    expect(answerTo({ ...AUDIO, codecs: [0] }, own)).toBeNull();
    expect(mirrored("recvonly")).toBe("sendonly");
  });
});
