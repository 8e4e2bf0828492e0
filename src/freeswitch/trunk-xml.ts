/** A trunk as the switch reads it: a gateway for what goes out and registers, and a piece of dialplan that knows its calls. */
import { isIPv4 } from "node:net";
import type { TrunkId } from "../calls/ids.ts";
import type { CallerIdPolicy, DtmfMode, SrtpMode, TrunkCodec, TrunkTransport } from "../calls/trunk.ts";
import { attribute, include, SwitchConfigError } from "./config-text.ts";

/** The password stands in clear in its file (0600): SIP digests need it. */
export interface TrunkAccount {
  trunkId: TrunkId;
  /** The operator's server as requests name it: host name or IPv4 address. */
  host: string;
  port: number;
  transport: TrunkTransport;
  /**
   * Where requests really go: what `host`, or the proxy before it, resolves to; the first is used. The switch never gets a name to resolve:
   * it does so in the thread that all trunks share, and one whose name server is silent holds up all (signalwire/freeswitch issue 2852).
   */
  addresses: readonly [string, ...string[]];
  /** Port at `addresses`. */
  addressPort: number;
  /** Further addresses and networks from which its calls come. */
  sources: readonly string[];
  /** Empty for an operator that knows us by address. */
  username: string;
  password: string;
  /** Null: as `username`. */
  authUsername: string | null;
  fromUser: string | null;
  /** Null: as `host`. */
  fromDomain: string | null;
  isRegistering: boolean;
  expirySeconds: number;
  codecs: readonly TrunkCodec[];
  dtmf: DtmfMode;
  srtp: SrtpMode;
  /** Put before each dialled number. */
  prefix: string;
  callerId: CallerIdPolicy;
}

export function gatewayName(trunkId: TrunkId): string {
  return `trunk-${trunkId}`;
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;
const USER = /^[A-Za-z0-9._~+@*-]{0,64}$/;

/** @throws SwitchConfigError `unsafe-text` */
export function gatewayXml(trunk: TrunkAccount): string {
  requireSafe(trunk);
  const { host, port, transport, username, fromDomain, callerId } = trunk;
  const [address] = trunk.addresses;
  const parameter = (name: string, value: string) => `    <param name="${name}" value="${attribute(value)}"/>`;
  const optional = (name: string, value: string | null) => (value === null ? [] : [parameter(name, value)]);
  const nextHop = `sip:${address}:${trunk.addressPort};transport=${transport}`;
  return include([
    `  <gateway name="${gatewayName(trunk.trunkId)}">`,
    parameter("username", username === "" ? "hotline" : username),
    parameter("password", trunk.password),
    ...optional("auth-username", trunk.authUsername),
    ...optional("from-user", trunk.fromUser),
    parameter("realm", fromDomain ?? host),
    parameter("from-domain", fromDomain ?? host),
    // The usual port goes without saying: some operators know their own name only so.
    parameter("proxy", port === (transport === "tls" ? 5061 : 5060) ? host : `${host}:${port}`),
    parameter("register-proxy", nextHop),
    parameter("outbound-proxy", nextHop),
    // Whose challenges are answered; without it the switch would resolve the names above to find that out.
    parameter("gw-auth-acl", networks(trunk).join(",")),
    parameter("register", trunk.isRegistering ? "true" : "false"),
    parameter("register-transport", transport),
    parameter("expire-seconds", String(trunk.expirySeconds)),
    parameter("retry-seconds", "30"),
    parameter("destination-prefix", trunk.prefix),
    parameter("caller-id-in-from", callerId === "trunk-default" ? "false" : "true"),
    // A call to the name that we registered with is for the number in its To.
    parameter("extension", "auto_to_user"),
    parameter("context", "public"),
    "    <variables>",
    ...variablesOf(trunk).map(
      ([name, value]) => `      <variable name="${name}" value="${attribute(value)}" direction="outbound"/>`,
    ),
    ...outgoingOnly(trunk).map(
      ([name, value]) => `      <variable name="${name}" value="${attribute(value)}" direction="outbound"/>`,
    ),
    "    </variables>",
    "  </gateway>",
  ]);
}

/**
 * Says which trunk a call comes from: by the name that we registered with, else by the sender's address and port, else by its address
 * alone (an operator may send from another port, and over TCP always does). What is agreed with that operator holds for the call.
 */
export function sourceXml(trunk: TrunkAccount): string {
  const name = gatewayName(trunk.trunkId);
  const settings = [["hotline_gateway", name] as const, ...variablesOf(trunk), ...incomingOnly(trunk)];
  const data = attribute(settings.map(([variable, value]) => `${variable}=${value}`).join(" "));
  const action = `      <action application="multiset" data="${data}" inline="true"/>`;
  const exact = trunk.addresses.map((address) => address.replaceAll(".", "\\."));
  return include([
    `  <extension name="${name} by its registration" continue="true">`,
    `    <condition field="\${sip_gateway}" expression="^${name}$">`,
    action,
    "    </condition>",
    "  </extension>",
    `  <extension name="${name} by address" continue="true">`,
    '    <condition field="${sip_gateway}${hotline_gateway}" expression="^$"/>',
    `    <condition field="\${acl(\${network_addr} ${networks(trunk).join(",")})}" expression="^true$">`,
    action,
    "    </condition>",
    "  </extension>",
    `  <extension name="${name} by address and port" continue="true">`,
    '    <condition field="${sip_gateway}" expression="^$"/>',
    `    <condition field="\${network_addr}:\${sip_network_port}" expression="^(${exact.join("|")}):${trunk.addressPort}$">`,
    action,
    "    </condition>",
    "  </extension>",
  ]);
}

/** In the form that the switch wants: each with its length. */
function networks({ addresses, sources }: TrunkAccount): string[] {
  return [...new Set([...addresses, ...sources].map((text) => (text.includes("/") ? text : `${text}/32`)))];
}

const SECURE_MEDIA = { off: "forbidden", optional: "optional", required: "mandatory" } as const;

function variablesOf({ codecs, dtmf, srtp }: TrunkAccount): [string, string][] {
  return [
    ["absolute_codec_string", codecs.join(",")],
    ["dtmf_type", dtmf === "inband" ? "none" : dtmf],
    ["rtp_secure_media", SECURE_MEDIA[srtp]],
  ];
}

/** The switch listens for tones in what a caller sends; `execute_on_answer` has a place for each suffix. */
function incomingOnly({ dtmf }: TrunkAccount): [string, string][] {
  return dtmf === "inband" ? [["execute_on_answer_dtmf", "start_dtmf"]] : [];
}

function outgoingOnly({ dtmf, callerId }: TrunkAccount): [string, string][] {
  return [
    // A server that answers with another address (3xx) has refused: the switch would let the phone ring on while it calls nobody.
    ["outbound_redirect_fatal", "true"],
    ...(dtmf === "inband" ? [["execute_on_answer_dtmf", "start_dtmf_generate"] as [string, string]] : []),
    // Else the extension of the phone that dialled would stand there.
    ...(callerId === "trunk-default" ? [["sip_cid_type", "none"] as [string, string]] : []),
  ];
}

function requireSafe(trunk: TrunkAccount): void {
  const refuse = (what: string): never => {
    throw new SwitchConfigError("unsafe-text", `trunk: ${what}`);
  };
  if (!HOST.test(trunk.host)) refuse("host is a name or an IPv4 address");
  if (trunk.fromDomain !== null && !HOST.test(trunk.fromDomain)) refuse("domain is a name or an IPv4 address");
  for (const port of [trunk.port, trunk.addressPort])
    if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse("port is 1 to 65535");
  for (const user of [trunk.username, trunk.authUsername ?? "", trunk.fromUser ?? ""])
    if (!USER.test(user)) refuse("user name is letters, digits and . _ ~ + @ * -");
  for (const network of networks(trunk)) {
    const [address = "", bits = ""] = network.split("/");
    if (!isIPv4(address) || !/^([89]|[12][0-9]|3[0-2])$/.test(bits)) refuse("source is an IPv4 address or network");
  }
  if (!/^[0-9*]{0,16}$/.test(trunk.prefix)) refuse("prefix is digits");
  if (!Number.isInteger(trunk.expirySeconds) || trunk.expirySeconds < 60 || trunk.expirySeconds > 86_400)
    refuse("registration lasts 60 to 86400 seconds");
}
