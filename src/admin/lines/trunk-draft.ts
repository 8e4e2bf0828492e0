import type {
  CallerIdPolicy,
  DtmfMode,
  IncomingFormat,
  OutgoingFormat,
  SrtpMode,
  TrunkCodec,
  TrunkTransport,
} from "../../calls/trunk.ts";
import type { Trunk, TrunkInput } from "../api/client.ts";
import { checkName, checkPort, checkRequired, checkServer, type FieldProblem } from "../parts/field-rules.ts";

/** What the wizard asks for first; each presets what is usual for such a line. */
export const WIZARD_PRESETS = ["provider", "ip-peer", "gsm-line", "gsm-shared", "toll-free", "internal"] as const;
export type WizardPreset = (typeof WIZARD_PRESETS)[number];

/** A trunk as it is being typed, whole: numbers may be texts, and what is empty is not there. */
export interface WholeTrunkDraft {
  preset: Trunk["preset"];
  name: string;
  kind: Trunk["kind"];
  mode: Trunk["mode"];
  server: string;
  port: number | string;
  transport: TrunkTransport;
  user: string;
  password: string;
  authUser: string;
  fromUser: string;
  fromDomain: string;
  outboundProxy: string;
  codecs: TrunkCodec[];
  outgoingFormat: OutgoingFormat;
  outgoingPrefix: string;
  callerId: CallerIdPolicy;
  incomingFormat: IncomingFormat;
  incomingPrefix: string;
  dtmf: DtmfMode;
  srtp: SrtpMode;
  expirySeconds: number | string;
  /** One a line. */
  sources: string;
  isWatched: boolean;
  total: number | string;
  mostOutgoing: number | string;
  keptFree: number | string;
  isEnabled: boolean;
}

const EMPTY: WholeTrunkDraft = {
  preset: null,
  name: "",
  kind: "city",
  mode: "register",
  server: "",
  port: 5060,
  transport: "udp",
  user: "",
  password: "",
  authUser: "",
  fromUser: "",
  fromDomain: "",
  outboundProxy: "",
  codecs: ["PCMA", "PCMU"],
  outgoingFormat: "as-dialled",
  outgoingPrefix: "",
  callerId: "own-number",
  incomingFormat: "auto",
  incomingPrefix: "",
  dtmf: "rfc2833",
  srtp: "off",
  expirySeconds: 300,
  sources: "",
  isWatched: true,
  total: "",
  mostOutgoing: "",
  keptFree: 0,
  isEnabled: true,
};

const PRESETS: Record<WizardPreset, Partial<WholeTrunkDraft>> = {
  provider: { preset: "provider" },
  "ip-peer": { preset: "ip-peer", mode: "ip-peer" },
  // One SIM carries one call. Its number is shown whatever we say.
  "gsm-line": { preset: "gsm-line", kind: "mobile", total: 1, callerId: "trunk-default" },
  "gsm-shared": { preset: "gsm-shared", kind: "mobile", mode: "ip-peer", total: 4, callerId: "trunk-default" },
  // Nobody calls out by it, and it is dear to have it busy.
  "toll-free": { preset: "provider", kind: "toll-free", mostOutgoing: 0 },
  internal: { preset: "ip-peer", kind: "internal", mode: "ip-peer" },
};

export const draftByPreset = (preset: WizardPreset): WholeTrunkDraft => ({ ...EMPTY, ...PRESETS[preset] });

export function draftOfTrunk(trunk: Trunk): WholeTrunkDraft {
  const { preset, name, kind, mode, server, port, transport, codecs, dtmf, srtp, expirySeconds } = trunk;
  return {
    ...{ preset, name, kind, mode, server, port, transport, codecs: [...codecs], dtmf, srtp, expirySeconds },
    user: trunk.user ?? "",
    password: "",
    authUser: trunk.authUser ?? "",
    fromUser: trunk.fromUser ?? "",
    fromDomain: trunk.fromDomain ?? "",
    outboundProxy: trunk.outboundProxy ?? "",
    outgoingFormat: trunk.outgoing.numberFormat,
    outgoingPrefix: trunk.outgoing.prefix,
    callerId: trunk.outgoing.callerId,
    incomingFormat: trunk.incoming.numberFormat,
    incomingPrefix: trunk.incoming.prefix,
    sources: trunk.sources.join("\n"),
    isWatched: trunk.isWatched,
    total: trunk.channels.total ?? "",
    mostOutgoing: trunk.channels.mostOutgoing ?? "",
    keptFree: trunk.channels.keptFree,
    isEnabled: trunk.isEnabled,
  };
}

/** By the paths that the daemon uses for its own findings. */
export type TrunkProblems = Record<string, string>;

/** `keepsPassword`: the daemon has one already, so an empty field means 'leave it'. */
export function checkWholeTrunk(draft: WholeTrunkDraft, keepsPassword: boolean): TrunkProblems {
  const registers = draft.mode === "register";
  const found: [string, FieldProblem | null][] = [
    ["name", checkName(draft.name)],
    ["server", checkServer(draft.server)],
    ["port", checkPort(draft.port)],
    ["user", registers ? checkRequired(draft.user) : null],
    ["password", registers && !keepsPassword ? checkRequired(draft.password) : null],
    ["codecs", draft.codecs.length === 0 ? "too-few" : null],
    ["channels.total", checkCount(draft.total, 1)],
    ["channels.mostOutgoing", checkCount(draft.mostOutgoing, 0) ?? checkMost(draft.mostOutgoing, draft.total)],
    ["channels.keptFree", checkCount(draft.keptFree, 0) ?? checkMost(draft.keptFree, draft.total)],
  ];
  const problems: TrunkProblems = {};
  for (const [field, problem] of found) if (problem !== null) problems[field] = problem;
  return problems;
}

function checkCount(value: number | string, least: number): FieldProblem | null {
  if (value === "") return null;
  const count = Number(value);
  return Number.isInteger(count) && count >= least && count <= 1000 ? null : "out-of-range";
}

function checkMost(value: number | string, total: number | string): FieldProblem | null {
  return value !== "" && total !== "" && Number(value) > Number(total) ? "more-than-total" : null;
}

const countOrNull = (value: number | string) => (value === "" ? null : Number(value));

/** An empty password is left out: the daemon keeps the one that it has. */
export function trunkInputOf(draft: WholeTrunkDraft): TrunkInput {
  const { preset, kind, mode, transport, codecs, dtmf, srtp, isWatched, isEnabled } = draft;
  const registers = mode === "register";
  return {
    ...{ preset, kind, mode, transport, codecs, dtmf, srtp, isWatched, isEnabled },
    name: draft.name.trim(),
    server: draft.server.trim(),
    port: Number(draft.port),
    user: draft.user.trim(),
    ...(registers && draft.password !== "" ? { password: draft.password } : {}),
    authUser: draft.authUser.trim(),
    fromUser: draft.fromUser.trim(),
    fromDomain: draft.fromDomain.trim(),
    outboundProxy: draft.outboundProxy.trim(),
    outgoing: {
      numberFormat: draft.outgoingFormat,
      prefix: draft.outgoingPrefix.trim(),
      callerId: draft.callerId,
    },
    incoming: { numberFormat: draft.incomingFormat, prefix: draft.incomingPrefix.trim() },
    expirySeconds: Number(draft.expirySeconds),
    sources: draft.sources.split(/[\s,;]+/).filter((source) => source !== ""),
    channels: {
      total: countOrNull(draft.total),
      mostOutgoing: countOrNull(draft.mostOutgoing),
      keptFree: Number(draft.keptFree === "" ? 0 : draft.keptFree),
    },
  };
}

/** `sip.example.com:5080`, as many contracts write it, is a server and its port. */
export function splitServer(typed: string): { server: string; port?: number } {
  const [, server, port] = /^(?:sips?:)?([A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(typed.trim()) ?? [];
  if (server === undefined || checkPort(port ?? "") !== null) return { server: typed };
  return { server, port: Number(port) };
}

const PATHS = {
  connection: [
    "mode",
    "port",
    "transport",
    "authUser",
    "outboundProxy",
    "fromUser",
    "fromDomain",
    "expirySeconds",
    "sources",
    "isWatched",
  ],
  numbers: ["outgoing", "incoming"],
  sound: ["codecs", "dtmf", "srtp"],
  channels: ["channels"],
} as const;
export type MorePart = keyof typeof PATHS;

/** The parts below 'More' in which something is wrong, so that they can be opened. */
export function partsWith(problems: TrunkProblems): MorePart[] {
  const heads = new Set(Object.keys(problems).map((path) => path.split(".")[0]));
  const parts = Object.entries(PATHS) as [MorePart, readonly string[]][];
  return parts.filter(([, paths]) => paths.some((path) => heads.has(path))).map(([part]) => part);
}

/** What a test sends, and what stands in its way: a name is nothing to the other side. */
export function trunkToTry(draft: WholeTrunkDraft, keepsPassword: boolean) {
  const { name: _, ...problems } = checkWholeTrunk(draft, keepsPassword);
  return { problems, input: trunkInputOf(draft.name.trim() === "" ? { ...draft, name: "-" } : draft) };
}

/** The daemon's objections by the paths of a trunk alone. */
export const ofTrunkAlone = (fields: Readonly<Record<string, string>>): TrunkProblems =>
  Object.fromEntries(Object.entries(fields).map(([path, code]) => [path.replace(/^trunk\./, ""), code]));
