/** What somebody types where the image is put onto a disk. The machine's disks are invented: there is none of that name. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";

const SCRIPT = fileURLToPath(new URL("../appliance/install-to-disk.sh", import.meta.url));

test("a number that no disk has, and a name that is not the disk's, ask again", async () => {
  await withTemporaryDir(async (dir) => {
    const disks = `case "$*" in *MODEL*) echo A disk ;; *) echo no-such-disk 64000000000 0 disk ;; esac`;
    writeFileSync(join(dir, "lsblk"), `#!/bin/sh\n${disks}\n`, { mode: 0o755 });
    writeFileSync(join(dir, "findmnt"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const env = { PATH: `${dir}:${process.env["PATH"] ?? ""}` };
    const child = spawn("bash", [SCRIPT], { env, stdio: ["pipe", "pipe", "pipe"] });
    const ended = once(child, "close");
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString("utf8");
      });
    try {
      const asked = async (times: number) =>
        await until(`it asks for the ${times}. time`, () => {
          expect({ code: child.exitCode, said }).toMatchObject({ code: null });
          return said.split("installation to a disk").length - 1 === times;
        });
      const typed = ["0", "00", "9", "99999999999999999999999", "one", ""];
      for (const [before, line] of typed.entries()) {
        await asked(before + 1);
        child.stdin.write(`${line}\n`);
      }
      await asked(typed.length + 1);
      child.stdin.write("1\n");
      await until("it warns", () => said.includes("EVERYTHING on /dev/no-such-disk (64.0 GB, A disk) WILL BE ERASED"));
      child.stdin.write("1\n");
      await asked(typed.length + 2);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  });
});
