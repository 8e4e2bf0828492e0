import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { extension, operatorId } from "./calls/ids.ts";
import { insertUser } from "./database/users.ts";
import type { PromptRecordingOrder } from "./engine/prompt-recording-call.ts";
import { createPrompts } from "./prompts/prompts.ts";
import { RecordByPhone } from "./record-by-phone.ts";
import { wavHeader } from "./recordings/wav-file.ts";
import { keptLog } from "./testing/quiet-log.ts";
import { withTemporaryDir } from "./testing/temporary.ts";
import { withTestDatabase } from "./testing/test-database.ts";
import { until } from "./testing/until.ts";

const ANNA = {
  operatorId: operatorId(1),
  name: "Anna",
  extension: extension("101"),
  isEnabled: true,
  language: null,
  mayDial: "abroad",
} as const;

function tone(): Buffer {
  const samples = Buffer.alloc(32_000);
  for (let at = 0; at < 16_000; at++) samples.writeInt16LE(Math.round(8_000 * Math.sin(at / 3)), at * 2);
  return Buffer.concat([wavHeader(8_000, 1, samples.length), samples]);
}

it("what was recorded becomes a take, is in the list of changes, and leaves the spool; silence and what is no sound do not", async () => {
  await withTestDatabase(async ({ db }) =>
    withTemporaryDir(async (dataDir) =>
      withTemporaryDir(async (directory) => {
        const prompts = createPrompts({ dataDir, log: { info: () => undefined, warn: () => undefined } });
        await prompts.start();
        const orders: PromptRecordingOrder[] = [];
        const now = { isReady: true, isRegistered: true, state: "free" as "free" | "talking" };
        const recorder = new RecordByPhone({
          engine: {
            get isReady() {
              return now.isReady;
            },
            board: {
              find: (id) => (id === ANNA.operatorId ? ANNA : undefined),
              isRegistered: () => now.isRegistered,
              state: () => ({ state: now.state, callId: null }),
            },
            recordPrompt: (order) => void orders.push(order),
          },
          ...{ prompts, db, log: keptLog(), directory },
        });
        await writeFile(join(directory, "prompt.of-an-earlier-life.1.wav"), "RIFF");
        await writeFile(join(directory, "a-message.wav"), "RIFF");
        await recorder.start();
        expect(await readdir(directory)).toEqual(["a-message.wav"]);

        const owner = { login: "owner", name: "Owner", role: "admin", language: "en", operatorId: null } as const;
        const userId = await db.transaction().execute((tx) => insertUser(tx, { ...owner, passwordHash: "" }));
        const wish = { operatorId: ANNA.operatorId, language: "mn", name: "greeting", userId } as const;
        const begun = recorder.begin(wish);
        const id = begun.ok ? begun.id : "";
        expect(recorder.state(id)).toEqual({ state: "ringing", outcome: null });
        const [order] = orders;
        if (!order) throw new Error("nobody was rung");
        const path = join(directory, `prompt.${order.legId}.1.wav`);
        order.onState({ name: "asking", tries: 1, plays: 1, recordedAtMs: 0 });
        expect(recorder.state(id)).toEqual({ state: "asking", outcome: null });

        await writeFile(path, "nobody spoke");
        expect(await order.keep(path)).toBe(false);
        expect(await order.keep(join(directory, "prompt.gone.wav"))).toBe(false);
        expect(prompts.file("greeting", "mn")).toBeNull();
        await writeFile(path, tone());
        expect(await order.keep(path)).toBe(true);
        expect(prompts.takes("mn", "greeting")).toMatchObject([{ source: "phone", isInUse: true }]);
        const { subject } = await db
          .selectFrom("audit")
          .select("subject")
          .where("action", "=", "prompt-recorded")
          .executeTakeFirstOrThrow();
        expect(subject).toBe("prompt:mn/greeting");
        order.onState({ name: "done", outcome: "kept" });
        expect(recorder.state(id)).toEqual({ state: "done", outcome: "kept" });
        await until("the spool has only what is not ours", async () => (await readdir(directory)).length === 1);

        now.state = "talking";
        expect(recorder.begin(wish)).toEqual({ ok: false, reason: "phone-busy" });
        now.isRegistered = false;
        expect(recorder.begin(wish)).toEqual({ ok: false, reason: "phone-away" });
        expect(recorder.begin({ ...wish, operatorId: operatorId(2) })).toEqual({
          ok: false,
          reason: "no-such-operator",
        });
        now.isReady = false;
        expect(recorder.begin(wish)).toEqual({ ok: false, reason: "switch-away" });
        expect(orders).toHaveLength(1);
        expect(recorder.state("unknown")).toBeNull();
        await prompts.stop();
      }),
    ),
  );
});
