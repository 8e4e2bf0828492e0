import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BoxKeeper } from "../box/keeper.ts";
import { Box } from "../box-office.ts";
import { setPassword } from "../database/users.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { SETUP, withApi } from "../testing/test-api.ts";
import { until } from "../testing/until.ts";
import { hashPassword } from "../workforce/credentials.ts";

const json = (method: string, body: unknown): RequestInit => ({
  ...{ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
});
async function refusal(panel: PanelClient, method: string, path: string, body: unknown) {
  const response = await panel.fetch(path, json(method, body));
  const { error } = (await response.json()) as { error?: { code: string; fields?: Record<string, string> } };
  return { status: response.status, code: error?.code, ...(error?.fields ? { fields: error.fields } : {}) };
}

describe("one's own password", () => {
  it("is changed by who knows it, and signs everybody else out", async () => {
    await withApi(async ({ panel, newPanel }) => {
      const { login, password } = SETUP.admin;
      const other = newPanel();
      await other.post("/session", { login, password });
      const change = (current: string, next: string) =>
        refusal(panel, "PUT", "/session/password", { current, password: next });
      expect(await change("not this one", "of my own choice")).toMatchObject({ fields: { current: "wrong-password" } });
      expect(await change(password, password)).toMatchObject({ fields: { password: "same-password" } });
      expect(await change(password, "short")).toMatchObject({ fields: { password: "password-too-short" } });
      expect(await change(password, "of my own choice")).toEqual({ status: 200, code: undefined });
      await panel.get("/trunks");
      expect((await other.fetch("/trunks")).status).toBe(401);
      expect((await newPanel().fetch("/session", json("POST", { login, password }))).status).toBe(401);
    });
  });

  it("comes before everything else for who was given one at the screen", async () => {
    await withApi(async ({ db, panel, newPanel }) => {
      const { login } = SETUP.admin;
      const { userId } = await panel.get<{ userId: number }>("/session");
      const hash = await hashPassword("abcd-efgh-jkmn");
      await db.transaction().execute(async (tx) => await setPassword(tx, userId, { hash, mustChange: true }));
      const owner = newPanel();
      expect(await owner.post("/session", { login, password: "abcd-efgh-jkmn" })).toMatchObject({
        mustChangePassword: true,
      });
      expect(await refusal(owner, "PUT", "/settings", {})).toEqual({ status: 403, code: "password-must-change" });
      expect((await owner.fetch("/events")).status).toBe(403);
      const changed = { current: "abcd-efgh-jkmn", password: "of my own choice" };
      expect(await owner.put("/session/password", changed)).toMatchObject({ mustChangePassword: false });
      await owner.get("/settings");
    });
  });
});

/** The panel's API, the daemon's desk and root's program, by real files; networkd is not there, and root says so. */
async function withBox(
  isManaged: boolean,
  work: (scene: {
    panel: PanelClient;
    newPanel: () => PanelClient;
    calls: { callId: string }[];
    changed: () => void;
  }) => Promise<void>,
  noticeMs = 0,
): Promise<void> {
  await withTemporaryDir(async (dir) => {
    const folder = join(dir, "run");
    const settings = join(dir, "settings");
    await mkdir(join(folder, "requests"), { recursive: true });
    await mkdir(settings);
    if (isManaged)
      await writeFile(join(settings, "network.json"), '{"card":null,"vlan":null,"ipv4":{"method":"dhcp"}}');
    const networkFiles = await mkdtemp(join(dir, "network-"));
    const places = { folder, settings, networkFiles, timesyncFile: join(dir, "timesync/hotline.conf") };
    const said: string[] = [];
    const keeper = new BoxKeeper(places, (what) => said.push(what), 1_000, noticeMs);
    await keeper.begin();
    const listeners = new Set<(what: "calls") => void>();
    const calls: { callId: string }[] = [];
    const box = new Box({
      ...{
        log: keptLog(),
        folder,
        timeZone: () => null,
        onTimeZoneChanged: () => undefined,
        onChange: () => undefined,
      },
      live: {
        calls: () => calls as never,
        onChange: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    });
    await box.start();
    const over = new AbortController();
    // As its path unit does it: each time that something lies there.
    const serving = (async () => {
      while (!over.signal.aborted) await keeper.serve();
    })();
    try {
      await withApi(
        async ({ panel, newPanel, board }) => {
          board.liveCalls = calls as never;
          const changed = () => {
            for (const tell of listeners) tell("calls");
          };
          await work({ panel, newPanel, calls, changed });
        },
        { box },
      );
    } finally {
      over.abort();
      await box.stop();
      await serving;
    }
  });
}

describe("the box", () => {
  it("says where it is none", async () => {
    await withApi(async ({ panel }) => {
      expect(await panel.get("/box")).toMatchObject({ state: null });
      const dhcp = { card: null, vlan: null, ipv4: { method: "dhcp" } };
      expect(await refusal(panel, "POST", "/box/network", { settings: dhcp })).toEqual({ status: 409, code: "no-box" });
      expect(await refusal(panel, "POST", "/box/leave", { kind: "restart", waits: false })).toEqual({
        ...{ status: 409, code: "no-box" },
      });
    });
  });

  it("leaves network and clock of somebody's own machine alone", async () => {
    await withBox(false, async ({ panel }) => {
      expect(await panel.get("/box")).toMatchObject({ state: { isManaged: false } });
      const dhcp = { card: null, vlan: null, ipv4: { method: "dhcp" } };
      for (const [method, path, body] of [
        ["POST", "/box/network", { settings: dhcp }],
        ["PUT", "/box/clock", { ntpServers: ["ntp.example.ge"] }],
      ] as const)
        expect(await refusal(panel, method, path, body)).toEqual({ status: 409, code: "box-managed-elsewhere" });
    });
  });

  it("is asked by admins alone, and with settings that can work", async () => {
    await withBox(true, async ({ panel, newPanel }) => {
      expect((await newPanel().fetch("/box")).status).toBe(401);
      const [card] = (await panel.get<{ cards: { name: string }[] }>("/box")).cards;
      const ipv4 = { method: "static", address: "192.168.250.1", prefix: 24, gateway: "192.168.7.1", dns: [] };
      const settings = { card: card?.name, vlan: 5000, ipv4 };
      expect(await refusal(panel, "POST", "/box/network", { settings })).toEqual({
        ...{ status: 422, code: "invalid-input" },
        fields: { vlan: "not-a-vlan", "ipv4.gateway": "not-in-network", "ipv4.dns": "required" },
      });
      const evil = { ...settings, card: "eth0\nVLAN=1" };
      expect(await refusal(panel, "POST", "/box/network", { settings: evil })).toMatchObject({ status: 422 });
      expect(await refusal(newPanel(), "POST", "/keep-network", { trial: "0".repeat(32) })).toEqual({
        ...{ status: 409, code: "box-trial-over" },
      });
    });
  });

  it("says that new settings are tried before the network is another one", async () => {
    await withBox(
      true,
      async ({ panel }) => {
        const settings = { card: null, vlan: null, ipv4: { method: "dhcp" } };
        const { trial } = await panel.post<{ trial: string }>("/box/network", { settings });
        expect(await panel.get("/box")).toMatchObject({ state: { trial: { id: trial } } });
      },
      2_000,
    );
  });

  it("takes no other address while somebody talks, unless it is insisted on", async () => {
    await withBox(true, async ({ panel, calls }) => {
      calls.push({ callId: "1" });
      const settings = { card: null, vlan: null, ipv4: { method: "dhcp" } };
      expect(await refusal(panel, "POST", "/box/network", { settings })).toEqual({ status: 409, code: "calls-go-on" });
    });
  });

  it("waits for the end of conversations before it goes, and can be told to stay", async () => {
    await withBox(true, async ({ panel, calls, changed }) => {
      calls.push({ callId: "1" });
      expect(await panel.post("/box/leave", { kind: "restart", waits: true })).toMatchObject({
        ...{ leaving: { kind: "restart", isGoing: false }, calls: 1 },
      });
      changed();
      expect(await panel.get("/box")).toMatchObject({ leaving: { isGoing: false } });
      expect(await panel.post("/box/stay")).toMatchObject({ leaving: null });
      calls.pop();
      changed();
      await until("it stays", async () => (await panel.get<{ leaving: null }>("/box")).leaving === null || undefined);
    });
  });
});
