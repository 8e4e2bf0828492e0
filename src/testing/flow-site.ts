/** A firm whose call flow each scenario draws anew, with an order system that look-ups ask and a line to the world outside. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Language } from "../calls/language.ts";
import type { FlowContentInput } from "../flows/ivr/document.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { spokenFileName } from "../prompts/spoken-texts.ts";
import { OrderServer } from "./order-server.ts";
import { type LoggedCall, Site, type SiteOptions, toneOf } from "./site.ts";
import { until } from "./until.ts";

export type Nodes = FlowContentInput["nodes"];

/** What a known tone has ended by; a sound after it is another one. */
const VOICE_AFTER_TONE_MS = 200;
const VOICE_MS = 15_000;

/** Where branches lead in most scenarios, each told by its sound: `yes`, `no`, `bye`, and `people`. */
const LEAVES: Nodes = {
  people: { type: "ring-group", prompt: "connecting", ringSeconds: 5, maxWaitSeconds: 10, noAnswer: "bye" },
  yes: { type: "say", prompt: "information", next: "end" },
  no: { type: "say", prompt: "closed", next: "end" },
  bye: { type: "say", prompt: "goodbye", next: "end" },
  end: { type: "hang-up" },
};
export const YES = toneOf("information");
export const NO = toneOf("closed");
export const BYE = toneOf("goodbye");

export class FlowSite {
  readonly site: Site;
  readonly orders: OrderServer;
  /** The other end of the line `City`: who is called outside, and who may call by it. */
  readonly world: ScriptedPhone;
  readonly trunkId: number;

  private constructor(site: Site, orders: OrderServer, world: ScriptedPhone, trunkId: number) {
    this.site = site;
    this.orders = orders;
    this.world = world;
    this.trunkId = trunkId;
  }

  static async open(options: SiteOptions = {}): Promise<FlowSite> {
    const orders = await OrderServer.open();
    const site = await Site.open({ callerLanguages: ["en", "ru"], ...options, lookUpsAllowed: [orders.host] });
    const world = await ScriptedPhone.open({ user: "world", server: { address: "127.0.0.1", port: site.trunkPort } });
    const trunk = { name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: world.address.port };
    const { trunkId } = await site.panel.post<{ trunkId: number }>("/trunks", trunk);
    // Nobody is called back by itself: in a slow run an operator's phone would ring for a caller of an earlier scenario.
    const settings = await site.panel.get<{ redial: Record<string, unknown> }>("/settings");
    await site.panel.put("/settings", { ...settings, redial: { ...settings.redial, isEnabled: false } });
    return new FlowSite(site, orders, world, trunkId);
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.site.close();
    await this.orders.close();
  }

  async untilQuiet(): Promise<void> {
    this.world.behaviour = { type: "ring" };
    for (const call of this.world.liveCalls) await call.hangUp();
    await this.site.untilQuiet();
    this.world.incoming.clear();
  }

  /** Draws and publishes; callers begin at the first of `nodes`, and 0 leads to `people`. @returns the version */
  async publish(nodes: Nodes, { flow = "main", start = Object.keys(nodes)[0] ?? "" } = {}): Promise<number> {
    const { panel } = this.site;
    const used = Object.fromEntries(Object.entries(LEAVES).filter(([id]) => !(id in nodes)));
    const document = { start, operators: "people", nodes: { ...nodes, ...used } };
    const { revision } = await panel.get<{ revision: number }>(`/flows/${flow}/draft`);
    const saved = await panel.put<{ revision: number }>(`/flows/${flow}/draft`, { revision, document });
    const { version } = await panel.post<{ version: number }>(`/flows/${flow}/publish`, { revision: saved.revision });
    return version;
  }

  /** Draws, publishes, and somebody calls. */
  async callInto(nodes: Nodes, from?: { number: string; name: string }): Promise<PhoneCall & { number: string }> {
    await this.publish(nodes);
    return await this.site.callIn(from ? { from } : {});
  }

  async #hasSpoken(text: string, language: Language): Promise<boolean> {
    return await access(join(this.site.dataDir, "spoken", language, spokenFileName(text, language))).then(
      () => true,
      () => false,
    );
  }

  /** Which of these the voice has not made, word for word. */
  async unspoken(language: Language, ...texts: string[]): Promise<string[]> {
    const made = await Promise.all(texts.map((text) => this.#hasSpoken(text, language)));
    return texts.filter((_, index) => !made[index]);
  }
}

/** A sound that is none of the tones and comes after them: the voice. */
export async function hearsVoice({ ear }: PhoneCall): Promise<void> {
  await until(
    "a voice is heard",
    () => ear.lastSoundAtMs > (ear.log.at(-1)?.toMs ?? 0) + VOICE_AFTER_TONE_MS,
    VOICE_MS,
  );
}

export function kindsOf(call: LoggedCall): string[] {
  return call.timeline.map(({ kind }) => kind);
}

/** What the log says of one kind of happening. */
export function notesOf(call: LoggedCall, kind: string): LoggedCall["timeline"][number]["data"][] {
  return call.timeline.filter((entry) => entry.kind === kind).map(({ data }) => data);
}
