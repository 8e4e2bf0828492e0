/** What the daemon and the unit that runs its programs say to each other, over a real socket; restic's place is taken where it has to misbehave. */
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backgroundOf } from "../backup/background-program.ts";
import { type BackupUnit, startBackupUnit, whyNoBackupUnit } from "../testing/backup-unit.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";

const SYSTEM_PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const cannot = whyNoBackupUnit();
if (cannot !== null) console.log(`LEFT OUT: programs of backups in a unit of their own (${cannot})`);

/** A script that is found as restic; `work` is told the environment with which it is. */
async function withRestic<Result>(
  script: string,
  work: (env: Record<string, string>, dir: string) => Promise<Result>,
): Promise<Result> {
  return await withTemporaryDir(async (path) => {
    const dir = join(path, "მონაცემები and more");
    await mkdir(dir);
    await writeFile(join(dir, "restic"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await chmod(path, 0o755);
    return await work({ PATH: `${dir}:${SYSTEM_PATH}` }, dir);
  });
}

const textOf = async (path: string) => await readFile(path, "utf8").catch(() => "");
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(cannot !== null).each(["in a unit of its own", "beside the daemon"])("%s", (where) => {
  let unit: BackupUnit;
  let run: ReturnType<typeof backgroundOf>;

  beforeAll(async () => {
    unit = await startBackupUnit();
    run = backgroundOf(where === "beside the daemon" ? null : unit.path);
  });
  afterAll(async () => await unit?.stop());

  test("a program runs to its end; one that fails, and one that is not there, say so", async () => {
    const lines: string[] = [];
    expect(await run("restic", ["version"], { onLine: (line) => lines.push(line) })).toEqual({ code: 0, stderr: "" });
    expect(lines.join("\n")).toMatch(/^restic [0-9.]+ compiled with go/);
    const failed = await run("sync", ["--file-system", "/no such place/სად"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("/no such place/სად");
    expect(await run("/usr/lib/postgresql/1/bin/pg_dump", [])).toMatchObject({ code: 127 });
  });

  test("lines of any length come as they were written, and words with spaces, ends of lines and any letters go there", async () => {
    const script = `printf '%s\\n' "$1" | tr '\\n' '/'; printf '\\n'; pwd; head -c 5000000 /dev/zero | tr '\\0' ა | cut -c1-5000000; printf 'no end \\342\\200\\250 here'; printf 'ბოდიში' >&2`;
    await withRestic(script, async (env, dir) => {
      const lines: string[] = [];
      const options = { env, cwd: dir, onLine: (line: string) => lines.push(line) };
      expect(await run("restic", [`სახელი 'and' "name"\nтри`], options)).toEqual({ code: 0, stderr: "ბოდიში" });
      expect(lines[0]).toBe(`სახელი 'and' "name"/три/`);
      expect(lines[1]).toBe(dir);
      expect(lines[2]?.length).toBeGreaterThan(1_000_000);
      // What Node's readline takes for the end of a line.
      expect(lines.slice(3)).toEqual(["no end \u2028 here"]);
    });
  });

  test("of what it writes to its standard error the end is kept", async () => {
    await withRestic("seq 1 20000 >&2; echo the end >&2", async (env) => {
      const { stderr } = await run("restic", [], { env });
      expect(stderr.length).toBeLessThan(8_001);
      expect(stderr).toMatch(/\n20000\nthe end$/);
    });
  });

  test("an interruption is Ctrl+C: it clears up, and says how it ended", async () => {
    await withRestic(`trap 'echo cleared >&2; exit 130' INT; echo begun; while :; do sleep 0.05; done`, async (env) => {
      const cancel = new AbortController();
      const options = { env, signal: cancel.signal, onLine: () => cancel.abort() };
      expect(await run("restic", [], options)).toEqual({ code: 130, stderr: "cleared" });
      // Before it began.
      const { code } = await run("restic", [], { env, signal: AbortSignal.abort() });
      expect([null, 130]).toContain(code);
    });
  });

  test("one that is killed has failed, whatever it was about, and the next one runs", async () => {
    await withRestic("echo half; kill -KILL $$", async (env) => {
      await expect(run("restic", [], { env })).rejects.toMatchObject({
        problem: "failed",
        message: "restic was ended by SIGKILL; so the kernel ends programs when memory is short.",
      });
    });
    expect(await run("restic", ["version"])).toMatchObject({ code: 0 });
  });
});

describe.skipIf(cannot !== null)("the unit", () => {
  let unit: BackupUnit;
  const run = async (...words: Parameters<ReturnType<typeof backgroundOf>>) => await backgroundOf(unit.path)(...words);

  beforeAll(async () => {
    unit = await startBackupUnit();
  });
  afterAll(async () => await unit?.stop());

  test("runs the programs of backups and no others", async () => {
    for (const program of ["sh", "/tmp/restic", "/usr/lib/postgresql/../bin/psql", "/usr/lib/postgresql/15/bin/initdb"])
      await expect(run(program, ["-c", "echo"])).rejects.toMatchObject({
        problem: "failed",
        message: expect.stringContaining("is no program of backups") as string,
      });
    await expect(run("restic", [], { cwd: "/nowhere" })).rejects.toMatchObject({ problem: "failed" });
  });

  test("what it cannot read it does not run", async () => {
    for (const words of ["{}\n", "not json\n", "\n", ""]) {
      const socket = connect({ path: unit.path, allowHalfOpen: true });
      socket.end(words);
      let said = "";
      for await (const text of socket.setEncoding("utf8")) said += String(text);
      expect(said).toBe(words === "" ? "" : `{"type":"refused","why":"the request is not understood"}\n`);
    }
  });

  test("output that nobody reads waits in the program; it takes no memory", async () => {
    const script = `piece=$(head -c 9999 /dev/zero | tr '\\0' x)
for i in $(seq 1 1000); do echo "$piece"; echo $i >"$0.count"; done`;
    await withRestic(script, async (env, dir) => {
      const socket = connect({ path: unit.path, allowHalfOpen: true });
      socket.write(`${JSON.stringify({ program: "restic", args: [], env, cwd: "/", as: null })}\n`);
      const count = async () => Number(await textOf(join(dir, "restic.count")));
      await until("it has begun", async () => (await count()) > 0);
      let last = -1;
      await until("it waits", async () => {
        const before = last;
        last = await count();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return last === before;
      });
      expect(last).toBeLessThan(200);
      let bytes = 0;
      for await (const text of socket.setEncoding("utf8")) bytes += String(text).length;
      expect(bytes).toBeGreaterThan(10_000_000);
    });
  });

  test("when the daemon is gone the program is interrupted, and clears up", async () => {
    const script = `trap 'echo cleared >"$0.done"; exit 130' INT; echo $PPID >"$0.runner"; while :; do echo more; sleep 0.05; done`;
    await withRestic(script, async (env, dir) => {
      const socket = connect({ path: unit.path });
      socket.write(`${JSON.stringify({ program: "restic", args: [], env, cwd: "/", as: null })}\n`);
      await once(socket, "data");
      socket.destroy();
      await until("it has cleared up", async () => (await textOf(join(dir, "restic.done"))) === "cleared\n");
      const runner = Number(await textOf(join(dir, "restic.runner")));
      await until("nothing of it is left", () => !isAlive(runner));
    });
  });

  test("when it is told to stop the program clears up, and the daemon hears how it ended", async () => {
    const script = `trap 'echo cleared >&2; exit 130' INT; echo $PPID; while :; do sleep 0.05; done`;
    await withRestic(script, async (env) => {
      const onLine = (line: string) => process.kill(Number(line), "SIGTERM");
      expect(await run("restic", [], { env, onLine })).toEqual({ code: 130, stderr: "cleared" });
    });
  });

  test("restic's question whether whoever locked a repository lives ends nothing, should that be its number by now", async () => {
    await withRestic(`kill -HUP $PPID; sleep 0.5; echo goes on`, async (env) => {
      const lines: string[] = [];
      const options = { env, onLine: (line: string) => lines.push(line) };
      expect(await run("restic", [], options)).toEqual({ code: 0, stderr: "" });
      expect(lines).toEqual(["goes on"]);
    });
  });

  test("when it is killed in the middle the daemon hears that too, and the next program runs", async () => {
    await withRestic("echo $PPID; exec sleep 60", async (env) => {
      const onLine = (line: string) => process.kill(Number(line), "SIGKILL");
      await expect(run("restic", [], { env, onLine })).rejects.toMatchObject({
        problem: "failed",
        message: expect.stringContaining("the unit hotline-backup ended in the middle") as string,
      });
    });
    expect(await run("restic", ["version"])).toMatchObject({ code: 0 });
  });

  test("what it was asked stands in no log and on no command line of its own", async () => {
    const secret = "very-secret-password";
    await withRestic(`tr '\\0' ' ' <"/proc/$PPID/cmdline"; echo; kill -KILL $$`, async (env) => {
      const lines: string[] = [];
      const options = { env: { ...env, RESTIC_PASSWORD: secret }, onLine: (line: string) => lines.push(line) };
      await expect(run("restic", ["--repo", "/media/somebody"], options)).rejects.toMatchObject({ problem: "failed" });
      expect(lines.join("\n")).toContain("backup-program.js");
      expect(lines.join("\n")).not.toContain("somebody");
    });
    await until("its log has it", () => unit.said().includes("<5>restic was ended by SIGKILL\n"));
    expect(unit.said()).not.toMatch(/very-secret|somebody|PASSWORD/);
  });
});

test("a unit that is not there, or takes nothing, is said to be what is missing", async () => {
  await withTemporaryDir(async (dir) => {
    const message = expect.stringMatching(
      /^hotline-backup\.socket does not answer: connect (ENOENT|ECONNREFUSED)/,
    ) as string;
    const place = join(dir, "programs.sock");
    await expect(backgroundOf(place)("restic", [])).rejects.toMatchObject({ problem: "failed", message });
    // As systemd does it when too many are connected.
    const server = createServer((socket) => socket.destroy()).listen(place);
    await once(server, "listening");
    await expect(backgroundOf(place)("restic", [])).rejects.toMatchObject({
      problem: "failed",
      message: expect.stringContaining("the unit hotline-backup ended in the middle") as string,
    });
    server.close();
    await once(server, "close");
    await writeFile(place, "");
    await expect(backgroundOf(place)("restic", [])).rejects.toMatchObject({ problem: "failed", message });
  });
});
