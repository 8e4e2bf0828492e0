/** The scenarios that transcripts are recorded of: each basic thing that the daemon does with the switch, and each way in which it fails. */
import { rejects } from "node:assert/strict";
import { join } from "node:path";
import { newCallId, newLegId, newPlayId } from "../calls/ids.ts";
import { switchPaths } from "../freeswitch/generated-config.ts";
import { markerTone, promptTone } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { PROMPT } from "./bare-switch.ts";
import type { Transcriber } from "./transcript.ts";
import { until } from "./until.ts";

interface Cast {
  outside: ScriptedPhone;
  /** Registered as 101. */
  operator: ScriptedPhone;
  /** 102, not registered. */
  second: ScriptedPhone;
}

export type Scenario = (say: Transcriber, cast: Cast) => Promise<void>;

async function caller(say: Transcriber, { outside }: Cast) {
  const call = await outside.call("322112233", { from: { number: "+995599123456", name: "გიორგი" } });
  return { call, leg: await say.parked("322112233", "caller") };
}

async function answered(say: Transcriber, cast: Cast) {
  const one = await caller(say, cast);
  await say.execute(one.leg, "answer");
  await one.call.until("talking");
  await say.hears("CHANNEL_ANSWER", (event) => event["Unique-ID"] === one.leg);
  await say.hears("CHANNEL_EXECUTE_COMPLETE", (event) => event["Application"] === "answer");
  return one;
}

async function ends(say: Transcriber, leg: string) {
  await say.hears("CHANNEL_HANGUP_COMPLETE", (event) => event["Unique-ID"] === leg);
  await say.cdr(leg);
}

const complete = (say: Transcriber, eventUuid: string) =>
  say.hears("CHANNEL_EXECUTE_COMPLETE", (event) => event["Application-UUID"] === eventUuid);

/** Rings 101 (or another) with the daemon's own order. */
async function rings(say: Transcriber, extension = "101", seconds = 20) {
  const leg = say.name(newLegId(), "operator");
  const call = say.name(newCallId(), "operator's call");
  const variables =
    `origination_uuid=${leg},hotline_call_id=${call},hotline_operator_id=7,hotline_extension=${extension},` +
    "hotline_origin=daemon,hotline_role=operator,origination_caller_id_number=+995599123456," +
    `origination_caller_id_name=+995599123456,ignore_early_media=true,originate_timeout=${seconds},hangup_after_bridge=true,` +
    "playback_terminators=any,RECORD_STEREO=true";
  const job = await say.job(`originate {${variables}}user/${extension}@hotline &park()`, "job");
  return { leg, job };
}

const jobEnds = (say: Transcriber, job: string) => say.hears("BACKGROUND_JOB", (event) => event["Job-UUID"] === job);

const refusedWith =
  (status: number): Scenario =>
  async (say, cast) => {
    cast.operator.behaviour = { type: "reject", status };
    const { leg, job } = await rings(say);
    await jobEnds(say, job);
    await ends(say, leg);
  };

async function talking(say: Transcriber, cast: Cast) {
  const { call, leg } = await answered(say, cast);
  call.sendMarkers(0);
  cast.operator.behaviour = { type: "answer", markers: 1 };
  const operator = await rings(say);
  await jobEnds(say, operator.job);
  await say.hears("CHANNEL_PARK", (event) => event["Unique-ID"] === operator.leg);
  const other = await cast.operator.incoming.next();
  const bridge = async () => {
    await say.api(`uuid_bridge ${leg} ${operator.leg}`);
    await say.hears("CHANNEL_BRIDGE");
    await call.ear.hears(markerTone(1));
    await other.ear.hears(markerTone(0));
  };
  return { call, leg, other, operatorLeg: operator.leg, bridge };
}

export const SCENARIOS: Record<string, Scenario> = {
  "caller gives up before the answer": async (say, cast) => {
    const { call, leg } = await caller(say, cast);
    await call.hangUp();
    await ends(say, leg);
  },

  "caller hears a prompt to its end": async (say, cast) => {
    const { call, leg } = await answered(say, cast);
    const play = say.name(newPlayId(), "play");
    await say.execute(leg, "playback", say.bare.prompt("menu"), play);
    await complete(say, play);
    await call.hangUp();
    await ends(say, leg);
  },

  "caller ends a prompt by a key, and presses more": async (say, cast) => {
    const { call, leg } = await answered(say, cast);
    const play = say.name(newPlayId(), "play");
    const menu = say.bare.prompt("menu");
    await say.execute(leg, "playback", `file_string://${menu}!silence_stream://300!${menu}`, play);
    await call.ear.hears(promptTone(PROMPT.menu));
    await call.pressKey("5");
    await complete(say, play);
    await call.pressKey("*#0");
    await say.hears("DTMF", (event) => event["DTMF-Digit"] === "0");
    await say.api(`uuid_kill ${leg} NORMAL_CLEARING`);
    await call.until("ended");
    await ends(say, leg);
  },

  "a prompt is broken": async (say, cast) => {
    const { call, leg } = await answered(say, cast);
    const play = say.name(newPlayId(), "play");
    await say.execute(leg, "playback", "tone_stream://%(1000,4000,425);loops=-1", play);
    await call.ear.hears({ name: "ringback", frequenciesHz: [425] });
    await say.api(`uuid_break ${leg}`);
    await complete(say, play);
    await call.hangUp();
    await ends(say, leg);
  },

  "a prompt is missing": async (say, cast) => {
    const { call, leg } = await answered(say, cast);
    const play = say.name(newPlayId(), "play");
    await say.execute(leg, "playback", join(say.bare.settings.promptsDir, "en", "no-such.wav"), play);
    await complete(say, play);
    await call.hangUp();
    await ends(say, leg);
  },

  "the place of a caller is kept": async (say, cast) => {
    const { call, leg } = await answered(say, cast);
    await say.api(`uuid_setvar_multi ${leg} hotline_language=en;hotline_place=main:3:menu.main:en:`);
    await say.api(`uuid_setvar ${leg} hotline_recording a.b.1.wav`);
    await say.api(`uuid_dump ${leg} json`);
    await call.hangUp();
    await ends(say, leg);
  },

  "caller and operator talk, recorded, until the operator hangs up": async (say, cast) => {
    const { call, leg, other, operatorLeg, bridge } = await talking(say, cast);
    const { recordings } = switchPaths(say.bare.settings.dataDir);
    await say.api(`uuid_record ${leg} start ${recordings}/${leg}.1.wav`);
    await bridge();
    await say.api(`uuid_dump ${leg} json`);
    await say.api(`uuid_dump ${operatorLeg} json`);
    await say.apiUntil("show channels as json", (reply) => reply.includes(leg) && reply.includes(operatorLeg));
    await other.hangUp();
    await call.until("ended");
    await say.hears("RECORD_STOP");
    await ends(say, operatorLeg);
    await ends(say, leg);
  },

  "operator holds the caller": async (say, cast) => {
    const { call, leg, other, operatorLeg, bridge } = await talking(say, cast);
    await bridge();
    await other.hold();
    await say.hears("CHANNEL_HOLD");
    await other.unhold();
    await say.hears("CHANNEL_UNHOLD");
    await call.hangUp();
    await ends(say, leg);
    await ends(say, operatorLeg);
  },

  "operator is busy": refusedWith(486),
  "operator refuses": refusedWith(603),
  "operator is unavailable": refusedWith(480),
  "operator is unknown there": refusedWith(404),

  "operator does not answer": async (say, cast) => {
    cast.operator.behaviour = { type: "ring" };
    const { leg, job } = await rings(say, "101", 1);
    await jobEnds(say, job);
    await ends(say, leg);
  },

  "operator is not registered": async (say) => {
    const { job } = await rings(say, "102");
    await jobEnds(say, job);
  },

  "operator is cancelled": async (say, cast) => {
    cast.operator.behaviour = { type: "ring" };
    const { leg, job } = await rings(say);
    const ringing = await cast.operator.incoming.next();
    await say.api(`uuid_kill ${leg} LOSE_RACE`);
    await ringing.until("ended");
    await jobEnds(say, job);
    await ends(say, leg);
  },

  "operator answers and hangs up": async (say, cast) => {
    cast.operator.behaviour = { type: "answer" };
    const { leg, job } = await rings(say);
    await jobEnds(say, job);
    await say.hears("CHANNEL_PARK");
    await (await cast.operator.incoming.next()).hangUp();
    await ends(say, leg);
  },

  "a phone registers and leaves": async (say, { second }) => {
    await second.register();
    await say.hears("sofia::register");
    await say.apiUntil("show registrations as json", (reply) => reply.includes('"102"'));
    await second.unregister();
    await say.hears("sofia::unregister");
    await say.apiUntil("show registrations as json", (reply) => !reply.includes('"102"'));
    await say.api("user_exists id 102 hotline");
    await say.api("user_exists id 199 hotline");
  },

  "a phone dials another": async (say, { operator, second }) => {
    await second.register();
    await say.hears("sofia::register");
    second.behaviour = { type: "answer", markers: 1 };
    const call = await operator.call("102");
    call.sendMarkers(0);
    const leg = await say.parked("102", "phone");
    const other = say.name(newLegId(), "other phone");
    await say.api(`uuid_setvar ${leg} hotline_held false`);
    const variables = `origination_uuid=${other},hotline_origin=daemon,hotline_role=callee,hotline_extension=102,originate_timeout=20,hangup_after_bridge=true`;
    await say.execute(leg, "bridge", `{${variables}}user/102@hotline`);
    await say.hears("CHANNEL_BRIDGE");
    await call.ear.hears(markerTone(1));
    await call.hangUp();
    await ends(say, leg);
    await ends(say, other);
    await second.unregister();
    await say.hears("sofia::unregister");
  },

  "a phone dials one that is not there": async (say, { operator }) => {
    const call = await operator.call("102");
    const leg = await say.parked("102", "phone");
    await say.execute(leg, "bridge", "{originate_timeout=20}user/102@hotline");
    await call.until("ended");
    await ends(say, leg);
  },

  "a caller is held and taken back": async (say, cast) => {
    const { call, leg } = await answered(say, cast);
    await say.api(`uuid_transfer ${leg} one-moment XML hotline`);
    await call.ear.hears(promptTone(PROMPT["one-moment"]));
    await say.api(`uuid_setvar ${leg} hotline_take_back true`);
    await say.hears("CHANNEL_PARK", (event) => event["Caller-Destination-Number"] === "take-back");
    await call.hangUp();
    await ends(say, leg);
  },

  "a new daemon shakes hands with the guard": async (say) => {
    const boot = say.name(newLegId(), "boot");
    await say.message("sendevent CUSTOM", { "Event-Subclass": "hotline::alive", "Hotline-Boot": boot });
    await say.hears("hotline::guard");
  },

  "commands for what is not there": async (say) => {
    const leg = say.name(newLegId(), "nobody");
    await say.api("show channels as json");
    for (const command of [
      "uuid_exists",
      "uuid_kill",
      "uuid_break",
      "uuid_setvar_multi",
      "uuid_setvar",
      "uuid_transfer",
      "uuid_record",
      "uuid_dump",
      "uuid_bridge",
    ]) {
      const rest: Record<string, string> = {
        uuid_setvar_multi: " a=b",
        uuid_setvar: " a b",
        uuid_transfer: " one-moment XML hotline",
        uuid_record: " start /nowhere/a.wav",
        uuid_dump: " json",
        uuid_bridge: ` ${leg}`,
      };
      await say.api(`${command} ${leg}${rest[command] ?? ""}`);
    }
    await say.execute(leg, "answer");
    await say.api("no_such_command at all");
    await say.message("no-such-message");
    await say.api("reloadxml");
    await say.api("sofia profile external gwlist");
    await say.api("sofia profile external gwlist down");
    await say.api("global_getvar hotline_control");
  },

  "somebody guesses a phone's password": async (say) => {
    for (const user of ["102", "999"]) {
      const guesser = await say.bare.phone(user, "a wrong password");
      await rejects(guesser.register());
      const refused = (event: Readonly<Record<string, string | undefined>>) =>
        event["username"] === user && event["auth-result"] === "FORBIDDEN";
      await say.hears("sofia::register_attempt", refused);
      const before = say.heard("sofia::register_attempt", refused);
      const call = await guesser.call("101");
      await call.until("ended");
      await until("the refused call", () => say.heard("sofia::register_attempt", refused) > before);
    }
  },
};
