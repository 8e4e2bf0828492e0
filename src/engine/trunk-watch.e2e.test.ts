import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { USUAL_OPERATOR } from "../lab/phone/registrar.ts";
import { MailServer } from "../testing/mail-server.ts";
import { Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Trunks are followed, and the owner is told: once when one is down, once when it is back. */
const account = { user: "firm", password: "secret" };
const DOWN_SECONDS = 5;
/** Servers are asked every 15 s, and twice more when they miss an answer. */
const NOTICED_MS = 45_000;

let site: Site;
let city: ScriptedPhone;
let mobile: ScriptedPhone;
let hook: Server;
let mails: MailServer;
let cityId: number;
let mobileId: number;
const posted: { event: string; kind: string; params: Record<string, string | number> }[] = [];
/** So many requests are refused first. */
let hookRefuses = 0;

beforeAll(async () => {
  hook = createServer((request, response) => {
    void json(request).then((body) => {
      if (hookRefuses > 0) {
        hookRefuses -= 1;
        response.writeHead(503).end();
        return;
      }
      posted.push(body as (typeof posted)[number]);
      response.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(hook, "listening");
  const at = `127.0.0.1:${(hook.address() as AddressInfo).port}`;
  mails = new MailServer();
  const mailPort = await mails.open();
  site = await Site.open({ operators: ["101"], lookUpsAllowed: [at] });
  [city, mobile] = [await ScriptedPhone.open({ user: "city" }), await ScriptedPhone.open({ user: "mobile" })];
  city.operator = { ...USUAL_OPERATOR, account };
  const settings = await site.panel.get<Record<string, unknown>>("/settings");
  await site.panel.put("/settings", {
    ...settings,
    smtp: { host: "127.0.0.1", port: mailPort, user: "box", secure: false, password: "a secret: %$" },
    alerts: {
      ...{ emails: ["owner@example.org"], webhookUrl: `http://${at}/alerts` },
      ...{ trunkDownSeconds: DOWN_SECONDS, syntheticCallTimes: [] },
    },
  });
  cityId = await addTrunk("City", city, { mode: "register", ...account });
  mobileId = await addTrunk("Mobile", mobile, {});
  await stands(cityId, "up", 20_000);
  await stands(mobileId, "up");
});
beforeEach(() => {
  mails.taken.length = 0;
  posted.length = 0;
});
afterAll(async () => {
  await Promise.all([city, mobile].map((world) => world?.close()));
  await site?.close();
  await mails?.close();
  hook?.close();
});

async function addTrunk(name: string, { address }: ScriptedPhone, more: Record<string, unknown>): Promise<number> {
  const trunk = { name, kind: "city", mode: "ip-peer", server: "127.0.0.1", port: address.port, ...more };
  return (await site.panel.post<{ trunkId: number }>("/trunks", trunk)).trunkId;
}

interface Standing {
  trunkId: number;
  health: string;
  reason: string | null;
  flapsToday: number;
}

async function standing(trunkId: number): Promise<Standing | undefined> {
  return (await site.panel.get<Standing[]>("/trunk-watch")).find((one) => one.trunkId === trunkId);
}

async function stands(trunkId: number, health: string, timeoutMs = 10_000): Promise<Standing> {
  return await until(
    `trunk ${trunkId} is ${health}`,
    async () => {
      const now = await standing(trunkId);
      return now?.health === health ? now : null;
    },
    timeoutMs,
  );
}

const subjectsOf = (texts: readonly string[]) => texts.map((mail) => /^Subject: (.+)\r?$/m.exec(mail)?.[1]?.trim());

/** The trunk signs in anew: a change of what is agreed makes the switch do so. */
async function signInAnew(trunkId: number, expirySeconds: number): Promise<void> {
  await site.panel.patch(`/trunks/${trunkId}`, { expirySeconds });
}

test("a trunk whose operator falls silent is down and said to be, and so is its return", {
  timeout: 180_000,
}, async () => {
  hookRefuses = 1;
  await until("it has been asked", () => city.requests.some(({ method }) => method === "OPTIONS"), 20_000);
  city.operator = { ...USUAL_OPERATOR, account, isSilent: true };
  const down = await stands(cityId, "down", NOTICED_MS);
  expect(down.reason).toMatch(/^no-(options-)?answer$/);
  await until("it is mailed", () => mails.taken.length === 1, 30_000);
  expect(subjectsOf(mails.taken)).toEqual(["Trunk City is down (Test)"]);
  expect(mails.taken[0]).toContain("To: owner@example.org");
  // The first time its server said 503.
  await until("it is posted", () => posted.length === 1, 30_000);
  expect(posted).toMatchObject([{ event: "alert-opened", kind: "trunk-down", params: { name: "City" } }]);
  const { open } = await site.panel.get<{ open: { kind: string; subject: string }[] }>("/alerts");
  expect(open).toMatchObject([{ kind: "trunk-down", subject: `trunk:${cityId}` }]);
  const today = await site.panel.get<{ attention: { kind: string; params: { name?: string } }[] }>("/today");
  expect(today.attention.filter(({ kind }) => kind === "trunk-down")).toMatchObject([{ params: { name: "City" } }]);
  const where = await site.panel.get<{ taken: object[]; passedOver: object[] }>("/outgoing/where?number=599112233");
  expect(where.passedOver).toMatchObject([{ trunkName: "City", reason: "down" }]);
  expect(where.taken).toMatchObject([{ trunkName: "Mobile" }]);

  // A restart of the daemon is no news.
  await site.daemon.stop();
  await site.daemon.start();
  await site.untilConnected();
  await stands(cityId, "down", NOTICED_MS);

  city.operator = { ...USUAL_OPERATOR, account };
  await stands(cityId, "up", NOTICED_MS);
  await until("its return is mailed", () => mails.taken.length === 2, 30_000);
  expect(subjectsOf(mails.taken)[1]).toBe("Trunk City is back (Test)");
  await until("and posted", () => posted.length === 2, 30_000);
  expect(posted[1]).toMatchObject({ event: "alert-closed", kind: "trunk-down" });
  expect((await site.panel.get<{ open: object[] }>("/alerts")).open).toEqual([]);
});

test("a trunk that comes and goes is one trouble, with the operator's word for it", { timeout: 120_000 }, async () => {
  const refuse = () => {
    city.operator = { ...USUAL_OPERATOR, account, register: { status: 403 } };
  };
  refuse();
  await signInAnew(cityId, 120);
  expect(await stands(cityId, "down", 20_000)).toMatchObject({ reason: "sign-in-refused" });
  await until("it is said", () => posted.length === 1, 30_000);
  for (const expirySeconds of [121, 123]) {
    city.operator = { ...USUAL_OPERATOR, account };
    await signInAnew(cityId, expirySeconds);
    await stands(cityId, "up", 20_000);
    refuse();
    await signInAnew(cityId, expirySeconds + 1);
    await stands(cityId, "down", 20_000);
  }
  city.operator = { ...USUAL_OPERATOR, account };
  await signInAnew(cityId, 300);
  await stands(cityId, "up", 20_000);
  await until("its end is said", () => posted.some(({ event }) => event === "alert-closed"), 30_000);
  expect(posted.map(({ event, kind }) => `${kind} ${event}`)).toEqual([
    "trunk-down alert-opened",
    "trunk-down alert-closed",
  ]);
  await until("and mailed", () => mails.taken.length === 2, 30_000);
  const history = await site.panel.get<{ days: { flaps: number }[]; changes: { health: string; phrase: string }[] }>(
    `/trunk-watch/${cityId}`,
  );
  expect(history.days.reduce((sum, { flaps }) => sum + flaps, 0)).toBeGreaterThanOrEqual(3);
  expect(history.changes.find(({ health }) => health === "down")).toMatchObject({
    reason: "sign-in-refused",
    status: 403,
  });
});

test("an operator that knows us by address and has become a black hole is noticed by OPTIONS", {
  timeout: 120_000,
}, async () => {
  mobile.operator = { ...USUAL_OPERATOR, isSilent: true };
  expect(await stands(mobileId, "down", NOTICED_MS)).toMatchObject({ reason: "no-options-answer" });
  await until("it is said", () => posted.length === 1, 30_000);
  expect(posted).toMatchObject([{ kind: "trunk-down", params: { name: "Mobile", reason: "no-options-answer" } }]);
  expect(await standing(cityId)).toMatchObject({ health: "up" });
  mobile.operator = USUAL_OPERATOR;
  await stands(mobileId, "up", NOTICED_MS);
  await until("its return is said", () => posted.length === 2, 30_000);
});

test("calls for a number that nobody has entered are said once", { timeout: 60_000 }, async () => {
  const trunk = await ScriptedPhone.open({ server: { address: "127.0.0.1", port: site.trunkPort }, user: "world" });
  try {
    for (const number of ["0322777701", "0322777702"]) {
      const call = await trunk.call(number);
      await call.until("talking");
      await call.hangUp();
    }
    await until("it is said", () => posted.length === 1, 30_000);
    expect(posted).toMatchObject([{ event: "alert-opened", kind: "unknown-number" }]);
    await until("both are counted", async () => {
      const { open } = await site.panel.get<{ open: { params: { count?: number; number?: string } }[] }>("/alerts");
      return open.some(({ params }) => params.count === 2 && params.number === "0322777702");
    });
    expect(posted).toHaveLength(1);
  } finally {
    await trunk.close();
  }
});

describe("calls of the box to its own numbers", () => {
  const OWN = "0322556677";
  const SHOWN = "0322889900";
  let numberId: number;

  interface Found {
    outcome: string;
    fromTrunkName: string | null;
    arrivedAs: string | null;
    arrivedByName: string | null;
    status: number | null;
    at: string;
  }

  beforeAll(async () => {
    const number = { name: "Service", language: null };
    await site.panel.post("/numbers", { ...number, number: SHOWN, trunkId: mobileId });
    ({ numberId } = await site.panel.post<{ numberId: number }>("/numbers", {
      ...number,
      number: OWN,
      trunkId: cityId,
    }));
  });

  async function last(): Promise<{ isRunning: boolean; found: Found | null }> {
    const { isRunning, numbers } = await site.panel.get<{
      isRunning: boolean;
      numbers: { numberId: number; last: Found | null }[];
    }>("/synthetic-calls");
    return { isRunning, found: numbers.find((one) => one.numberId === numberId)?.last ?? null };
  }

  /** What the operator of the calling line does with the call, and what was found. */
  async function tried(carry: (called: PhoneCall) => Promise<void> | void): Promise<Found> {
    const before = (await last()).found?.at;
    await site.panel.post("/synthetic-calls", { numberId });
    await carry(await mobile.incoming.next());
    return await until("it is found out", async () => {
      const { isRunning, found } = await last();
      return !isRunning && found !== null && found.at !== before ? found : null;
    });
  }

  /** The network brings the call to our other operator, who hands it to us as a call for `number`. */
  async function deliver(called: PhoneCall, number: string): Promise<void> {
    expect(called.invite.uri).toContain(`${OWN}@`);
    const came = await city.callRegistered(number, { from: { number: SHOWN } });
    await came.until("ended");
    expect(came.endCause).toMatchObject({ by: "them", status: 486 });
    called.reject(486);
  }

  test("it arrives: nobody is rung for it, and it is in no log", { timeout: 60_000 }, async () => {
    const found = await tried(async (called) => {
      // Somebody else who calls at that moment is a caller like any other.
      const customer = await site.callIn();
      await customer.until("talking");
      await deliver(called, OWN);
      await customer.hangUp();
    });
    expect(found).toMatchObject({
      ...{ outcome: "arrived", fromTrunkName: "Mobile", arrivedAs: OWN, arrivedByName: "City" },
    });
    await until("records were taken in", async () => (await site.liveCalls()).length === 0);
    expect(await site.callsOf(SHOWN)).toEqual([]);
    expect(await site.callsOf(OWN)).toEqual([]);
    const tickets = await site.panel.get<{ tickets: { caller: { number: string } }[] }>("/tickets");
    expect(tickets.tickets.filter(({ caller }) => caller.number === SHOWN)).toEqual([]);
    expect(posted.filter(({ kind }) => kind === "synthetic-call-failed")).toEqual([]);
  });

  test("it arrives on another number, or never, and that is said once, until it arrives", {
    timeout: 120_000,
  }, async () => {
    const wrong = await tried(async (called) => await deliver(called, "0322112233"));
    expect(wrong).toMatchObject({ outcome: "wrong-number", arrivedAs: "0322112233" });
    await until("it is said", () => posted.length === 1, 30_000);
    expect(posted).toMatchObject([
      { event: "alert-opened", kind: "synthetic-call-failed", params: { number: OWN, outcome: "wrong-number" } },
    ]);
    const today = await site.panel.get<{ attention: { kind: string; params: object }[] }>("/today");
    expect(today.attention).toContainEqual(expect.objectContaining({ kind: "synthetic-call-failed" }));
    expect(await tried((called) => called.reject(480))).toMatchObject({ outcome: "never-arrived", arrivedAs: null });
    mobile.behaviour = { type: "reject", status: 503 };
    expect(await tried(() => undefined)).toMatchObject({ outcome: "refused", status: 503 });
    mobile.behaviour = { type: "answer" };
    expect(await tried(() => undefined)).toMatchObject({ outcome: "answered-elsewhere" });
    mobile.behaviour = { type: "ring" };
    expect(await tried(async (called) => await deliver(called, OWN))).toMatchObject({ outcome: "arrived" });
    await until("its end is said", () => posted.some(({ event }) => event === "alert-closed"), 30_000);
    expect(posted.map(({ event }) => event)).toEqual(["alert-opened", "alert-closed"]);
    await until("and mailed", () => mails.taken.length === 2, 30_000);
  });

  test("with one line alone it is said that there is no other to call from", async () => {
    await site.panel.patch(`/trunks/${mobileId}`, { isEnabled: false });
    try {
      expect(await site.panel.get("/synthetic-calls")).toMatchObject({ hasSecondTrunk: false });
      await expect(site.panel.post("/synthetic-calls", { numberId })).rejects.toThrow('"no-second-trunk"');
    } finally {
      await site.panel.patch(`/trunks/${mobileId}`, { isEnabled: true });
    }
  });
});
