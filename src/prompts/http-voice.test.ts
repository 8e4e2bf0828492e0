import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { NO_VOICE_SERVERS, type VoiceServers } from "../calls/voice-server.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";
import { VoiceServer, type VoiceWay } from "../testing/voice-server.ts";
import { HttpVoice } from "./http-voice.ts";
import { createPrompts, type Prompts } from "./prompts.ts";
import { SpokenTexts } from "./spoken-texts.ts";
import { ChosenVoices } from "./voices.ts";

let server: VoiceServer;
beforeAll(async () => {
  server = await VoiceServer.open();
});
beforeEach(() => {
  server.way = "well";
  server.asked.splice(0);
});
afterAll(async () => await server.close());

const LONG_MS = 60_000;
const TEXT = { language: "mn", text: "Сайн байна уу" } as const;
const voiceOf = (deadlineMs = LONG_MS) => new HttpVoice({ allowed: [server.host], deadlineMs });
const said = (voice: string | null = null) => ({ url: server.url, voice });

describe("a server that speaks", () => {
  test("is sent text, language and voice, with its token, and its sound is made fit for the telephone", async () => {
    const sound = await voiceOf().speak(said("altan"), "s3cret", TEXT);
    expect(server.asked).toEqual([{ ...TEXT, voice: "altan", authorization: "Bearer s3cret" }]);
    expect(sound.wav.subarray(0, 4).toString("latin1")).toBe("RIFF");
    expect(sound.wav.readUInt32LE(24)).toBe(8_000);
    expect(sound.durationMs).toBeGreaterThan(1_000);
    await voiceOf().speak(said(), null, TEXT);
    expect(server.asked.at(-1)).toEqual({ ...TEXT, voice: null, authorization: null });
  });

  test.each<[VoiceWay, string]>([
    ["error", "voice-refused"],
    ["redirect", "voice-refused"],
    ["huge", "voice-too-large"],
    ["text-as-wav", "voice-not-audio"],
    ["html", "voice-not-audio"],
  ])("and answers as in '%s' is told by its name", async (way, reason) => {
    server.way = way;
    await expect(voiceOf().speak(said(), null, TEXT)).rejects.toMatchObject({ name: "PromptError", reason });
  });

  test.each<VoiceWay>(["never", "drip"])("and keeps us waiting as in '%s' is let go at the deadline", async (way) => {
    server.way = way;
    const { givenUp } = server;
    await expect(voiceOf(1_500).speak(said(), null, TEXT)).rejects.toMatchObject({ reason: "voice-timeout" });
    await until("the server is let go", () => server.givenUp === givenUp + 1);
  });

  test("is let go when we stop, which is no fault of its", async () => {
    server.way = "never";
    const stopping = new AbortController();
    const speaking = voiceOf().speak(said(), null, TEXT, stopping.signal);
    await until("it was asked", () => server.asked.length === 1);
    stopping.abort();
    await expect(speaking).rejects.toMatchObject({ name: "ProgramError", reason: "aborted" });
  });

  test("is not this machine, unless the owner of the machine says so; nobody there is another thing", async () => {
    const strict = new HttpVoice({ allowed: [] });
    await expect(strict.speak(said(), "s3cret", TEXT)).rejects.toMatchObject({ reason: "voice-address-not-allowed" });
    expect(server.asked).toEqual([]);
    const gone = await VoiceServer.open();
    const { host, url } = gone;
    await gone.close();
    const open = new HttpVoice({ allowed: [host] });
    await expect(open.speak({ url, voice: null }, null, TEXT)).rejects.toMatchObject({ reason: "voice-unreachable" });
  });
});

interface Shop {
  prompts: Prompts;
  texts: SpokenTexts;
  servers: VoiceServers;
  tokens: Map<string, string>;
}

async function withShop(work: (shop: Shop) => Promise<void>, deadlineMs = LONG_MS): Promise<void> {
  await withTemporaryDir(async (dataDir) => {
    const servers: VoiceServers = { ...NO_VOICE_SERVERS };
    const tokens = new Map<string, string>();
    const secrets = { read: (name: string) => Promise.resolve(tokens.get(name) ?? null) };
    const voices = new ChosenVoices({ http: voiceOf(deadlineMs), servers: () => servers, secrets });
    const quiet = { info: () => undefined, warn: () => undefined };
    const prompts = createPrompts({ dataDir, log: quiet, voices, retryMs: LONG_MS });
    const texts = new SpokenTexts({ dataDir, log: keptLog(), voices });
    await prompts.start();
    await texts.start();
    try {
      await work({ prompts, texts, servers, tokens });
    } finally {
      await prompts.stop();
      await texts.stop();
    }
  });
}

const takeOf = (prompts: Prompts, name: string, language: "mn" | "en") =>
  prompts.list().find((prompt) => prompt.name === name)?.takes[language] ?? null;

describe("prompts", () => {
  test("of a language without a voice of ours are spoken once it has a server, and stay when it has none any more", async () => {
    await withShop(async ({ prompts, servers }) => {
      const voiceOfMn = () => prompts.languages().find(({ language }) => language === "mn");
      expect(voiceOfMn()).toEqual({ language: "mn", isComplete: false, hasVoice: false });
      servers.mn = { ...said("altan"), tokenSetAt: null };
      expect(voiceOfMn()?.hasVoice).toBe(true);
      await prompts.ensureSpoken(["mn"]);
      expect(voiceOfMn()).toEqual({ language: "mn", isComplete: true, hasVoice: true });
      expect(takeOf(prompts, "greeting", "mn")).toMatchObject({ source: "voice", problem: null });
      expect(server.asked.every(({ language, voice }) => language === "mn" && voice === "altan")).toBe(true);
      const path = prompts.file("greeting", "mn");
      servers.mn = null;
      await prompts.ensureSpoken(["mn"]);
      expect(voiceOfMn()).toEqual({ language: "mn", isComplete: true, hasVoice: false });
      expect(prompts.file("greeting", "mn")).toBe(path);
    });
  });

  test("are spoken anew by another voice, and not by the same", async () => {
    await withShop(async ({ prompts, servers }) => {
      servers.mn = { ...said("altan"), tokenSetAt: null };
      await prompts.ensureSpoken(["mn"]);
      const before = prompts.file("menu", "mn");
      const { length } = server.asked;
      await prompts.ensureSpoken(["mn"]);
      expect(server.asked).toHaveLength(length);
      servers.mn = { ...said("bold"), tokenSetAt: null };
      await prompts.ensureSpoken(["mn"]);
      expect(server.asked).toHaveLength(2 * length);
      expect(prompts.file("menu", "mn")).not.toBe(before);
    });
  });

  test.each<[VoiceWay, string]>([
    ["error", "voice-refused"],
    ["huge", "voice-too-large"],
    ["text-as-wav", "voice-not-audio"],
    ["never", "voice-timeout"],
  ])("keep what callers hear when the server fails as in '%s', and say why", async (way, problem) => {
    await withShop(async ({ prompts, servers }) => {
      await prompts.setText("en", "menu", "Press one.");
      const before = prompts.file("menu", "en");
      const heard = await readFile(before ?? "none");
      servers.en = { ...said(), tokenSetAt: null };
      server.way = way;
      await expect(prompts.setText("en", "menu", "Press two.")).rejects.toMatchObject({ reason: problem });
      await prompts.ensureSpoken(["en"]);
      expect(takeOf(prompts, "menu", "en")).toMatchObject({ source: "voice", problem });
      expect(prompts.file("menu", "en")).toBe(before);
      expect((await readFile(before ?? "none")).equals(heard)).toBe(true);
      // One that is silent is not waited for again and again.
      if (way === "never") expect(server.asked.length).toBeLessThan(6);
      server.way = "well";
      await prompts.ensureSpoken(["en"]);
      expect(takeOf(prompts, "menu", "en")).toMatchObject({ source: "voice", problem: null });
      expect(prompts.file("menu", "en")).not.toBe(before);
    }, 1_500);
  });

  test("send the token of their language, and nothing when it is lost", async () => {
    await withShop(async ({ prompts, servers, tokens }) => {
      servers.mn = { ...said(), tokenSetAt: "2026-11-22T10:00:00.000Z" };
      await expect(prompts.setText("mn", "menu", "Нэг")).rejects.toMatchObject({ reason: "voice-refused" });
      expect(server.asked).toEqual([]);
      tokens.set("voice-token-mn", "s3cret");
      await prompts.setText("mn", "menu", "Нэг");
      expect(server.asked.map(({ authorization }) => authorization)).toEqual(["Bearer s3cret"]);
    });
  });
});

test("texts made up during a call are spoken by the server too, anew when the voice is another", async () => {
  await withShop(async ({ texts, servers }) => {
    expect(texts.hasVoice("mn")).toBe(false);
    servers.mn = { ...said("altan"), tokenSetAt: null };
    expect(texts.hasVoice("mn")).toBe(true);
    expect(await texts.prepare(["арван хоёр"], "mn", LONG_MS)).toBe(true);
    expect(await texts.prepare(["арван хоёр"], "mn", LONG_MS)).toBe(true);
    expect(server.asked).toHaveLength(1);
    servers.mn = { ...said("bold"), tokenSetAt: null };
    expect(texts.file("арван хоёр", "mn")).toBeNull();
    server.way = "never";
    expect(await texts.prepare(["арван хоёр"], "mn", 100)).toBe(false);
  });
});
