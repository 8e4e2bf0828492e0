import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { HttpVoice } from "../prompts/http-voice.ts";
import { type TestApi, withApi } from "../testing/test-api.ts";
import { VoiceServer } from "../testing/voice-server.ts";

let server: VoiceServer;
beforeAll(async () => {
  server = await VoiceServer.open();
});
afterAll(async () => await server.close());

interface Voice {
  language: string;
  hasOwnVoice: boolean;
  server: { url: string; voice: string | null; hasToken: boolean } | null;
}

const of = (voices: readonly Voice[], language: string) => voices.find((voice) => voice.language === language);

async function withVoices(work: (api: TestApi) => Promise<void>): Promise<void> {
  await withApi(work, { httpVoice: new HttpVoice({ allowed: [server.host], deadlineMs: 1_500 }) });
}

async function tried({ panel }: TestApi, body: object): Promise<[number, string]> {
  const response = await panel.fetch("/voices/mn/try", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status === 200) return [200, Buffer.from(await response.arrayBuffer()).toString("latin1", 0, 4)];
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
}

it("a language gets a server, its token is kept as a secret and never given back, and it goes back to our own voice", async () => {
  await withVoices(async ({ panel, configuration, secrets, dataDir }) => {
    expect(await panel.get<Voice[]>("/voices")).toEqual([
      { language: "ka", hasOwnVoice: true, server: null },
      { language: "ru", hasOwnVoice: true, server: null },
      { language: "mn", hasOwnVoice: false, server: null },
      { language: "en", hasOwnVoice: true, server: null },
    ]);
    const put = { url: "https://voice.shop.test/speak", voice: " altan ", token: "s3cret" };
    const voices = await panel.put<Voice[]>("/voices/mn", put);
    expect(of(voices, "mn")?.server).toEqual({ url: put.url, voice: "altan", hasToken: true });
    expect(JSON.stringify(voices)).not.toContain("s3cret");
    expect(JSON.stringify(await panel.get("/settings"))).not.toContain("voice.shop.test");
    expect(JSON.stringify(configuration.current)).not.toContain("s3cret");
    expect(configuration.current.site.voices.mn).toMatchObject({ url: put.url, voice: "altan" });
    expect(await secrets.read("voice-token-mn")).toBe("s3cret");
    expect((await stat(join(dataDir, "secrets", "voice-token-mn"))).mode & 0o777).toBe(0o600);
    // The settings' own form leaves it alone.
    await panel.put("/settings", await panel.get("/settings"));
    expect(configuration.current.site.voices.mn).toMatchObject({ url: put.url });
    expect(of(await panel.delete<Voice[]>("/voices/mn"), "mn")?.server).toBeNull();
    expect(await secrets.read("voice-token-mn")).toBeNull();
  });
});

it("a token stays with its server, and goes when another one is named", async () => {
  await withVoices(async ({ panel, configuration, secrets }) => {
    await panel.put("/voices/en", { url: "https://voice.shop.test/speak", voice: null, token: "s3cret" });
    const first = configuration.current.site.voices.en?.tokenSetAt;
    const same = { url: "https://voice.shop.test/v2/speak", voice: "anna" };
    expect(of(await panel.put<Voice[]>("/voices/en", same), "en")?.server).toEqual({ ...same, hasToken: true });
    expect(configuration.current.site.voices.en?.tokenSetAt).toBe(first);
    const other = { url: "https://other.test/speak", voice: "anna" };
    expect(of(await panel.put<Voice[]>("/voices/en", other), "en")?.server).toEqual({ ...other, hasToken: false });
    expect(await secrets.read("voice-token-en")).toBeNull();
  });
});

it("a server is tried before it is kept, with the token that is kept where none is typed", async () => {
  await withVoices(async (api) => {
    const trial = { url: server.url, voice: "altan", text: "Сайн байна уу" };
    expect(await tried(api, trial)).toEqual([200, "RIFF"]);
    expect(server.asked.at(-1)).toEqual({
      ...{ text: trial.text, language: "mn", voice: "altan", authorization: null },
    });
    await api.panel.put("/voices/mn", { url: server.url, voice: null, token: "kept" });
    await tried(api, trial);
    expect(server.asked.at(-1)?.authorization).toBe("Bearer kept");
    await tried(api, { ...trial, token: "typed" });
    expect(server.asked.at(-1)?.authorization).toBe("Bearer typed");
    for (const [way, status, code] of [
      ["never", 503, "voice-timeout"],
      ["error", 503, "voice-refused"],
      ["huge", 503, "voice-too-large"],
      ["text-as-wav", 503, "voice-not-audio"],
    ] as const) {
      server.way = way;
      expect([way, ...(await tried(api, trial))]).toEqual([way, status, code]);
    }
    server.way = "well";
    const inside = { ...trial, url: `http://localhost:${server.host.split(":")[1]}/` };
    expect(await tried(api, inside)).toEqual([422, "voice-address-not-allowed"]);
    expect(await tried(api, { ...trial, url: "ftp://voice.shop.test/" })).toEqual([422, "invalid-input"]);
  });
});
