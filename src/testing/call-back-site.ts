/** A firm with missed callers: what the scenarios about calling them back share. */
import { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { PanelClient } from "./panel-client.ts";
import { converse, converseOn, Site, type SiteOptions, toneOf } from "./site.ts";
import { until } from "./until.ts";

/** A delay between tries that passes while a test waits. */
export const SOON_MINUTES = 0.02;
/** Longer than what counts as a talk. */
const TALK_SECONDS = 11;
const TICKET_MS = 25_000;
const PASSWORD = "a long enough password";

export interface Ticket {
  ticketId: number;
  state: string;
  caller: { e164: string };
  lastCallAt: string;
  callCount: number;
  gaveUp: { outcome: string; node: string | null };
  dueAt: string | null;
  waitsFor: string | null;
  tries: number;
  lastTry: { outcome: string | null } | null;
  owner: { name: string } | null;
  closedReason: string | null;
  closedText: string | null;
}

export interface TicketDetail extends Ticket {
  calls: { callId: string; direction: string; outcome: string | null; recordingState: string | null }[];
  attempts: {
    number: number;
    callId: string;
    operatorName: string | null;
    wasDialled: boolean;
    outcome: string | null;
    endedAt: string | null;
  }[];
}

interface RedialSettings {
  isEnabled: boolean;
  delaysMinutes: number[];
  ringOperatorSeconds: number;
  ringCallerSeconds: number;
}

export class CallBackSite {
  readonly site: Site;
  /** The telephone operator's side of the trunk: here ring the callers whom we call back. */
  readonly world: ScriptedPhone;
  readonly trunkId: number;

  private constructor(site: Site, world: ScriptedPhone, trunkId: number) {
    this.site = site;
    this.world = world;
    this.trunkId = trunkId;
  }

  /** Calling back by itself is off until a scenario wants it. */
  static async open(options: SiteOptions): Promise<CallBackSite> {
    const site = await Site.open(options);
    const world = await ScriptedPhone.open({ user: "world" });
    const trunk = { name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: world.address.port };
    const { trunkId } = await site.panel.post<{ trunkId: number }>("/trunks", trunk);
    const firm = new CallBackSite(site, world, trunkId);
    await firm.redial({ isEnabled: false });
    return firm;
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.site.close();
  }

  /** Between scenarios: nobody is called back any more, and nobody is owed a call. */
  async tidy(): Promise<void> {
    const { site, world } = this;
    await this.redial({ isEnabled: false });
    world.behaviour = { type: "ring" };
    for (const call of world.liveCalls) await call.hangUp();
    await site.untilQuiet();
    for (const { ticketId } of await this.openTickets()) {
      await until("no attempt is under way", async () => (await this.ticket(ticketId)).waitsFor !== "in-progress");
      await site.panel.post(`/tickets/${ticketId}/close`, { reason: "end of the scenario" });
    }
    world.incoming.clear();
  }

  async redial(change: Partial<RedialSettings>): Promise<void> {
    const settings = await this.site.panel.get<Record<string, unknown>>("/settings");
    const usual = { isEnabled: true, delaysMinutes: [SOON_MINUTES, 5], ringOperatorSeconds: 5, ringCallerSeconds: 5 };
    await this.site.panel.put("/settings", { ...settings, redial: { ...usual, ...change } });
  }

  /** Put before local numbers that are dialled without it. */
  async areaCode(areaCode: string | null): Promise<void> {
    const outgoing = await this.site.panel.get<Record<string, unknown>>("/outgoing");
    await this.site.panel.put("/outgoing", { ...outgoing, areaCode, trunks: [] });
  }

  /** An operator's own panel. */
  async signIn(extension: string, login: string): Promise<PanelClient> {
    const phone = this.site.phones.find((one) => one.extension === extension);
    await this.site.panel.patch(`/operators/${phone?.operatorId}`, { login, password: PASSWORD });
    const panel = new PanelClient(this.site.daemon.origin);
    await panel.post("/session", { login, password: PASSWORD });
    return panel;
  }

  async ticket(ticketId: number): Promise<TicketDetail> {
    return await this.site.panel.get(`/tickets/${ticketId}`);
  }

  async openTickets(): Promise<Ticket[]> {
    const { tickets } = await this.site.panel.get<{ tickets: Ticket[] }>("/tickets");
    return tickets;
  }

  /** @param number in any writing */
  async ticketOf(number: string, state = "open"): Promise<Ticket | undefined> {
    const { tickets } = await this.site.panel.get<{ tickets: Ticket[] }>(`/tickets?state=${state}&q=${number}`);
    return tickets[0];
  }

  async untilTicket(
    number: string,
    isAsWanted: (one: TicketDetail) => boolean = () => true,
    state = "open",
  ): Promise<TicketDetail> {
    return await until(
      `the ticket of ${number} is ${state} and as wanted`,
      async () => {
        const found = await this.ticketOf(number, state);
        const detail = found && (await this.ticket(found.ticketId));
        return detail && isAsWanted(detail) ? detail : null;
      },
      TICKET_MS,
    );
  }

  async untilClosed(number: string): Promise<TicketDetail> {
    return await this.untilTicket(number, () => true, "closed");
  }

  /** Calls, comes as far as the menu, and gives up. */
  async missedCaller(number = this.site.newNumber()): Promise<{ number: string; ticketId: number }> {
    const call = await this.site.callIn({ from: { number, name: "Caller" } });
    await call.ear.hears(toneOf("greeting"));
    await call.hangUp();
    const { ticketId } = await this.untilTicket(number);
    return { number, ticketId };
  }

  /** The caller calls again and waits for an operator. */
  async callsAgain(number: string): Promise<PhoneCall> {
    const call = await this.site.callIn({ from: { number, name: "Caller" } });
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    return call;
  }

  /** In the call log, oldest first. */
  async outcomesOfCallsBack({ calls }: TicketDetail): Promise<(string | null)[]> {
    return calls
      .filter(({ direction }) => direction === "outbound")
      .map(({ outcome }) => outcome)
      .toReversed();
  }
}

/** The operator's phone rings for a call back, and hears who is missed. */
export async function asked(phone: ScriptedPhone): Promise<PhoneCall> {
  const ringing = await phone.incoming.next({ timeoutMs: 15_000 });
  ringing.answer();
  await ringing.ear.hears(toneOf("redial-missed-call"));
  return ringing;
}

/** The operator is asked, and agrees. */
export async function agrees(phone: ScriptedPhone): Promise<PhoneCall> {
  const operator = await asked(phone);
  await operator.pressKey("1");
  return operator;
}

/** Both talk for longer than 10 s, and the second hangs up. */
export async function talkLong(one: PhoneCall, other: PhoneCall): Promise<void> {
  await converse(one, other);
  await converseOn(one, other, TALK_SECONDS);
  await other.hangUp();
  await one.until("ended");
}

/** Nothing rings for so long in which it would have. */
export async function staysQuiet(phone: ScriptedPhone): Promise<boolean> {
  return await phone.incoming.next({ timeoutMs: 4_000 }).then(
    () => false,
    () => true,
  );
}
