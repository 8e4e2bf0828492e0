/** What a recorded conversation costs while it lasts, and what its recording costs afterwards: how many a box can carry. */
import { setTimeout as sleep } from "node:timers/promises";
import { toneOf } from "../../src/lab/media/tones.ts";
import { ScriptedPhone } from "../../src/lab/phone/phone.ts";
import type { PhoneCall } from "../../src/lab/phone/phone-call.ts";
import { until } from "../../src/testing/until.ts";
import { figure } from "./figures.ts";
import type { Extent, Findings, Measurement } from "./measure.ts";
import { DIALLED, MENU_PROMPTS, OPERATORS_DIGIT } from "./menu.ts";
import { childrenCpuSeconds, cpuSeconds } from "./process-figures.ts";
import type { Bench, Product } from "./target.ts";

const SECONDS = { full: 20, short: 5 } as const;
const LOOPBACK = "127.0.0.1";
const MS = 1_000;
const READY_WITHIN_MS = 120_000;

interface Recorded {
  outcome: string | null;
  talkSeconds: number | null;
  recordings: { state: string }[];
}

export const talks: Measurement = { name: "talks", run };

async function run({ product }: Bench, extent: Extent): Promise<Findings> {
  const { switchName } = product;
  const phones: ScriptedPhone[] = [];
  try {
    const operators: ScriptedPhone[] = [];
    for (const { sipUser, sipPassword } of product.phones) {
      const server = { address: LOOPBACK, port: product.phonePort };
      const phone = await ScriptedPhone.open({ server, domain: "hotline", user: sipUser, password: sipPassword });
      phones.push(phone);
      await phone.register();
      operators.push(phone);
    }
    const trunk = await ScriptedPhone.open({ server: { address: LOOPBACK, port: product.sipPort }, user: "trunk" });
    phones.push(trunk);
    const callers: PhoneCall[] = [];
    const childrenBefore = childrenCpuSeconds(product.daemonPid);
    for (const operator of operators) callers.push(await talk(trunk, operator, callers.length));
    const before = { switch: cpuSeconds(product.switchPid), daemon: cpuSeconds(product.daemonPid) };
    await sleep(SECONDS[extent] * MS);
    const after = { switch: cpuSeconds(product.switchPid), daemon: cpuSeconds(product.daemonPid) };
    for (const caller of callers) await caller.hangUp();
    const talkSeconds = await recorded(product, callers.length);
    const encoding = childrenCpuSeconds(product.daemonPid) - childrenBefore;
    const each = (seconds: number) => (seconds * MS) / SECONDS[extent] / callers.length;
    const name = `of a recorded conversation (${callers.length} at once)`;
    return {
      figures: [
        figure(`switch CPU per second ${name}`, each(after.switch - before.switch), "ms/s", { switchName }),
        figure(`daemon CPU per second ${name}`, each(after.daemon - before.daemon), "ms/s", { switchName }),
        figure("encoding its recording, CPU per second", (encoding * MS) / talkSeconds, "ms/s", { switchName }),
      ],
      marks: [],
    };
  } finally {
    await Promise.all(phones.map(async (phone) => await phone.close()));
  }
}

/** Every free phone rings, and one answers. */
async function talk(trunk: ScriptedPhone, operator: ScriptedPhone, index: number): Promise<PhoneCall> {
  operator.behaviour = { type: "answer", markers: 0 };
  const caller = await trunk.call(DIALLED, { from: { number: `59920${1_000 + index}` } });
  await caller.ear.hears(toneOf(MENU_PROMPTS.menu.hz));
  await caller.pressKey(OPERATORS_DIGIT);
  const conversation = await until("the operator has answered", () => operator.liveCalls.at(0));
  await conversation.until("talking");
  caller.sendMarkers(1);
  operator.behaviour = { type: "reject", status: 486 };
  return caller;
}

/** @returns how many seconds of conversation were recorded */
async function recorded(product: Product, calls: number): Promise<number> {
  const isReady = async () => {
    const { calls: listed } = await product.panel.get<{ calls: { callId: string }[] }>(
      "/calls?outcome=talked&limit=100",
    );
    const all = await Promise.all(
      listed.map(async ({ callId }) => await product.panel.get<Recorded>(`/calls/${callId}`)),
    );
    const ready = all.filter(({ recordings }) => recordings.some(({ state }) => state === "ready"));
    return ready.length === calls ? ready.reduce((sum, { talkSeconds }) => sum + (talkSeconds ?? 0), 0) : null;
  };
  return await until("every conversation's recording is ready", isReady, READY_WITHIN_MS);
}
