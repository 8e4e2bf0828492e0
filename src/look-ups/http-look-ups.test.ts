import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrderServer } from "../testing/order-server.ts";
import { until } from "../testing/until.ts";
import { HttpLookUps } from "./http-look-ups.ts";
import { mayBeAsked } from "./reachable-address.ts";

let orders: OrderServer;
beforeAll(async () => {
  orders = await OrderServer.open();
});
afterAll(async () => await orders.close());

const never = new AbortController().signal;
/** No test waits for it. */
const LONG_MS = 60_000;
const request = (url: string, deadlineMs = LONG_MS) => ({ url, method: "GET", body: null, deadlineMs }) as const;

describe("a server of the owner's", () => {
  test("is asked, and its answer is read", async () => {
    expect(await new HttpLookUps([orders.host]).try(request(orders.url("/order/4711")), never)).toEqual({
      ...{ status: 200, answer: { ok: true, json: { number: "4711", state: "ready" } } },
    });
  });

  test("what is posted is JSON", async () => {
    const body = { order: 'a "quoted" one, ქართულად' };
    const asked = { ...request(orders.url("/order/1")), method: "POST" as const, body };
    expect(await new HttpLookUps([orders.host]).ask(asked, never)).toMatchObject({ ok: true });
    expect(JSON.parse(orders.posted.at(-1) ?? "")).toEqual(body);
  });

  test.each([
    ["/nothing", 404, "refused"],
    ["/redirect", 302, "redirected"],
    ["/text", 200, "not-json"],
    ["/huge", 200, "too-large"],
    ["/endless", 200, "too-large"],
  ])("that answers as at %s is told by its name, and is let go", async (path, status, reason) => {
    const { givenUp } = orders;
    const outcome = await new HttpLookUps([orders.host]).try(request(orders.url(path), LONG_MS), never);
    expect(outcome).toEqual({ status, answer: { ok: false, reason } });
    if (path === "/endless") await until("the server is let go", () => orders.givenUp === givenUp + 1);
  });

  test("that answers with another protocol is no server to wait for", async () => {
    expect(await new HttpLookUps([orders.host]).try(request(orders.url("/switching"), 2_000), never)).toEqual({
      ...{ status: null, answer: { ok: false, reason: "unreachable" } },
    });
  });

  test.each(["/drip", "/never"])("that keeps us waiting as at %s is let go at the deadline", async (path) => {
    const before = orders.asked.length;
    const { givenUp } = orders;
    const asked = new HttpLookUps([orders.host]).ask(request(orders.url(path), 3_000), never);
    await until("it was asked", () => orders.asked.length > before);
    expect(await asked).toEqual({ ok: false, reason: "timeout" });
    await until("the server is let go", () => orders.givenUp === givenUp + 1);
  });

  test("is let go when nobody waits any more, long before the deadline", async () => {
    const { givenUp } = orders;
    const before = orders.asked.length;
    const dropped = new AbortController();
    const asked = new HttpLookUps([orders.host]).ask(request(orders.url("/never")), dropped.signal);
    await until("it was asked", () => orders.asked.length > before);
    dropped.abort();
    expect(await asked).toMatchObject({ ok: false });
    await until("the server is let go", () => orders.givenUp === givenUp + 1);
  });
});

describe("who is not to be asked", () => {
  test("this machine, under whatever name, unless the owner of the machine says so", async () => {
    const before = orders.asked.length;
    const port = orders.host.split(":")[1];
    const names = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"];
    for (const name of names)
      expect([name, await new HttpLookUps([]).ask(request(`http://${name}:${port}/order/1`), never)]).toEqual([
        ...[name, { ok: false, reason: "address-not-allowed" }],
      ]);
    expect(orders.asked).toHaveLength(before);
    // The permission is for one port.
    const other = new HttpLookUps([`127.0.0.1:${Number(port) + 1}`]);
    expect(await other.ask(request(orders.url("/order/1")), never)).toMatchObject({ reason: "address-not-allowed" });
  });

  test("what is no web address, and one that carries a password", async () => {
    for (const url of [
      "file:///etc/passwd",
      "ftp://127.0.0.1/",
      "gopher://shop.test/",
      "http://user:pw@shop.test/",
      "?",
    ])
      expect([url, await new HttpLookUps([]).ask(request(url), never)]).toEqual([
        ...[url, { ok: false, reason: "address-not-allowed" }],
      ]);
  });

  test("addresses of the link, of groups and of this machine's own; those of the shop's network are", () => {
    for (const address of ["169.254.169.254", "224.0.0.1", "255.255.255.255", "fe80::1", "ff02::1", "::", "shop.test"])
      expect([address, mayBeAsked(address)]).toEqual([address, false]);
    for (const address of ["192.168.77.20", "10.9.8.7", "203.0.113.9", "2001:db8::9"])
      expect([address, mayBeAsked(address)]).toEqual([address, true]);
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    for (const address of own) expect([address, mayBeAsked(address)]).toEqual([address, false]);
  });

  test("a name that leads to this machine is told from one that is not known", async () => {
    const { address } = await lookup("localhost");
    expect(mayBeAsked(address)).toBe(false);
    const unknown = await new HttpLookUps([]).ask(request("http://hotline.invalid/"), never);
    expect(unknown).toMatchObject({ ok: false });
  });
});
