import { expect, test } from "vitest";
import { KeptRunning } from "./keep-running.ts";
import { until } from "./testing/until.ts";

interface Life {
  end: () => void;
  isStopped: boolean;
}

function kept(starts: (() => Error | null)[] = []) {
  const lives: Life[] = [];
  const said: string[] = [];
  const keeper = new KeptRunning({
    name: "the switch",
    say: (text) => said.push(text),
    pausesMs: [1, 5],
    start: () => {
      const failure = starts.shift()?.();
      if (failure) return Promise.reject(failure);
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const life: Life = { end, isStopped: false };
      lives.push(life);
      const stop = async () => {
        life.isStopped = true;
        end();
        await ended;
      };
      return Promise.resolve({ ended, stop });
    },
  });
  return { keeper, lives, said };
}

test("what ends is started again, also when it does not start at once, and is ended for good when told so", async () => {
  const { keeper, lives, said } = kept([() => null, () => new Error("port taken"), () => null]);
  await keeper.start();
  lives[0]?.end();
  await until("it runs again", () => lives.length === 2);
  expect(said).toEqual(["the switch has ended; again in 0.001 s", "the switch does not start: port taken"]);
  await keeper.stop();
  expect(lives.map(({ isStopped }) => isStopped)).toEqual([false, true]);
});

test("a first start that fails is told, and not tried again", async () => {
  const { keeper, lives } = kept([() => new Error("port taken")]);
  await expect(keeper.start()).rejects.toThrow("port taken");
  await keeper.stop();
  expect(lives).toEqual([]);
});
