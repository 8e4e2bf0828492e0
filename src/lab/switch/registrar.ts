import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { sip as Sip } from "sip";
import sip from "sip";
import type { HostPort } from "../media/sip-endpoint.ts";
import { type Authenticator, type DirectoryUser, DOMAIN } from "./directory.ts";
import type { EventHeaders } from "./events.ts";
import { textHeader, uriOf } from "./sip-headers.ts";
import type { SipProfile } from "./sip-profile.ts";

export interface Registration {
  user: string;
  /** The URI of the phone's Contact. */
  contact: string;
  source: HostPort;
  callId: string;
  userAgent: string;
  expiresAtMs: number;
}

const DEFAULT_EXPIRES_SECONDS = 3600;

/** Who can be reached where: one phone per extension, the newest. Kept in a file: a switch that was killed knows its phones again. */
export class Registrar {
  readonly #profile: SipProfile;
  readonly #authenticator: Authenticator;
  readonly #file: string;
  readonly #registrations = new Map<string, Registration & { timer: NodeJS.Timeout }>();

  constructor(profile: SipProfile, authenticator: Authenticator, file: string) {
    this.#profile = profile;
    this.#authenticator = authenticator;
    this.#file = file;
  }

  /** Takes up what an earlier life has kept, without a word. */
  start(): void {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    for (const kept of JSON.parse(text) as Registration[]) if (kept.expiresAtMs > Date.now()) this.#add(kept);
  }

  get registrations(): Registration[] {
    return [...this.#registrations.values()];
  }

  find(user: string): Registration | null {
    return this.#registrations.get(user) ?? null;
  }

  stop(): void {
    for (const { timer } of this.#registrations.values()) clearTimeout(timer);
    this.#registrations.clear();
  }

  /** Forgets a phone, as `flush_inbound_reg` does. */
  flush(user: string): boolean {
    return this.#remove(user, "sofia::expire");
  }

  receive(request: Sip.Request, source: HostPort): void {
    const verdict = this.#authenticator.judge(request, false);
    if (verdict.name === "challenge") {
      const headers = this.#authenticator.challenge(false, verdict.isStale);
      if (!verdict.isStale) this.#profile.fireAsked(request, source);
      this.#profile.respond(request, 401, { headers });
      return;
    }
    if (verdict.name === "refused" || uriOf(request.headers.to.uri)?.user !== verdict.user.id) {
      this.#profile.respond(request, 403);
      this.#profile.fireAttempt(request, source, "FORBIDDEN");
      return;
    }
    this.#profile.fireAttempt(request, source, "RENEWED");
    this.#accept(request, source, verdict.user);
  }

  #accept(request: Sip.Request, source: HostPort, user: DirectoryUser): void {
    const { contact } = request.headers;
    const first = Array.isArray(contact) ? contact[0] : undefined;
    const stated = first?.params["expires"] ?? textHeader(request, "expires");
    const wanted = stated === "" ? DEFAULT_EXPIRES_SECONDS : Number.parseInt(stated, 10) || 0;
    const seconds = Math.min(wanted, Number(this.#profile.settings.get("sip-force-expires-max") ?? wanted));
    if (contact === "*" || (first !== undefined && seconds === 0)) this.#remove(user.id, "sofia::unregister");
    else if (first !== undefined) {
      const registration = {
        user: user.id,
        contact: sip.stringifyUri(first.uri),
        source,
        callId: request.headers["call-id"],
        userAgent: textHeader(request, "user-agent"),
        expiresAtMs: Date.now() + seconds * 1000,
      };
      this.#add(registration);
      this.#keep();
      this.#fire("sofia::register", registration, seconds);
    }
    const current = this.#registrations.get(user.id);
    const remaining = current === undefined ? 0 : Math.round((current.expiresAtMs - Date.now()) / 1000);
    const binding = current === undefined ? [] : [{ uri: current.contact, params: { expires: String(remaining) } }];
    this.#profile.respond(request, 200, {
      headers: { date: new Date().toUTCString(), ...(binding.length === 0 ? {} : { contact: binding }) },
    });
  }

  #remove(user: string, subclass: "sofia::unregister" | "sofia::expire"): boolean {
    const registration = this.#registrations.get(user);
    if (registration === undefined) return false;
    clearTimeout(registration.timer);
    this.#registrations.delete(user);
    this.#keep();
    this.#fire(subclass, registration, 0);
    return true;
  }

  #add(registration: Registration): void {
    const { user, expiresAtMs } = registration;
    clearTimeout(this.#registrations.get(user)?.timer);
    const timer = setTimeout(() => this.#remove(user, "sofia::expire"), expiresAtMs - Date.now()).unref();
    this.#registrations.set(user, { ...registration, timer });
  }

  #keep(): void {
    const kept = this.registrations.map((registration) => ({ ...registration, timer: undefined }));
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify(kept), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#profile.owner.log("error", `registrations are not kept: ${String(error)}`);
    }
  }

  #fire(subclass: string, registration: Registration, seconds: number): void {
    const headers: EventHeaders = {
      "profile-name": this.#profile.name,
      "from-user": registration.user,
      "from-host": DOMAIN,
      contact: `"" <${registration.contact}>`,
      "call-id": registration.callId,
      rpid: "unknown",
      status: "Registered(UDP)",
      expires: String(seconds),
      "to-user": registration.user,
      "to-host": DOMAIN,
      "network-ip": registration.source.address,
      "network-port": String(registration.source.port),
      username: registration.user,
      realm: DOMAIN,
      "user-agent": registration.userAgent,
    };
    // When a registration runs out FreeSWITCH has `user` and `host` in the place of `from-user` and `from-host`.
    const { "from-user": user = "", "from-host": host = "", ...others } = headers;
    this.#profile.owner.events.fireCustom(subclass, subclass === "sofia::expire" ? { ...others, user, host } : headers);
  }
}
