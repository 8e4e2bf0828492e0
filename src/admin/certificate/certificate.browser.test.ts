/** The panel by HTTPS in a browser that trusts the box's authority as its owner told it to. One test leads to the next. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AcmeAuthority } from "../../testing/acme-authority.ts";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { getSecurely } from "../../testing/secure-panel.ts";
import { Site } from "../../testing/site.ts";
import { freeTcpPort, temporaryDir } from "../../testing/temporary.ts";
import { issueCertificate, makeAuthority } from "../../tls/authority.ts";

const PASSWORD = "a long enough password";
/** Names lead here; a microphone that hums stands on the desk. */
const MACHINE = [
  "--host-resolver-rules=MAP hotline.local 127.0.0.1, MAP pbx.lan 127.0.0.1",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

let authority: AcmeAuthority;
let site: Site;
let home: { path: string; remove: () => Promise<void> };
let origin: string;
let ca: string;
let browser: PanelBrowser;
let page: Page;
let troubles: readonly string[];

/** What Chromium looks into on Linux: NSS's database in the home. */
function trust(folder: string, pem: string): void {
  const [database, file] = [join(folder, ".pki/nssdb"), join(folder, "ca.crt")];
  mkdirSync(database, { recursive: true });
  writeFileSync(file, pem);
  execFileSync("certutil", ["-d", `sql:${database}`, "-N", "--empty-password"]);
  execFileSync("certutil", ["-d", `sql:${database}`, "-A", "-t", "C,,", "-n", "hotline", "-i", file]);
}

beforeAll(async () => {
  const port = await freeTcpPort();
  authority = await AcmeAuthority.open();
  site = await Site.open({
    operators: ["101"],
    daemonEnvironment: { HOTLINE_HTTPS_PORT: `${port}`, HOTLINE_ACME_DIRECTORY: authority.directory },
  });
  authority.challengePort = Number(new URL(site.daemon.origin).port);
  ca = await (await fetch(`${site.daemon.origin}/ca.crt`)).text();
  origin = `https://hotline.local:${port}`;
  home = await temporaryDir();
  trust(home.path, ca);
  browser = await PanelBrowser.open(origin, { args: MACHINE, home: home.path });
  ({ page, troubles } = await browser.person({ viewport: { width: 390, height: 844 } }));
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await authority?.close();
  await home?.remove();
});

test("a browser that was told nothing warns", async () => {
  const stranger = await temporaryDir();
  const other = await PanelBrowser.open(origin, { args: MACHINE, home: stranger.path });
  try {
    const { page: warned } = await other.person();
    await expect(warned.goto("/")).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
  } finally {
    await other.close();
    await stranger.remove();
  }
});

test("one that trusts the authority does not, and keeps the session for HTTPS alone", async () => {
  await signIn(page, "owner", PASSWORD);
  expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([{ name: "hotline_session", secure: true, httpOnly: true, sameSite: "Strict" }]);
});

test("the settings tell how others learn to trust it, with the fingerprint of what they get", async () => {
  await page.goto("/settings");
  const { fingerprint256 } = new X509Certificate(ca);
  await page.getByTestId("fingerprint").getByText(fingerprint256).waitFor();
  await page.getByTestId("certificate-names").getByText("hotline.local").waitFor();
  await page.getByLabel("System of the device").selectOption("iphone");
  await page.getByText("Certificate Trust Settings").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download the certificate" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("hotline-ca.crt");
});

test("the owner's certificate is checked, and used from then on", async () => {
  const firm = await makeAuthority("firm", Date.now());
  const own = await issueCertificate(firm, ["pbx.lan"], Date.now());
  const form = page.getByTestId("own-certificate");
  const files = form.locator("input[type=file]");
  const give = async (certificate: string, key: string) => {
    await files.nth(0).setInputFiles({ name: "own.pem", mimeType: "text/plain", buffer: Buffer.from(certificate) });
    await files.nth(1).setInputFiles({ name: "own.key", mimeType: "text/plain", buffer: Buffer.from(key) });
    await form.getByRole("button", { name: "Use it", exact: true }).click();
  };
  await give(own.certificate, firm.key);
  await form.getByText("This key belongs to another certificate").waitFor();
  await give(own.certificate, own.key);
  await form.getByText(/^In use for pbx\.lan, given by Hotline box/).waitFor();
  await form.getByText(/It is for no name that the box knows/).waitFor();
  await form.getByRole("button", { name: "Back to the box’s own" }).click();
  await form.getByText(/If your firm has a name on the internet/).waitFor();
});

test("a name on the internet gets a certificate; what stands against it is told first", async () => {
  const part = page.getByTestId("authority-certificate");
  const get = part.getByRole("button", { name: "Get the certificate" });
  const domain = part.getByLabel("Name on the internet");
  await domain.fill("hotline.local");
  await part.getByLabel("E-mail for the authority").fill("owner");
  await get.click();
  await part.getByText(/exists in local networks alone/).waitFor();
  await part.getByText("An address such as name@example.com").waitFor();
  await part.getByText("Without your agreement nothing is given").waitFor();
  await domain.fill("PBX.shop.ge");
  await part.getByLabel("E-mail for the authority").fill("owner@shop.ge");
  await part.getByLabel(/^I agree to the terms of/).check();
  authority.unknownNames.add("pbx.shop.ge");
  await get.click();
  await part.getByText(/^The internet does not know the name pbx\.shop\.ge/).waitFor();
  await part.getByText("In its own words: no address for pbx.shop.ge").waitFor();
  await part.getByText(/^Next try: /).waitFor();
  authority.unknownNames.clear();
  await part.getByRole("button", { name: "Try now" }).click();
  await part.getByText(/^In use for pbx\.shop\.ge, until/).waitFor();
  const outside = { host: "127.0.0.1", port: Number(new URL(origin).port), name: "pbx.shop.ge", ca: authority.pem };
  expect((await getSecurely(outside, "/")).status).toBe(200);
  await page.reload();
  await part.getByText(/^In use for pbx\.shop\.ge, until/).waitFor();
  await part.getByRole("button", { name: "Back to the box’s own" }).click();
  await get.waitFor();
  await expect(getSecurely(outside, "/")).rejects.toMatchObject({
    code: expect.stringMatching(/VERIFY|SELF_SIGNED/) as string,
  });
});

test("the microphone records a prompt, which browsers allow on secure pages alone", async () => {
  await page.goto("/call-flow");
  const record = page.getByRole("button", { name: /^Record: / }).first();
  await record.scrollIntoViewIfNeeded();
  await record.click();
  await page.getByRole("button", { name: /^Stop/ }).getByText("0:01").waitFor();
  await page.getByRole("button", { name: /^Stop/ }).click();
  const [sent] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "PUT"),
    page.getByRole("button", { name: "Use it", exact: true }).first().click(),
  ]);
  expect(sent.status()).toBe(200);
  expect(((await sent.json()) as { durationMs: number }).durationMs).toBeGreaterThan(500);
});

test("nothing went wrong in the page without being shown", () => {
  // The browser itself logs refusals: of the session that was not there yet, and of what was wrong in forms.
  expect(troubles.filter((trouble) => !/status of (401|422)/.test(trouble))).toEqual([]);
});
