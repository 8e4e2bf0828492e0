/** Who calls whom, as FreeSWITCH keeps it beside a channel's variables; a transfer begins a new one. */
export interface CallerProfile {
  username: string;
  dialplan: string;
  callerIdName: string;
  callerIdNumber: string;
  origCallerIdName: string;
  origCallerIdNumber: string;
  calleeIdName: string;
  calleeIdNumber: string;
  networkAddr: string;
  ani: string;
  rdnis: string;
  destinationNumber: string;
  source: string;
  context: string;
  /** 1 for the first. */
  index: number;
  createdUs: number;
  transferredUs: number;
  /** What the dialplan found for it; for the CDR. */
  extension: { name: string; number: string; actions: { application: string; data: string }[] } | null;
}

/** Those that are text. */
type TextField = { [Key in keyof CallerProfile]: CallerProfile[Key] extends string ? Key : never }[keyof CallerProfile];

const FIELDS: Record<string, TextField> = {
  username: "username",
  dialplan: "dialplan",
  caller_id_name: "callerIdName",
  caller_id_number: "callerIdNumber",
  orig_caller_id_name: "origCallerIdName",
  orig_caller_id_number: "origCallerIdNumber",
  callee_id_name: "calleeIdName",
  callee_id_number: "calleeIdNumber",
  ani: "ani",
  network_addr: "networkAddr",
  rdnis: "rdnis",
  destination_number: "destinationNumber",
  source: "source",
  context: "context",
};

/** A field by the name under which the dialplan knows it. */
export function fieldOf(profile: CallerProfile, name: string): string | undefined {
  const key = FIELDS[name.toLowerCase()];
  return key === undefined ? undefined : profile[key];
}

/** As the application `set_profile_var` does it; a name that is none of the profile's changes nothing. */
export function setField(profile: CallerProfile, name: string, value: string): void {
  const key = FIELDS[name.toLowerCase()];
  if (key !== undefined) profile[key] = value;
}

/** The headers of events: `prefix` is `Caller` or `Other-Leg`. Empty fields are left out, as FreeSWITCH leaves them out. */
export function profileHeaders(
  prefix: "Caller" | "Other-Leg",
  profile: CallerProfile,
  leg: { uuid: string; name: string; direction: string; times: Record<string, number> },
): Record<string, string> {
  const fields: [string, string][] = [
    ["Direction", leg.direction],
    ["Username", profile.username],
    ["Dialplan", profile.dialplan],
    ["Caller-ID-Name", profile.callerIdName],
    ["Caller-ID-Number", profile.callerIdNumber],
    ["Orig-Caller-ID-Name", profile.origCallerIdName],
    ["Orig-Caller-ID-Number", profile.origCallerIdNumber],
    ["Callee-ID-Name", profile.calleeIdName],
    ["Callee-ID-Number", profile.calleeIdNumber],
    ["Network-Addr", profile.networkAddr],
    ["ANI", profile.ani],
    ["RDNIS", profile.rdnis],
    ["Destination-Number", profile.destinationNumber],
    ["Unique-ID", leg.uuid],
    ["Source", profile.source],
    ["Context", profile.context],
    ["Channel-Name", leg.name],
    ["Profile-Index", String(profile.index)],
    ["Profile-Created-Time", String(profile.createdUs)],
    ...Object.entries(leg.times).map(([name, us]): [string, string] => [`Channel-${name}-Time`, String(us)]),
  ];
  return Object.fromEntries(
    fields.filter(([, value]) => value !== "").map(([key, value]) => [`${prefix}-${key}`, value]),
  );
}

/**
 * Text from the wire as FreeSWITCH takes it into a profile: percent-decoded, without the quotes around it, control characters made blank but
 * for line breaks, and `${` made `%{` so that nothing is expanded.
 */
export function cleaned(wire: string): string {
  const bytes = wire.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const [first, last] = [bytes.indexOf('"'), bytes.lastIndexOf('"')];
  const bare = first < 0 ? bytes : bytes.slice(first + 1, last > first ? last : undefined);
  const text = Buffer.from(bare.split("\0")[0] ?? "", "latin1").toString("utf8");
  return text.replace(/\p{Cc}/gu, (char) => (char < " " && !"\r\n".includes(char) ? " " : char)).replaceAll("${", "%{");
}
