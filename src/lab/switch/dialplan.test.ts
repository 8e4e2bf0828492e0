import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { childNamed, loadDocument, parseXml, type XmlNode } from "./config-document.ts";
import { type DialplanCall, type Extension, hunt } from "./dialplan.ts";

interface Call {
  fields?: Record<string, string>;
  variables?: Record<string, string>;
}

function huntFor(dialplan: XmlNode | undefined, context: string, { fields = {}, variables = {} }: Call) {
  const set = new Map(Object.entries(variables));
  const call: DialplanCall = {
    variable: (name) => set.get(name),
    call: (command) => (command === "create_uuid" ? "0b4e3c2a-0000-4000-8000-000000000001" : ""),
    field: (name) => fields[name],
    setVariable: (name, value) => set.set(name, value),
    runInline: ({ application, data }) => {
      for (const item of application === "multiset" ? data.split(" ") : [data]) {
        const [name = "", value = ""] = item.split("=");
        set.set(name, value.replace("${create_uuid()}", "0b4e3c2a-0000-4000-8000-000000000001"));
      }
    },
  };
  return { found: hunt(dialplan, context, call), variables: set };
}

function applications(extension: Extension | null): string[] | undefined {
  return extension?.actions.map(({ application, data }) => `${application}(${data})`);
}

const dialplan = (extensions: string): XmlNode =>
  parseXml(`<section><context name="c">${extensions}</context></section>`);
const to = (number: string): Call => ({ fields: { destination_number: number } });

describe("the hunt", () => {
  it("takes the first extension whose conditions all hold, with its captures", () => {
    const plan = dialplan(`
      <extension name="a"><condition field="destination_number" expression="^1$"/><condition field="\${mode}" expression="^x$">
        <action application="log" data="both"/></condition></extension>
      <extension name="b"><condition field="destination_number" expression="^(\\d)(\\d)$"><action application="log" data="$2$1"/></condition></extension>`);
    expect(applications(huntFor(plan, "c", { ...to("1"), variables: { mode: "x" } }).found)).toEqual(["log(both)"]);
    expect(huntFor(plan, "c", to("1")).found).toBeNull();
    expect(huntFor(plan, "c", to("12"))).toMatchObject({ found: { name: "b", actions: [{ data: "21" }] } });
    expect(huntFor(plan, "elsewhere", to("12")).found).toBeNull();
  });

  it("goes on after continue, keeps what it found, and runs inline actions at once", () => {
    const plan = dialplan(`
      <extension name="a" continue="true"><condition>
        <action application="set" data="seen=yes" inline="true"/><action application="log" data="a"/></condition></extension>
      <extension name="b"><condition field="\${seen}" expression="^yes$"><action application="log" data="b"/></condition></extension>`);
    const { found, variables } = huntFor(plan, "c", to("1"));
    expect(applications(found)).toEqual(["log(a)", "log(b)"]);
    expect(variables.get("seen")).toBe("yes");
  });

  it.each([
    ["on-false", "1", ["log(1)", "log(2)"]],
    ["on-false", "2", ["log(not 1)"]],
    ["on-true", "1", ["log(1)"]],
    ["on-true", "2", ["log(not 1)", "log(2)"]],
    ["always", "1", ["log(1)"]],
    ["never", "2", ["log(not 1)", "log(2)"]],
  ])("break=%s for %s runs %j", (breaks, number, expected) => {
    const plan = dialplan(`<extension name="a">
      <condition field="destination_number" expression="^1$" break="${breaks}">
        <action application="log" data="1"/><anti-action application="log" data="not 1"/></condition>
      <condition><action application="log" data="2"/></condition></extension>`);
    expect(applications(huntFor(plan, "c", to(number)).found)).toEqual(expected);
  });
});

describe("the product's own dialplan", () => {
  const globals = new Map([
    ["storage_dir", "/nowhere"],
    ["hotline_emergency_pattern", "^(112)$"],
    ["hotline_outside_pattern", "^([0-9]{3,15})$"],
    ["hotline_extensions_pattern", "^(101|102)$"],
    ["hotline_trunks", "trunk-1,trunk-12"],
    ["hotline_record_calls", "false"],
  ]);
  const file = fileURLToPath(new URL("../../../freeswitch-conf/freeswitch.xml", import.meta.url));
  const own = childNamed(loadDocument(file, globals), "section", "dialplan");

  it("parks a trunk's call while the daemon is up, and falls back when it is not", () => {
    const up = huntFor(own, "public", { ...to("0322112233"), variables: { hotline_control: "up" } });
    expect(applications(up.found)).toEqual(["park()"]);
    expect(up.variables.get("hotline_held")).toBe("true");
    expect(up.variables.get("hotline_call_id")).toMatch(/^[0-9a-f-]{36}$/);
    const down = huntFor(own, "public", { ...to("0322112233"), variables: { hotline_control: "down" } });
    expect(applications(down.found)?.at(-1)).toBe("transfer(fallback XML hotline)");
    expect(down.variables.get("hotline_held")).toBe("false");
  });

  it.each([
    [{}, false],
    [{ hotline_recorded: "true" }, true],
    [{ hotline_recorded: "false" }, false],
  ])("records in the fallback by the number's word, else the site's: %j", (variables, isRecorded) => {
    const { found } = huntFor(own, "hotline", { ...to("fallback"), variables });
    expect(found?.actions.some(({ application }) => application === "record_session")).toBe(isRecorded);
  });

  it.each([
    ["112", "set(continue_on_fail=true)"],
    ["112", "transfer(next-trunk XML hotline)"],
    ["102", "bridge(user/102@hotline)"],
    ["0322445566", "transfer(next-trunk XML hotline)"],
    ["9", "hangup(UNALLOCATED_NUMBER)"],
    ["nobody", "hangup(UNALLOCATED_NUMBER)"],
  ])("sends a phone's call to %s its way without the daemon", (number, expected) => {
    expect(applications(huntFor(own, "phones", to(number)).found)).toContain(expected);
  });

  it("goes out by one trunk after the other, and ends with the cause of the last", () => {
    const next = (variables: Record<string, string>) =>
      applications(huntFor(own, "hotline", { ...to("next-trunk"), variables }).found);
    expect(next({ hotline_dialled: "112", hotline_trunks_left: "trunk-1,trunk-12" })).toEqual([
      "set(hotline_trunks_left=trunk-12)",
      `bridge({RECORD_STEREO=true,\${hotline_shown}\${hotline_on_answer}}sofia/gateway/trunk-1/\${hotline_number})`,
      "transfer(next-trunk XML hotline)",
    ]);
    expect(next({ hotline_trunks_left: "trunk-12" })?.[0]).toBe("set(hotline_trunks_left=)");
    expect(next({ originate_disposition: "SWITCH_CONGESTION" })).toEqual(["hangup(SWITCH_CONGESTION)"]);
    expect(next({})).toEqual(["hangup(NO_ROUTE_DESTINATION)"]);
  });
});
