import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { decode, encode, FRAME_SAMPLES, PCMA, PCMU } from "./g711.ts";
import { mediaClock } from "./media-clock.ts";
import { RtpSession } from "./rtp-session.ts";
import { generate, markerTone } from "./tones.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const part of open.splice(0)) part.close();
});

async function pair(): Promise<[RtpSession, RtpSession]> {
  const [a, b] = [await RtpSession.open(), await RtpSession.open()];
  open.push(a, b);
  a.setRemote(b.address, b.port);
  b.setRemote(a.address, a.port);
  return [a, b];
}

interface Packet {
  hasMarker: boolean;
  type: number;
  sequence: number;
  timestamp: number;
  payload: Buffer;
}

/** A bare socket that keeps what it gets. */
async function wiretap(session: RtpSession): Promise<{ socket: Socket; packets: Packet[] }> {
  const socket = createSocket("udp4");
  const packets: Packet[] = [];
  socket.on("message", (datagram) =>
    packets.push({
      hasMarker: ((datagram[1] as number) & 0x80) !== 0,
      type: (datagram[1] as number) & 0x7f,
      sequence: datagram.readUInt16BE(2),
      timestamp: datagram.readUInt32BE(4),
      payload: datagram.subarray(12),
    }),
  );
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  session.setRemote("127.0.0.1", socket.address().port);
  open.push(socket);
  return { socket, packets };
}

async function settled(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

describe("RTP session", () => {
  it.each([PCMA, PCMU] as const)("carries sound of payload type %i", async (codec) => {
    const [a, b] = await pair();
    expect(a.port % 2).toBe(0);
    a.payloadType = codec;
    const tone = generate(markerTone(0), { ms: 20 });
    const frame = await new Promise<Int16Array>((resolve) => {
      b.onFrame(resolve);
      a.send(tone);
    });
    expect(frame).toEqual(decode(codec, encode(codec, tone)));
    expect(b.counts).toMatchObject({ received: 1, refused: 0 });
    expect(b.firstPacketAtMs).not.toBeNull();
  });

  it("sends a key as RFC 4733 has it, in the place of sound, without losing time", async () => {
    const a = await RtpSession.open();
    open.push(a);
    const { packets } = await wiretap(a);
    let frames = 0;
    const leave = mediaClock.onTick(() => {
      frames++;
      a.send(new Int16Array(FRAME_SAMPLES));
    });
    await settled(() => frames >= 3);
    await a.sendDigit("5", { durationMs: 100 });
    const until = frames + 5;
    await settled(() => frames >= until);
    leave();
    await settled(() => packets.length === a.counts.sent);
    const events = packets.filter(({ type }) => type === 101);
    expect(events.map(({ payload }) => [payload[0], payload[1], payload.readUInt16BE(2)])).toEqual([
      ...[160, 320, 480, 640, 800].map((duration) => [5, 10, duration]),
      ...[800, 800, 800].map((duration) => [5, 0x80 | 10, duration]),
    ]);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(events.map(({ hasMarker }) => hasMarker)).toEqual([true, ...Array<boolean>(7).fill(false)]);
    expect(
      packets.map(({ sequence }, i) => (sequence - (packets[0] as Packet).sequence + 65_536) % 65_536 === i),
    ).not.toContain(false);
    // One timestamp per tick from the first to the last packet: the key took no time away and added none.
    const [first, last] = [packets[0] as Packet, packets.at(-1) as Packet];
    expect((last.timestamp - first.timestamp) / FRAME_SAMPLES).toBe(frames - 1);
  });

  it("queues 20 keys within a second and hears each once", async () => {
    const [a, b] = await pair();
    const heard: string[] = [];
    b.onDigit((digit) => heard.push(digit));
    const keys = "12345678901234567*#0";
    const fromMs = performance.now();
    await Promise.all(keys.split("").map((key) => a.sendDigit(key, { durationMs: 20, gapMs: 20 })));
    expect(performance.now() - fromMs).toBeLessThan(1000);
    await settled(() => heard.length === keys.length);
    expect(heard.join("")).toBe(keys);
    expect(() => a.sendDigit("x")).toThrow(RangeError);
  });

  it("takes repeats and stragglers of a key for what they are, and refuses what is no RTP", async () => {
    const [, b] = await pair();
    const { socket } = await wiretap(b);
    const heard: string[] = [];
    b.onDigit((digit) => heard.push(digit));
    const packet = (event: number, timestamp: number, isEnd: boolean) => {
      const bytes = Buffer.alloc(16);
      bytes[0] = 0x80;
      bytes[1] = 101;
      bytes.writeUInt32BE(timestamp, 4);
      bytes.writeUInt32BE(77, 8);
      bytes[12] = event;
      bytes[13] = isEnd ? 0x80 : 0;
      return bytes;
    };
    const newest = 0xffffff00;
    // 3 pressed; again 3 (another timestamp, past the wrap of 32 bits); then a late end packet of the first.
    for (const bytes of [
      packet(3, newest, false),
      packet(3, newest, true),
      packet(3, (newest + 1600) >>> 0, true),
      packet(3, newest, true),
      packet(16, 5000, true),
      Buffer.from("hello"),
      Buffer.alloc(3),
    ]) {
      socket.send(bytes, b.port, b.address);
    }
    await settled(() => b.counts.refused === 3);
    expect(heard).toEqual(["3", "3"]);
  });
});
