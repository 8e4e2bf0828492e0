import { expect, test } from "vitest";
import { SwitchAddress } from "./switch-address.ts";
import { keptLog } from "./testing/quiet-log.ts";
import { until } from "./testing/until.ts";

/** A machine and a switch as far as addresses go. */
function scene(isFixed = false) {
  const scene = { machine: ["192.168.1.50"], bound: "192.168.1.50", calls: 0, moves: [] as string[] };
  const address = new SwitchAddress({
    ...{ first: "192.168.1.50", isFixed, log: keptLog() },
    isInUse: () => scene.calls > 0,
    bind: async (mayCut) => {
      if (scene.bound === address.current) return true;
      if (!mayCut(scene.bound)) return false;
      scene.bound = address.current;
      return true;
    },
    onChange: (now) => scene.moves.push(now),
    read: () => scene.machine.at(-1) ?? null,
    has: (one) => scene.machine.includes(one),
  });
  const look = async () => {
    address.look();
    await address.stop();
  };
  return { scene, address, look };
}

test("the switch follows the machine", async () => {
  const { scene: at, address, look } = scene();
  await look();
  expect(at.moves).toEqual([]);
  at.machine = ["192.168.1.60"];
  await look();
  expect({ current: address.current, bound: at.bound, moves: at.moves }).toEqual({
    ...{ current: "192.168.1.60", bound: "192.168.1.60", moves: ["192.168.1.60"] },
  });
});

test("conversations on an address that is still there are not cut", async () => {
  const { scene: at, address, look } = scene();
  at.calls = 1;
  at.machine = ["192.168.1.50", "10.0.0.5"];
  await look();
  expect({ current: address.current, bound: at.bound }).toEqual({ current: "192.168.1.50", bound: "192.168.1.50" });
  at.calls = 0;
  await look();
  expect(at.bound).toBe("10.0.0.5");
});

test("with the address the conversations on it are gone, and nothing is waited for", async () => {
  const { scene: at, look } = scene();
  at.calls = 1;
  at.machine = ["10.0.0.5"];
  await look();
  expect(at.bound).toBe("10.0.0.5");
});

test("without a cable it keeps the last address; a switch that comes back is brought to it", async () => {
  const { scene: at, address, look } = scene();
  await look();
  at.machine = [];
  await look();
  expect(address.current).toBe("192.168.1.50");
  at.bound = "127.0.0.1";
  address.switchIsBack();
  await until("it is bound", () => (at.bound === "192.168.1.50" ? true : undefined));
});

test("an address given by the environment stays", async () => {
  const { scene: at, address, look } = scene(true);
  at.machine = ["10.0.0.5"];
  await look();
  expect(address.current).toBe("192.168.1.50");
});
