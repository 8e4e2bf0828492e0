/** IPv4 addresses as people write them: four numbers, none with a leading zero (which some programs read as octal). */

export interface Ipv4Network {
  address: string;
  prefix: number;
}

/** @returns its 32 bits, or null */
export function parseIpv4(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255))
    return null;
  return parts.reduce((bits, part) => bits * 256 + Number(part), 0);
}

const sizeOf = (prefix: number) => 2 ** (32 - prefix);
const firstOf = (bits: number, prefix: number) => Math.floor(bits / sizeOf(prefix)) * sizeOf(prefix);

/** False too when one of them is no address. */
export function isInNetwork(text: string, { address, prefix }: Ipv4Network): boolean {
  const [bits, own] = [parseIpv4(text), parseIpv4(address)];
  return bits !== null && own !== null && firstOf(bits, prefix) === firstOf(own, prefix);
}

/** Its first and last address belong to nobody (RFC 1122, section 3.2.1.3). */
export function isNetworkItself(text: string, prefix: number): boolean {
  const bits = parseIpv4(text);
  if (bits === null) return false;
  const first = firstOf(bits, prefix);
  return bits === first || bits === first + sizeOf(prefix) - 1;
}

/** An address that a machine in an office may have: not 0/8, loopback, link-local, multicast or reserved (RFC 6890). */
export function isForMachine(text: string): boolean {
  const reserved = [
    { address: "0.0.0.0", prefix: 8 },
    { address: "127.0.0.0", prefix: 8 },
    { address: "169.254.0.0", prefix: 16 },
    { address: "224.0.0.0", prefix: 3 },
  ];
  return parseIpv4(text) !== null && !reserved.some((network) => isInNetwork(text, network));
}

export function overlap(one: Ipv4Network, other: Ipv4Network): boolean {
  const prefix = Math.min(one.prefix, other.prefix);
  return isInNetwork(one.address, { address: other.address, prefix });
}

/** `255.255.255.0` is 24; null: no netmask. */
export function prefixOfNetmask(netmask: string): number | null {
  const bits = parseIpv4(netmask);
  if (bits === null) return null;
  const prefix = bits.toString(2).padStart(32, "0").indexOf("0");
  const length = prefix < 0 ? 32 : prefix;
  return bits === firstOf(2 ** 32 - 1, length) ? length : null;
}
