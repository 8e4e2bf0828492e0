import { describe, expect, test } from "vitest";
import { draftByPreset } from "../lines/trunk-draft.ts";
import { checkStep, type Draft, emptyDraft, inCountry, STEPS, stepOfField, toSetupInput } from "./draft.ts";

function filled(): Draft {
  const draft = emptyDraft("Asia/Tbilisi", "GE");
  return {
    ...draft,
    firmName: " კლინიკა ",
    adminName: "ნინო",
    login: "nino",
    password: "long enough 1",
    operators: [
      { key: 1, name: "ანა", extension: "101", isProposed: true },
      { key: 2, name: "გია ", extension: " 102", isProposed: false },
    ],
    business: "clinic",
    trunk: {
      ...draftByPreset("provider"),
      ...{ name: "City", server: "sip.example.ge", user: "322112233", password: "secret" },
    },
    number: "0322112233",
  };
}

describe("first start", () => {
  test("a filled draft has no problem on any step and becomes what the daemon wants", () => {
    for (const step of STEPS) expect(checkStep(step, filled())).toEqual({});
    expect(toSetupInput(filled(), "ka")).toMatchObject({
      language: "ka",
      timeZone: "Asia/Tbilisi",
      country: "GE",
      firmName: "კლინიკა",
      admin: { name: "ნინო", login: "nino", password: "long enough 1" },
      operators: [
        { name: "ანა", extension: "101" },
        { name: "გია", extension: "102" },
      ],
      business: "clinic",
      trunk: {
        name: "City",
        preset: "provider",
        kind: "city",
        mode: "register",
        server: "sip.example.ge",
        port: 5060,
        user: "322112233",
        password: "secret",
      },
      number: "0322112233",
    });
  });

  test("an empty draft is objected to step by step, field by field", () => {
    const draft = emptyDraft("Asia/Tbilisi", "GE");
    expect(checkStep("firm", draft)).toEqual({ firmName: "required" });
    expect(checkStep("admin", draft)).toEqual({
      "admin.name": "required",
      "admin.login": "required",
      "admin.password": "password-too-short",
    });
    expect(checkStep("operators", draft)).toEqual({ "operators.0.name": "required", "operators.1.name": "required" });
    expect(checkStep("flow", draft)).toEqual({});
    expect(checkStep("trunk", draft)).toEqual({ trunk: "required" });
    expect(checkStep("trunk", { ...draft, trunk: draftByPreset("provider") })).toEqual({
      "trunk.name": "required",
      "trunk.server": "required",
      "trunk.user": "required",
      "trunk.password": "required",
    });
  });

  test("without a trunk neither trunk nor number is sent, whatever was typed before", () => {
    const draft = { ...filled(), hasTrunk: false, business: null };
    expect(checkStep("trunk", { ...draft, number: "call us" })).toEqual({});
    expect(toSetupInput(draft, "ka")).toMatchObject({ trunk: null, number: null });
    expect(toSetupInput(draft, "ka")).not.toHaveProperty("business");
  });

  test("a peer by address needs neither user nor password, and sends none", () => {
    const draft = filled();
    const named = { name: "City", server: "sip.example.ge" };
    const peer = { ...draft, trunk: { ...draftByPreset("ip-peer"), ...named, password: "typed before" } };
    expect(checkStep("trunk", peer)).toEqual({});
    expect(Object.keys(toSetupInput(peer, "ka").trunk ?? {})).not.toContain("password");
  });

  test("the daemon's objections lead to the step where the field stands", () => {
    expect(stepOfField("operators.1.extension")).toBe("operators");
    expect(stepOfField("trunk.server")).toBe("trunk");
    expect(stepOfField("number")).toBe("trunk");
    expect(stepOfField("business")).toBe("flow");
    expect(stepOfField("admin.login")).toBe("admin");
    expect(stepOfField("timeZone")).toBe("firm");
  });

  test("what nobody has typed is proposed anew with another country, and what somebody has typed is objected to", () => {
    const draft = emptyDraft("Asia/Tbilisi", "GE");
    const extensions = ({ operators }: Pick<Draft, "operators">) => operators.map(({ extension }) => extension);
    expect(extensions(draft)).toEqual(["101", "102"]);
    const abroad = { ...draft, ...inCountry(draft, "MN") };
    expect([abroad.country, ...extensions(abroad)]).toEqual(["MN", "201", "202"]);
    expect(extensions(inCountry(abroad, "GE"))).toEqual(["101", "102"]);

    const [first, second] = draft.operators;
    const typed = { ...draft, operators: [{ ...first!, isProposed: false }, second!] };
    const moved = { ...typed, ...inCountry(typed, "MN") };
    expect(extensions(moved)).toEqual(["101", "201"]);
    expect(checkStep("operators", moved)).toMatchObject({ "operators.0.extension": "emergency-number" });
  });
});
