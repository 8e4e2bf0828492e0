import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, Site, toneOf } from "../testing/site.ts";

/** Every way through and out of the menu, by ear. */
let site: Site;
let anna: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  await site.untilQuiet();
});
afterAll(async () => await site.close());

const kinds = (call: { timeline: { kind: string }[] }) => call.timeline.map((entry) => entry.kind);

describe("the menu", () => {
  test("greeting, menu, key 1, an operator answers: both hear each other, and the log tells the story", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.ear.hears(toneOf("menu"));
    await call.pressKey("1");
    await call.ear.hears(toneOf("connecting"));
    const ringing = await anna.incoming.next();
    await call.ear.hears(RINGBACK);
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    await ringing.until("ended");
    const logged = await site.logged(call.number);
    expect(logged).toMatchObject({ outcome: "talked", operatorName: "Operator 101", direction: "inbound" });
    expect(kinds(logged)).toEqual([
      "arrived",
      "answered",
      "greeting",
      "menu",
      "key",
      "ringing",
      "recording-started",
      "talking",
      "recording-ended",
      "hung-up",
    ]);
    expect(logged.timeline.at(-1)?.data).toMatchObject({ by: "caller" });
    expect(logged.legs.map((leg) => leg.role).sort()).toEqual(["caller", "operator"]);
  });

  test("the operator hangs up: the caller's call ends too", async () => {
    const call = await site.callIn();
    anna.behaviour = { type: "answer" };
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("0");
    const answered = await anna.incoming.next();
    await converse(call, answered);
    await answered.hangUp();
    await call.until("ended");
    const logged = await site.logged(call.number);
    expect(logged.timeline.at(-1)).toMatchObject({ kind: "hung-up", data: { by: "operator" } });
  });

  test("a key pressed during the greeting is the menu's key already", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("information"));
    expect(call.ear.log.some((heard) => heard.tone === toneOf("menu").name)).toBe(false);
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("abandoned-in-menu");
  });

  test("information heard to its end: goodbye, the switch hangs up, and the wish was met", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("information"));
    await call.ear.hears(toneOf("goodbye"));
    await call.until("ended");
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("information-heard");
    expect(logged.timeline.at(-1)?.data).toMatchObject({ by: "system" });
    expect(logged.recordings).toEqual([]);
  });

  test("0 in the middle of the information reaches a person", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("information"));
    await call.pressKey("0");
    const ringing = await anna.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    expect((await site.logged(call.number)).outcome).toBe("abandoned-while-ringing");
  });

  test("another key in the information begins it again instead of losing the caller", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("information"));
    await call.pressKey("7");
    await call.ear.hears(toneOf("information"));
    await call.ear.hears(toneOf("goodbye"));
    await call.until("ended");
    expect((await site.logged(call.number)).outcome).toBe("information-heard");
  });

  test("no input: asked once more, then a person", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    await call.ear.hears(toneOf("no-input"), { timeoutMs: 10_000 });
    await call.ear.hears(toneOf("menu"));
    const ringing = await anna.incoming.next({ timeoutMs: 10_000 });
    await call.hangUp();
    await ringing.until("ended");
    expect(kinds(await site.logged(call.number)).filter((kind) => kind === "no-input")).toHaveLength(2);
  });

  test("wrong key, then the right one", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    await call.pressKey("9");
    await call.ear.hears(toneOf("wrong-input"));
    await call.pressKey("1");
    const ringing = await anna.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    const logged = await site.logged(call.number);
    expect(logged.timeline.find((entry) => entry.kind === "wrong-input")?.data).toMatchObject({ digits: "9" });
  });

  test("wrong keys only: a person, never a dead end", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    await call.pressKey("5");
    await call.ear.hears(toneOf("wrong-input"));
    await call.pressKey("#");
    const ringing = await anna.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    await site.logged(call.number);
  });

  test("hung up during the greeting: logged as abandoned in the menu", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.hangUp();
    const logged = await site.logged(call.number);
    expect(logged).toMatchObject({ outcome: "abandoned-in-menu", talkSeconds: null, operatorName: null });
  });

  test("given up before the switch answered: in the log all the same, and nothing is left behind", async () => {
    const call = await site.callIn();
    await call.hangUp();
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("abandoned-in-menu");
  });

  test("a caller who sends no sound at all hears every prompt in full", async () => {
    const call = await site.callIn({ isSilent: true });
    await call.ear.hears(toneOf("greeting"));
    await call.ear.hears(toneOf("menu"));
    await call.ear.hears(toneOf("no-input"), { timeoutMs: 10_000 });
    await call.hangUp();
    await site.logged(call.number);
  });

  test("a digit sent the moment the call is answered counts", async () => {
    const call = await site.callIn();
    await call.until("talking");
    await call.pressKey("1");
    const ringing = await anna.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    await site.logged(call.number);
  });

  test("20 digits in a second end with a person, and the call goes on", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    await call.pressKey("98765432198765432198", { durationMs: 40, gapMs: 10 });
    const ringing = await anna.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("talked");
  });
});

const never = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };

describe("outside the usual way", () => {
  test("after hours: the text is heard, goodbye, the end", async () => {
    await site.setFlow({ hours: { alwaysOpen: false, ...never } });
    const call = await site.callIn();
    await call.ear.hears(toneOf("closed"));
    await call.ear.hears(toneOf("goodbye"));
    await call.until("ended");
    expect(await site.logged(call.number)).toMatchObject({ outcome: "after-hours" });
  });

  test("after hours, 0: a person all the same", async () => {
    await site.setFlow({ hours: { alwaysOpen: false, ...never } });
    const call = await site.callIn();
    anna.behaviour = { type: "answer" };
    await call.ear.hears(toneOf("closed"));
    await call.pressKey("0");
    const answered = await anna.incoming.next();
    await converse(call, answered);
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("talked");
  });

  test("without a menu the greeting leads to the operators", async () => {
    await site.setFlow({ menu: { isEnabled: false, operatorsDigit: "1", informationDigit: null } });
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.ear.hears(toneOf("connecting"));
    const ringing = await anna.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    expect(kinds(await site.logged(call.number))).not.toContain("menu");
  });

  test("a new version of the flow is published: the call under way finishes on its own, the next takes the new one", async () => {
    await site.setFlow({});
    const before = await site.callIn();
    await before.ear.hears(toneOf("menu"));
    await site.setFlow({ menu: { isEnabled: true, operatorsDigit: "5", informationDigit: "6" } });
    await before.pressKey("2");
    await before.ear.hears(toneOf("information"));
    await before.hangUp();
    const after = await site.callIn();
    await after.ear.hears(toneOf("menu"));
    await after.pressKey("6");
    await after.ear.hears(toneOf("information"));
    await after.hangUp();
    await site.logged(before.number);
    await site.logged(after.number);
  });
});

describe("languages", () => {
  test("offered in each language; the chosen one is spoken and logged", async () => {
    await site.setFlow({});
    const settings = await site.panel.get<Record<string, unknown>>("/settings");
    await site.panel.put("/settings", { ...settings, callerLanguages: ["en", "ru"] });
    const call = await site.callIn();
    await call.ear.hears(toneOf("choose-language-1"));
    await call.ear.hears(toneOf("choose-language-2", "ru"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("greeting", "ru"));
    await call.ear.hears(toneOf("menu", "ru"));
    await call.hangUp();
    expect(await site.logged(call.number)).toMatchObject({ language: "ru" });
  });

  test("who chooses none is served in the first, without being asked twice", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("choose-language-2", "ru"));
    await call.ear.hears(toneOf("greeting"), { timeoutMs: 10_000 });
    await call.hangUp();
    expect(await site.logged(call.number)).toMatchObject({ language: "en" });
  });
});
