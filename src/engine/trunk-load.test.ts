import { expect, test } from "vitest";
import type { CallEvent } from "../calls/call-event.ts";
import { newCallId, newLegId } from "../calls/ids.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import { lineFor } from "../calls/trunk-now.ts";
import { TrunkLoad } from "./trunk-load.ts";

const counts = (load: TrunkLoad, gateway = "trunk-1") => {
  const { inbound, outbound } = load.now(gateway);
  return { inbound, outbound };
};

function leg(direction: "inbound" | "outbound", gateway: string | null = "trunk-1"): LegSnapshot {
  return {
    ...{
      legId: newLegId(),
      callId: newCallId(),
      origin: direction === "inbound" ? "trunk" : "daemon",
      direction,
      gateway,
    },
    ...{ party: { number: "", name: "" }, dialled: "", extension: null, operatorId: null, isAnswered: true },
    ...{ bridgedTo: null, heldByGuard: false, isInFallback: false, place: null, message: null, isLetGo: false },
    ...{ createdAtMs: 0, answeredAtMs: 0, recordingFile: null },
  };
}

const ended = (legId: LegSnapshot["legId"]): CallEvent => ({
  type: "leg-hung-up",
  ...{ legId, callId: null, cause: "NORMAL_CLEARING", sipStatus: null, failure: "cancelled" },
  ...{ wasAnswered: true, hasRung: true, isEndedByParty: true, atMs: 0 },
});

test("fifty that are decided in one turn take no more than there are", () => {
  const load = new TrunkLoad(() => true);
  const channels = { total: 10, mostOutgoing: 6, keptFree: 2 };
  let taken = 0;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (lineFor(channels, load.now("trunk-1")) !== null) continue;
    load.reserve("trunk-1", newLegId());
    taken += 1;
  }
  expect(taken).toBe(6);
  expect(counts(load)).toEqual({ inbound: 0, outbound: 6 });
  expect(counts(load, "trunk-2")).toEqual({ inbound: 0, outbound: 0 });
});

test("a line comes back with the leg's end, once", () => {
  const load = new TrunkLoad(() => true);
  const legId = newLegId();
  load.reserve("trunk-1", legId);
  load.reserve("trunk-1", newLegId());
  load.hear(ended(legId));
  load.hear(ended(legId));
  expect(counts(load)).toEqual({ inbound: 0, outbound: 1 });
});

test("after a loss the switch's own list counts, with what has happened since", () => {
  const load = new TrunkLoad(() => true);
  // Ended while nobody heard.
  load.reserve("trunk-1", newLegId());
  const [still, gone, none] = [leg("outbound"), leg("inbound"), leg("inbound", null)];
  load.connected();
  const since = newLegId();
  load.reserve("trunk-1", since);
  load.hear(ended(gone.legId));
  load.adopt([still, gone, none]);
  expect(counts(load)).toEqual({ inbound: 0, outbound: 2 });
  load.hear(ended(still.legId));
  load.hear(ended(since));
  expect(counts(load)).toEqual({ inbound: 0, outbound: 0 });
});

test("lines are kept free for callers, whoever has the others", () => {
  const channels = { total: 4, mostOutgoing: null, keptFree: 1 };
  expect(lineFor(channels, { inbound: 0, outbound: 2 })).toBeNull();
  expect(lineFor(channels, { inbound: 0, outbound: 3 })).toBe("kept-free");
  expect(lineFor(channels, { inbound: 2, outbound: 1 })).toBe("kept-free");
  expect(lineFor(channels, { inbound: 3, outbound: 1 })).toBe("all-lines-busy");
  expect(lineFor({ ...channels, mostOutgoing: 1 }, { inbound: 0, outbound: 1 })).toBe("most-outgoing");
  expect(lineFor({ total: null, mostOutgoing: null, keptFree: 0 }, { inbound: 99, outbound: 99 })).toBeNull();
});
