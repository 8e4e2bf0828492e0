import { Hono } from "hono";
import { expect, test } from "vitest";
import type { ApiEnv } from "./deps.ts";
import { AUTHORITY_PATH, CHALLENGE_PATH, toHttps } from "./to-https.ts";

const LAN = "::ffff:192.168.1.9";

async function ask(
  url: string,
  {
    from = LAN,
    port = 443,
    host = new URL(url).host,
    method = "GET",
  }: { from?: string; port?: number | null; host?: string; method?: string } = {},
): Promise<Response> {
  const app = new Hono<ApiEnv>().use(toHttps(() => port)).all("*", (c) => c.text("here"));
  const env = { incoming: { socket: { remoteAddress: from } } };
  return await app.request(url, { method, headers: { host } }, env);
}

const leadsTo = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).headers.get("location");

test("plain HTTP leads to the same page by HTTPS, and keeps what was asked and how", async () => {
  const answer = await ask("http://hotline.local/calls?q=a%20b&page=2", { method: "POST" });
  expect(answer.status).toBe(308);
  expect(answer.headers.get("location")).toBe("https://hotline.local/calls?q=a%20b&page=2");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await leadsTo("http://192.168.1.50:8080/", { port: 8443 })).toBe("https://192.168.1.50:8443/");
  expect(await leadsTo("http://[fd00::5]:8080/x")).toBe("https://[fd00::5]/x");
});

test("what has to be reached before HTTPS is trusted, or within the machine, is answered where it was asked", async () => {
  expect((await ask(`http://hotline.local${AUTHORITY_PATH}`)).status).toBe(200);
  expect((await ask(`http://pbx.shop.ge${CHALLENGE_PATH}a-token`)).status).toBe(200);
  expect((await ask("http://127.0.0.1/metrics", { from: "127.0.0.1" })).status).toBe(200);
  expect((await ask("http://[::1]/api/status", { from: "::1" })).status).toBe(200);
  expect((await ask("https://hotline.local/")).status).toBe(200);
  expect((await ask("http://hotline.local/", { port: null })).status).toBe(200);
});

test("a name that is none is no place to be led to", async () => {
  for (const host of ["evil.example/@x", "a b", "", "x:y", "[::1", 'a"b'])
    expect({ host, status: (await ask("http://hotline.local/", { host })).status }).toEqual({ host, status: 400 });
});
