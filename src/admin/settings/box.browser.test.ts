import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { writeBoxState } from "../../box/request-folder.ts";
import { type BoxState, USUAL_NETWORK } from "../../calls/box.ts";
import { connect } from "../../database/connect.ts";
import { setPassword } from "../../database/users.ts";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { Site, toneOf } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";
import { hashPassword } from "../../workforce/credentials.ts";

/**
 * The owner at the page of the box. What root says is written here as root writes it (root itself is tried by network.box.test.ts in a Debian
 * of its own).
 */
const PASSWORD = "a long enough password";
let site: Site;
let browser: PanelBrowser;
let page: Page;
let state: BoxState;

const requests = () => join(site.boxDir, "requests");
const say = async (part: Partial<BoxState>) => {
  state = { ...state, ...part };
  await writeBoxState(site.boxDir, state);
};
/** Takes the next request, and answers that it is done. */
async function root(fields: Record<string, string> = {}): Promise<{ id: string; request: unknown }> {
  const name = await until("root is asked", async () =>
    (await readdir(requests())).find((file) => file.endsWith(".json")),
  );
  const request: unknown = JSON.parse(await readFile(join(requests(), name), "utf8"));
  await rm(join(requests(), name));
  const id = name.replace(".json", "");
  const problem = Object.keys(fields).length > 0 ? "invalid" : null;
  await say({ answers: [...state.answers, { id, problem, fields }] });
  return { id, request };
}
const button = (name: string) => page.getByRole("button", { name, exact: true });

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(site.daemon.origin);
  ({ page } = await browser.person({ viewport: { width: 390, height: 844 } }));
  await signIn(page, "owner", PASSWORD);
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test("where there is no box, the page says so and offers nothing", async () => {
  await page.goto("/settings");
  await page.getByRole("link", { name: "Network and box" }).click();
  await page.getByTestId("not-managed").getByText("does not run on a box of its own").waitFor();
  expect(await button("Restart").count()).toBe(0);
});

test("an address is checked while it is typed in, tried, and kept at the new address without signing in", async () => {
  const [card] = (await site.panel.get<{ cards: { name: string }[] }>("/box")).cards;
  await mkdir(requests(), { recursive: true });
  state = {
    isManaged: true,
    network: USUAL_NETWORK,
    trial: null,
    ntpServers: [],
    timeZone: "Asia/Tbilisi",
    answers: [],
  };
  await writeFile(join(site.boxDir, "state.json"), JSON.stringify(state));
  await page.getByLabel("How the box gets its address").selectOption({ label: "An address of its own" });
  await page.getByLabel("Address", { exact: true }).fill("192.168.250.50");
  await page.getByLabel("Length of the netmask").fill("24");
  await page.getByLabel("Router (gateway)").fill("192.168.7.1");
  await page.getByLabel("Name servers (DNS)").fill("192.168.250.1 9.9.9.9");
  await button("Try these settings").click();
  await page.getByText("It is not in the network of the box's address").waitFor();
  expect(await readdir(requests())).toEqual([]);

  await page.getByLabel("Router (gateway)").fill("192.168.250.1");
  await button("Try these settings").click();
  await root({ "ipv4.address": "address-taken" });
  await page.getByText("Another machine in the network has this address").waitFor();

  await page.getByLabel("Address", { exact: true }).fill("192.168.250.51");
  await button("Try these settings").click();
  const { id, request } = await root();
  const settings = {
    ...{ card: card?.name, vlan: null },
    ipv4: {
      ...{ method: "static", address: "192.168.250.51", prefix: 24, gateway: "192.168.250.1" },
      dns: ["192.168.250.1", "9.9.9.9"],
    },
  };
  expect(request).toEqual({ kind: "network", settings });
  await say({ trial: { id, settings: settings as BoxState["network"], untilMs: Date.now() + 60_000 } });
  const trial = page.getByTestId("trial");
  await trial.getByText(/[0-9]+ s left/).waitFor();
  const link = await page.getByRole("link", { name: "Open 192.168.250.51" }).getAttribute("href");
  const port = new URL(site.daemon.origin).port;
  expect(link).toBe(`http://192.168.250.51:${port}/keep-network#${id}`);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);

  // Another browser, as it would come by the new address: nobody is signed in there.
  const other = await browser.person({ viewport: { width: 390, height: 844 } });
  await other.page.goto(`/keep-network#${id}`);
  await other.page.getByRole("button", { name: "Keep them" }).click();
  expect((await root()).request).toEqual({ kind: "keep-network", trial: id });
  await other.page.getByText("They are kept.").waitFor();
  await other.context.close();
  await say({ trial: null, network: settings as BoxState["network"] });
  await expect.poll(() => page.getByLabel("Address", { exact: true }).inputValue()).toBe("192.168.250.51");
});

test("the firm's time zone is the machine's", async () => {
  const settings = await site.panel.get<Record<string, unknown>>("/settings");
  const saved = site.panel.put("/settings", { ...settings, timeZone: "Asia/Ulaanbaatar" });
  expect((await root()).request).toEqual({ kind: "clock", timeZone: "Asia/Ulaanbaatar", ntpServers: null });
  await saved;
  await say({ timeZone: "Asia/Ulaanbaatar" });
});

test("a restart waits for the end of conversations, unless it is told not to", async () => {
  const maia = await site.operator("101");
  const caller = await site.callIn();
  await caller.ear.hears(toneOf("greeting"));
  await button("Restart").click();
  await page.getByTestId("sure").click();
  await page.getByTestId("waiting").getByText("Waits for 1 conversation to end").waitFor();
  expect(await readdir(requests())).toEqual([]);
  await button("Cancel").click();
  await button("Shut down").click();
  await page.getByTestId("sure").click();
  await page.getByTestId("waiting").waitFor();
  await caller.hangUp();
  expect((await root()).request).toEqual({ kind: "shut-down" });
  await page.getByTestId("going").waitFor();
  await maia.close();
});

test("who comes in by a password from the screen chooses another one before anything else", async () => {
  const db = connect({ to: site.databaseUrl ?? "" });
  const { id } = await db.selectFrom("users").select("id").where("login", "=", "owner").executeTakeFirstOrThrow();
  const hash = await hashPassword("abcd-efgh-jkmn-pqrs");
  await db.transaction().execute(async (tx) => await setPassword(tx, id, { hash, mustChange: true }));
  await db.destroy();
  const other = await browser.person({ viewport: { width: 390, height: 844 } });
  page = other.page;
  await page.goto("/");
  await page.locator("input[autocomplete=username]").fill("owner");
  await page.locator("input[autocomplete=current-password]").fill("abcd-efgh-jkmn-pqrs");
  await page.locator("button[type=submit]").click();
  await page.getByRole("heading", { name: "Choose a password" }).waitFor();
  expect((await page.request.get("/api/trunks")).status()).toBe(403);
  await page.getByLabel("Password until now").fill("abcd-efgh-jkmn-pqrs");
  await page.getByLabel("New password").fill("abcd-efgh-jkmn-pqrs");
  await button("Change the password").click();
  await page.getByText("Choose another one than until now").waitFor();
  await page.getByLabel("New password").fill("of my own choice");
  await button("Change the password").click();
  await page.getByRole("navigation").first().waitFor();
  expect((await page.request.get("/api/trunks")).status()).toBe(200);
});
