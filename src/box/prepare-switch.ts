/** Run before FreeSWITCH starts on a box: makes its folders, its secret and vars.xml from what is known of the site. */
import { ConfigError, readConfig } from "../config/config.ts";
import { prepareSwitchFiles } from "../freeswitch/generated-config.ts";
import { lastSwitchSettings } from "../switch-settings.ts";

const CONFIGURATION_ERROR = 2;

try {
  await prepareSwitchFiles(await lastSwitchSettings(readConfig(process.env)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) process.stderr.write(`${problem}\n`);
  process.exit(CONFIGURATION_ERROR);
}
