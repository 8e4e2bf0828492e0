import type { ApiCommand } from "./api-channels.ts";
import type { Gateway } from "./gateway.ts";
import type { SipProfile } from "./sip-profile.ts";
import type { LabSwitch } from "./switch.ts";

const LINE = `${"=".repeat(97)}\n`;

/** `sofia status`, `sofia xmlstatus`, `sofia profile` and `sofia_contact`, as far as the daemon asks. */
export const sofiaCommands: Record<string, ApiCommand> = {
  sofia: (owner, args) => {
    const words = args.split(/\s+/).filter((word) => word !== "");
    const [verb, kind, name] = words;
    if (verb === "status" && kind === undefined) return status(owner);
    if (verb === "status" && kind === "gateway" && name !== undefined) return gatewayStatus(owner, name);
    if (verb === "xmlstatus" && kind === "gateway") return xmlStatus(owner, name);
    if (verb === "profile" && kind !== undefined) return onProfile(owner, kind, words.slice(2));
    owner.log("warning", `sofia ${args}: not known here`);
    return "-ERR Unknown command!\n";
  },
  sofia_contact: (owner, args) => {
    const [, profileName, user = ""] = /^(?:([^/]+)\/)?([^@]+)/.exec(args.trim()) ?? [];
    const profiles = [...owner.profiles.values()].filter(
      ({ name }) => profileName === undefined || profileName === "*" || profileName === name,
    );
    for (const { name, registrar } of profiles) {
      const registration = registrar.find(user);
      if (registration !== null) return `sofia/${name}/${registration.contact}`;
    }
    return "error/user_not_registered";
  },
};

function gatewaysOf(owner: LabSwitch): Gateway[] {
  return [...owner.profiles.values()].flatMap(({ gateways }) => [...gateways.values()]);
}

function status(owner: LabSwitch): string {
  const rows = [...owner.profiles.values()].flatMap((profile) => [
    ...[...profile.gateways.values()].map((gateway) => [
      `${profile.name}::${gateway.name}`,
      "gateway",
      `sip:${gateway.username}@${gateway.proxy}`,
      gateway.state,
    ]),
    [profile.name, "profile", profile.contactUri, "RUNNING (0)"],
  ]);
  const lines = rows.map(
    ([name = "", type = "", data = "", state = ""]) =>
      `${name.padStart(25)}\t${type.padStart(7)}\t${data.padStart(42)}\t${state}\n`,
  );
  const head = `${"Name".padStart(25)}\t${"Type".padStart(7)}\t${"Data".padStart(42)}\tState\n`;
  return `${head}${LINE}${lines.join("")}${LINE}${owner.profiles.size} profiles 0 aliases\n`;
}

function gatewayStatus(owner: LabSwitch, name: string): string {
  const gateway = gatewaysOf(owner).find((one) => one.name === name);
  if (gateway === undefined) return "Invalid Gateway!\n";
  const lines = Object.entries(fieldsOf(gateway)).map(([field, value]) => `${field.padEnd(8)}\t${value}\n`);
  return `${LINE}${lines.join("")}${LINE}`;
}

function fieldsOf(gateway: Gateway): Record<string, string> {
  return {
    Name: gateway.name,
    Profile: gateway.profile.name,
    Username: gateway.username,
    Proxy: `sip:${gateway.proxy}`,
    Context: gateway.context ?? "",
    State: gateway.state,
    Status: gateway.isUp ? "UP" : "DOWN",
  };
}

function xmlStatus(owner: LabSwitch, name: string | undefined): string {
  const head = '<?xml version="1.0" encoding="ISO-8859-1"?>\n';
  const gateways = gatewaysOf(owner).filter((gateway) => name === undefined || gateway.name === name);
  const xml = gateways.map((gateway) => {
    const fields = Object.entries(fieldsOf(gateway)).map(
      ([field, value]) => `    <${field.toLowerCase()}>${escaped(value)}</${field.toLowerCase()}>\n`,
    );
    return `  <gateway>\n${fields.join("")}  </gateway>\n`;
  });
  if (name === undefined) return `${head}<gateways>\n${xml.join("")}</gateways>\n`;
  return xml[0] === undefined ? "Invalid Gateway!\n" : `${head}${xml[0]}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function onProfile(owner: LabSwitch, name: string, [verb, argument = ""]: string[]): string {
  const profile = owner.profiles.get(name);
  if (profile === undefined) return "Invalid Profile!\n";
  switch (verb) {
    case "rescan": {
      const problem = owner.reload();
      if (problem === null) owner.rescanGateways(profile);
      return `Reload XML [${problem ?? "Success"}]\n+OK scan complete\n`;
    }
    case "register": {
      const gateway = profile.gateways.get(argument);
      if (gateway === undefined) return "Invalid gateway!\n";
      if (!gateway.isRegistering) return `-ERR NOREG gateway [${argument}] can't be registered!\n`;
      gateway.registerNow();
      return "+OK\n";
    }
    case "killgw":
      return killGateway(profile, argument);
    case "gwlist": {
      const isDown = argument === "down";
      return [...profile.gateways.values()]
        .filter((gateway) => gateway.isUp !== isDown)
        .map((gateway) => gateway.name)
        .join(" ");
    }
    case "flush_inbound_reg":
      if (argument === "") for (const { user } of profile.registrar.registrations) profile.registrar.flush(user);
      else profile.registrar.flush(argument.split("@")[0] ?? "");
      return `+OK flushing all registrations${argument === "" ? "" : " matching specified call_id"}\n`;
    default:
      owner.log("warning", `sofia profile ${name} ${verb ?? ""}: not known here`);
      return "-ERR Unknown command!\n";
  }
}

function killGateway(profile: SipProfile, name: string): string {
  const gateway = profile.gateways.get(name);
  if (gateway === undefined) return "-ERR no such gateway.\n";
  gateway.kill();
  profile.gateways.delete(name);
  return "+OK gateway marked for deletion.\n";
}
