import type { Language } from "../../calls/language.ts";
import type { SetupInput } from "../api/client.ts";
import { checkWholeTrunk, trunkInputOf, type WholeTrunkDraft } from "../lines/trunk-draft.ts";
import { proposeExtensions } from "../parts/extensions.ts";
import { checkExtensions, checkLogin, checkName, checkPassword, checkPhoneNumber } from "../parts/field-rules.ts";

export const STEPS = ["language", "firm", "admin", "operators", "flow", "trunk"] as const;
export type Step = (typeof STEPS)[number];

export type Business = NonNullable<SetupInput["business"]>;

interface DraftOperator {
  key: number;
  name: string;
  extension: string;
  /** The extension is ours; nobody has typed it. */
  isProposed: boolean;
}

/** Everything that the first start asks, as it is being typed. */
export interface Draft {
  firmName: string;
  country: string;
  timeZone: string;
  adminName: string;
  login: string;
  password: string;
  operators: DraftOperator[];
  /** Null for the usual short flow. */
  business: Business | null;
  hasTrunk: boolean;
  /** Null until it is said what kind of line it is. */
  trunk: WholeTrunkDraft | null;
  number: string;
}

export function emptyDraft(timeZone: string, country: string): Draft {
  const operator = { name: "", extension: "", isProposed: true };
  return {
    firmName: "",
    country,
    timeZone,
    adminName: "",
    login: "",
    password: "",
    operators: withExtensions(
      [1, 2].map((key) => ({ key, ...operator })),
      country,
    ),
    business: null,
    hasTrunk: true,
    trunk: null,
    number: "",
  };
}

/** What changes with the country: an extension of ours may be an emergency number there. */
export function inCountry({ operators }: Draft, country: string): Pick<Draft, "country" | "operators"> {
  return { country, operators: withExtensions(operators, country) };
}

function withExtensions(operators: readonly DraftOperator[], country: string): DraftOperator[] {
  const typed = operators.map(({ extension, isProposed }) => (isProposed ? null : extension));
  const extensions = proposeExtensions(typed, country);
  return operators.map((operator, index) => ({ ...operator, extension: extensions[index] ?? "" }));
}

/** Paths as the API names them (`operators.0.extension`) to the code of what is wrong. */
export type Problems = Record<string, string>;

export function checkStep(step: Step, draft: Draft): Problems {
  const problems: Problems = {};
  const note = (path: string, problem: string | null | undefined) => {
    if (problem !== null && problem !== undefined) problems[path] = problem;
  };
  if (step === "firm") {
    note("firmName", checkName(draft.firmName));
  } else if (step === "admin") {
    note("admin.name", checkName(draft.adminName));
    note("admin.login", checkLogin(draft.login));
    note("admin.password", checkPassword(draft.password));
  } else if (step === "operators") {
    const extensions = checkExtensions(
      draft.operators.map(({ extension }) => extension),
      draft.country,
    );
    draft.operators.forEach(({ name }, index) => {
      note(`operators.${index}.name`, checkName(name));
      note(`operators.${index}.extension`, extensions[index]);
    });
  } else if (step === "trunk" && draft.hasTrunk) {
    if (draft.trunk === null) note("trunk", "required");
    else
      for (const [path, problem] of Object.entries(checkWholeTrunk(draft.trunk, false))) note(`trunk.${path}`, problem);
    if (draft.number.trim() !== "") note("number", checkPhoneNumber(draft.number));
  }
  return problems;
}

/** The step on which a field of the API stands, so that the daemon's objections are shown where they can be met. */
export function stepOfField(path: string): Step {
  if (path.startsWith("admin")) return "admin";
  if (path.startsWith("operators")) return "operators";
  if (path.startsWith("trunk") || path === "number") return "trunk";
  if (path === "business") return "flow";
  return path === "language" ? "language" : "firm";
}

export function toSetupInput(draft: Draft, language: Language): SetupInput {
  const number = draft.number.trim();
  return {
    language,
    timeZone: draft.timeZone,
    country: draft.country,
    firmName: draft.firmName.trim(),
    admin: { name: draft.adminName.trim(), login: draft.login.trim(), password: draft.password },
    operators: draft.operators.map(({ name, extension }) => ({ name: name.trim(), extension: extension.trim() })),
    ...(draft.business === null ? {} : { business: draft.business }),
    trunk: draft.hasTrunk && draft.trunk !== null ? trunkInputOf(draft.trunk) : null,
    number: draft.hasTrunk && number !== "" ? number : null,
  };
}
