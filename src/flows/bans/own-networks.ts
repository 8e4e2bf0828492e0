/** The networks that the machine is in, and those that the owner calls local. Pure. */
import { formatNetwork, isWithin, type Network, parseNetwork } from "./networks.ts";

const parsed = (texts: readonly string[]) => texts.flatMap((text) => parseNetwork(text) ?? []);
const overlap = (one: Network, other: Network) => isWithin(one, other) || isWithin(other, one);

/** Whether what was chosen is of another place: a backup of another machine, or the machine has moved. Without an address that is not known. */
export function isElsewhere(local: readonly string[], own: readonly string[]): boolean {
  const chosen = parsed(local);
  const there = parsed(own);
  return there.length > 0 && !there.some((network) => chosen.some((one) => overlap(one, network)));
}

/**
 * Own networks that are let in although others were chosen, so that nobody is locked out; never more than what counts where nothing was chosen.
 * @param local what was chosen; empty: nothing
 */
export function letInBesides(
  local: readonly string[],
  { own, usual }: { own: readonly string[]; usual: readonly string[] },
): string[] {
  if (local.length === 0 || !isElsewhere(local, own)) return [];
  const outer = parsed(usual);
  return parsed(own)
    .filter((network) => outer.some((one) => isWithin(network, one)))
    .map(formatNetwork);
}
