/** What the first digits of a national number say of its kind, where the national plan is so plain. Pure. */
import type { NumberKind } from "../../calls/outgoing.ts";
import type { Country } from "../../calls/phone-number.ts";

interface NationalPlan {
  /** Before the number, when it is dialled at home. */
  trunkPrefix: string;
  /** Kinds that people also dial without it. */
  bare: readonly NumberKind[];
  /** Patterns of a whole national number, without the trunk prefix; the first that matches counts. Only what every regular expression knows. */
  kinds: readonly (readonly [pattern: string, kind: NumberKind])[];
  /** Null: no number can be dialled without a part of it. */
  areas: {
    /** Pattern of the code of an area all of whose numbers cost what ordinary ones do. */
    code: string;
    /** Of a whole number, with the code of its area. */
    digits: number;
  } | null;
}

const PLANS: Partial<Record<Country, NationalPlan>> = {
  // Resolution 355 of the Government of Georgia, 18 November 2010: 3 and 4 geographic, 5 mobile, 7 other networks, 800 toll-free, the rest of 8
  // shared cost, 9 at a premium.
  GE: {
    trunkPrefix: "0",
    bare: ["mobile"],
    kinds: [
      ["800[0-9]{6}", "toll-free"],
      ["[89][0-9]{8}", "premium"],
      ["5[0-9]{8}", "mobile"],
      ["[347][0-9]{8}", "fixed"],
    ],
    areas: { code: "[34][0-9]{1,2}", digits: 9 },
  },
  RU: {
    trunkPrefix: "8",
    bare: [],
    kinds: [
      ["80[04][0-9]{7}", "toll-free"],
      ["80[0-9]{8}", "premium"],
      ["9[0-9]{9}", "mobile"],
      ["(?:[34][0-9]|8[1-7])[0-9]{8}", "fixed"],
    ],
    areas: { code: "(?:[34][0-9]|8[1-7])[0-9]{1,3}", digits: 10 },
  },
  // Companies' service numbers begin with 1800 and, charged to whoever calls, with 1900.
  MN: {
    trunkPrefix: "0",
    bare: ["mobile", "fixed", "toll-free"],
    kinds: [
      ["1900[0-9]{4}", "premium"],
      ["1800[0-9]{4}", "short"],
      ["[6-9][0-9]{7}", "mobile"],
      ["[2-5][0-9]{7}", "fixed"],
    ],
    areas: null,
  },
};

export function nationalPlan(country: Country): NationalPlan | null {
  return PLANS[country] ?? null;
}

/** Null where the plan does not say. */
export function kindByPlan(nationalNumber: string, country: Country): NumberKind | null {
  const kinds = PLANS[country]?.kinds ?? [];
  return kinds.find(([pattern]) => new RegExp(`^(?:${pattern})$`).test(nationalNumber))?.[1] ?? null;
}
