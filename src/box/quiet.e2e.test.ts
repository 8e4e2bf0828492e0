import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { converse, Site, toneOf } from "../testing/site.ts";

/** What is asked at night before anything is restarted, against calls that are going on. */
const PROGRAM = fileURLToPath(new URL("quiet.ts", import.meta.url));

let site: Site;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
});
afterAll(async () => await site.close());

async function ask(): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM], {
    env: { PATH: process.env["PATH"] ?? "", ...site.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
  const [code] = await once(child, "close");
  return { code, said };
}

test("somebody who hears the menu is on the telephone, and so is who talks; afterwards it is quiet", async () => {
  expect(await ask()).toEqual({ code: 0, said: "0 on the telephone\n" });
  const maia = await site.operator("101");
  const caller = await site.callIn();
  await caller.ear.hears(toneOf("greeting"));
  // Who does nothing at the menu is led on to an operator, whose phone counts too.
  expect(await ask()).toMatchObject({ code: 1, said: expect.stringMatching(/^[12] on the telephone\n$/) as unknown });
  await caller.pressKey("1");
  const ringing = await maia.incoming.next();
  ringing.answer();
  await converse(caller, ringing);
  expect(await ask()).toEqual({ code: 1, said: "2 on the telephone\n" });

  // The daemon is not needed for it: the conversation goes on without it, and is seen.
  await site.daemon.kill();
  expect(await ask()).toEqual({ code: 1, said: "2 on the telephone\n" });
  await site.daemon.start();
  await site.untilConnected();
  await caller.hangUp();
  await ringing.until("ended");
  await site.untilQuiet();
  expect(await ask()).toMatchObject({ code: 0 });
});

test("without a switch nobody can be on the telephone", async () => {
  await site.switch.stop();
  expect(await ask()).toEqual({ code: 0, said: "no switch runs\n" });
  await site.startSwitchAgain();
});
