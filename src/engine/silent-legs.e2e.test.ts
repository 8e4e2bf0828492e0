import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, Site } from "../testing/site.ts";

/** Only FreeSWITCH looks at how long nothing has come from a leg. */
const isFreeSwitch = process.env["HOTLINE_E2E_SWITCH"] === "freeswitch";

/** Of the minutes that the switch waits as it is configured. */
const SHORT_MS = 3000;
const NO_MENU = { isEnabled: false, operatorsDigit: "1", informationDigit: null } as const;

describe.runIf(isFreeSwitch)("legs from which nothing comes any more", () => {
  let site: Site;
  let anna: ScriptedPhone;
  let configuredMs: number;

  beforeAll(async () => {
    site = await Site.open({ operators: ["101"], flow: { menu: NO_MENU } });
    anna = await site.operator("101");
    configuredMs = Number(await site.askSwitch("global_getvar media_timeout"));
    await site.askSwitch(`global_setvar media_timeout=${SHORT_MS}`);
  });
  afterEach(async () => await site.untilQuiet());
  afterAll(async () => await site.close());

  async function talking() {
    const call = await site.callIn();
    const atAnna = await anna.incoming.next({ timeoutMs: 15_000 });
    atAnna.answer();
    await converse(call, atAnna);
    return { call, atAnna };
  }

  test("they are waited for, and not for ever: phones that hold or are muted are silent for long", () => {
    expect(configuredMs).toBeGreaterThan(20 * 60_000);
  });

  test("the power goes where everybody is: the call ends all the same, and the operator is free again", async () => {
    const { call, atAnna } = await talking();
    call.drop();
    atAnna.drop();
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("talked");
    expect(logged.timeline.find(({ kind }) => kind === "hung-up")?.data).toMatchObject({ by: "system" });
    expect(logged.legs.filter(({ endedAt }) => endedAt === null)).toEqual([]);
    await site.untilPresence("101", ({ state }) => state === "free");
  });

  test("a phone without power: its call ends for the caller too, who did not hang up", async () => {
    const { call, atAnna } = await talking();
    atAnna.drop();
    await call.until("ended", { timeoutMs: 4 * SHORT_MS });
    const logged = await site.logged(call.number);
    expect(logged.timeline.find(({ kind }) => kind === "hung-up")?.data).toMatchObject({ by: "system" });
  });
});
