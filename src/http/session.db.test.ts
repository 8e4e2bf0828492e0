import { describe, expect, it, vi } from "vitest";
import type { PanelClient } from "../testing/panel-client.ts";
import { SETUP, type TestApi, withApi } from "../testing/test-api.ts";

const RIGHT = { login: SETUP.admin.login, password: SETUP.admin.password };

async function signIn(panel: PanelClient, credentials: { login: string; password: string }): Promise<Response> {
  return await panel.fetch("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(credentials),
  });
}

async function addOperator({ panel }: TestApi) {
  const login = { login: "Nana", password: "nana's long password" };
  const { operator } = await panel.post<{ operator: { operatorId: number } }>("/operators", {
    name: "Nana",
    extension: "103",
    ...login,
  });
  return { ...login, operatorId: operator.operatorId };
}

const code = async (response: Response) => {
  const body = (await response.json()) as { error?: { code: string } };
  return [response.status, body.error?.code];
};

describe("signing in", () => {
  it("gives a cookie that scripts and other sites do not get, and takes it back", async () => {
    await withApi(async ({ newPanel, db }) => {
      const panel = newPanel();
      expect(await code(await panel.fetch("/session"))).toEqual([401, "not-signed-in"]);
      const response = await signIn(panel, { ...RIGHT, login: " OWNER " });
      expect(response.status).toBe(200);
      const [cookie = ""] = response.headers.getSetCookie();
      expect(cookie).toMatch(/^hotline_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
      const token = /=([\w-]+);/.exec(cookie)?.[1] ?? "";
      expect(JSON.stringify(await db.selectFrom("sessions").selectAll().execute())).not.toContain(token);
      expect((await panel.fetch("/session")).status).toBe(200);
      expect((await panel.fetch("/session", { method: "DELETE" })).status).toBe(200);
      const back = await panel.fetch("/session", { headers: { Cookie: `hotline_session=${token}` } });
      expect(await code(back)).toEqual([401, "not-signed-in"]);
    });
  });

  it("gives a cookie for https alone where the browser speaks https with a proxy before us", async () => {
    await withApi(async ({ newPanel, origin }) => {
      const response = await newPanel().fetch("/session", {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: origin.replace("http:", "https:") },
        body: JSON.stringify(RIGHT),
      });
      expect(response.headers.getSetCookie()[0]).toMatch(/; Secure/);
    });
  });

  it("does not tell whether the login or the password was wrong", async () => {
    await withApi(async ({ newPanel }) => {
      const wrong = [401, "wrong-login-or-password"];
      expect(await code(await signIn(newPanel(), { ...RIGHT, password: "something else" }))).toEqual(wrong);
      expect(await code(await signIn(newPanel(), { login: "nobody", password: RIGHT.password }))).toEqual(wrong);
    });
  });

  it("is refused after five wrong passwords, the right one included, and a restart changes nothing", async () => {
    await withApi(async ({ newPanel, db }) => {
      for (let attempt = 0; attempt < 5; attempt++)
        expect((await signIn(newPanel(), { ...RIGHT, password: `guess ${attempt}` })).status).toBe(401);
      const refused = await signIn(newPanel(), RIGHT);
      expect(refused.status).toBe(429);
      const { error } = (await refused.json()) as { error: { code: string; params: { retryAfterSeconds: number } } };
      expect(error.code).toBe("too-many-attempts");
      expect(error.params.retryAfterSeconds).toBeGreaterThan(14 * 60);
      expect(refused.headers.get("retry-after")).toBe(String(error.params.retryAfterSeconds));
      // Others are not locked out with them.
      expect((await signIn(newPanel(), { login: "other", password: "whatever it is" })).status).toBe(401);
      await db
        .updateTable("login_failures")
        .set({ window_started_at: new Date(Date.now() - 16 * 60_000) })
        .execute();
      expect((await signIn(newPanel(), RIGHT)).status).toBe(200);
    });
  });

  it("looks at no more guesses of the same moment than of those one after the other", async () => {
    await withApi(async ({ newPanel }) => {
      const guesses = Array.from({ length: 12 }, (_, n) => signIn(newPanel(), { ...RIGHT, password: `guess ${n}` }));
      const statuses = (await Promise.all(guesses)).map(({ status }) => status);
      expect(statuses.toSorted((a, b) => a - b)).toEqual([
        ...Array<number>(5).fill(401),
        ...Array<number>(7).fill(429),
      ]);
      expect((await signIn(newPanel(), RIGHT)).status).toBe(429);
    });
  });

  it("never refuses whoever has the right password, however often and from one address", async () => {
    await withApi(async ({ newPanel, db }) => {
      for (let time = 0; time < 31; time++) expect((await signIn(newPanel(), RIGHT)).status).toBe(200);
      const counted = await db.selectFrom("login_failures").select("failures").execute();
      expect(counted.every(({ failures }) => failures === 0)).toBe(true);
    });
  });

  it("ends when the operator is disabled, deleted or gets a new password", async () => {
    await withApi(async (api) => {
      const { operatorId, ...credentials } = await addOperator(api);
      for (const change of [
        () => api.panel.patch(`/operators/${operatorId}`, { password: "another long password" }),
        () => api.panel.patch(`/operators/${operatorId}`, { isEnabled: false }),
        () => api.panel.delete(`/operators/${operatorId}`),
      ]) {
        const panel = api.newPanel();
        expect((await signIn(panel, credentials)).status).toBe(200);
        expect((await panel.fetch("/session")).status).toBe(200);
        await change();
        expect((await panel.fetch("/session")).status).toBe(401);
        await api.panel.fetch(`/operators/${operatorId}/restore`, { method: "POST" });
        await api.panel.patch(`/operators/${operatorId}`, { isEnabled: true, password: credentials.password });
      }
    });
  });

  it("lasts twelve hours from the last use", async () => {
    await withApi(async ({ panel, db }) => {
      const inAnHour = new Date(Date.now() + 3_600_000);
      await db.updateTable("sessions").set({ expires_at: inAnHour }).execute();
      // The session is believed for some seconds without asking the database.
      await vi.waitFor(async () => expect((await panel.fetch("/session")).headers.getSetCookie()).toHaveLength(1), {
        timeout: 10_000,
        interval: 500,
      });
      const { expires_at } = await db.selectFrom("sessions").select("expires_at").executeTakeFirstOrThrow();
      expect(expires_at.getTime() - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    });
  });

  it("remembers the language that one chose", async () => {
    await withApi(async ({ panel, newPanel }) => {
      expect(await panel.patch("/session", { language: "ru" })).toMatchObject({
        language: "ru",
        site: { language: "ka" },
      });
      const later = newPanel();
      await signIn(later, RIGHT);
      expect(await later.get("/session")).toMatchObject({ language: "ru" });
    });
  });
});

describe("who may do what", () => {
  const forAdmins = [
    ["POST", "/operators"],
    ["PATCH", "/operators/1"],
    ["DELETE", "/operators/1"],
    ["POST", "/operators/1/restore"],
    ["POST", "/operators/1/phone-password"],
    ["GET", "/trunks"],
    ["POST", "/trunks"],
    ["PATCH", "/trunks/1"],
    ["DELETE", "/trunks/1"],
    ["POST", "/trunks/1/restore"],
    ["GET", "/numbers"],
    ["POST", "/numbers"],
    ["PATCH", "/numbers/1"],
    ["DELETE", "/numbers/1"],
    ["GET", "/settings"],
    ["PUT", "/settings"],
    ["GET", "/flow"],
    ["PUT", "/flow"],
    ["PUT", "/prompts/ka/greeting"],
    ["PUT", "/prompts/ka/greeting/text"],
    ["DELETE", "/prompts/ka/greeting"],
  ] as const;
  const forSignedIn = [
    ["GET", "/events"],
    ["GET", "/today"],
    ["GET", "/calls"],
    ["GET", "/calls.csv"],
    ["GET", "/calls/live"],
    ["GET", "/operators"],
    ["GET", "/operators/presence"],
    ["GET", "/prompts"],
    ["GET", "/recordings/6f0c1c0e-2f0f-4d0c-9a52-0d6d7a3f5c11/audio"],
    ["GET", "/recordings/6f0c1c0e-2f0f-4d0c-9a52-0d6d7a3f5c11/peaks"],
    ["PATCH", "/session"],
  ] as const;

  it("nobody does anything without signing in; operators do not administer", async () => {
    await withApi(async (api) => {
      const credentials = await addOperator(api);
      const operator = api.newPanel();
      await signIn(operator, credentials);
      const stranger = api.newPanel();
      for (const [method, path] of [...forAdmins, ...forSignedIn])
        expect([path, ...(await code(await stranger.fetch(path, { method })))]).toEqual([path, 401, "not-signed-in"]);
      for (const [method, path] of forAdmins)
        expect([path, ...(await code(await operator.fetch(path, { method })))]).toEqual([path, 403, "not-allowed"]);
      for (const path of ["/today", "/calls", "/calls/live", "/operators", "/operators/presence", "/prompts"])
        expect([path, (await operator.fetch(path)).status]).toEqual([path, 200]);
    });
  });

  it("another site's page does nothing with our cookie", async () => {
    await withApi(async ({ panel, origin, db }) => {
      const change = (headers: Record<string, string>) =>
        panel.fetch("/session", {
          method: "PATCH",
          headers: { "Content-Type": "application/json", ...headers },
          body: JSON.stringify({ language: "en" }),
        });
      expect(await code(await change({ "X-Hotline": "" }))).toEqual([403, "foreign-request"]);
      expect(await code(await change({ Origin: "https://evil.example" }))).toEqual([403, "foreign-request"]);
      expect(await code(await change({ Origin: "null" }))).toEqual([403, "foreign-request"]);
      expect(await code(await change({ Origin: `${origin}.evil.example` }))).toEqual([403, "foreign-request"]);
      expect(await code(await change({ "Sec-Fetch-Site": "cross-site" }))).toEqual([403, "foreign-request"]);
      const { language } = await db.selectFrom("users").select("language").executeTakeFirstOrThrow();
      expect(language).toBe("ka");
      expect((await change({ "Sec-Fetch-Site": "same-origin" })).status).toBe(200);
    });
  });
});
