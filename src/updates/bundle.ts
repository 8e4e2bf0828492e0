/** What an update's bundle says of itself, once RAUC has found its signature good. */
import { z } from "zod";
import type { UpdateReason } from "../calls/update.ts";
import { runProgram } from "../health/run-program.ts";

const KEYRING = "/etc/rauc/keyring.pem";
const CHECK_MS = 300_000;
const COMPATIBLE = "hotline-box-amd64";
const Info = z.object({ compatible: z.string(), version: z.string().regex(/^[0-9A-Za-z.+-]{1,60}$/) });

export type BundleProblem = Extract<UpdateReason, "signature" | "other-product" | "not-readable" | "failed">;

/** @param keyring certificates of those whose updates are taken */
export async function readBundle(
  path: string,
  keyring = KEYRING,
): Promise<{ version: string } | { problem: BundleProblem; said: string }> {
  const { code, isMissing, stdout, stderr } = await runProgram(
    "rauc",
    ["info", `--keyring=${keyring}`, "--output-format=json", path],
    CHECK_MS,
  );
  const said = stderr.trim().slice(-500);
  if (code !== 0) return { problem: isMissing ? "failed" : problemOf(reasonOf(stderr)), said };
  const info = parse(stdout);
  if (info === null) return { problem: "not-readable", said: stdout.slice(0, 200) };
  if (info.compatible !== COMPATIBLE) return { problem: "other-product", said: info.compatible };
  return { version: info.version };
}

function parse(text: string): z.infer<typeof Info> | null {
  try {
    return Info.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const problemOf = (reason: UpdateReason): BundleProblem =>
  reason === "signature" || reason === "other-product" || reason === "not-readable" ? reason : "not-readable";

/** @param words what RAUC wrote */
export function reasonOf(words: string): UpdateReason {
  // Steps that it tells of, the check of the signature among them, say nothing of why it failed.
  const said = words.replaceAll(/^\s*[0-9]+%.*$/gm, "");
  if (/no space left/i.test(said)) return "no-room";
  if (/compatible.*(mismatch|does not match)/i.test(said)) return "other-product";
  if (
    /invalid (bundle )?identifier|not a squashfs|signature size|failed to (open|read|load) bundle|no such file/i.test(
      said,
    )
  )
    return "not-readable";
  if (/signature|verif|certificate/i.test(said)) return "signature";
  return "failed";
}
