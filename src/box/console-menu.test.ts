import { describe, expect, test } from "vitest";
import { type BoxAnswer, type BoxProblem, type BoxRequest, type BoxState, USUAL_NETWORK } from "../calls/box.ts";
import { LANGUAGES, type Language } from "../calls/language.ts";
import { type ConsoleDesk, showMenu } from "./console-menu.ts";
import { boxProblem, fieldProblem } from "./console-problems.ts";
import { CONSOLE_WORDS } from "./console-words.ts";
import { keysOf, LeftAlone, Screen } from "./screen.ts";

const ENTER = "\r";
const ESC = "\u001b";
const DOWN = "\u001b[B";
const TRIAL = "a".repeat(32);

/** Somebody at the screen: types when they are asked something, and reads what stands there. */
function standBefore(
  change: Partial<ConsoleDesk> = {},
  { idleMs, language = "en" }: { idleMs?: number; language?: Language } = {},
) {
  const asked: BoxRequest[] = [];
  const shown: string[] = [];
  const screen = new Screen((text) => shown.push(text), idleMs);
  const state: BoxState = {
    ...{ isManaged: true, network: USUAL_NETWORK, trial: null, ntpServers: [], timeZone: "Asia/Tbilisi", answers: [] },
  };
  const made: number[] = [];
  const zones: string[] = [];
  const desk: ConsoleDesk = {
    state: () => Promise.resolve(state),
    cards: () => [{ name: "enp1s0", networks: [{ address: "192.168.1.23", prefix: 24 }] }],
    ask: async (request): Promise<BoxAnswer> => {
      asked.push(request);
      return { id: TRIAL, problem: null, fields: {} };
    },
    admins: () => Promise.resolve([{ userId: 7, login: "owner", name: "Own\u001b[2Jer" }]),
    newPassword: async (userId) => {
      made.push(userId);
      return "abcd-efgh";
    },
    setTimeZone: async (zone) => {
      zones.push(zone);
      return true;
    },
    ...change,
  };
  const over = showMenu(screen, CONSOLE_WORDS[language], desk);
  const type = async (...pieces: string[]) => {
    for (const piece of pieces) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      screen.feed(piece);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { asked, shown, made, zones, over, type, last: () => shown.at(-1) ?? "" };
}
const word = (text: string) => [...text.split(""), ENTER];

test("keys as terminals send them", () => {
  expect(keysOf(`a1${DOWN}\u001bOA\u007f${ENTER}`)).toEqual([
    ...[{ type: "text", text: "a" }, { type: "text", text: "1" }, { type: "down" }, { type: "up" }],
    ...[{ type: "back" }, { type: "enter" }],
  ]);
  expect(keysOf(ESC)).toEqual([{ type: "escape" }]);
});

describe.each([
  ["restart", "4", "restart", { kind: "restart" }],
  ["shutting down", "5", "off", { kind: "shut-down" }],
] as const)("%s", (_, digit, right, request) => {
  test("is done by its word, and by nothing less", async () => {
    const at = standBefore();
    await at.type(digit);
    expect(at.asked).toEqual([]);
    await at.type(ENTER, ENTER, digit, ENTER, ...word("yes"));
    expect(at.last()).toContain("another word");
    expect(at.asked).toEqual([]);
    await at.type(...word(right));
    expect(at.asked).toEqual([request]);
    await at.type(ENTER, ESC);
    await at.over;
  });
});

test("a factory reset says what goes, and takes the word ERASE", async () => {
  const at = standBefore();
  await at.type("6", ENTER, ENTER, ...word("erase"));
  expect(at.asked).toEqual([]);
  expect(at.last()).toContain("Everything but the files of recordings");
  await at.type(ESC, ENTER, "2", ENTER, ...word("ERASE"));
  expect(at.asked).toEqual([{ kind: "factory-reset", keepRecordings: false }]);
});

test("an address is asked for field by field, tried, and kept by a word", async () => {
  const at = standBefore();
  await at.type("1", ENTER, "2", ENTER, ENTER, ENTER, ENTER);
  const erase = "\u007f"
    .repeat(15)
    .split("")
    .map((key) => key);
  // Out of reach of the gateway: it is said at once.
  await at.type(...erase, ...word("192.168.1.50"), ...word("10.0.0.1"));
  expect(at.last()).toContain("! It is not in the network of the box's address");
  await at.type(...erase, ...word("192.168.1.1"), ENTER);
  expect(at.last()).toContain("after 60 seconds");
  await at.type("2", ENTER);
  const dns = ["192.168.1.1"];
  expect(at.asked).toEqual([
    {
      kind: "network",
      settings: {
        ...{ card: "enp1s0", vlan: null },
        ipv4: { method: "static", address: "192.168.1.50", prefix: 24, gateway: "192.168.1.1", dns },
      },
    },
  ]);
  await at.type(...word("keep"));
  expect(at.asked.at(-1)).toEqual({ kind: "keep-network", trial: TRIAL });
});

test("a new password is shown once, for the admin who was chosen", async () => {
  const at = standBefore();
  await at.type("3", ENTER, ENTER);
  expect(at.last()).toContain("Own?[2Jer (owner)");
  await at.type(...word("new"));
  expect(at.made).toEqual([7]);
  expect(at.last()).toContain("abcd-efgh");
  await at.type(ENTER);
  expect(at.last()).not.toContain("abcd-efgh");
});

test("the time zone is the firm's and the machine's", async () => {
  const at = standBefore();
  await at.type("2", ENTER, ENTER);
  expect(at.last()).toContain("> Tbilisi");
  await at.type("u", ENTER);
  const [zone = ""] = at.zones;
  expect(zone).toMatch(/^Asia\/U/);
  expect(at.asked).toEqual([{ kind: "clock", timeZone: zone, ntpServers: null }]);
});

test("what is wrong is said in the language of who stands there", async () => {
  const refused: BoxAnswer = { id: TRIAL, problem: "invalid", fields: { "ipv4.address": "address-taken" } };
  const at = standBefore({ ask: () => Promise.resolve(refused) }, { language: "ka" });
  await at.type("1", ENTER, "2", ENTER, ENTER, ENTER, ENTER);
  await at.type("9", ...word("x"));
  expect(at.last()).toContain("! მისამართი, მაგალითად 192.168.1.50");
  const rubOut = Array.from({ length: 15 }, () => "\u007f");
  await at.type(...rubOut, ...word("192.168.1.50"), ...word("192.168.1.1"), ENTER, "2", ENTER);
  expect(at.last()).toContain("არ გაკეთდა.");
  expect(at.last()).toContain("ეს მისამართი ქსელში სხვა მოწყობილობას აქვს");
});

test("nothing that the rules or the system can say is shown as a code", () => {
  const problems: BoxProblem[] = [
    ...(["not-understood", "managed-elsewhere", "trial-under-way", "trial-over", "failed", "no-answer"] as const),
  ];
  const codes = ["invalid", "required", "no-such-card", "not-a-vlan", "not-a-prefix", "is-the-network", "is-the-box"];
  codes.push("not-in-network", "too-many", "other-card", "not-an-ip-address", "not-for-a-machine", "address-taken");
  for (const language of LANGUAGES) {
    for (const problem of problems) expect(boxProblem(language, { problem, fields: {} })).not.toBe(problem);
    for (const code of codes) expect(fieldProblem(language, code)).not.toBe(code);
  }
});

test("who leaves it alone leaves it", async () => {
  const at = standBefore({}, { idleMs: 30 });
  await expect(at.over).rejects.toThrow(LeftAlone);
});

test("words have the same places for values in each language, and lines fit a screen of 80 columns", () => {
  const places = (text: string) => [...text.matchAll(/\{[a-z]+\}/g)].map(([place]) => place).toSorted();
  for (const language of LANGUAGES)
    for (const [key, text] of Object.entries(CONSOLE_WORDS[language]))
      expect({ language, key, places: places(text) }).toEqual({
        ...{ language, key, places: places(CONSOLE_WORDS.en[key as keyof typeof CONSOLE_WORDS.en]) },
      });
});
