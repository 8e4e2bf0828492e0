import type { sip as Sip } from "sip";
import sip from "sip";
import type { HostPort } from "../media/sip-endpoint.ts";
import { cleaned } from "./caller-profile.ts";

export const ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REGISTER";

export function uriOf(uri: string | Sip.Uri): Sip.Uri | undefined {
  return sip.parseUri(uri);
}

/** A header that the package leaves as a string; empty when it is not there. */
export function textHeader(message: Sip.Message, name: string): string {
  const value = message.headers[name];
  return typeof value === "string" ? value : "";
}

/** The caller as mod_sofia reads it: P-Asserted-Identity and Remote-Party-ID before From; without a name it is the number. */
export function callerOf(request: Sip.Request): { number: string; name: string } {
  const { from } = request.headers;
  const asserted = textHeader(request, "p-asserted-identity") || textHeader(request, "remote-party-id");
  const party = asserted === "" ? from : sip.parseAOR({ s: asserted, i: 0 });
  const number = cleaned(uriOf(party.uri)?.user ?? uriOf(from.uri)?.user ?? "");
  const name = cleaned(party.name ?? from.name ?? "");
  return { number, name: name || number || "unknown" };
}

/** The channel variables that mod_sofia sets from an INVITE, as far as anybody here reads them. */
export function inviteVariables(request: Sip.Request, source: HostPort, profile: string): [string, string][] {
  const { from, to, contact } = request.headers;
  const uris: [string, string | Sip.Uri | undefined][] = [
    ["sip_from", from.uri],
    ["sip_to", to.uri],
    ["sip_req", request.uri],
    ["sip_contact", Array.isArray(contact) ? contact[0]?.uri : undefined],
  ];
  const parts = uris.flatMap(([prefix, uri]): [string, string][] => {
    const parsed = uri === undefined ? undefined : uriOf(uri);
    if (parsed === undefined) return [];
    const user = cleaned(parsed.user ?? "");
    const port = parsed.port ? `:${parsed.port}` : "";
    return [
      [`${prefix}_user`, user],
      [`${prefix}_host`, parsed.host],
      [`${prefix}_uri`, `${user}@${parsed.host}${port}`],
    ];
  });
  const own = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith("x-") && typeof value === "string" ? [[`sip_h_${usualCase(name)}`, cleaned(value)]] : [],
  );
  return [
    ...parts,
    ...own,
    ["sip_from_display", cleaned(from.name ?? "")],
    ["sip_Privacy", cleaned(textHeader(request, "privacy"))],
    ["sip_Remote-Party-ID", cleaned(textHeader(request, "remote-party-id"))],
    ["sip_call_id", request.headers["call-id"]],
    ["sip_network_ip", source.address],
    ["sip_network_port", String(source.port)],
    ["sip_received_ip", source.address],
    ["sip_received_port", String(source.port)],
    ["sip_via_protocol", "udp"],
    ["sip_user_agent", cleaned(textHeader(request, "user-agent"))],
    ["sofia_profile_name", profile],
    ["recovery_profile_name", profile],
  ];
}

/** `x-foo-bar` as it is usually written: the parser keeps names in lower case. */
function usualCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
