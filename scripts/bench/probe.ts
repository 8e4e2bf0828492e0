/**
 * One caller with a stopwatch: calls, hears the greeting, presses a key in the menu, hears the information, hangs up. Plain datagrams and
 * nothing else, so that what is measured is the switch. Signalling is RFC 3261's least: loopback loses nothing.
 */
import { randomUUID } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, encode, FRAME_SAMPLES, PCMA, SAMPLE_RATE } from "../../src/lab/media/g711.ts";
import { keyPackets, rtpPacket, TELEPHONE_EVENT } from "./key-packets.ts";
import { DIALLED, KEY, KEY_AFTER_ANSWER_MS, MENU_PROMPTS, type MenuPrompt } from "./menu.ts";

const LOOPBACK = "127.0.0.1";
const PATIENCE_MS = 10_000;
const FRAME_MS = 20;
const RTP_HEADER_BYTES = 12;
/** Of a packet's power, in one prompt's frequency. A packet in which a prompt begins or ends has less than the whole. */
const LEAST_SHARE = 0.3;
const LEAST_POWER = 100 ** 2;

export interface Latencies {
  /** INVITE sent to first packet with the greeting in it. */
  firstPromptMs: number;
  /** First packet of the key sent to first packet with the information in it. */
  keyToPromptMs: number;
}

/** @throws Error when the call does not get so far within ten seconds */
export async function measureCall(sipPort: number, callerNumber: string): Promise<Latencies> {
  const [sip, rtp] = [await openSocket(), await openSocket()];
  try {
    return await new ProbeCall(sip, rtp, sipPort, callerNumber).run();
  } finally {
    sip.close();
    rtp.close();
  }
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, LOOPBACK);
  await once(socket, "listening");
  return socket;
}

class ProbeCall {
  readonly #sip: Socket;
  readonly #rtp: Socket;
  readonly #sipPort: number;
  readonly #number: string;
  readonly #callId = randomUUID();
  readonly #tag = randomUUID();
  readonly #heardAtMs = new Map<MenuPrompt, number>();
  readonly #waiting = new Map<MenuPrompt | "answer", () => void>();
  readonly #ended = new AbortController();
  #to = `<sip:${DIALLED}@${LOOPBACK}>`;
  #target = "";
  #remoteRtpPort = 0;
  #sequence = 0;
  #timestamp = 0;
  #silence: NodeJS.Timeout | undefined;

  constructor(sip: Socket, rtp: Socket, sipPort: number, number: string) {
    this.#sip = sip;
    this.#rtp = rtp;
    this.#sipPort = sipPort;
    this.#number = number;
  }

  async run(): Promise<Latencies> {
    this.#sip.on("message", (data) => this.#takeSip(data.toString("latin1")));
    this.#rtp.on("message", (data) => this.#takeRtp(data));
    try {
      const invitedAtMs = performance.now();
      this.#request("INVITE", 1, offer(this.#rtp.address().port));
      await this.#until("answer");
      this.#speakSilence();
      await this.#until("greeting");
      await this.#until("menu");
      await sleep(Math.max(0, invitedAtMs + KEY_AFTER_ANSWER_MS - performance.now()));
      const keyAtMs = performance.now();
      await this.#pressKey();
      await this.#until("information");
      return {
        firstPromptMs: this.#heardAt("greeting") - invitedAtMs,
        keyToPromptMs: this.#heardAt("information") - keyAtMs,
      };
    } finally {
      clearInterval(this.#silence);
      await this.#hangUp();
    }
  }

  #heardAt(prompt: MenuPrompt): number {
    return this.#heardAtMs.get(prompt) ?? Number.NaN;
  }

  async #until(what: MenuPrompt | "answer"): Promise<void> {
    const isThere = what === "answer" ? this.#remoteRtpPort > 0 : this.#heardAtMs.has(what);
    if (isThere) return;
    const late = AbortSignal.timeout(PATIENCE_MS);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(what, resolve);
      late.addEventListener("abort", () => reject(new Error(`no ${what} within ${PATIENCE_MS} ms`)));
      this.#ended.signal.addEventListener("abort", () => reject(this.#ended.signal.reason as Error));
    });
  }

  #happened(what: MenuPrompt | "answer"): void {
    this.#waiting.get(what)?.();
    this.#waiting.delete(what);
  }

  #takeSip(message: string): void {
    if (message.startsWith("BYE ")) {
      this.#reply(message);
      return this.#ended.abort(new Error("the switch hung up"));
    }
    const status = Number(/^SIP\/2\.0 ([0-9]{3})/.exec(message)?.[1] ?? 0);
    if (status < 200 || !/^CSeq: *1 INVITE/im.test(message)) return;
    if (status >= 300) return this.#ended.abort(new Error(`the call was refused: ${status}`));
    this.#to = /^To: *(.*)$/im.exec(message)?.[1]?.trim() ?? this.#to;
    this.#target = /^Contact: *<([^>]*)>/im.exec(message)?.[1] ?? "";
    this.#request("ACK", 1);
    this.#remoteRtpPort = Number(/^m=audio ([0-9]+)/m.exec(message)?.[1] ?? 0);
    this.#happened("answer");
  }

  #takeRtp(data: Buffer): void {
    const nowMs = performance.now();
    if (((data[1] ?? 0) & 0x7f) !== PCMA) return;
    const prompt = promptIn(decode(PCMA, data.subarray(RTP_HEADER_BYTES)));
    if (prompt === null || this.#heardAtMs.has(prompt)) return;
    this.#heardAtMs.set(prompt, nowMs);
    this.#happened(prompt);
  }

  /** A phone sends all the time, also when nobody speaks. */
  #speakSilence(): void {
    const frame = encode(PCMA, new Int16Array(FRAME_SAMPLES));
    this.#silence = setInterval(() => {
      this.#timestamp += FRAME_SAMPLES;
      this.#sendRtp(PCMA, false, this.#timestamp, frame);
    }, FRAME_MS);
  }

  async #pressKey(): Promise<void> {
    clearInterval(this.#silence);
    const startedAtMs = performance.now();
    for (const { atMs, payload, isFirst } of keyPackets(Number(KEY))) {
      const waitMs = startedAtMs + atMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      this.#sendRtp(TELEPHONE_EVENT, isFirst, this.#timestamp, payload);
    }
    this.#timestamp += Math.round(((performance.now() - startedAtMs) * SAMPLE_RATE) / 1000);
    this.#speakSilence();
  }

  #sendRtp(payloadType: number, isMarked: boolean, timestamp: number, payload: Uint8Array): void {
    this.#sequence += 1;
    const packet = rtpPacket({ payloadType, isMarked, sequence: this.#sequence, timestamp, source: 1, payload });
    this.#rtp.send(packet, this.#remoteRtpPort, LOOPBACK);
  }

  async #hangUp(): Promise<void> {
    if (this.#remoteRtpPort === 0 || this.#ended.signal.aborted) return;
    this.#request("BYE", 2);
    await once(this.#sip, "message", { signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  #request(method: "INVITE" | "ACK" | "BYE", sequence: number, body = ""): void {
    const { port } = this.#sip.address();
    const uri = this.#target === "" ? `sip:${DIALLED}@${LOOPBACK}:${this.#sipPort}` : this.#target;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${LOOPBACK}:${port};branch=z9hG4bK${randomUUID()}`,
      `From: <sip:${this.#number}@${LOOPBACK}>;tag=${this.#tag}`,
      `To: ${this.#to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${sequence} ${method}`,
      `Contact: <sip:${this.#number}@${LOOPBACK}:${port}>`,
      "Max-Forwards: 70",
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
    ];
    this.#sip.send(`${lines.join("\r\n")}\r\n\r\n${body}`, this.#sipPort, LOOPBACK);
  }

  #reply(request: string): void {
    const kept = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
    const text = ["SIP/2.0 200 OK", ...kept, "Content-Length: 0", "", ""].join("\r\n");
    this.#sip.send(text, this.#sipPort, LOOPBACK);
  }
}

function offer(port: number): string {
  return [
    "v=0",
    `o=- 1 1 IN IP4 ${LOOPBACK}`,
    "s=-",
    `c=IN IP4 ${LOOPBACK}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP ${PCMA} ${TELEPHONE_EVENT}`,
    `a=rtpmap:${PCMA} PCMA/8000`,
    `a=rtpmap:${TELEPHONE_EVENT} telephone-event/8000`,
    `a=fmtp:${TELEPHONE_EVENT} 0-15`,
    "a=ptime:20",
    "",
  ].join("\r\n");
}

const PROMPTS = Object.entries(MENU_PROMPTS) as [MenuPrompt, { hz: number }][];

/** The prompt that a packet belongs to; null for silence. Each prompt's sine has whole periods in 20 ms, so none is seen in another's. */
function promptIn(pcm: Int16Array): MenuPrompt | null {
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  if (power < LEAST_POWER) return null;
  const found = PROMPTS.find(([, { hz }]) => powerAt(pcm, hz) > LEAST_SHARE * power);
  return found?.[0] ?? null;
}

/** Goertzel's filter: the mean power of the sine of `hz`. */
function powerAt(pcm: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  let [s1, s2] = [0, 0];
  for (const sample of pcm) [s1, s2] = [sample + coefficient * s1 - s2, s1];
  return (2 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2)) / pcm.length ** 2;
}
