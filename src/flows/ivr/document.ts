/**
 * A call flow as data: the tree that a caller walks. Nodes name each other by id; prompts are named, and each has one take per language.
 *
 * The schema takes drafts too: what is not filled in yet is empty (`""`, or null where a number is wanted), and `checkFlow` says so. What it
 * lets through is safe to keep and to walk, however little sense it makes.
 */
import { z } from "zod";
import { DIGITS } from "../../calls/digit.ts";
import { flowId, nodeId, operatorId, scheduleId } from "../../calls/ids.ts";
import type { Language } from "../../calls/language.ts";
import { minutesOf, WEEKDAYS } from "../hours/weekly-hours.ts";

/** Ids stand in the switch's channel variables (see `encodePlace`) and as keys of records. */
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const CONTROL = /\p{Cc}/u;

const MOST_NODES = 300;
const MOST_CHOICES = DIGITS.length;

const oneLine = (maximum: number) =>
  z
    .string()
    .trim()
    .max(maximum)
    .refine((text) => !CONTROL.test(text), { error: "not-one-line" });

const flow = z.string().regex(ID, { error: "not-an-id" }).transform(flowId);
const node = z.string().regex(ID, { error: "not-an-id" }).transform(nodeId);
/** Where a branch leads; empty: it is not drawn yet. */
const next = z
  .union([z.literal(""), z.string().regex(ID, { error: "not-an-id" })])
  .default("")
  .transform(nodeId);
const promptName = z
  .union([z.literal(""), z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "not-a-prompt" })])
  .default("");
const noOrPrompt = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "not-a-prompt" })
  .nullable();
/** The value that a caller typed, or that a look-up brought, is known by it from there on. */
const variable = z
  .union([z.literal(""), z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, { error: "not-a-variable" })])
  .default("");
const operator = z.number().int().positive().transform(operatorId);

const digit = z.enum(DIGITS, { error: "not-a-key" });
/** Keys that lead elsewhere. 0 leads to a person even where it is not named. */
const choices = z
  .partialRecord(digit, next)
  .refine((keys) => Object.keys(keys).length <= MOST_CHOICES, { error: "too-many" })
  .default({});

const seconds = (least: number, most: number) => z.number().int().min(least).max(most);
/** How long the caller may think: after the prompt's end, and between two digits. */
const thinkMs = z.number().int().min(1_000).max(60_000);
const repeats = z.number().int().min(0).max(5).default(1);
const ringSeconds = seconds(5, 120).default(25);

const interval = z
  .object({ from: z.string(), to: z.string() })
  .refine(({ from }) => minutesOf(from) !== null && from !== "24:00", { error: "not-a-time", path: ["from"] })
  .refine(({ to }) => minutesOf(to) !== null, { error: "not-a-time", path: ["to"] });
const day = z.array(interval).max(10);
const WeeklyHoursInput = z.object({
  ...(Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, day])) as Record<(typeof WEEKDAYS)[number], typeof day>),
  alwaysOpen: z.boolean(),
});

/** What the owner calls the node; null: the panel's word for its kind. */
const shared = { name: oneLine(80).nullable().default(null) };

const LanguageNode = z.object({
  ...shared,
  type: z.literal("language"),
  timeoutMs: thinkMs.default(4_000),
  next,
});

const HoursNode = z.object({
  ...shared,
  type: z.literal("hours"),
  /** Hours of its own; null: those of `schedule`. */
  hours: WeeklyHoursInput.nullable().default(null),
  schedule: z.number().int().positive().transform(scheduleId).nullable().default(null),
  /** Where the dialled number has a schedule of its own, that one counts. */
  numberFirst: z.boolean().default(true),
  open: next,
  closed: next,
});

const SayNode = z.object({
  ...shared,
  type: z.literal("say"),
  prompt: promptName,
  /** What hearing it means for the log: information heard to its end is a wish that was met. */
  purpose: z.enum(["greeting", "information", "closed", "notice"]).default("notice"),
  /** Another key: a greeting passes it to the next node, any other prompt starts again. */
  choices,
  next,
});

const MenuNode = z.object({
  ...shared,
  type: z.literal("menu"),
  prompt: promptName,
  choices,
  timeoutMs: thinkMs.default(5_000),
  /** How often the menu is repeated after no input or wrong input before the caller is led to a person. */
  repeats,
  /** Where no input and wrong input lead in the end: a person, never a dead end. */
  otherwise: next,
});

const RingGroupNode = z.object({
  ...shared,
  type: z.literal("ring-group"),
  /** Empty: every enabled operator. Order matters for `sequential`. */
  operatorIds: z.array(operator).max(50).default([]),
  strategy: z.enum(["simultaneous", "sequential"]).default("simultaneous"),
  /** How long one phone (sequential) or all phones (simultaneous) ring before the next try. */
  ringSeconds: seconds(5, 120).default(20),
  maxWaitSeconds: seconds(10, 3_600).default(120),
  prompt: promptName,
  noAnswer: next,
});

/** Asks for a message, beeps and records it. Any key, silence or hanging up ends it. */
const VoicemailNode = z.object({
  ...shared,
  type: z.literal("voicemail"),
  prompt: promptName,
  /** Before the beep; another key brings the beep at once. */
  choices,
  maxSeconds: seconds(5, 600).default(180),
  silenceSeconds: seconds(2, 30).default(5),
  /** What is shorter is no message. */
  leastMs: z.number().int().min(0).max(60_000).default(1_000),
  saved: next,
  none: next,
});

/** The first case that is true counts. What nobody can tell (a hidden caller's past, say) is not true. */
const CallerBranchNode = z.object({
  ...shared,
  type: z.literal("caller-branch"),
  cases: z
    .array(
      z.object({
        when: z.discriminatedUnion("type", [
          /** Somebody has talked with them before. */
          z.object({ type: z.literal("known") }),
          z.object({ type: z.literal("category"), category: oneLine(60) }),
          /** Beginnings of the number in E.164, `+99559` say. */
          z.object({
            type: z.literal("prefix"),
            prefixes: z.array(z.string().regex(/^\+[1-9][0-9]{0,14}$/, { error: "not-a-prefix" })).max(100),
          }),
          /** They have called us within so many days. */
          z.object({ type: z.literal("recent"), days: z.number().int().min(1).max(3_650).default(7) }),
          z.object({ type: z.literal("hidden") }),
          z.object({ type: z.literal("blocked") }),
        ]),
        next,
      }),
    )
    .max(20)
    .default([]),
  otherwise: next,
});

/** Takes digits. `*`, or a 0 alone where more digits are wanted, leads to a person. */
const CollectNode = z.object({
  ...shared,
  type: z.literal("collect"),
  prompt: promptName,
  variable,
  minDigits: z.number().int().min(1).max(30).default(1),
  maxDigits: z.number().int().min(1).max(30).default(10),
  endKey: z.literal("#").nullable().default("#"),
  /** A PIN, say: neither in the log nor in the switch's variables. */
  isSecret: z.boolean().default(false),
  timeoutMs: thinkMs.default(5_000),
  repeats,
  next,
  otherwise: next,
});

/** Asks a server of the owner's. The caller can press 0 meanwhile. */
export const LookUpNode = z.object({
  ...shared,
  type: z.literal("look-up"),
  /** `{variable}` stands in the path or the query, percent-encoded; POST sends all variables as a JSON object besides. */
  url: oneLine(2_000).default(""),
  method: z.enum(["GET", "POST"]).default("GET"),
  deadlineMs: z.number().int().min(200).max(10_000).default(5_000),
  /** `path` in the answer's JSON, with dots: `order.items.0.name`. One that is not there: the look-up has failed. */
  outputs: z
    .array(z.object({ variable, path: oneLine(200).default("") }))
    .max(12)
    .default([]),
  /** Said while the caller waits; null: silence. */
  prompt: noOrPrompt.default("one-moment"),
  next,
  failed: next,
});

/** Says prompts and values one after the other, spoken by the voice of the caller's language. */
const SayValuesNode = z.object({
  ...shared,
  type: z.literal("say-values"),
  parts: z
    .array(
      z.union([
        // Strict: a value is not to be taken for a prompt that nobody chose yet, nor the other way round.
        z.strictObject({ prompt: promptName }),
        z.strictObject({
          variable,
          as: z.enum(["digits", "number", "money", "date", "time", "text"]).default("text"),
          /** ISO 4217, for money. */
          currency: z
            .string()
            .regex(/^[A-Z]{3}$/, { error: "not-a-currency" })
            .optional(),
        }),
      ]),
    )
    .max(20)
    .default([]),
  /** As of a prompt that is said. */
  purpose: z.enum(["information", "notice"]).default("information"),
  choices,
  next,
  /** The language has no voice, the voice failed, or a value is none of what it is to be said as. */
  failed: next,
});

/** One operator's phone. Where it is absent, busy or refused, the caller goes on at once. */
const OperatorNode = z.object({
  ...shared,
  type: z.literal("operator"),
  operatorId: operator.nullable().default(null),
  ringSeconds,
  prompt: noOrPrompt.default("connecting"),
  noAnswer: next,
});

/** The caller types an operator's extension. `*`, or a 0 alone, leads to a person. */
const DialExtensionNode = z.object({
  ...shared,
  type: z.literal("dial-extension"),
  prompt: promptName,
  timeoutMs: thinkMs.default(4_000),
  repeats,
  ringSeconds,
  noAnswer: next,
  /** No input, and extensions that nobody has. */
  otherwise: next,
});

const OutsideNumberNode = z.object({
  ...shared,
  type: z.literal("outside-number"),
  /** E.164. */
  number: oneLine(20).default(""),
  ringSeconds: ringSeconds.default(30),
  prompt: noOrPrompt.default("connecting"),
  failed: next,
});

/** 'We call you back': from here on the caller has a wish that we owe them, also when they hang up at once. */
const CallbackNode = z.object({
  ...shared,
  type: z.literal("callback"),
  prompt: promptName,
  next,
  /** Who hides their number cannot be called back: nothing is promised to them. */
  hidden: next,
});

/** Kept with the call, and callers hear nothing of it. */
const TagNode = z.object({ ...shared, type: z.literal("tag"), tag: oneLine(40).default(""), next });

/** Goes on at the start of another flow, as it is published then. */
const GoToFlowNode = z.object({
  ...shared,
  type: z.literal("go-to-flow"),
  flowId: z
    .union([z.literal(""), flow])
    .default("")
    .transform(flowId),
});

const HangUpNode = z.object({ ...shared, type: z.literal("hang-up") });

const FlowNode = z.discriminatedUnion("type", [
  LanguageNode,
  HoursNode,
  SayNode,
  MenuNode,
  RingGroupNode,
  VoicemailNode,
  CallerBranchNode,
  CollectNode,
  LookUpNode,
  SayValuesNode,
  OperatorNode,
  DialExtensionNode,
  OutsideNumberNode,
  CallbackNode,
  TagNode,
  GoToFlowNode,
  HangUpNode,
]);

/** What the panel sends: a document without its id and version, which are the flow's. */
export const FlowContent = z.object({
  start: node,
  /** Where the key 0 leads from everywhere: a person. */
  operators: node,
  nodes: z
    .record(z.string().regex(ID, { error: "not-an-id" }), FlowNode)
    .refine((nodes) => Object.keys(nodes).length <= MOST_NODES, { error: "too-many" }),
});

export const FlowDocument = FlowContent.extend({ id: flow, version: z.number().int().min(0) });

export type FlowNode = z.output<typeof FlowNode>;
export type FlowContent = z.output<typeof FlowContent>;
export type FlowContentInput = z.input<typeof FlowContent>;
export type FlowDocument = z.output<typeof FlowDocument>;
export type NodeOf<Type extends FlowNode["type"]> = Extract<FlowNode, { type: Type }>;
export type Choices = NodeOf<"menu">["choices"];
/** What ringing several phones goes by. */
export type RingGroup = Pick<NodeOf<"ring-group">, "operatorIds" | "strategy" | "ringSeconds" | "maxWaitSeconds">;
export type CallerCondition = NodeOf<"caller-branch">["cases"][number]["when"];
export type SpokenPart = NodeOf<"say-values">["parts"][number];

/** The node of that name; undefined where there is none, whatever the name is. */
export function nodeOf(document: Pick<FlowDocument, "nodes">, id: string): FlowNode | undefined {
  return Object.hasOwn(document.nodes, id) ? document.nodes[id] : undefined;
}

/** Languages that a caller may choose from, in order; the first is spoken when nothing is chosen. */
export type CallerLanguages = readonly [Language, ...Language[]];

export const DEFAULT_FLOW = flowId("main");
