import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFfmpeg, runProgram } from "../recordings/ffmpeg.ts";
import { wavHeader } from "../recordings/wav-file.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { type TelephoneSound, toTelephoneSound } from "./telephone-sound.ts";
import { speak } from "./voice.ts";

async function ffmpeg(args: readonly string[], input?: Buffer): Promise<{ output: Buffer; complaints: string }> {
  const program = await findFfmpeg();
  if (program === null) throw new Error("these tests need ffmpeg");
  return await runProgram(program, args, { timeoutMs: 60_000, ...(input && { input }) });
}

/** A synthetic sound by one of ffmpeg's sources, in a format of its muxers. */
async function made(source: string, dir: string, file: string): Promise<string> {
  const path = join(dir, file);
  await ffmpeg(["-v", "error", "-f", "lavfi", "-i", source, path]);
  return path;
}

async function measured({ wav }: TelephoneSound): Promise<{ loudness: number; peak: number }> {
  const args = ["-nostats", "-i", "pipe:0", "-af", "ebur128=peak=true", "-f", "null", "-"];
  const { complaints } = await ffmpeg(args, wav);
  const summary = complaints.slice(complaints.lastIndexOf("Summary:"));
  const read = (pattern: RegExp) => Number(pattern.exec(summary)?.[1]);
  return { loudness: read(/I:\s+(\S+) LUFS/), peak: read(/Peak:\s+(\S+) dBFS/) };
}

/** Level in dB of what passes a filter. */
async function levelOf({ wav }: TelephoneSound, filter: string): Promise<number> {
  const args = ["-nostats", "-i", "pipe:0", "-af", `${filter},volumedetect`, "-f", "null", "-"];
  const { complaints } = await ffmpeg(args, wav);
  return Number(/mean_volume: (\S+) dB/.exec(complaints)?.[1]);
}

test.each(["ka", "ru", "en"] as const)(
  "%s is spoken for a telephone line: loud enough, not clipped",
  async (language) => {
    const text = { ka: "გამარჯობა. თქვენ დარეკეთ.", ru: "Здравствуйте. Вы позвонили.", en: "Hello. You have called." };
    const sound = await speak(language, text[language]);
    expect(sound.durationMs).toBeGreaterThan(1_200);
    expect(sound.durationMs).toBeLessThan(5_000);
    expect(sound.wav.subarray(0, 44).equals(wavHeader(8_000, 1, sound.wav.length - 44))).toBe(true);
    expect(sound.durationMs).toBe(Math.round((sound.wav.length - 44) / 16));
    const { loudness, peak } = await measured(sound);
    expect(Math.abs(loudness + 19)).toBeLessThan(1.6);
    expect(peak).toBeLessThan(-0.5);
    expect(await levelOf(sound, "lowpass=f=120,lowpass=f=120")).toBeLessThan(-42);
  },
);

test("without a voice nothing is spoken", async () => {
  await expect(speak("mn", "Сайн байна уу")).rejects.toMatchObject({ reason: "no-voice" });
});

test("text is text: neither options nor phonemes nor commands", async () => {
  const plain = await speak("en", "one");
  const wild = await speak("en", "-f /etc/passwd $(id) [[h@l'oU]] <speak>&amp; \u0000\n one");
  expect(wild.durationMs).toBeGreaterThan(plain.durationMs);
});

test("a text that says nothing is told", async () => {
  await expect(speak("en", " . ")).rejects.toMatchObject({ reason: "voice-failed" });
});

const SPEECH_LIKE = "sine=frequency=440:duration=3,volume=-20dB";

test.each(["mp3", "ogg", "flac", "m4a", "wav", "webm", "aiff"])("an upload as %s is taken", async (format) => {
  await withTemporaryDir(async (dir) => {
    const sound = await toTelephoneSound({ path: await made(SPEECH_LIKE, dir, `x.${format}`) });
    expect(Math.abs(sound.durationMs - 3_240)).toBeLessThan(150);
    const { loudness, peak } = await measured(sound);
    expect(Math.abs(loudness + 19)).toBeLessThan(1.6);
    expect(peak).toBeLessThan(-0.5);
  });
});

test("two loud channels become one that is not clipped; dead air goes", async () => {
  await withTemporaryDir(async (dir) => {
    const source = "aevalsrc='0.99*sin(2*PI*500*t)*between(t,2,4)|0.99*sin(2*PI*500*t)*between(t,2,4)':d=9:s=44100";
    const sound = await toTelephoneSound({ path: await made(source, dir, "x.wav") });
    expect(Math.abs(sound.durationMs - 2_280)).toBeLessThan(100);
    expect((await measured(sound)).peak).toBeLessThan(-0.5);
  });
});

test("what is no sound is refused, whatever its name says", async () => {
  await withTemporaryDir(async (dir) => {
    await mkdir(join(dir, "secret"));
    const secret = await made(SPEECH_LIKE, join(dir, "secret"), "voice.wav");
    const files: Record<string, string | Buffer> = {
      "text.wav": "this is a text and no sound\n".repeat(200),
      "empty.wav": "",
      "header-only.wav": wavHeader(8_000, 1, 0),
      "page.mp3": "<html><body>not found</body></html>",
      "random.ogg": Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7_919 + (i >> 3) * 104_729) & 0xff)),
      // Lists that name other files: what they name is not the owner's to upload.
      "list.m3u8": `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      "list.ffconcat": `ffconcat version 1.0\nfile '${secret}'\n`,
      "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 0\n",
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(dir, name), content);
      const refused = toTelephoneSound({ path: join(dir, name) }).then(
        () => "taken",
        (error: { reason?: string }) => error.reason,
      );
      expect({ name, result: await refused }).toEqual({ name, result: "not-audio" });
    }
    const picture = await made("testsrc=duration=1:rate=1", dir, "picture.png");
    await expect(toTelephoneSound({ path: picture })).rejects.toMatchObject({ reason: "not-audio" });
    const silence = await made("anullsrc=r=8000:d=3", dir, "silence.wav");
    await expect(toTelephoneSound({ path: silence })).rejects.toMatchObject({ reason: "not-audio" });
  });
});

test("five minutes are enough", async () => {
  await withTemporaryDir(async (dir) => {
    const long = await made("sine=frequency=440:duration=302:sample_rate=8000", dir, "long.wav");
    await expect(toTelephoneSound({ path: long })).rejects.toMatchObject({ reason: "too-long" });
    // A recorder that stops itself after five minutes does so a moment later.
    const stopped = await made("sine=frequency=440:duration=300.2:sample_rate=8000", dir, "stopped.wav");
    expect((await toTelephoneSound({ path: stopped })).durationMs).toBeGreaterThan(300_000);
  });
});
