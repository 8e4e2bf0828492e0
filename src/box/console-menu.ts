/** What the box's screen can do for whoever stands before it. Who stands there may: nothing is asked for but a word, so that nothing happens by accident. */
import {
  type BoxAnswer,
  type BoxRequest,
  type BoxState,
  NETWORK_TRIAL_MS,
  type NetworkSettings,
} from "../calls/box.ts";
import { checkNetwork, isVlanName, type NetworkCard } from "../flows/box/check-network.ts";
import { prefixOfNetmask } from "../flows/box/ipv4.ts";
import { boxProblem, fieldProblem } from "./console-problems.ts";
import { type ConsoleWords, filled } from "./console-words.ts";
import type { Screen } from "./screen.ts";

export interface ConsoleDesk {
  state(): Promise<BoxState | null>;
  cards(): readonly NetworkCard[];
  ask(request: BoxRequest): Promise<BoxAnswer>;
  /** Null: the database does not answer. */
  admins(): Promise<readonly { userId: number; login: string; name: string }[] | null>;
  /** @returns the new password, which is good for choosing another; null: the database does not answer */
  newPassword(userId: number): Promise<string | null>;
  /** The firm's, which the machine follows. @returns false when the database does not answer */
  setTimeZone(timeZone: string): Promise<boolean>;
}

const RESTART_WORD = "restart";
const SHUT_DOWN_WORD = "off";
const ERASE_WORD = "ERASE";
const KEEP_WORD = "keep";
const RESET_WORD = "new";
const LINE_LENGTH = 76;

export async function showMenu(screen: Screen, words: ConsoleWords, desk: ConsoleDesk): Promise<void> {
  const tasks: [string, () => Promise<void>][] = [
    [words.network, () => network(screen, words, desk)],
    [words.timeZone, () => timeZone(screen, words, desk)],
    [words.password, () => password(screen, words, desk)],
    [words.restart, () => leave(screen, words, desk, "restart")],
    [words.shutDown, () => leave(screen, words, desk, "shut-down")],
    [words.factoryReset, () => factoryReset(screen, words, desk)],
    [words.back, () => Promise.resolve()],
  ];
  const titles = tasks.map(([title]) => title);
  for (let at = 0; ; ) {
    const chosen = await screen.choose(words, words.menu, titles, { at });
    if (chosen === null || chosen === tasks.length - 1) return;
    at = chosen;
    await tasks[chosen]?.[1]();
  }
}

/** Not a part of a word; what stands on the screen is short. */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE_LENGTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

async function failed(screen: Screen, words: ConsoleWords, title: string, answer: BoxAnswer): Promise<void> {
  await screen.tell(words, title, [words.failedToDo, ...wrapped(boxProblem(words.language, answer))]);
}

/** One question after the other; a wrong answer is asked again at its place. Null: given up. */
async function askNetwork(
  screen: Screen,
  words: ConsoleWords,
  desk: ConsoleDesk,
  saved: NetworkSettings,
): Promise<NetworkSettings | null> {
  const title = words.network;
  const now = saved.ipv4.method === "dhcp" ? words.byDhcp : `${saved.ipv4.address}/${saved.ipv4.prefix}`;
  const way = await screen.choose(words, title, [words.byDhcp, words.byHand], {
    ...{ at: saved.ipv4.method === "dhcp" ? 0 : 1, above: [filled(words.nowIs, { what: now })] },
  });
  if (way === null) return null;
  const cards = desk.cards().filter(({ name }) => !isVlanName(name));
  const names = cards.map(({ name, networks }) => [name, ...networks.map(({ address }) => address)].join("  "));
  const usualCard = cards.findIndex(({ name, networks }) =>
    saved.card === null ? networks.length > 0 : name === saved.card,
  );
  const card = await screen.choose(words, words.card, names, { at: usualCard });
  if (card === null) return null;

  const old = saved.ipv4.method === "static" ? saved.ipv4 : null;
  const [there] = cards[card]?.networks ?? [];
  let settings: NetworkSettings = {
    ...{ card: cards[card]?.name ?? null, vlan: saved.vlan },
    ipv4:
      way === 0
        ? { method: "dhcp" }
        : {
            ...{
              method: "static",
              address: old?.address ?? there?.address ?? "",
              prefix: old?.prefix ?? there?.prefix ?? 24,
            },
            ...{ gateway: old?.gateway ?? "", dns: old?.dns ?? [] },
          },
  };
  /** Asks until the rules have nothing against this field; `change` gives null for what cannot be read. */
  const line = async (
    field: string,
    question: string,
    usual: string,
    change: (text: string) => NetworkSettings | null,
  ): Promise<boolean> => {
    for (let [typed, problem]: [string, string | null] = [usual, null]; ; ) {
      const text = await screen.ask(words, title, { usual: typed, above: [question], problem });
      if (text === null) return false;
      const wanted = change(text);
      const code = wanted === null ? "invalid" : (checkNetwork(wanted, desk.cards())[field] ?? null);
      problem = code === null ? null : fieldProblem(words.language, code);
      if (wanted !== null && code === null) {
        settings = wanted;
        return true;
      }
      typed = text;
    }
  };
  const isVlanGiven = await line("vlan", words.vlan, settings.vlan === null ? "" : String(settings.vlan), (text) => ({
    ...settings,
    vlan: text === "" ? null : Number(text),
  }));
  if (!isVlanGiven) return null;
  if (settings.ipv4.method === "dhcp") return settings;
  let { ipv4 } = settings;
  const change = (part: Partial<typeof ipv4>): NetworkSettings => {
    ipv4 = { ...ipv4, ...part };
    return { ...settings, ipv4 };
  };
  const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);
  const isGiven =
    (await line("ipv4.prefix", words.netmask, String(ipv4.prefix), (text) => {
      const prefix = text.includes(".") ? prefixOfNetmask(text) : Number(text);
      return prefix === null ? null : change({ prefix });
    })) &&
    (await line("ipv4.address", words.address, ipv4.address, (address) => change({ address }))) &&
    (await line("ipv4.gateway", words.gateway, ipv4.gateway, (gateway) => change({ gateway }))) &&
    (await line("ipv4.dns", words.dns, ipv4.dns.join(" ") || ipv4.gateway, (text) => change({ dns: list(text) })));
  return isGiven ? settings : null;
}

async function network(screen: Screen, words: ConsoleWords, desk: ConsoleDesk): Promise<void> {
  const title = words.network;
  const state = await desk.state();
  if (state === null) return await failed(screen, words, title, { id: "", problem: "no-answer", fields: {} });
  if (state.trial !== null)
    return await keepOrReturn(screen, words, desk, state.trial.id, state.trial.untilMs - Date.now());
  const settings = await askNetwork(screen, words, desk, state.network);
  if (settings === null) return;
  if ((await screen.choose(words, title, [words.back, words.network], { above: wrapped(words.tryIt) })) !== 1) return;
  screen.draw([title, "", words.trying]);
  const answer = await desk.ask({ kind: "network", settings });
  if (answer.problem !== null) return await failed(screen, words, title, answer);
  await keepOrReturn(screen, words, desk, answer.id, NETWORK_TRIAL_MS);
}

async function keepOrReturn(
  screen: Screen,
  words: ConsoleWords,
  desk: ConsoleDesk,
  trial: string,
  leftMs: number,
): Promise<void> {
  const addresses = desk.cards().flatMap(({ networks }) => networks.map(({ address }) => address));
  const text = filled(words.keep, {
    address: addresses.join(", ") || "-",
    seconds: Math.max(0, Math.round(leftMs / 1000)),
  });
  const keeps = await screen.confirm(words, words.network, wrapped(text), KEEP_WORD);
  const { problem } = await desk.ask({ kind: keeps ? "keep-network" : "return-network", trial });
  await screen.tell(words, words.network, [keeps && problem === null ? words.kept : words.notKept]);
}

async function timeZone(screen: Screen, words: ConsoleWords, desk: ConsoleDesk): Promise<void> {
  const now = (await desk.state())?.timeZone ?? "UTC";
  const zones = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone.includes("/"))];
  const regionOf = (zone: string) => zone.split("/")[0] ?? zone;
  const regions = [...new Set(zones.map(regionOf))].toSorted();
  const above = [filled(words.nowIs, { what: now })];
  const region = await screen.choose(words, words.region, regions, { at: regions.indexOf(regionOf(now)), above });
  if (region === null) return;
  const there = zones.filter((zone) => regionOf(zone) === regions[region]);
  const cities = there.map((zone) => zone.slice(zone.indexOf("/") + 1).replaceAll("_", " "));
  const city = await screen.choose(words, words.city, cities, { at: there.indexOf(now), above });
  const zone = city === null ? undefined : there[city];
  if (zone === undefined) return;
  if (!(await desk.setTimeZone(zone))) return await screen.tell(words, words.timeZone, wrapped(words.databaseNeeded));
  const answer = await desk.ask({ kind: "clock", timeZone: zone, ntpServers: null });
  if (answer.problem !== null) return await failed(screen, words, words.timeZone, answer);
  await screen.tell(words, words.timeZone, [filled(words.nowIs, { what: zone }), words.done]);
}

async function password(screen: Screen, words: ConsoleWords, desk: ConsoleDesk): Promise<void> {
  const title = words.password;
  const admins = await desk.admins();
  if (admins === null) return await screen.tell(words, title, wrapped(words.databaseNeeded));
  if (admins.length === 0) return await screen.tell(words, title, wrapped(words.noAdmins));
  // A name may hold what a screen obeys.
  const names = admins.map(({ name, login }) => `${name.replaceAll(/\p{C}/gu, "?")} (${login})`);
  const chosen = await screen.choose(words, words.whose, names);
  const admin = chosen === null ? undefined : admins[chosen];
  if (admin === undefined || chosen === null) return;
  const warning = filled(words.passwordWarning, { name: names[chosen] ?? "" });
  if (!(await screen.confirm(words, title, wrapped(warning), RESET_WORD))) return;
  const made = await desk.newPassword(admin.userId);
  if (made === null) return await screen.tell(words, title, wrapped(words.databaseNeeded));
  await screen.tell(words, title, [...wrapped(filled(words.newPassword, { login: admin.login })), "", `    ${made}`]);
}

async function leave(
  screen: Screen,
  words: ConsoleWords,
  desk: ConsoleDesk,
  kind: "restart" | "shut-down",
): Promise<void> {
  const isRestart = kind === "restart";
  const title = isRestart ? words.restart : words.shutDown;
  const warning = wrapped(isRestart ? words.restartWarning : words.shutDownWarning);
  if (await screen.confirm(words, title, warning, isRestart ? RESTART_WORD : SHUT_DOWN_WORD))
    await go(screen, words, desk, title, { kind });
}

async function factoryReset(screen: Screen, words: ConsoleWords, desk: ConsoleDesk): Promise<void> {
  const title = words.factoryReset;
  const choices = [words.butRecordings, words.everything];
  const chosen = await screen.choose(words, title, choices, { above: [words.what] });
  if (chosen === null) return;
  const warning = [choices[chosen] ?? "", "", ...wrapped(words.resetWarning)];
  if (await screen.confirm(words, title, warning, ERASE_WORD))
    await go(screen, words, desk, title, { kind: "factory-reset", keepRecordings: chosen === 0 });
}

async function go(
  screen: Screen,
  words: ConsoleWords,
  desk: ConsoleDesk,
  title: string,
  request: BoxRequest,
): Promise<void> {
  screen.draw([title, "", words.going]);
  const answer = await desk.ask(request);
  if (answer.problem !== null) return await failed(screen, words, title, answer);
  // It is the last that is seen; a key shall not bring the menu back.
  await screen.tell(words, title, [words.going]);
}
