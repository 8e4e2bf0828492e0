import { expect, test } from "vitest";
import { readAnnouncedName } from "./announced-name.ts";

/** What the services answer, by the last of busctl's words; `null`: it is not on the bus. */
const bus = (answers: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const ask = (words: readonly string[]) => {
    const last = words.at(-1) ?? "";
    asked.push(last);
    return Promise.resolve(answers[last] ?? null);
  };
  return { ask, asked };
};

test("Avahi's word is taken, also after it gave way to another box of the same name", async () => {
  expect(await readAnnouncedName(bus({ GetHostNameFqdn: 's "hotline.local"\n' }).ask)).toBe("hotline.local");
  const both = bus({ GetHostNameFqdn: 's "Hotline-2.local"\n', MulticastDNS: 's "yes"\n', LLMNRHostname: 's "x"\n' });
  expect(await readAnnouncedName(both.ask)).toBe("hotline-2.local");
});

test("else systemd-resolved's, where it announces at all", async () => {
  expect(await readAnnouncedName(bus({ MulticastDNS: 's "yes"\n', LLMNRHostname: 's "hotline2"\n' }).ask)).toBe(
    "hotline2.local",
  );
  expect(await readAnnouncedName(bus({ MulticastDNS: 's "no"\n', LLMNRHostname: 's "hotline"\n' }).ask)).toBeNull();
  expect(await readAnnouncedName(bus({ MulticastDNS: 's "yes"\n', LLMNRHostname: 's ""\n' }).ask)).toBeNull();
});

test("where nobody answers, nobody is believed", async () => {
  expect(await readAnnouncedName(bus({}).ask)).toBeNull();
  expect(await readAnnouncedName(bus({ GetHostNameFqdn: 's "a\\"; b"\n' }).ask)).toBeNull();
});
