import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { promptLibrary } from "../prompt-wiring.ts";
import { HttpVoice } from "../prompts/http-voice.ts";
import { createPrompts, type PromptsOptions } from "../prompts/prompts.ts";
import { ChosenVoices } from "../prompts/voices.ts";
import { wavHeader } from "../recordings/wav-file.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { type TestApi, withApi } from "../testing/test-api.ts";
import { VoiceServer } from "../testing/voice-server.ts";
import type { ApiDeps } from "./deps.ts";

const MEGABYTE = 1024 * 1024;
const quiet = { info: () => undefined, warn: () => undefined };

/** The panel with the prompts that it has in the product; no voice speaks Mongolian, so each upload there is the only take. */
async function withPrompts(
  work: (api: TestApi, directory: string) => Promise<void>,
  options: Partial<PromptsOptions> = {},
): Promise<void> {
  await withTemporaryDir(async (dataDir) => {
    const prompts = createPrompts({ dataDir, log: quiet, ...options });
    await prompts.start();
    if (options.voices) await prompts.ensureSpoken(["ka"]);
    try {
      await withApi((api) => work(api, join(dataDir, "prompts")), { prompts: promptLibrary(prompts) });
    } finally {
      await prompts.stop();
    }
  });
}

/** A second of a tone, as a WAV for the telephone. */
function sound(hertz = 440): Uint8Array<ArrayBuffer> {
  const samples = Buffer.alloc(16_000);
  for (let at = 0; at < 8_000; at++)
    samples.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hertz * at) / 8_000)), at * 2);
  return new Uint8Array(Buffer.concat([wavHeader(8_000, 1, samples.length), samples]));
}

async function upload({ panel }: TestApi, content: BlobPart, name = "greeting.wav"): Promise<[number, unknown]> {
  const body = new FormData();
  body.set("audio", new File([content], name, { type: "audio/wav" }));
  const response = await panel.fetch("/prompts/mn/greeting", { method: "PUT", body });
  return [response.status, await response.json()];
}

const filesOf = async (directory: string) =>
  (await readdir(join(directory, "mn")).catch(() => [])).filter((file) => file.endsWith(".wav"));

it("a text that is named like a sound is refused as none, and what callers hear stays", async () => {
  await withPrompts(async (api, directory) => {
    expect(await upload(api, sound())).toMatchObject([200, { source: "upload" }]);
    const before = await filesOf(directory);
    expect(before).toHaveLength(1);
    for (const content of ["Dear customer, ", "RIFF\u0000\u0000\u0000\u0000WAVEfmt ", ""])
      expect(await upload(api, content)).toEqual([422, { error: { code: "not-audio" } }]);
    expect(await filesOf(directory)).toEqual(before);
  });
});

it("200 MB are refused before they are all sent, and nothing of them is kept", async () => {
  await withPrompts(async (api, directory) => {
    let sent = 0;
    const piece = new Uint8Array(MEGABYTE);
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        if (sent >= 200) return stream.close();
        sent += 1;
        stream.enqueue(piece);
      },
    });
    const headers = { "Content-Type": "multipart/form-data; boundary=b" };
    const init: RequestInit & { duplex: "half" } = { method: "PUT", headers, body, duplex: "half" };
    // Whoever goes on sending after the refusal finds the connection closed.
    const refused = await api.panel.fetch("/prompts/mn/greeting", init).then(
      async (response) => [response.status, await response.json()],
      () => "cut off",
    );
    expect([[413, { error: { code: "too-large" } }], "cut off"]).toContainEqual(refused);
    expect(sent).toBeLessThan(150);
    expect(await filesOf(directory)).toEqual([]);
    expect(await upload(api, sound())).toMatchObject([200, { source: "upload" }]);
  });
});

it("a size that is told beforehand and is too large is refused by it, in words", async () => {
  await withPrompts(async (api, directory) => {
    expect(await upload(api, new Uint8Array(21 * MEGABYTE))).toEqual([413, { error: { code: "too-large" } }]);
    expect(await filesOf(directory)).toEqual([]);
  });
});

interface KeptTake {
  id: string;
  source: string;
  isInUse: boolean;
}

it("the last takes are listed, heard and put back", async () => {
  await withPrompts(async (api) => {
    const { panel } = api;
    await upload(api, sound());
    const body = new FormData();
    body.set("audio", new File([sound(600)], "recording", { type: "audio/wav" }));
    body.set("source", "recording");
    expect((await panel.fetch("/prompts/mn/greeting", { method: "PUT", body })).status).toBe(200);
    const takes = await panel.get<KeptTake[]>("/prompts/mn/greeting/takes");
    expect(takes.map(({ source, isInUse }) => [source, isInUse])).toEqual([
      ["recording", true],
      ["upload", false],
    ]);
    const bytesAt = async (path: string) => {
      const response = await panel.fetch(path);
      expect([path, response.status]).toEqual([path, 200]);
      return Buffer.from(await response.arrayBuffer());
    };
    const old = takes[1]?.id ?? "";
    const heard = await bytesAt(`/prompts/mn/greeting/takes/${old}/audio`);
    expect(heard.equals(await bytesAt("/prompts/mn/greeting/audio"))).toBe(false);
    expect(await panel.post(`/prompts/mn/greeting/takes/${old}/use`)).toMatchObject({ source: "upload" });
    expect(heard.equals(await bytesAt("/prompts/mn/greeting/audio"))).toBe(true);
    expect((await panel.get<KeptTake[]>("/prompts/mn/greeting/takes"))[0]).toMatchObject({ id: old, isInUse: true });
    for (const [method, path] of [
      ["GET", "/prompts/mn/greeting/takes/00000000/audio"],
      ["POST", "/prompts/mn/greeting/takes/00000000/use"],
      ["GET", "/prompts/mn/no-such/takes"],
    ] as const)
      expect([path, (await panel.fetch(path, { method })).status]).toEqual([path, 404]);
    expect((await panel.fetch("/prompts/mn/greeting/takes/..%2F/use", { method: "POST" })).status).toBe(422);
  });
});

it("a prompt is recorded by the phone that is named, or by none, and how it goes is told", async () => {
  const begun: unknown[] = [];
  const id = "0b9a5a1e-6f0c-4b5e-9d0a-3f6f2b1c7d11";
  const phoneRecorder: ApiDeps["phoneRecorder"] = {
    begin: (order) => {
      begun.push(order);
      return begun.length === 1 ? { ok: true, id } : { ok: false, reason: "phone-busy" };
    },
    state: (asked) => (asked === id ? { state: "done", outcome: "kept" } : null),
  };
  await withApi(
    async ({ panel }) => {
      expect(await panel.post("/prompts/mn/greeting/phone", { operatorId: 2 })).toEqual({ id });
      expect(begun).toMatchObject([{ operatorId: 2, language: "mn", name: "greeting" }]);
      await expect(panel.post("/prompts/mn/greeting/phone", { operatorId: 2 })).rejects.toThrow(/409.*phone-busy/);
      // The owner has no phone of their own.
      await expect(panel.post("/prompts/mn/greeting/phone")).rejects.toThrow(/409.*no-phone-of-yours/);
      expect(await panel.get(`/prompts/by-phone/${id}`)).toEqual({ state: "done", outcome: "kept" });
      await expect(panel.get("/prompts/by-phone/0b9a5a1e-6f0c-4b5e-9d0a-3f6f2b1c7d12")).rejects.toThrow(/404/);
      expect(begun).toHaveLength(2);
    },
    { phoneRecorder },
  );
});

it("words of any length are refused before they are all read", async () => {
  await withPrompts(async ({ panel }) => {
    const body = JSON.stringify({ text: "a".repeat(MEGABYTE) });
    const init = { method: "PUT", headers: { "Content-Type": "application/json" }, body };
    const response = await panel.fetch("/prompts/en/greeting/text", init);
    expect([response.status, await response.json()]).toEqual([413, { error: { code: "too-large" } }]);
    // The longest text that may be, in the longest writing that JSON knows, is read.
    const longest = { ...init, body: `{"text":"${"\\u10d0".repeat(5_000)}"}` };
    expect((await panel.fetch("/prompts/mn/greeting/text", longest)).status).toBe(409);
  });
});

it("a text that its voice could not speak is missing in a call flow, as one that was never spoken", async () => {
  const server = await VoiceServer.open();
  server.way = "error";
  const georgian = { url: server.url, voice: null, tokenSetAt: null };
  const voices = new ChosenVoices({
    http: new HttpVoice({ allowed: [server.host] }),
    servers: () => ({ ka: georgian, ru: null, mn: null, en: null }),
    secrets: { read: () => Promise.resolve(null) },
  });
  try {
    await withPrompts(
      async ({ panel }) => {
        const { prompts } = await panel.get<{ prompts: { name: string; takes: { ka: unknown } }[] }>("/prompts");
        expect(prompts.find(({ name }) => name === "greeting")?.takes.ka).toMatchObject({ problem: "voice-refused" });
        const { findings } = await panel.get<{ findings: unknown[] }>("/flows/main/draft");
        expect(findings).toContainEqual({
          ...{ code: "no-such-prompt", severity: "error", node: "greeting", params: { prompt: "greeting" } },
        });
      },
      { voices },
    );
  } finally {
    await server.close();
  }
});
