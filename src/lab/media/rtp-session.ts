import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Codec, decode, encode, FRAME_SAMPLES, PCMA } from "./g711.ts";
import { mediaClock, TICK_MS } from "./media-clock.ts";

const HEADER_BYTES = 12;
/** RFC 4733 events 0 to 15. */
const EVENT_DIGITS = "0123456789*#ABCD";
const MAX_EVENT_DURATION = 0xffff;
const END_PACKETS = 3;

export interface RtpCounts {
  sent: number;
  received: number;
  /** Digits received, each once. */
  digits: number;
  /** Datagrams that were no RTP, or of an unknown payload type. */
  refused: number;
}

export interface DigitTiming {
  /** How long the key is down; in steps of 20 ms. Default 100. */
  durationMs?: number;
  /** Pause before the next key in the queue; in steps of 20 ms. Default 40. */
  gapMs?: number;
}

interface QueuedDigit {
  event: number;
  ticks: number;
  gapTicks: number;
  sent: () => void;
}

type FrameListener = (pcm: Int16Array, timestamp: number, sequence: number) => void;
type DigitListener = (digit: string) => void;

/** One RTP stream each way (RFC 3550) with G.711 and telephone events (RFC 4733). The sender's pace is the caller's: one `send` per tick. */
export class RtpSession {
  readonly address: string;
  readonly port: number;
  readonly counts: RtpCounts = { sent: 0, received: 0, digits: 0, refused: 0 };
  payloadType: Codec = PCMA;
  telephoneEventType = 101;
  /** `performance.now()` of the first audio packet; null before. */
  firstPacketAtMs: number | null = null;
  lastPacketAtMs: number | null = null;

  readonly #socket: Socket;
  readonly #frameListeners = new Set<FrameListener>();
  readonly #digitListeners = new Set<DigitListener>();
  #remote: { address: string; port: number } | null = null;
  #sequence = randomInt(0x8000);
  #timestamp = randomInt(0x7fffffff);
  readonly #ssrc = randomInt(0xffffffff);
  #lastSentAtMs: number | null = null;
  #isTalkspurtStart = true;
  #digitQueue: QueuedDigit[] = [];
  #leaveClock: (() => void) | undefined;
  #isEventRunning = false;
  /** Newest event's stream and timestamp: repeats and stragglers of it are no new digits. */
  #lastEvent: { ssrc: number; timestamp: number } | null = null;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const bound = socket.address();
    this.address = bound.address;
    this.port = bound.port;
    socket.on("message", (datagram) => this.#receive(datagram));
    // ICMP 'port unreachable' of a peer that has gone; RTP has no answer to it.
    socket.on("error", () => {
      this.counts.refused++;
    });
  }

  /** Binds a free even port on `address` (RFC 3550, section 11). @throws the socket's error when the address is not ours */
  static async open(address = "127.0.0.1"): Promise<RtpSession> {
    for (;;) {
      // Addresses here are always numeric; the default goes through the DNS module for every packet.
      const socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
      const listening = once(socket, "listening");
      socket.bind(0, address);
      await listening;
      if (socket.address().port % 2 === 0) return new RtpSession(socket);
      socket.close();
    }
  }

  setRemote(address: string, port: number): void {
    this.#remote = { address, port };
  }

  /** Called for each audio packet. Returns the unsubscription. */
  onFrame(listener: FrameListener): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  /** Called once per key, when its first packet arrives. Returns the unsubscription. */
  onDigit(listener: DigitListener): () => void {
    this.#digitListeners.add(listener);
    return () => this.#digitListeners.delete(listener);
  }

  /** Sends 160 samples. While a digit is being sent its packets take the sound's place, as RFC 4733 has it. */
  send(frame: Int16Array): void {
    if (this.#isEventRunning || this.#remote === null) return;
    this.#advance();
    this.#transmit(this.payloadType, this.#timestamp, this.#isTalkspurtStart, encode(this.payloadType, frame));
    this.#isTalkspurtStart = false;
  }

  /** Queues a key behind those being sent. Resolves when its end packets are out. @throws RangeError for no telephone key */
  sendDigit(digit: string, timing: DigitTiming = {}): Promise<void> {
    const event = EVENT_DIGITS.indexOf(digit);
    if (digit.length !== 1 || event < 0) throw new RangeError(`no telephone key: ${JSON.stringify(digit)}`);
    if (this.#isClosed) return Promise.resolve();
    const ticks = Math.max(1, Math.round((timing.durationMs ?? 100) / TICK_MS));
    const gapTicks = Math.max(0, Math.round((timing.gapMs ?? 40) / TICK_MS));
    return new Promise((resolve) => {
      this.#digitQueue.push({ event, ticks, gapTicks, sent: resolve });
      this.#leaveClock ??= this.#runDigits();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leaveClock?.();
    for (const digit of this.#digitQueue.splice(0)) digit.sent();
    this.#frameListeners.clear();
    this.#digitListeners.clear();
    this.#socket.close();
  }

  #runDigits(): () => void {
    let step = 0;
    return mediaClock.onTick(() => {
      // Only now: whether sound is sent before or after this listener, it pauses for as many ticks as the event lasted.
      this.#isEventRunning = false;
      const digit = this.#digitQueue[0];
      if (digit === undefined) {
        this.#leaveClock?.();
        this.#leaveClock = undefined;
        return;
      }
      if (step < digit.ticks) {
        // The event's timestamp is that of its beginning in all its packets.
        if (step === 0) this.#advance();
        else this.#lastSentAtMs = performance.now();
        step++;
        this.#isEventRunning = true;
        this.#sendEvent(digit.event, step, false);
        if (step === digit.ticks) {
          for (let i = 0; i < END_PACKETS; i++) this.#sendEvent(digit.event, step, true);
          this.#timestamp = (this.#timestamp + (digit.ticks - 1) * FRAME_SAMPLES) >>> 0;
          this.#isTalkspurtStart = true;
          digit.sent();
        }
      } else {
        step++;
      }
      if (step >= digit.ticks + digit.gapTicks) {
        this.#digitQueue.shift();
        step = 0;
      }
    });
  }

  #sendEvent(event: number, step: number, isEnd: boolean): void {
    const payload = Buffer.alloc(4);
    payload[0] = event;
    payload[1] = (isEnd ? 0x80 : 0) | 10; // -10 dBm0
    payload.writeUInt16BE(Math.min(step * FRAME_SAMPLES, MAX_EVENT_DURATION), 2);
    this.#transmit(this.telephoneEventType, this.#timestamp, step === 1 && !isEnd, payload);
  }

  /** Moves the timestamp to the packet about to be sent: by one frame, or by the time that passed in silence. */
  #advance(): void {
    const nowMs = performance.now();
    const silentMs = this.#lastSentAtMs === null ? 0 : nowMs - this.#lastSentAtMs;
    // Below this it is the clock catching up, which keeps the count of frames.
    const frames = silentMs > 200 ? Math.round(silentMs / TICK_MS) : 1;
    if (frames > 1) this.#isTalkspurtStart = true;
    this.#timestamp = (this.#timestamp + frames * FRAME_SAMPLES) >>> 0;
    this.#lastSentAtMs = nowMs;
  }

  #transmit(payloadType: number, timestamp: number, hasMarker: boolean, payload: Uint8Array): void {
    if (this.#remote === null || this.#isClosed) return;
    const packet = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
    packet[0] = 0x80;
    packet[1] = (hasMarker ? 0x80 : 0) | payloadType;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, HEADER_BYTES);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.counts.sent++;
    this.#socket.send(packet, this.#remote.port, this.#remote.address);
  }

  #receive(datagram: Buffer): void {
    const payload = payloadOf(datagram);
    const type = (datagram[1] ?? 0) & 0x7f;
    if (payload === null) {
      this.counts.refused++;
    } else if (type === this.telephoneEventType) {
      this.#receiveEvent(datagram, payload);
    } else if (type === 0 || type === 8) {
      this.counts.received++;
      this.lastPacketAtMs = performance.now();
      this.firstPacketAtMs ??= this.lastPacketAtMs;
      if (this.#frameListeners.size === 0) return;
      const pcm = decode(type, payload);
      for (const listener of this.#frameListeners) listener(pcm, datagram.readUInt32BE(4), datagram.readUInt16BE(2));
    } else if (type !== 13) {
      // 13 is comfort noise (RFC 3389): silence with a colour, nothing to hear.
      this.counts.refused++;
    }
  }

  #receiveEvent(datagram: Buffer, payload: Uint8Array): void {
    const digit = EVENT_DIGITS[payload[0] ?? 255];
    if (payload.length < 4 || digit === undefined) {
      this.counts.refused++;
      return;
    }
    const timestamp = datagram.readUInt32BE(4);
    const ssrc = datagram.readUInt32BE(8);
    const last = this.#lastEvent;
    // Signed 32-bit difference: timestamps wrap.
    if (last !== null && last.ssrc === ssrc && ((timestamp - last.timestamp) | 0) <= 0) return;
    this.#lastEvent = { ssrc, timestamp };
    this.counts.digits++;
    for (const listener of this.#digitListeners) listener(digit);
  }
}

/** The payload of an RTP packet without contributing sources, extension and padding (RFC 3550, section 5); null when it is none. */
function payloadOf(datagram: Buffer): Uint8Array | null {
  const first = datagram[0] ?? 0;
  if (datagram.length < HEADER_BYTES || first >> 6 !== 2) return null;
  let from = HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (datagram.length < from + 4) return null;
    from += 4 + datagram.readUInt16BE(from + 2) * 4;
  }
  const to = datagram.length - ((first & 0x20) !== 0 ? (datagram.at(-1) ?? 0) : 0);
  return from <= to ? datagram.subarray(from, to) : null;
}
