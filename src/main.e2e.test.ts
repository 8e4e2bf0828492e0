import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("every mistake in the environment is told at once, with what is expected, and the exit code is 2", async () => {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(new URL("main.ts", import.meta.url))], {
    env: {
      PATH,
      HOTLINE_HTTP_PORT: "eighty",
      EVENT_SOCKET_PORT: "99999",
      DATABASE_URL: "mysql://somewhere",
      HOTLINE_DATA_DIR: "relative/path",
      HOTLINE_TYPO: "1",
    },
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit") as Promise<[number]>]);
  expect(code).toBe(2);
  for (const name of ["HOTLINE_HTTP_PORT", "EVENT_SOCKET_PORT", "DATABASE_URL", "HOTLINE_DATA_DIR", "HOTLINE_TYPO"]) {
    expect(said).toMatch(new RegExp(`^${name}: .+`, "m"));
  }
  expect(said).toContain("port from 1 to 65535");
  expect(said).not.toContain("mysql://somewhere");
});
