/** A week of calls of an invented firm, as facts of the engine: applied to the database they are a log like any other. */
import { randomUUID } from "node:crypto";
import type { CallFact, Outcome, TimelineKind } from "../src/calls/call-fact.ts";
import { callId, legId, type OperatorId } from "../src/calls/ids.ts";
import { type E164, toE164 } from "../src/calls/phone-number.ts";

export const CALLERS = [
  "ნინო ბერიძე",
  "გიორგი კვარაცხელია",
  "თამარ გელაშვილი",
  "ლევან ჯაფარიძე",
  "მარიამ წიკლაური",
  "ზურაბ ხარაიშვილი",
  "ეკატერინე მელაძე",
  "ირაკლი ნოზაძე",
  "სოფიო აბაშიძე",
  "Елена Петросян",
  "Ахмед Гасанов",
  "Hotel Rustaveli",
  "სასტუმრო „კოპალა“",
  "შპს „მტკვარი“",
  "",
  "",
] as const;

interface DemoOperator {
  operatorId: OperatorId;
  name: string;
  extension: string;
}

interface Options {
  operators: readonly DemoOperator[];
  /** How the firm's number is delivered. */
  number: string;
  nowMs: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAYS = 7;
const CALLS_A_DAY = 46;
/** Nothing is so new: these minutes belong to the missed callers below, and to the calls that go on. */
const QUIET_MS = 25 * MINUTE_MS;
const OUTCOMES: readonly Outcome[] = [
  ...Array<Outcome>(14).fill("talked"),
  ...Array<Outcome>(3).fill("information-heard"),
  ...Array<Outcome>(2).fill("abandoned-while-ringing"),
  "abandoned-in-menu",
];
/** Who still waits to be called back: minutes ago, which caller, how it ended. */
const OWED = [
  [21, 3, "abandoned-while-ringing"],
  [14, 11, "no-answer"],
  [6, 4, "abandoned-while-ringing"],
] as const;

/** The same on each run, so that pictures made of it can be compared. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function numberOf(who: number): { national: string; e164: E164 | null } {
  const prefixes = ["555", "577", "599", "591", "568"];
  const national = `${prefixes[who % prefixes.length]}${String(120_417 + who * 7_919).slice(-6)}`;
  return { national, e164: toE164(national, "GE") };
}

/** Each element is one call, in the order of their ends. */
export function demoHistory(options: Options): CallFact[][] {
  const random = seeded(20_261_122);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const calls: { endMs: number; facts: CallFact[] }[] = [];
  const stepMs = DAY_MS / CALLS_A_DAY;
  for (let atMs = options.nowMs - DAYS * DAY_MS; atMs < options.nowMs - QUIET_MS; atMs += stepMs * 2 * random()) {
    const call = { ...options, who: Math.floor(random() * CALLERS.length), atMs, operator: pick(options.operators) };
    const outcome = pick(OUTCOMES);
    const [waitMs, talkMs] = [2_000 + random() * 26_000, 35_000 + random() * random() * 420_000];
    calls.push(inbound({ ...call, outcome, waitMs, talkMs }));
    // Whoever was missed was called back soon.
    const backMs = atMs + (6 + random() * 12) * MINUTE_MS;
    if (outcome.startsWith("abandoned")) calls.push(outbound({ ...call, atMs: backMs, talkMs: 30_000 + talkMs / 3 }));
  }
  for (const [minutesAgo, who, outcome] of OWED) {
    const atMs = options.nowMs - minutesAgo * MINUTE_MS;
    const operator = pick(options.operators);
    calls.push(inbound({ ...options, who, atMs, operator, outcome, waitMs: 24_000, talkMs: 0 }));
  }
  return calls.sort((one, other) => one.endMs - other.endMs).map(({ facts }) => facts);
}

interface DemoCall extends Options {
  who: number;
  atMs: number;
  operator: DemoOperator;
  talkMs: number;
}

function inbound(call: DemoCall & { outcome: Outcome; waitMs: number }): { endMs: number; facts: CallFact[] } {
  const { atMs, operator, outcome, number } = call;
  const [id, leg, operatorLeg] = [callId(randomUUID()), legId(randomUUID()), legId(randomUUID())];
  const { national, e164 } = numberOf(call.who);
  const facts: CallFact[] = [
    {
      ...{ type: "call-opened", callId: id, atMs, direction: "inbound", callerNumber: national, isCallerHidden: false },
      ...{ callerName: CALLERS[call.who] ?? "", callerE164: e164, dialled: number, dialledE164: toE164(number, "GE") },
      ...{ gateway: "trunk-1", flow: null, language: "ka" },
    },
    {
      ...{ type: "leg-opened", legId: leg, callId: id, atMs, role: "caller", origin: "trunk" },
      ...{ number: national, operatorId: null },
    },
    { type: "leg-answered", legId: leg, atMs: atMs + 200 },
  ];
  let nowMs = atMs;
  const tell = (kind: TimelineKind, afterMs: number, data: Record<string, string | number | null> = {}) => {
    nowMs += afterMs;
    facts.push({ type: "timeline", callId: id, atMs: nowMs, kind, data });
  };
  tell("arrived", 0);
  tell("answered", 200);
  tell("greeting", 50, { node: "greeting" });
  tell("menu", 4_100, { node: "menu" });
  if (outcome === "information-heard") {
    tell("key", 3_000, { digit: "2", node: "menu", meaning: "information" });
    tell("information", 50, { node: "information" });
    nowMs += 21_000;
  } else if (outcome === "abandoned-in-menu") nowMs += 5_000;
  else {
    tell("key", 2_600, { digit: "1", node: "menu", meaning: "operators" });
    tell("ringing", 400, { operatorName: operator.name, extension: operator.extension });
    nowMs += call.waitMs;
    if (outcome === "talked") {
      facts.push(
        {
          ...{ type: "leg-opened", legId: operatorLeg, callId: id, atMs: nowMs - call.waitMs, role: "operator" },
          ...{ origin: "daemon", number: operator.extension, operatorId: operator.operatorId },
        },
        { type: "leg-answered", legId: operatorLeg, atMs: nowMs },
        { type: "talk-started", callId: id, atMs: nowMs, operatorId: operator.operatorId, waitMs: call.waitMs },
      );
      tell("talking", 0, { operatorName: operator.name, extension: operator.extension });
      nowMs += call.talkMs;
      facts.push(
        { type: "talk-ended", callId: id, atMs: nowMs, talkMs: call.talkMs },
        { type: "leg-ended", legId: operatorLeg, atMs: nowMs, cause: "NORMAL_CLEARING", sipStatus: null },
      );
    }
  }
  tell("hung-up", 0, { by: "caller", cause: "NORMAL_CLEARING" });
  facts.push(
    { type: "leg-ended", legId: leg, atMs: nowMs, cause: "NORMAL_CLEARING", sipStatus: null },
    { type: "call-ended", callId: id, atMs: nowMs, outcome, cause: "NORMAL_CLEARING" },
  );
  return { endMs: nowMs, facts: facts.map(wholeMs) };
}

function outbound(call: DemoCall): { endMs: number; facts: CallFact[] } {
  const { atMs, operator, talkMs } = call;
  const id = callId(randomUUID());
  const { national, e164 } = numberOf(call.who);
  const answeredMs = atMs + 7_000;
  const endMs = answeredMs + talkMs;
  const facts: CallFact[] = [
    {
      ...{ type: "call-opened", callId: id, atMs, direction: "outbound", callerNumber: operator.extension },
      ...{ callerName: operator.name, callerE164: null, isCallerHidden: false, dialled: national, dialledE164: e164 },
      ...{ gateway: "trunk-1", flow: null, language: null },
    },
    { type: "talk-started", callId: id, atMs: answeredMs, operatorId: operator.operatorId, waitMs: 7_000 },
    { type: "talk-ended", callId: id, atMs: endMs, talkMs },
    { type: "call-ended", callId: id, atMs: endMs, outcome: "talked", cause: "NORMAL_CLEARING" },
  ];
  return { endMs, facts: facts.map(wholeMs) };
}

/** Times and lengths are whole milliseconds. */
function wholeMs(fact: CallFact): CallFact {
  const whole: Record<string, unknown> = { ...fact };
  for (const name of ["atMs", "waitMs", "talkMs"])
    if (typeof whole[name] === "number") whole[name] = Math.round(whole[name]);
  return whole as unknown as CallFact;
}
