import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { USUAL_OPERATOR } from "../lab/phone/registrar.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { temporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";
import { OptionsWatch, type WatchedServer } from "./options-watch.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function operator(): Promise<ScriptedPhone> {
  const phone = await ScriptedPhone.open({ user: "operator" });
  closers.push(() => phone.close());
  return phone;
}

async function watching(servers: () => WatchedServer[], file?: string) {
  const { path, remove } = await temporaryDir();
  closers.push(remove);
  const changes: string[] = [];
  const watch = new OptionsWatch({
    ...{ servers, file: file ?? join(path, "answers.json"), log: keptLog() },
    onChange: () => changes.push("changed"),
    timing: { everyMs: 100, answerMs: 300, lookMs: 20 },
  });
  await watch.load();
  watch.start();
  closers.push(() => watch.stop());
  return { watch, changes, file: file ?? join(path, "answers.json") };
}

const serverAt = (gateway: string, { address: { address, port } }: ScriptedPhone): WatchedServer => ({
  ...{ gateway, host: "127.0.0.1", transport: "udp", address, port, fromUser: "firm", fromDomain: "firm.test" },
});

test("a server that has answered and does no more is silent, and is not once it answers again", async () => {
  const peer = await operator();
  const { watch, changes } = await watching(() => [serverAt("trunk-1", peer)]);
  await until("it answers", () => watch.answering("trunk-1") === "answers");
  peer.operator = { ...USUAL_OPERATOR, isSilent: true };
  await until("it is silent", () => watch.answering("trunk-1") === "silent");
  peer.operator = { ...USUAL_OPERATOR, options: 404 };
  await until("it answers again, if only a refusal", () => watch.answering("trunk-1") === "answers");
  expect(changes).toHaveLength(3);
});

test("one that never answers is not called silent: some operators do so to everybody", async () => {
  const [mute, gone] = [await operator(), await operator()];
  mute.operator = { ...USUAL_OPERATOR, isSilent: true };
  const { watch } = await watching(() => [serverAt("trunk-1", mute), serverAt("trunk-2", gone)]);
  await until("the other answers", () => watch.answering("trunk-2") === "answers");
  await until("it was asked often", () => mute.requests.length >= 4);
  expect(watch.answering("trunk-1")).toBe("never-answered");
  // Nobody listens at the port any more.
  await gone.close();
  await until("it is silent", () => watch.answering("trunk-2") === "silent");
});

test("one that is watched no more is forgotten, and one that moved begins anew", async () => {
  const [first, second] = [await operator(), await operator()];
  let servers = [serverAt("trunk-1", first)];
  const { watch } = await watching(() => servers);
  await until("it answers", () => watch.answering("trunk-1") === "answers");
  second.operator = { ...USUAL_OPERATOR, isSilent: true };
  servers = [serverAt("trunk-1", second)];
  await until("it is another", () => watch.answering("trunk-1") === "never-answered");
  servers = [];
  await until("it is forgotten", () => watch.answering("trunk-1") === null);
});

test("a restart does not take one that has become silent for one that never speaks", async () => {
  const peer = await operator();
  const first = await watching(() => [serverAt("trunk-1", peer)]);
  await until("it answers", () => first.watch.answering("trunk-1") === "answers");
  await first.watch.stop();
  peer.operator = { ...USUAL_OPERATOR, isSilent: true };
  const second = await watching(() => [serverAt("trunk-1", peer)], first.file);
  await until("it is asked", () => second.watch.answering("trunk-1") === "asking");
  await until("it is silent", () => second.watch.answering("trunk-1") === "silent");
});
