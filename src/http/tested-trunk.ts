import type { TrunkId } from "../calls/ids.ts";
import { callerIdBy } from "../calls/number-format.ts";
import type { TrunkValues } from "../database/trunks.ts";
import type { TrunkToTest } from "../sip/trunk-test.ts";
import { fieldError } from "./api-error.ts";
import type { RouteDeps } from "./deps.ts";
import { problemsOf, type TypedTrunk, valuesOf } from "./trunk-input.ts";
import { serverOf } from "./trunk-server.ts";

/** What a test needs of a trunk, with the number that called people would see. */
export function testedTrunk(
  { configuration }: Pick<RouteDeps, "configuration">,
  trunk: TrunkValues,
  { trunkId, password, callTo }: { trunkId: TrunkId | null; password: string; callTo: string | null },
): TrunkToTest {
  const { outgoing, server, port, transport, user, authUser, fromUser, fromDomain, codecs, srtp, expirySeconds } =
    trunk;
  const { numbers } = configuration.current;
  const shown =
    trunkId === null ? null : callerIdBy({ trunkId, outgoing }, { numbers, site: configuration.current.site });
  return {
    ...{ host: server, port, transport, authUser, fromUser, fromDomain, password, codecs, srtp, expirySeconds },
    server: serverOf(trunk),
    isRegistering: trunk.mode === "register",
    user: user ?? "",
    callTo: callTo === null ? null : `${outgoing.prefix}${callTo}`,
    callerNumber: shown?.callerNumber ?? null,
  };
}

/** Tries a trunk that is typed, not kept. `keptPassword` gives what is used where none is typed. */
export async function tryTypedTrunk(
  deps: RouteDeps,
  { trunk, trunkId = null, callTo = null }: TypedTrunk,
  keptPassword: (values: TrunkValues) => Promise<string>,
) {
  const values = valuesOf(trunk);
  const password = trunk.password || (await keptPassword(values));
  const problem = problemsOf(values, password !== "")[0];
  if (problem) throw fieldError(422, "invalid-input", `trunk.${problem.path.join(".")}`, problem.code);
  return { steps: await deps.testTrunk(testedTrunk(deps, values, { trunkId, password, callTo })) };
}
