import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readChannel } from "./channel.ts";

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
