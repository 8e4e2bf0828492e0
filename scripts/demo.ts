/** `make demo`: an invented firm with a week of calls behind it and callers who keep calling, to look around in. Nothing of it stays. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PhoneCall } from "../src/lab/phone/phone-call.ts";
import { until } from "../src/testing/until.ts";
import { buildPanelIfOld } from "./build-panel.ts";
import { CALLERS } from "./demo-history.ts";
import { DEMO_LOGIN, type DemoSite, openDemoSite, talkingVoices } from "./demo-site.ts";

const BETWEEN_CALLS_MS = 9_000;
const BEFORE_KEY_MS = 8_000;

async function oneCall(site: DemoSite, who: number): Promise<void> {
  const voices = talkingVoices();
  const call = await site.callIn(who);
  await call.until("talking");
  await sleep(BEFORE_KEY_MS);
  if (who % 5 === 4) return await call.hangUp();
  await call.pressKey("1");
  const ringing = await until("a phone rings", () => nextRinging(site), 30_000);
  await sleep(3_000);
  if (ringing.state !== "ringing") return await call.hangUp();
  ringing.answer();
  call.say(voices.caller);
  ringing.say(voices.operator);
  await sleep(voices.durationMs);
  await call.hangUp();
}

/** A call that still rings at some operator's; what another phone took meanwhile is passed over. */
async function nextRinging(site: DemoSite): Promise<PhoneCall | null> {
  for (const { incoming } of site.phones) {
    while (incoming.waiting > 0) {
      const call = await incoming.next();
      if (call.state === "ringing") return call;
    }
  }
  return null;
}

buildPanelIfOld();
console.log("Making the demo firm; its prompts are being spoken");
const site = await openDemoSite();
console.log(
  `\nThe panel is at ${site.origin}; login ${DEMO_LOGIN.login}, password "${DEMO_LOGIN.password}". Ctrl+C stops.\n`,
);
let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    void site.close().then(() => process.exit(0));
  });
}
for (let who = 0; ; who = (who + 1) % CALLERS.length) {
  // Some calls end otherwise than planned, as calls do: all phones were busy, or another call's phone rang.
  oneCall(site, who).catch((error: unknown) => console.log(`a caller gave up: ${String(error)}`));
  await sleep(BETWEEN_CALLS_MS);
}
