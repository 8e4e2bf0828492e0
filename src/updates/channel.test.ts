import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { fetchBundle, readChannel, writeStream } from "./channel.ts";

async function withServer(answer: RequestListener, work: (address: string) => Promise<void>): Promise<void> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/channel.json`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const CHANNEL = { version: "1.2.3", url: "hotline.raucb", bytes: 7, sha256: "0".repeat(64) };

test("a channel names the newest version, its file seen from there", async () => {
  await withServer(
    (_, response) => response.end(JSON.stringify(CHANNEL)),
    async (address) => {
      expect(await readChannel(address)).toEqual({ ...CHANNEL, url: address.replace("channel.json", "hotline.raucb") });
    },
  );
});

test("an answer without end is not taken in: a server that lies costs no memory", async () => {
  let sent = 0;
  await withServer(
    (_, response) => {
      const piece = Buffer.alloc(65_536, "x");
      const send = () => {
        while (!response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once("drain", send);
        }
      };
      send();
    },
    async (address) => {
      await expect(readChannel(address)).rejects.toMatchObject({ problem: "channel-wrong" });
      expect(sent).toBeLessThan(20_000_000);
    },
  );
});

test("a server that breaks off is away", async () => {
  await withServer(
    (_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{");
      setTimeout(() => response.destroy(), 50);
    },
    async (address) => await expect(readChannel(address)).rejects.toMatchObject({ problem: "channel-away" }),
  );
});

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
        await new Promise((resolve) => setTimeout(resolve, 700));
        const next = steps.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(new Uint8Array([next]));
      },
    });
    await writeStream(slow, file, { ...options, stallMs: 2_000 });
    expect([...(await readFile(file))]).toEqual([1, 2, 3]);
  });
});

const BUNDLE = Buffer.alloc(3_000_000, "all of an update");
const PIECE = 1_000_000;

/** As `answer` sends it, in the end. */
async function fetched(answer: RequestListener): Promise<Buffer> {
  let got = Buffer.alloc(0);
  await withServer(answer, async (url) => {
    await withTemporaryDir(async (dir) => {
      const sha256 = createHash("sha256").update(BUNDLE).digest("hex");
      const watch = { onPercent: () => undefined, signal: AbortSignal.timeout(20_000), pauseMs: 1 };
      await fetchBundle({ version: "2", url, bytes: BUNDLE.length, sha256 }, join(dir, "part"), watch);
      got = await readFile(join(dir, "part"));
    });
  });
  return got;
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
