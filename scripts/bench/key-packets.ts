/** A key as a phone sends it (RFC 4733), as packets and as the capture that sipp plays. */
import { SAMPLE_RATE } from "../../src/lab/media/g711.ts";
import { KEY_MS } from "./menu.ts";

export const TELEPHONE_EVENT = 101;
const PACKET_MS = 20;
const SAMPLES_A_MS = 8;
const END_REPEATS = 3;
const VOLUME = 10;

export interface KeyPacket {
  /** After the first. */
  atMs: number;
  /** The event's four bytes. */
  payload: Buffer;
  isFirst: boolean;
}

/** One packet each 20 ms as long as the key is held, then its end three times at once. */
export function keyPackets(digit: number): KeyPacket[] {
  const held = Array.from({ length: KEY_MS / PACKET_MS }, (_, index) => packet(digit, index * PACKET_MS, false));
  const ends = Array.from({ length: END_REPEATS }, () => packet(digit, KEY_MS, true));
  return [...held, ...ends];
}

function packet(digit: number, atMs: number, isEnd: boolean): KeyPacket {
  const payload = Buffer.alloc(4);
  payload.writeUInt8(digit, 0);
  payload.writeUInt8((isEnd ? 0x80 : 0) | VOLUME, 1);
  payload.writeUInt16BE((isEnd ? KEY_MS : atMs + PACKET_MS) * SAMPLES_A_MS, 2);
  return { atMs, payload, isFirst: atMs === 0 && !isEnd };
}

export function rtpPacket(options: {
  payloadType: number;
  isMarked: boolean;
  sequence: number;
  timestamp: number;
  source: number;
  payload: Uint8Array;
}): Buffer {
  const { payloadType, isMarked, sequence, timestamp, source, payload } = options;
  const bytes = Buffer.alloc(12 + payload.length);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8((isMarked ? 0x80 : 0) | payloadType, 1);
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE(timestamp >>> 0, 4);
  bytes.writeUInt32BE(source, 8);
  bytes.set(payload, 12);
  return bytes;
}

const PCAP_MAGIC = 0xa1b2c3d4;
const ETHERNET = 1;
const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const UDP_BYTES = 8;
const UDP_PROTOCOL = 17;
const IPV4_ETHERTYPE = 0x0800;

/** A libpcap file of the same key. sipp takes the times and what is in the UDP datagrams; addresses, ports and checksums it fills in itself. */
export function keyCapture(digit: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(PCAP_MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(ETHERNET, 20);
  const records = keyPackets(digit).map(({ atMs, payload, isFirst }, sequence) => {
    const rtp = rtpPacket({
      ...{ payloadType: TELEPHONE_EVENT, isMarked: isFirst, sequence, timestamp: SAMPLE_RATE, source: 1, payload },
    });
    return captured(atMs, inUdp(rtp));
  });
  return Buffer.concat([header, ...records]);
}

function captured(atMs: number, frame: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(atMs / 1000), 0);
  head.writeUInt32LE((atMs % 1000) * 1000, 4);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}

function inUdp(payload: Buffer): Buffer {
  const frame = Buffer.alloc(ETHERNET_BYTES + IP_BYTES + UDP_BYTES);
  frame.writeUInt16BE(IPV4_ETHERTYPE, 12);
  const ip = frame.subarray(ETHERNET_BYTES);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(IP_BYTES + UDP_BYTES + payload.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(UDP_PROTOCOL, 9);
  ip.writeUInt32BE(0x7f000001, 12);
  ip.writeUInt32BE(0x7f000001, 16);
  const udp = ip.subarray(IP_BYTES);
  udp.writeUInt16BE(6000, 0);
  udp.writeUInt16BE(6000, 2);
  udp.writeUInt16BE(UDP_BYTES + payload.length, 4);
  return Buffer.concat([frame, payload]);
}
