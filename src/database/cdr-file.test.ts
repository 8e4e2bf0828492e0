import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CdrError, outcomeOf, parseCdr } from "./cdr-file.ts";

/** Files that FreeSWITCH 1.11.1 wrote on the product's configuration, without a daemon. */
async function sample(name: string): Promise<string> {
  return await readFile(new URL(`transcripts/cdr/${name}.json`, import.meta.url), "utf8");
}

async function cdrOf(name: string) {
  const cdr = parseCdr(await sample(name));
  if (!cdr) throw new Error(`${name} belongs to no call`);
  return cdr;
}

type Raw = { variables: Record<string, string>; callflow: object[] };

async function changed(name: string, change: (cdr: Raw) => void) {
  const raw = JSON.parse(await sample(name)) as Raw;
  change(raw);
  const cdr = parseCdr(JSON.stringify(raw));
  if (!cdr) throw new Error("belongs to no call");
  return cdr;
}

describe("a CDR file of FreeSWITCH", () => {
  it("of a caller whom the fallback connected", async () => {
    const phone = await cdrOf("talked.phone-101");
    expect(await cdrOf("talked.caller")).toEqual({
      core: "b185d113-c2ee-4fac-bad7-35414595a88a",
      legId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      callId: phone.callId,
      origin: "trunk",
      role: "caller",
      extension: null,
      operatorId: null,
      callerNumber: "599112233",
      callerName: "Nino",
      dialled: "0322112233",
      gateway: null,
      language: "en",
      fallback: { kind: "talked", atMs: 1795318230954 },
      queuedAtMs: null,
      startedAtMs: 1795318230954,
      answeredAtMs: 1795318230954,
      talkedFromMs: 1795318231594,
      talkedWith: phone.legId,
      endedAtMs: 1795318234614,
      cause: "NORMAL_CLEARING",
      sipStatus: null,
      hungUpBy: "this-end",
    });
  });

  it("of the phone that answered and of the one that lost", async () => {
    expect(await cdrOf("talked.phone-101")).toMatchObject({
      origin: "daemon",
      role: "operator",
      extension: "101",
      dialled: "101",
      talkedFromMs: 1795318231594,
    });
    expect(await cdrOf("talked.phone-102")).toMatchObject({
      extension: "102",
      cause: "LOSE_RACE",
      answeredAtMs: null,
      talkedFromMs: null,
      talkedWith: null,
      sipStatus: 487,
    });
  });

  it("with a name full of signs, as FreeSWITCH delivered it", async () => {
    const cdr = await cdrOf("message.caller");
    expect(cdr.callerName).toBe('ნინო \\"x\\" A %{system(id)}');
    expect(cdr.fallback?.kind).toBe("message");
  });

  it("whose values are percent-encoded", async () => {
    const plain = await cdrOf("talked.caller");
    const encoded = await changed("talked.caller", ({ variables }) => {
      for (const [name, value] of Object.entries(variables)) variables[name] = encodeURIComponent(value);
    });
    expect(encoded).toEqual(plain);
  });

  it("of a leg that belongs to no call", async () => {
    const raw = JSON.parse(await sample("talked.caller")) as Raw;
    delete raw.variables["hotline_call_id"];
    expect(parseCdr(JSON.stringify(raw))).toBeNull();
  });

  it("that is cut anywhere is not taken for a whole one", async () => {
    const text = (await sample("talked.caller")).trim();
    for (let length = 0; length < text.length; length += 97)
      expect(() => parseCdr(text.slice(0, length))).toThrow(CdrError);
  });
});

describe("how a call ended", () => {
  it.each([
    ["talked.caller", "fallback-talked"],
    ["message.caller", "fallback-missed"],
    ["ringing.caller", "fallback-missed"],
    ["internal.caller", "talked"],
    ["internal-refused.caller", "caller-busy"],
    ["outbound-no-trunk.caller", "failed"],
  ])("%s: %s", async (name, outcome) => {
    expect(outcomeOf(await cdrOf(name))).toBe(outcome);
  });

  it("of a phone that heard a trunk's announcement, and nobody answered", async () => {
    const cdr = await changed("internal.caller", ({ variables }) => {
      variables["answer_uepoch"] = "0";
    });
    expect(cdr).toMatchObject({ talkedFromMs: null, talkedWith: null });
    expect(outcomeOf(cdr)).toBe("abandoned-while-ringing");
  });

  it("of a phone that heard a trunk's announcement before somebody answered: they talked from then on", async () => {
    const { talkedFromMs } = await cdrOf("internal.caller");
    const cdr = await changed("internal.caller", ({ variables }) => {
      variables["bridge_uepoch"] = String(Number(variables["bridge_uepoch"]) - 1_000_000);
    });
    expect(cdr).toMatchObject({ talkedFromMs });
    expect(outcomeOf(cdr)).toBe("talked");
  });

  const inTheMenu = (variables: Record<string, string>) => {
    delete variables["hotline_fallback"];
    variables["bridge_uepoch"] = "0";
  };

  it("in the menu while the daemon was away", async () => {
    expect(outcomeOf(await changed("talked.caller", ({ variables }) => inTheMenu(variables)))).toBe(
      "abandoned-in-menu",
    );
  });

  it("while operators were rung and the daemon was away", async () => {
    const cdr = await changed("talked.caller", ({ variables }) => {
      inTheMenu(variables);
      variables["hotline_place"] = "main:3:operators:ka:1795318231000";
    });
    expect(cdr.queuedAtMs).toBe(1795318231000);
    expect(outcomeOf(cdr)).toBe("abandoned-while-ringing");
  });

  it("by the switch", async () => {
    const cdr = await changed("talked.caller", ({ variables }) => {
      inTheMenu(variables);
      variables["sip_hangup_disposition"] = "send_bye";
    });
    expect(outcomeOf(cdr)).toBe("cut-off");
  });
});
