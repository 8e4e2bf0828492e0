import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { fetchBundle, writeStream } from "./channel.ts";

test("an upload whose network has gone is given up, one that is only slow is not", async () => {
  await withTemporaryDir(async (dir) => {
    const file = join(dir, "upload.part");
    const options = { bytes: 3, onPercent: () => undefined, signal: new AbortController().signal };
    const gone = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array([1])) });
    await expect(writeStream(gone, file, { ...options, stallMs: 100 })).rejects.toMatchObject({
      problem: "not-whole",
      message: expect.stringContaining("none for 100 ms") as string,
    });
    const steps = [1, 2, 3];
    const slow = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        const next = steps.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(new Uint8Array([next]));
      },
    });
    await writeStream(slow, file, { ...options, stallMs: 500 });
    expect([...(await readFile(file))]).toEqual([1, 2, 3]);
  });
});

const BUNDLE = Buffer.alloc(3_000_000, "all of an update");
const PIECE = 1_000_000;

/** As many bytes as the connection carries until it breaks. */
async function fetched(answer: RequestListener): Promise<Buffer> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await withTemporaryDir(async (dir) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/update.raucb`;
      const sha256 = createHash("sha256").update(BUNDLE).digest("hex");
      const watch = { onPercent: () => undefined, signal: AbortSignal.timeout(20_000), pauseMs: 1 };
      await fetchBundle({ version: "2", url, bytes: BUNDLE.length, sha256 }, join(dir, "part"), watch);
      return await readFile(join(dir, "part"));
    });
  } finally {
    server.close();
  }
}

test("a connection that breaks is taken up again where it broke", async () => {
  const asked: (string | undefined)[] = [];
  const got = await fetched(({ headers: { range } }, response) => {
    asked.push(range);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    response.writeHead(range === undefined ? 200 : 206, { "content-length": BUNDLE.length - from });
    response.write(BUNDLE.subarray(from, from + PIECE), () => response.destroy());
  });
  expect(got.equals(BUNDLE)).toBe(true);
  const starts = asked.map((range) => Number(/\d+/.exec(range ?? "0")?.[0]));
  // What was on its way when it broke may be lost.
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  expect(starts.at(-1)).toBeGreaterThan(0);
});

test("a server that knows no ranges begins anew, and one that is away for a moment is asked again", async () => {
  let times = 0;
  const got = await fetched((_, response) => {
    times += 1;
    if (times === 1) response.writeHead(503).end();
    else if (times === 2) response.write(BUNDLE.subarray(0, PIECE), () => response.destroy());
    else response.end(BUNDLE);
  });
  expect(got.equals(BUNDLE)).toBe(true);
  expect(times).toBe(3);
});

test.each([
  [404, "channel-wrong", 1],
  [500, "channel-away", 12],
])("an answer of %i ends it with %s", async (status, problem, most) => {
  let times = 0;
  const answer: RequestListener = (_, response) => {
    times += 1;
    response.writeHead(status).end();
  };
  await expect(fetched(answer)).rejects.toMatchObject({ problem });
  expect(times).toBe(most);
});
