import { join } from "node:path";
import type { RoutingConfiguration } from "./calls/routing-configuration.ts";
import type { Config } from "./config/config.ts";
import { readSnapshot } from "./database/configuration-snapshot.ts";
import { emergencyNumbers } from "./flows/routing/emergency.ts";
import { outsideWithoutDaemon, recordingWithoutDaemon, waysOutWithoutDaemon } from "./flows/routing/without-daemon.ts";
import type { SwitchSettings } from "./freeswitch/generated-config.ts";

/** What the switch is told, from the environment and, once it is known, the site. */
export function switchSettings(
  config: Config,
  known: Pick<RoutingConfiguration<unknown>, "site" | "trunks" | "numbers" | "outgoing"> | null = null,
): SwitchSettings {
  const { language, country } = known?.site ?? { language: "en", country: "GE" };
  return {
    dataDir: config.dataDir,
    promptsDir: join(config.dataDir, "prompts"),
    eventSocketPort: config.eventSocket.port,
    sipAddress: config.sip.host,
    phonesPort: config.sip.phonePort,
    trunksPort: config.sip.trunkPort,
    trunksTlsPort: config.sip.trunkTlsPort,
    rtpFirstPort: config.rtpPorts.first,
    rtpLastPort: config.rtpPorts.last,
    codecs: ["PCMA", "PCMU"],
    language,
    emergencyNumbers: emergencyNumbers(country),
    outsidePattern: outsideWithoutDaemon(country, known?.outgoing.areaCode ?? null),
    // As long as nobody has said so, nobody is recorded.
    recordCalls: known?.site.recordCalls ?? false,
    numbersRecording: known === null ? [] : recordingWithoutDaemon(known),
    waysOut: known === null ? [] : waysOutWithoutDaemon(known),
    logLevel: config.logLevel === "debug" || config.logLevel === "trace" ? "debug" : "warning",
  };
}

/** Where the configuration's copy lies by which calls are routed. */
export function snapshotFile(dataDir: string): string {
  return join(dataDir, "snapshot.json");
}

/** The same for whoever starts the switch, which may be long after the site was set up: by the configuration's copy on disk. */
export async function lastSwitchSettings(config: Config): Promise<SwitchSettings> {
  const known = await readSnapshot(snapshotFile(config.dataDir)).catch((error: unknown) => {
    // A damaged one must not keep the switch from starting; the daemon says so, and puts the settings right.
    if (error instanceof SyntaxError) return null;
    throw error;
  });
  return switchSettings(config, known);
}
