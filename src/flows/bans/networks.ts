/** Addresses and networks of both families, as numbers. Pure, so that the panel checks with the same rules. */

export interface Network {
  family: 4 | 6;
  /** The address, all bits behind the prefix being 0. */
  value: bigint;
  /** Length of the prefix. */
  bits: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`; an IPv4 address within IPv6 (`::ffff:192.0.2.1`) is taken for itself. Null: none. */
export function parseNetwork(text: string): Network | null {
  const [address = "", prefix, ...rest] = text.trim().split("/");
  if (rest.length > 0 || (prefix !== undefined && !/^[0-9]{1,3}$/.test(prefix))) return null;
  const four = parseFour(address);
  if (four !== null) return masked(4, four, prefix === undefined ? 32 : Number(prefix));
  const six = parseSix(address);
  if (six === null) return null;
  if (six >> 32n === 0xffffn && prefix === undefined) return masked(4, six & 0xffffffffn, 32);
  return masked(6, six, prefix === undefined ? 128 : Number(prefix));
}

/** @returns null when `text` is a network or nothing of the kind */
export function parseAddress(text: string): Network | null {
  const network = parseNetwork(text);
  return network !== null && !text.includes("/") ? network : null;
}

export function isWithin(inner: Network, outer: Network): boolean {
  return (
    inner.family === outer.family &&
    inner.bits >= outer.bits &&
    masked(inner.family, inner.value, outer.bits)?.value === outer.value
  );
}

/** As it is written shortly: without `/32` and `/128`. */
export function formatNetwork({ family, value, bits }: Network): string {
  const address = family === 4 ? formatFour(value) : formatSix(value);
  return bits === WIDTH[family] ? address : `${address}/${bits}`;
}

function masked(family: 4 | 6, value: bigint, bits: number): Network | null {
  if (bits > WIDTH[family]) return null;
  const rest = BigInt(WIDTH[family] - bits);
  return { family, value: (value >> rest) << rest, bits };
}

function parseFour(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    // A leading zero is octal to some programs.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256n + BigInt(part);
  }
  return value;
}

/** RFC 4291, section 2.2. */
function parseSix(text: string): bigint | null {
  if (!text.includes(":")) return null;
  const lastColon = text.lastIndexOf(":");
  const four = text.includes(".") ? parseFour(text.slice(lastColon + 1)) : null;
  if (text.includes(".") && four === null) return null;
  const plain =
    four === null
      ? text
      : `${text.slice(0, lastColon + 1)}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => "0"), ...tail];
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return value;
}

function formatFour(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
}

/** RFC 5952: the longest run of zeros is left out. */
function formatSix(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - index * 16)) & 0xffffn);
  let [start, length] = [-1, 1];
  for (let from = 0; from < 8; from += 1) {
    let to = from;
    while (to < 8 && groups[to] === 0n) to += 1;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const text = (list: readonly bigint[]) => list.map((group) => group.toString(16)).join(":");
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
