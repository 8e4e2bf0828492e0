import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CallerProfile } from "./caller-profile.ts";
import type { Channel } from "./channel.ts";
import { STATE_NUMBERS } from "./channel-state.ts";
import { CORE_UUID } from "./events.ts";

/** Writes `<uuid>.cdr.json` into `directory` with mod_json_cdr's layout, in place as it does; none where `process_cdr` says so. */
export function writeCdr(channel: Channel, directory: string): void {
  if (channel.variables.get("process_cdr") === "false") return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${channel.uuid}.cdr.json`), `${JSON.stringify(cdrOf(channel))}\n`);
}

function cdrOf(channel: Channel): Record<string, unknown> {
  return {
    "core-uuid": CORE_UUID,
    switchname: "hotline",
    channel_data: {
      state: channel.state,
      direction: channel.direction,
      state_number: String(STATE_NUMBERS[channel.state]),
    },
    variables: Object.fromEntries(channel.variables),
    app_log: {
      applications: channel.applicationLog.map(({ application, data, atUs }) => ({
        app_name: application,
        app_data: data,
        app_stamp: String(atUs),
      })),
    },
    // The newest first.
    callflow: channel.profiles.toReversed().map((profile, i) => flowOf(channel, profile, i === 0)),
  };
}

function flowOf(channel: Channel, profile: CallerProfile, isNewest: boolean): Record<string, unknown> {
  const { times, other } = channel;
  const partner = other === null || !isNewest ? null : profileOf(other.channel, other.channel.profile);
  const type = other?.type ?? "originatee";
  return {
    dialplan: profile.dialplan,
    profile_index: String(profile.index),
    ...(profile.extension === null
      ? {}
      : {
          extension: {
            name: profile.extension.name,
            number: profile.extension.number,
            applications: profile.extension.actions.map(({ application, data }) => ({
              app_name: application,
              app_data: data,
            })),
          },
        }),
    caller_profile: {
      ...profileOf(channel, profile),
      ...(partner === null ? {} : { [type]: { [`${type}_caller_profiles`]: [partner] } }),
    },
    times: {
      created_time: String(times.createdUs),
      profile_created_time: String(profile.createdUs),
      progress_time: String(times.progressUs),
      progress_media_time: String(times.progressMediaUs),
      answered_time: String(times.answeredUs),
      bridged_time: String(isNewest ? times.bridgedUs : 0),
      last_hold_time: String(times.lastHoldUs),
      hold_accum_time: "0",
      hangup_time: String(isNewest ? times.hangupUs : 0),
      resurrect_time: "0",
      transfer_time: String(profile.transferredUs),
    },
  };
}

function profileOf(channel: Channel, profile: CallerProfile): Record<string, string> {
  return {
    username: profile.username,
    dialplan: profile.dialplan,
    caller_id_name: profile.callerIdName,
    ani: profile.ani,
    aniii: "",
    caller_id_number: profile.callerIdNumber,
    network_addr: profile.networkAddr,
    rdnis: profile.rdnis,
    destination_number: profile.destinationNumber,
    uuid: channel.uuid,
    source: profile.source,
    context: profile.context,
    chan_name: channel.name,
  };
}
