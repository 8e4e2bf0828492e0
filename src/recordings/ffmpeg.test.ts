import { chmod, writeFile } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { findFfmpeg, runProgram } from "./ffmpeg.ts";

const node = process.execPath;

test("arguments reach the program as they are: there is no shell", async () => {
  const wild = "$(id) `id` ; rm -rf / | cat \" ' \\ \n %s";
  const { output } = await runProgram(node, ["-p", "process.argv[1]", wild], { timeoutMs: 20_000 });
  expect(output.toString()).toBe(`${wild}\n`);
});

test("input goes in, also to a program that does not read it", async () => {
  const { output } = await runProgram("cat", [], { timeoutMs: 20_000, input: "გამარჯობა" });
  expect(output.toString()).toBe("გამარჯობა");
  await runProgram("true", [], { timeoutMs: 20_000, input: Buffer.alloc(1_000_000) });
});

test("why a program gave nothing is told by a word", async () => {
  await expect(runProgram("no-such-program-here", [], { timeoutMs: 20_000 })).rejects.toMatchObject({
    reason: "missing",
  });
  await expect(runProgram("false", [], { timeoutMs: 20_000 })).rejects.toMatchObject({ reason: "failed" });
  await expect(runProgram("sleep", ["60"], { timeoutMs: 50 })).rejects.toMatchObject({ reason: "timeout" });
  await expect(runProgram("sleep", ["60"], { timeoutMs: 60_000, signal: AbortSignal.abort() })).rejects.toMatchObject({
    reason: "aborted",
  });
  const stopping = new AbortController();
  const running = runProgram("yes", [], {
    timeoutMs: 60_000,
    signal: stopping.signal,
    onOutput: async () => stopping.abort(),
  });
  await expect(running).rejects.toMatchObject({ reason: "aborted" });
});

test("an error of the one who takes the output ends the program", async () => {
  const full = new Error("no room");
  const running = runProgram("yes", [], {
    timeoutMs: 60_000,
    onOutput: async () => {
      throw full;
    },
  });
  await expect(running).rejects.toBe(full);
});

test("programs run at low priority", async () => {
  const { output } = await runProgram(node, ["-e", "setTimeout(() => console.log(os.getPriority()), 300)"], {
    timeoutMs: 20_000,
  });
  expect(Number(output)).toBeGreaterThan(getPriority());
});

test("the first ffmpeg that can encode Opus is taken", async () => {
  await withTemporaryDir(async (dir) => {
    const broken = join(dir, "broken");
    await writeFile(broken, "#!/bin/sh\nexit 1\n");
    await chmod(broken, 0o755);
    const unfit = join(dir, "unfit");
    await writeFile(unfit, "#!/bin/sh\necho ' A..... aac  AAC'\n");
    await chmod(unfit, 0o755);
    const fit = join(dir, "fit");
    await writeFile(fit, "#!/bin/sh\necho ' A..... libopus  Opus'\n");
    await chmod(fit, 0o755);
    expect(await findFfmpeg([null, join(dir, "none"), broken, unfit, fit])).toBe(fit);
    expect(await findFfmpeg([null, join(dir, "none"), broken, unfit])).toBeNull();
  });
});
