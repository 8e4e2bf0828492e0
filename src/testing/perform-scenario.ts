import type { BareSwitch } from "./bare-switch.ts";
import { Transcriber, type Transcript } from "./transcript.ts";
import type { Scenario } from "./transcript-scenarios.ts";

/** Plays one scenario on a switch that is otherwise quiet, and gives what was said. */
export async function performScenario(name: string, scenario: Scenario, bare: BareSwitch): Promise<Transcript> {
  const cast = {
    outside: await bare.outsider(),
    operator: await bare.registered("101"),
    second: await bare.phone("102"),
  };
  await bare.main.hears("phone-registered", (event) => event.extension === "101");
  bare.main.events.length = 0;
  const transcriber = await Transcriber.open(name, bare);
  try {
    await scenario(transcriber, cast);
  } catch (error) {
    console.error(JSON.stringify(transcriber.close(), null, 1));
    throw error;
  }
  const transcript = transcriber.close();
  await cast.operator.unregister();
  await bare.main.hears("phone-registered", (event) => event.extension === "101" && !event.isRegistered);
  bare.main.events.length = 0;
  await Promise.all(Object.values(cast).map((phone) => phone.close()));
  return transcript;
}

export function transcriptFile(scenario: string): string {
  return `${scenario.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.json`;
}
