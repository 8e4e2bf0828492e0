import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ScriptedPhone } from "../../lab/phone/phone.ts";
import { USUAL_OPERATOR } from "../../lab/phone/registrar.ts";
import { keepPicture, PanelBrowser, signIn } from "../../testing/browser.ts";
import { Site } from "../../testing/site.ts";

/**
 * A shop owner connects a line from nothing, on the pages Lines and Outgoing calls. The telephone company is a scripted phone: it registers
 * one account, and refuses a wrong password as companies do.
 */
const PASSWORD = "a long enough password";
const ACCOUNT = { user: "322112255", password: "right-secret" };

let site: Site;
let browser: PanelBrowser;
let page: Page;
let troubles: string[];
let company: ScriptedPhone;

beforeAll(async () => {
  company = await ScriptedPhone.open({ user: "company" });
  company.operator = { ...USUAL_OPERATOR, account: ACCOUNT };
  site = await Site.open({ operators: ["101"] });
  browser = await PanelBrowser.open(site.daemon.origin);
  ({ page, troubles } = await browser.person());
  await signIn(page, "owner", PASSWORD);
});
afterEach(async ({ task }) => await keepPicture(task, page));
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await company?.close();
});

const dialog = () => page.getByRole("dialog");
const button = (name: string) => page.getByRole("button", { name, exact: true });
const trunk = (name: string) => page.getByTestId("trunk").filter({ hasText: name });
const menu = async (of: string, item: string) => {
  await button(of).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
};

test("a line by preset: the test tells a wrong password in plain words, and the right one connects", async () => {
  await page.goto("/lines");
  await page.getByText("No trunk yet").waitFor();
  await button("Add a trunk").click();
  await dialog().getByRole("button", { name: "Telephone company, with user and password" }).click();

  // What is missing is said at each field, and nothing is asked of anybody.
  await dialog().getByRole("button", { name: "Test", exact: true }).click();
  expect(await dialog().getByText("Please fill this in").count()).toBe(3);

  await dialog().getByLabel("Name", { exact: true }).fill("City line");
  // With its port, as contracts write it.
  await dialog().getByLabel("Server").fill(`127.0.0.1:${company.address.port}`);
  await dialog().getByLabel("User", { exact: true }).fill(ACCOUNT.user);
  await dialog().getByLabel("Password", { exact: true }).fill("wrong-secret");
  await dialog().getByRole("button", { name: "Test", exact: true }).click();
  await dialog().getByText("The line does not work so").waitFor();
  const step = dialog().locator("[data-code=wrong-password]");
  await step.getByText("User or password is wrong.").waitFor();
  expect(await step.locator("pre").isVisible()).toBe(false);
  await step.getByText("Show the answer as it came").click();
  expect(await step.locator("pre").innerText()).toMatch(/^SIP\/2\.0 40[13] /);

  await dialog().getByLabel("Password", { exact: true }).fill(ACCOUNT.password);
  // What was found was about the other password.
  await dialog().getByTestId("trunk-test").waitFor({ state: "detached" });
  await dialog().getByRole("button", { name: "Test", exact: true }).click();
  await dialog().getByText("The line works").waitFor();
  await dialog().getByText("User and password are right.").waitFor();
  expect(await site.panel.get("/trunks")).toEqual([]);

  // Now that it works, a number can be rung by it.
  await dialog().getByLabel("Ring this number too (not needed)").fill("no number");
  await dialog().getByRole("button", { name: "Test", exact: true }).click();
  await dialog().getByText("A phone number: digits, maybe with a plus").waitFor();
  await dialog().getByLabel("Ring this number too (not needed)").fill("0599 11 22 33");
  await dialog().getByRole("button", { name: "Test", exact: true }).click();
  await dialog().getByText("A call goes out: the number rang.").waitFor();

  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().getByText("Line City line is added").waitFor();
  await trunk("City line").getByText("Connected", { exact: true }).waitFor();
});

test("its number follows; the same one in another writing is refused, and it is said which", async () => {
  await dialog().getByRole("button", { name: "Add its number" }).click();
  await dialog().getByLabel("Number", { exact: true }).fill("+995 322 11 22 33");
  await dialog().getByLabel("Name", { exact: true }).fill("Orders");
  expect(await dialog().getByLabel("Comes in by").locator("option:checked").innerText()).toBe("City line");
  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().getByText("This is the number 0322112233 (Test) in another writing").waitFor();

  await dialog().getByLabel("Number", { exact: true }).fill("0322112255");
  await dialog().getByLabel("Recording").selectOption("no");
  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  const row = page.getByTestId("number").filter({ hasText: "0322112255" });
  await row.getByText("City line").waitFor();
  await row.getByText("not recorded").waitFor();
});

test("a line is changed without its password being typed again; what lies behind More is opened where it is wrong", async () => {
  await menu("Actions for trunk City line", "Edit");
  await button("More settings").click();
  await dialog().getByRole("button", { name: "How many calls" }).click();
  await dialog().getByLabel("Calls at a time, in all").fill("2");
  await dialog().getByRole("textbox", { name: "Kept free for callers" }).fill("3");
  await button("Fewer settings").click();
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await dialog().getByText("More than there are in all").waitFor();
  await dialog().getByRole("textbox", { name: "Kept free for callers" }).fill("1");
  await dialog().getByRole("button", { name: "Test", exact: true }).click();
  await dialog().getByText("User and password are right.").waitFor();
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  await trunk("City line").getByText("0 of 2 in use").waitFor();
  await trunk("City line").getByText("1 kept free for callers").waitFor();
  await trunk("City line").getByText("Connected", { exact: true }).waitFor();
});

test("a call takes a channel on the page at once, and gives it back", async () => {
  const maia = await site.operator("101");
  const call = await maia.call("0599123456");
  await company.incoming.next();
  await page.locator("[data-testid=trunk-channels][data-used='1']").waitFor();
  await trunk("City line").getByText("0 in, 1 out").waitFor();
  await call.hangUp();
  await page.locator("[data-testid=trunk-channels][data-used='0']").waitFor();
});

test("a line that nobody answers is added by address, and its test says so", async () => {
  await button("Add a trunk").click();
  await dialog().getByRole("button", { name: "GSM gateway, all SIMs together" }).click();
  await dialog().getByLabel("Name", { exact: true }).fill("Mobile");
  await dialog().getByLabel("Address of the gateway").fill("127.0.0.1:9");
  await dialog().getByLabel("SIM cards").fill("3");
  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().getByRole("button", { name: "Later" }).click();
  await trunk("Mobile").getByText("0 of 3 in use").waitFor();
  await menu("Actions for trunk Mobile", "Test");
  await dialog().getByText("The line does not work so").waitFor();
  await dialog().getByRole("button", { name: "Close", exact: true }).last().click();
});

test("rules say by which line a number leaves; the answer names each line that is passed over, and why", async () => {
  await page.getByRole("link", { name: "Outgoing calls" }).click();
  await page.getByText("No rule yet").waitFor();
  await button("Add a rule").click();
  await dialog().getByLabel("Name", { exact: true }).fill("Mobile numbers");
  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().getByText("At least one is needed").waitFor();
  await dialog().getByRole("combobox", { name: "Kinds of numbers" }).click();
  await page.getByRole("option", { name: "Mobile numbers" }).click();
  await dialog().getByLabel("Add a line…").selectOption({ label: "City line" });
  await dialog().getByLabel("Number that is shown").selectOption("0322112255");
  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  await page.getByTestId("rule").getByText("shows 0322112255").waitFor();

  await page.getByLabel("Number to call").fill("0599 12 34 56");
  await button("Show").click();
  const answer = page.getByTestId("where-answer");
  await answer.getByText("It goes out by City line").waitFor();
  await answer.getByText("rule “Mobile numbers”").waitFor();
  await answer.locator("[data-reason=not-in-rule]").getByText("the rule does not name it").waitFor();

  await page.getByLabel("Number to call").fill("+49 30 123456");
  await button("Show").click();
  await answer.getByText("Refused: calls to Germany are not allowed.").waitFor();
  await page.getByLabel("Number to call").fill("112");
  await button("Show").click();
  await answer.getByText("emergency: every line is tried").first().waitFor();
});

test("a country that is allowed can be called; who may only call colleagues cannot", async () => {
  await page.getByRole("combobox", { name: "Countries that may be called" }).fill("Germ");
  await page.getByRole("option", { name: "Germany" }).click();
  await button("Save").click();
  await page.getByText("Saved; it counts from the next call on.").waitFor();
  await page.getByLabel("Number to call").fill("+49 30 123456");
  await button("Show").click();
  await page.getByTestId("where-answer").getByText("It goes out by City line").waitFor();

  await page.goto("/team");
  await page.locator("[data-extension='101'] button").last().click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog().getByLabel("May dial").selectOption("internal");
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  await page.goto("/lines/outgoing");
  await page.getByLabel("Number to call").fill("0599123456");
  await button("Show").click();
  await page.getByText("this operator may not dial such numbers").waitFor();
  // The system itself still may: it calls missed callers back.
  await page.getByLabel("Who calls").selectOption({ label: "The system (automatic call back)" });
  await button("Show").click();
  await page.getByText("It goes out by City line").waitFor();
});

test("prices and limits are kept as they were typed, and a full limit freezes the line", async () => {
  await button("Edit costs and limits of City line").click();
  await dialog().getByLabel("Money (GEL)").fill("12.5");
  await button("Add a price").click();
  await dialog().getByLabel("Price a minute (GEL)").fill("0.0325");
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  const row = page.getByTestId("terms-row").filter({ hasText: "City line" });
  await row.getByText("0.0325 GEL a minute").waitFor();
  await row.getByText("0.00 GEL of 12.50 GEL today").waitFor();

  await button("Edit costs and limits of City line").click();
  await dialog().getByLabel("Minutes", { exact: true }).fill("0");
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  await row.getByText("Frozen: the minutes of the day are used up").waitFor();
  await page.getByLabel("Number to call").fill("0599123456");
  await page.getByLabel("Who calls").selectOption({ label: "The system (automatic call back)" });
  await button("Show").click();
  await page.getByText("Refused: no line takes it now.").waitFor();
  await page.locator("[data-reason=frozen]").waitFor();
});

test("what is refused of a rule is said by a form that shows no rules, too", async () => {
  // As from a page that has not heard yet that the number of its rule is another one.
  await page.route("**/api/outgoing", async (route) => {
    const sent = route.request().postData();
    await route.continue(sent === null ? {} : { postData: sent.replace("0322112255", "0322112266") });
  });
  await button("Save").click();
  await page.getByText("Something in the form is not accepted.").waitFor();
  await page.unroute("**/api/outgoing");
  await button("Save").click();
  await page.getByText("Saved; it counts from the next call on.").waitFor();
});

test("a number that somebody called and nobody entered is offered, and added", async () => {
  const stranger = await ScriptedPhone.open({ server: { address: "127.0.0.1", port: site.trunkPort }, user: "world" });
  const call = await stranger.call("0322998877", { from: { number: "599777111", name: "" } });
  await call.until("talking");
  await call.hangUp();
  await page.goto("/lines");
  await page.getByTestId("unknown-numbers").getByText("0322998877").waitFor();
  await button("Add the number 0322998877").click();
  expect(await dialog().getByLabel("Number", { exact: true }).inputValue()).toBe("0322998877");
  await dialog().getByLabel("Name", { exact: true }).fill("Second shop");
  await dialog().getByRole("button", { name: "Add", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  await page.getByTestId("unknown-numbers").waitFor({ state: "detached" });
  await page.getByTestId("number").filter({ hasText: "Second shop" }).waitFor();
  await stranger.close();
});

test("the calls behind a figure of a flow's losses are those that the log shows", async () => {
  const call = await site.callIn();
  await call.until("talking");
  await call.hangUp();
  const { callId } = await site.logged(call.number);
  await page.goto("/calls?flow=main&tag=nobody");
  await page.getByText("Calls with the tag “nobody”").waitFor();
  expect(await page.getByTestId("call-row").count()).toBe(0);
  await page.getByTestId("call-place").filter({ hasText: "tag" }).getByRole("button", { name: "Show all" }).click();
  await page.locator(`a[href*='${callId}']`).first().waitFor();
  await page.getByText("Calls that went through the flow").waitFor();
  expect(new URL(page.url()).search).toBe("?flow=main");
});

test("a line that is in use stays, and the panel leads to where it is used", async () => {
  await page.goto("/lines");
  await menu("Actions for trunk City line", "Delete");
  await dialog().getByText("City line was not deleted").waitFor();
  await dialog().getByRole("link", { name: "Orders (0322112255)" }).waitFor();
  await dialog().getByRole("link", { name: "Mobile numbers" }).click();
  await page.getByRole("heading", { name: "Outgoing calls", level: 1 }).waitFor();
  await dialog().waitFor({ state: "detached" });
  expect(await site.panel.get<{ name: string }[]>("/trunks")).toContainEqual(
    expect.objectContaining({ name: "City line" }),
  );
});

test("nothing was thrown, and nothing refused that was not asked for", () => {
  // Chromium logs every refusal: before signing in, and the number in another writing.
  expect(troubles.filter((trouble) => !/status of (401|409|422)/.test(trouble))).toEqual([]);
});
