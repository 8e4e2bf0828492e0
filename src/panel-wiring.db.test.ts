/** The daemon as systemd starts it on a box: its doors are open already, and it has no right to open them itself. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { getSecurely } from "./testing/secure-panel.ts";
import { freeTcpPort, freeUdpPort, withTemporaryDir } from "./testing/temporary.ts";
import { openTestDatabase } from "./testing/test-database.ts";
import { until } from "./testing/until.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const START_MS = 60_000;
const hasProgram = spawnSync("systemd-socket-activate", ["--version"]).status === 0;
if (!hasProgram)
  console.log("systemd-socket-activate is not on this machine (Debian's package systemd): left out here");

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

test.skipIf(!hasProgram)("the panel is served by the sockets that systemd hands over", async () => {
  await withTemporaryDir(async (dataDir) => {
    const database = await openTestDatabase();
    const [plain, secure] = [await freeTcpPort(), await freeTcpPort()];
    const env = {
      HOTLINE_DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      // As the units say them: the same that are handed over, and so taken already.
      ...{ HOTLINE_HTTP_PORT: `${plain}`, HOTLINE_HTTPS_PORT: `${secure}`, HOTLINE_SIP_HOST: "127.0.0.1" },
      ...{ HOTLINE_PHONE_SIP_PORT: `${await freeUdpPort()}`, HOTLINE_TRUNK_SIP_PORT: `${await freeUdpPort()}` },
      ...{ EVENT_SOCKET_PORT: `${await freeTcpPort()}`, PATH: process.env["PATH"] ?? "", HOME: dataDir },
      INVOCATION_ID: "0",
    };
    const doors = ["-l", `${plain}`, "-l", `${secure}`, "--fdname=hotline-http:hotline-https"];
    const given = Object.entries(env).flatMap(([name, value]) => ["-E", `${name}=${value}`]);
    const words = [...doors, ...given, process.execPath, "--import", "tsx", MAIN];
    const child = spawn("systemd-socket-activate", words, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    try {
      const status = async () => {
        if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}: ${said.slice(-2_000)}`);
        const answer = await fetch(`http://127.0.0.1:${plain}/api/status`).catch(() => null);
        return answer?.ok ? ((await answer.json()) as { https: { port: number } | null }) : null;
      };
      await until(
        "the panel answers, and has its certificate",
        async () => (await status())?.https?.port === secure,
        START_MS,
      );
      const ca = await (await fetch(`http://127.0.0.1:${plain}/ca.crt`)).text();
      const place = { host: "127.0.0.1", port: secure, name: "hotline.local", ca };
      expect((await getSecurely(place, "/api/status")).status).toBe(200);
      // restic asks so whether whoever locked a repository lives.
      child.kill("SIGHUP");
      await until("it is told so", () => said.includes("not hung up"));
      expect((await getSecurely(place, "/api/status")).status).toBe(200);
      // From elsewhere plain HTTP leads there.
      const elsewhere = Object.values(networkInterfaces())
        .flatMap((list) => list ?? [])
        .find(({ internal, family }) => !internal && family === "IPv4");
      if (elsewhere !== undefined) {
        const led = await fetch(`http://${elsewhere.address}:${plain}/calls`, { redirect: "manual" });
        expect(led.status).toBe(308);
        expect(led.headers.get("location")).toBe(`https://${elsewhere.address}:${secure}/calls`);
      }
    } finally {
      await stop(child);
      await database.close();
    }
  });
});
