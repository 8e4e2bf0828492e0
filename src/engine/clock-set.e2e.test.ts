import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { agrees, CallBackSite } from "../testing/call-back-site.ts";
import type { Site } from "../testing/site.ts";
import { temporaryDir } from "../testing/temporary.ts";

/**
 * A time server sets the clock of a box that started with a wrong one: of local time, or with an empty battery. The switch keeps to what it
 * read when it started. Here the daemon's clock is set as soon as there is a file, and the switch's is not.
 */
const STEP_MS = -4 * 3_600_000;
const LOOK_MS = 50;
const SOON_MS = 30_000;

let firm: CallBackSite;
let site: Site;
let anna: ScriptedPhone;
let dir: Awaited<ReturnType<typeof temporaryDir>>;

const isNow = (at: string | null | undefined) => Math.abs(Date.parse(at ?? "") - Date.now() - STEP_MS) < SOON_MS;

function clockSetBy(file: string): string {
  return `
    import { existsSync } from "node:fs";
    const RealDate = Date;
    let byMs = 0;
    const look = () => { if (existsSync(${JSON.stringify(file)})) byMs = ${STEP_MS}; };
    look();
    setInterval(look, ${LOOK_MS}).unref();
    globalThis.Date = class extends RealDate {
      constructor(...given) { given.length === 0 ? super(RealDate.now() + byMs) : super(...given); }
      static now() { return RealDate.now() + byMs; }
    };`;
}

beforeAll(async () => {
  dir = await temporaryDir();
  const file = join(dir.path, "set");
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(clockSetBy(file))}`;
  firm = await CallBackSite.open({ operators: ["101"], daemonEnvironment: { NODE_OPTIONS } });
  ({ site } = firm);
  anna = await site.operator("101");
  await writeFile(file, "");
  await new Promise((resolve) => setTimeout(resolve, 4 * LOOK_MS));
});
afterAll(async () => {
  await firm?.close();
  await dir?.remove();
});

test("who calls after the clock was set is in the log at that time, and is called back when it is due", async () => {
  const { number } = await firm.missedCaller();
  const { legs, timeline } = await site.logged(number);
  expect(timeline.map(({ at }) => isNow(at))).not.toContain(false);
  expect(legs.flatMap(({ answeredAt, endedAt }) => [isNow(answeredAt), isNow(endedAt)])).toEqual([true, true]);
  expect(isNow((await firm.ticketOf(number))?.lastCallAt)).toBe(true);
  await firm.redial({});
  const operator = await agrees(anna);
  const caller = await firm.world.incoming.next();
  await operator.hangUp();
  await caller.until("ended");
  await firm.tidy();
});

test("what the switch did without the daemon is told in the machine's time too", async () => {
  await site.daemon.kill();
  const call = await site.callIntoFallback();
  await call.hangUp();
  await site.daemon.start();
  const { outcome, legs } = await site.logged(call.number);
  expect(outcome).toBe("fallback-missed");
  expect(legs.map(({ endedAt }) => isNow(endedAt))).toEqual([true]);
});
