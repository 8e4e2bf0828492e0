/** A real SSH server on loopback that takes SFTP alone, for the user who runs the tests. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freeTcpPort } from "./temporary.ts";
import { until } from "./until.ts";

export interface SftpServer {
  host: string;
  port: number;
  user: string;
  /** Lets the owner of this public key in. */
  allow: (publicKey: string) => void;
  stop: () => Promise<void>;
}

export async function startSftpServer(dir: string): Promise<SftpServer> {
  const port = await freeTcpPort();
  const [hostKey, allowed] = [join(dir, "host-key"), join(dir, "allowed-keys")];
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", hostKey]);
  writeFileSync(allowed, "");
  // Where sshd of Debian wants its empty room, when it runs as root.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const settings = [
    ...[`HostKey ${hostKey}`, `AuthorizedKeysFile ${allowed}`, "ListenAddress 127.0.0.1", `Port ${port}`],
    ...["StrictModes no", "UsePAM no", "PasswordAuthentication no", "PermitRootLogin yes", "PidFile none"],
    "Subsystem sftp internal-sftp",
  ];
  const configuration = join(dir, "sshd_config");
  writeFileSync(configuration, `${settings.join("\n")}\n`);
  const server = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", configuration], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  await until("sshd listens", async () => {
    if (server.exitCode !== null) throw new Error(`sshd ended: ${said}`);
    const socket = connect(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    return isThere;
  });
  return {
    ...{ host: "127.0.0.1", port, user: userInfo().username },
    allow: (publicKey) => writeFileSync(allowed, `${publicKey}\n`),
    stop: async () => {
      if (server.exitCode !== null) return;
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    },
  };
}
