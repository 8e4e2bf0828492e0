import { describe, expect, it } from "vitest";
import { decode, encode, PCMU } from "../media/g711.ts";
import { MarkerVoice, verifyMarkers } from "./markers.ts";

/** What a recording of a speaker has who began `offsetFrames` before it. */
function recorded(index: number, seconds: number, offsetFrames = 0): Int16Array {
  const voice = new MarkerVoice(index);
  for (let i = 0; i < offsetFrames; i++) voice.next();
  const pcm = new Int16Array(seconds * 8000);
  for (let from = 0; from < pcm.length; from += 160) pcm.set(voice.next(), from);
  return decode(PCMU, encode(PCMU, pcm));
}

describe("markers", () => {
  it("are found in each second, wherever the recording begins", () => {
    for (let offset = 0; offset < 50; offset++) {
      expect(verifyMarkers(recorded(2, 5, offset), 2)).toEqual({ seconds: 5, missing: [] });
    }
  });

  it("are missed where they are not", () => {
    const pcm = recorded(2, 6);
    pcm.fill(0, 3 * 8000, 4 * 8000);
    expect(verifyMarkers(pcm, 2)).toEqual({ seconds: 6, missing: [3] });
    expect(verifyMarkers(recorded(1, 3), 2)).toEqual({ seconds: 3, missing: [0, 1, 2] });
    expect(verifyMarkers(recorded(1, 2).subarray(0, 15_000), 1)).toEqual({ seconds: 1, missing: [] });
  });

  it("are found under another voice", () => {
    const [one, other] = [recorded(0, 4, 3), recorded(1, 4, 7)];
    const mix = one.map((sample, i) => sample + (other[i] ?? 0));
    expect(verifyMarkers(mix, 0).missing).toEqual([]);
    expect(verifyMarkers(mix, 1).missing).toEqual([]);
    expect(verifyMarkers(mix, 2).missing).toEqual([0, 1, 2, 3]);
  });
});
