import { expect, test } from "vitest";
import { keyCapture, keyPackets } from "./key-packets.ts";

test("a key of 100 ms: five packets 20 ms apart, and its end three times (RFC 4733)", () => {
  const packets = keyPackets(5);
  expect(packets.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 60, 80, 100, 100, 100]);
  expect(packets.map(({ isFirst }) => isFirst).filter(Boolean)).toHaveLength(1);
  expect(packets.map(({ payload }) => payload.readUInt8(0))).toEqual(Array.from({ length: 8 }, () => 5));
  expect(packets.map(({ payload }) => payload.readUInt8(1) >= 0x80)).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(packets.map(({ payload }) => payload.readUInt16BE(2))).toEqual([160, 320, 480, 640, 800, 800, 800, 800]);
});

test("as a capture: each record is a datagram with one of the packets, at its time", () => {
  const capture = keyCapture(5);
  expect(capture.readUInt32LE(0)).toBe(0xa1b2c3d4);
  const records: { ms: number; rtp: Buffer }[] = [];
  for (let at = 24; at < capture.length; ) {
    const ms = capture.readUInt32LE(at) * 1000 + capture.readUInt32LE(at + 4) / 1000;
    const length = capture.readUInt32LE(at + 8);
    const frame = capture.subarray(at + 16, at + 16 + length);
    expect(frame.readUInt16BE(12)).toBe(0x0800);
    expect(frame.readUInt16BE(16)).toBe(length - 14);
    expect(frame.readUInt16BE(38)).toBe(length - 34);
    records.push({ ms, rtp: frame.subarray(42) });
    at += 16 + length;
  }
  expect(records.map(({ ms }) => ms)).toEqual([0, 20, 40, 60, 80, 100, 100, 100]);
  expect(records.map(({ rtp }) => rtp.readUInt8(1))).toEqual([0xe5, ...Array.from({ length: 7 }, () => 0x65)]);
  expect(records.map(({ rtp }) => rtp.readUInt16BE(2))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  // One event has one timestamp. FreeSWITCH takes one of 0 for none and hears no key.
  expect(new Set(records.map(({ rtp }) => rtp.readUInt32BE(4)))).toEqual(new Set([8000]));
  expect(records.map(({ rtp }) => rtp.subarray(12))).toEqual(keyPackets(5).map(({ payload }) => payload));
});
