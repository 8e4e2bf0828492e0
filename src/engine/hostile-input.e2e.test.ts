import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** What callers may send as their name and number. Nothing of it is believed, executed, lost or mended. */
let site: Site;
let canary: string;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  canary = join(site.dataDir, "canary");
});
afterAll(async () => await site.close());

async function callAs(name: string, number = site.newNumber()) {
  const call = await site.callIn({ from: { number, name } });
  await call.ear.hears(toneOf("greeting"));
  await call.hangUp();
  await call.until("ended");
  return await site.logged(number);
}

test("a name in Georgian arrives letter by letter", async () => {
  expect((await callAs("ნინო გელაშვილი")).caller.name).toBe("ნინო გელაშვილი");
});

test("names made to break commands are text: none is executed, the operator is rung as for anybody", async () => {
  const phone = await site.operator("101");
  const names = [
    `\${system(touch ${canary})}`,
    `\${global_setvar(hotline_control=down)}`,
    `$\${hotline_event_socket_secret}`,
    `{origination_uuid=1}[leg_timeout=1]<b>`,
    `a,b|c:_:d^^:e`,
    `'; touch ${canary}; '`,
    "50% %s %n 100%",
  ];
  for (const name of names) {
    const number = site.newNumber();
    const call = await site.callIn({ from: { number, name } });
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    const ringing = await phone.incoming.next();
    // What reaches the operator's phone is the number alone, never the caller's text.
    expect(ringing.caller.name ?? "").not.toContain("system");
    await call.hangUp();
    await ringing.until("ended");
    const logged = await site.logged(number);
    expect(logged.outcome).toBe("abandoned-while-ringing");
    expect(logged.caller.name.length).toBeGreaterThan(0);
  }
  expect(existsSync(canary)).toBe(false);
  await phone.unregister();
});

test("quotes, percent signs and escapes are kept as the switch delivers them", async () => {
  expect((await callAs('Shop "Ivane"')).caller.name).toContain("Ivane");
  expect((await callAs("%41%0A%00%zz")).caller.name.length).toBeGreaterThan(0);
});

test("a name of 1,000 characters neither breaks the call nor the log", async () => {
  const name = "ნ".repeat(1000);
  const logged = await callAs(name);
  expect(name.startsWith(logged.caller.name.slice(0, 20))).toBe(true);
  expect(logged.caller.name.length).toBeGreaterThan(20);
});

const ASSERTED = "<sip:+995599441122@operator.example>";

test.each([
  ["its caller", "hidden", {}],
  ["its operator, which knows it", "hidden", { "p-asserted-identity": ASSERTED }],
  ["a privacy of several kinds", "hidden", { "p-asserted-identity": ASSERTED, privacy: "header;id" }],
  ["a privacy in capitals", "hidden", { "p-asserted-identity": ASSERTED, privacy: "ID" }],
  [
    "an operator of the old kind",
    "hidden",
    { privacy: "none", "remote-party-id": `${ASSERTED};party=calling;privacy=full` },
  ],
] as const)("a number hidden by %s is said to be hidden, and is not taken for a number", async (_by, from, headers) => {
  const { total } = await site.panel.get<{ total: number }>("/calls");
  const call = await site.callIn({ from, headers });
  await call.ear.hears(toneOf("greeting"));
  await call.hangUp();
  const { calls } = await waitForTotal(total + 1);
  expect(calls[0]?.caller).toMatchObject({ number: "anonymous", isHidden: true, e164: null });
});

test("a number that its operator asserts, and nobody hides, counts before the one that the phone says", async () => {
  const { total } = await site.panel.get<{ total: number }>("/calls");
  const headers = { "p-asserted-identity": ASSERTED, privacy: "none" };
  const call = await site.callIn({ from: { number: "identity" }, headers });
  await call.ear.hears(toneOf("greeting"));
  await call.hangUp();
  const { calls } = await waitForTotal(total + 1);
  expect(calls[0]?.caller).toMatchObject({ isHidden: false, e164: "+995599441122" });
});

test.each([
  ["+995322112233;npdi;rn=+99532", "+995322112233"],
  ["322112233;phone-context=+995", "+995322112233"],
])("our number with parameters behind it is our number: %s", async (user, dialled) => {
  const server = { address: "127.0.0.1", port: site.trunkPort };
  const exchange = await ScriptedPhone.open({ server, user: "exchange" });
  const number = site.newNumber();
  const call = await exchange.call(`sip:${user}@${server.address};user=phone`, { from: { number, name: "Caller" } });
  await call.ear.hears(toneOf("greeting"));
  await exchange.close();
  expect((await site.logged(number)).dialled).toBe(dialled);
  const unknown = await site.panel.get<{ number: string }[]>("/numbers/unknown");
  expect(unknown).toEqual([]);
});

test("letters where the number should be: logged as they came, dialled nowhere", async () => {
  const logged = await callAs("", "alice.bob");
  expect(logged.caller).toMatchObject({ number: "alice.bob", e164: null, isHidden: false });
});

test("a spreadsheet formula as a name is harmless in the export", async () => {
  const logged = await callAs('=HYPERLINK("x")');
  const csv = await (await site.panel.fetch("/calls.csv")).text();
  expect(csv).not.toMatch(/(^|[,;"\n])=HYPERLINK/m);
  expect(csv).toContain(logged.caller.number);
});

async function waitForTotal(wanted: number) {
  return await until("the call is in the log", async () => {
    const page = await site.panel.get<{
      total: number;
      calls: { outcome: string | null; caller: { isHidden: boolean; e164: string | null } }[];
    }>("/calls");
    return page.total >= wanted && page.calls[0]?.outcome !== null ? page : null;
  });
}
