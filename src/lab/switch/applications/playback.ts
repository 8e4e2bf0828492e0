import type { Channel } from "../channel.ts";
import type { SoundSource } from "../channel-media.ts";
import { Recorder } from "../recorder.ts";
import { openSound, SoundNotFoundError } from "../sound-source.ts";
import type { Application } from "./basics.ts";

type Outcome = "ended" | "broken" | "not-found";

/**
 * Plays until the sound ends, a key among `playback_terminators` is taken, or something else happens. Keys that were pressed before count,
 * as in FreeSWITCH: each is taken, and reported, when the application gets to it.
 */
async function play(channel: Channel, source: SoundSource, terminators: string): Promise<Outcome> {
  await channel.preAnswer();
  const { media } = channel;
  if (media === null) return "not-found";
  const before = media.play(source);
  try {
    while (channel.isReady) {
      if (channel.isBroken) return "broken";
      await channel.runMessages();
      const digit = channel.isReady && !channel.isBroken ? channel.takeDigit() : null;
      if (digit !== null && terminators.includes(digit.digit)) {
        channel.variables.set("playback_terminator_used", digit.digit);
        return "broken";
      }
      if (digit !== null) continue;
      if (!media.isPlaying) return "ended";
      if (channel.isReady && !channel.isBroken) await channel.changed();
    }
    return "broken";
  } finally {
    media.play(before);
  }
}

function terminatorsOf(channel: Channel): string {
  const stated = channel.variable("playback_terminators") ?? "*";
  if (stated.toLowerCase() === "none") return "";
  return stated.toLowerCase() === "any" ? "1234567890*#" : stated;
}

async function playNamed(channel: Channel, name: string): Promise<Outcome> {
  let source: SoundSource;
  try {
    source = openSound(name);
  } catch (error) {
    if (!(error instanceof SoundNotFoundError)) throw error;
    channel.owner.log("warning", `${channel.name}: no sound ${error.message}`);
    return "not-found";
  }
  return await play(channel, source, terminatorsOf(channel));
}

const playback: Application = async (channel, data) => {
  channel.variables.delete("playback_terminator_used");
  const outcome = await playNamed(channel, data);
  channel.variables.set("current_application_response", outcome === "not-found" ? "FILE NOT FOUND" : "FILE PLAYED");
};

/**
 * Records what the caller says until a key (`playback_terminators`), the hangup, so many seconds, or so many seconds below a mean amplitude:
 * `path [seconds [amplitude [silence]]]`. As in FreeSWITCH, who is transferred away meanwhile is hung up.
 */
const record: Application = async (channel, data) => {
  const [path = "", seconds = "0", amplitude = "0", silence = "3"] = data.split(/\s+/);
  await channel.preAnswer();
  if (channel.media === null || path === "") return;
  const stereo = channel.variables.get("RECORD_STEREO");
  channel.variables.delete("RECORD_STEREO");
  channel.variables.set("silence_hits_exhausted", "false");
  const recorder = Recorder.start(channel, path, Number.parseInt(amplitude, 10) || 0);
  const silentMs = (Number.parseInt(silence, 10) || 3) * 1000;
  const limitMs = Number.parseInt(seconds, 10) * 1000 || Number.POSITIVE_INFINITY;
  const terminators = terminatorsOf(channel);
  while (channel.isReady && !channel.isBroken && recorder.durationMs < limitMs) {
    await channel.runMessages();
    const digit = channel.takeDigit();
    if (digit !== null && terminators.includes(digit.digit)) {
      channel.variables.set("playback_terminator_used", digit.digit);
      break;
    }
    if (recorder.quietMs >= silentMs) {
      channel.variables.set("silence_hits_exhausted", "true");
      break;
    }
    await channel.changed(200);
  }
  recorder.stop();
  if (!channel.isReady) channel.hangUp("DESTINATION_OUT_OF_ORDER");
  if (stereo !== undefined) channel.variables.set("RECORD_STEREO", stereo);
};

/**
 * `min max tries timeout terminators file invalid_file variable regexp [digit_timeout]`: plays, collects keys, and puts them into the variable;
 * plays `invalid_file` after a wrong entry.
 */
const playAndGetDigits: Application = async (channel, data) => {
  const words = data.split(/\s+/);
  const [min = "1", max = "1", tries = "1", timeout = "5000", terminators = "#", file = "", invalid = ""] = words;
  const [variable = "", pattern = "", digitTimeout = timeout] = words.slice(7);
  for (let left = Number(tries); left > 0 && channel.isReady; left--) {
    const digits = await collect(channel, {
      file,
      count: Number(max),
      terminators,
      firstMs: Number(timeout),
      nextMs: Number(digitTimeout),
    });
    if (digits.length >= Number(min) && new RegExp(`^(?:${pattern})$`).test(digits)) {
      channel.setVariable(variable, digits);
      return;
    }
    if (invalid !== "" && channel.isReady) await playNamed(channel, invalid);
  }
  channel.setVariable(variable, "");
};

async function collect(
  channel: Channel,
  want: { file: string; count: number; terminators: string; firstMs: number; nextMs: number },
): Promise<string> {
  channel.variables.delete("playback_terminator_used");
  let digits = "";
  const source = openSoundOrSilence(want.file);
  await play(channel, source, "1234567890*#");
  const first = channel.variables.get("playback_terminator_used");
  if (first !== undefined && !want.terminators.includes(first)) digits = first;
  // Nothing but the terminator itself.
  if (first !== undefined && digits === "") return "";
  let untilMs = performance.now() + (digits === "" ? want.firstMs : want.nextMs);
  while (channel.isReady && digits.length < want.count && performance.now() < untilMs) {
    const digit = channel.takeDigit()?.digit;
    if (digit === undefined) {
      await channel.changed(Math.max(1, untilMs - performance.now()));
      continue;
    }
    if (want.terminators.includes(digit)) break;
    digits += digit;
    untilMs = performance.now() + want.nextMs;
  }
  return digits;
}

function openSoundOrSilence(name: string): SoundSource {
  try {
    return openSound(name);
  } catch (error) {
    if (!(error instanceof SoundNotFoundError)) throw error;
    return { next: () => null };
  }
}

export const soundApplications: Record<string, Application> = {
  playback,
  record,
  play_and_get_digits: playAndGetDigits,
};
