import { Hono } from "hono";
import { z } from "zod";
import { operatorId as toOperatorId } from "../../calls/ids.ts";
import { isLanguage, type Language } from "../../calls/language.ts";
import { writeAudit } from "../../database/audit.ts";
import { readFlowsThatSay } from "../../database/flows-that-say.ts";
import { PromptError, type PromptFailure } from "../../prompts/prompt-error.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { refuseInUse } from "../in-use.ts";
import { limitBody } from "../request-guard.ts";
import { fileResponse } from "../send-file.ts";
import { adminOnly } from "../sessions.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { language, validate } from "../validate.ts";

const MAX_UPLOAD_BYTES = 20 * 1024 * 1024;

const MAX_WORDS_BYTES = 4_096;
/** The longest text in the longest writing that JSON knows. */
const MAX_TEXT_BYTES = 64 * 1024;

const Place = z.object({ language, name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: "not-a-name" }) });
const Upload = z.object({
  audio: z.instanceof(File, { error: "required" }),
  /** Made by the browser's microphone just now, or a file. */
  source: z.enum(["upload", "recording"]).default("upload"),
});
/** Whose phone; left out: the own one of who asks. */
const Phone = z.object({ operatorId: z.number().int().positive().optional() });
const Recording = z.object({ id: z.uuid({ error: "not-an-id" }) });
const KeptTake = Place.extend({ id: z.string().regex(/^[0-9a-f]{8}$/, { error: "not-an-id" }) });
const Named = z.object({ name: Place.shape.name });
const Title = z.object({ title: z.string().trim().min(1).max(80) });
const Text = z.object({ text: z.string().trim().min(1).max(5000) });

export const PROMPT_STATUS: Record<PromptFailure, 404 | 409 | 413 | 422 | 503> = {
  "no-such-prompt": 404,
  "no-such-take": 404,
  "not-audio": 422,
  "too-large": 413,
  "too-long": 422,
  "no-voice": 409,
  "voice-failed": 503,
  "too-many": 422,
  "voice-address-not-allowed": 422,
  "voice-unreachable": 503,
  "voice-timeout": 503,
  "voice-refused": 503,
  "voice-too-large": 503,
  "voice-not-audio": 503,
};

async function change<Result>(
  deps: RouteDeps,
  entry: { userId: number; action: string; language?: Language; name: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const result = await asked(work);
  const subject = `prompt:${entry.language === undefined ? "" : `${entry.language}/`}${entry.name}`;
  await writeAudit(deps.db, { userId: entry.userId, action: entry.action, subject });
  await refreshConfiguration(deps);
  return result;
}

async function asked<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PromptError) throw new ApiError(PROMPT_STATUS[error.reason], error.reason);
    throw error;
  }
}

export const promptRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const offered: readonly Language[] = deps.configuration.current.site.callerLanguages;
      const [languages, prompts] = await Promise.all([deps.prompts.languages(), deps.prompts.prompts()]);
      return c.json({
        languages: languages.map((one) => ({ ...one, isOffered: offered.includes(one.language) })),
        prompts,
      });
    })
    .post("/", adminOnly, limitBody(MAX_WORDS_BYTES), validate("json", Title), async (c) => {
      const { title } = c.req.valid("json");
      const { userId } = c.get("user");
      const prompt = await change(deps, { userId, action: "prompt-added", name: title }, () => deps.prompts.add(title));
      return c.json(prompt, 201);
    })
    .patch(
      "/:name",
      adminOnly,
      limitBody(MAX_WORDS_BYTES),
      validate("param", Named),
      validate("json", Title),
      async (c) => {
        const { name } = c.req.valid("param");
        const { title } = c.req.valid("json");
        const { userId } = c.get("user");
        const prompt = await change(deps, { userId, action: "prompt-renamed", name }, () =>
          deps.prompts.rename(name, title),
        );
        return c.json(prompt);
      },
    )
    .delete("/:name", adminOnly, validate("param", Named), async (c) => {
      const { name } = c.req.valid("param");
      const { userId } = c.get("user");
      const flows = await readFlowsThatSay(deps.db, name);
      refuseInUse({ flows });
      await change(deps, { userId, action: "prompt-removed", name }, () => deps.prompts.drop(name));
      return c.json({});
    })
    .get("/by-phone/:id", validate("param", Recording), (c) => {
      const recording = deps.phoneRecorder.state(c.req.valid("param").id);
      if (recording === null) throw notFound();
      return c.json(recording);
    })
    .get("/:language/:name/audio", async (c) => {
      const { language, name } = c.req.param();
      const path = isLanguage(language) ? await deps.prompts.file(language, name) : null;
      const range = c.req.header("range");
      const response = path && (await fileResponse(path, { range, contentType: "audio/wav" }));
      if (!response) throw notFound();
      return response;
    })
    .get("/:language/:name/takes", validate("param", Place), async (c) => {
      const { language, name } = c.req.valid("param");
      return c.json(await asked(() => deps.prompts.takes(language, name)));
    })
    .get("/:language/:name/takes/:id/audio", validate("param", KeptTake), async (c) => {
      const { language, name, id } = c.req.valid("param");
      const path = await asked(() => deps.prompts.takeFile(language, name, id));
      const range = c.req.header("range");
      const response = path && (await fileResponse(path, { range, contentType: "audio/wav" }));
      if (!response) throw notFound();
      return response;
    })
    .post("/:language/:name/takes/:id/use", adminOnly, validate("param", KeptTake), async (c) => {
      const { language, name, id } = c.req.valid("param");
      const { userId } = c.get("user");
      const take = await change(deps, { userId, action: "prompt-take-put-back", language, name }, () =>
        deps.prompts.putBack(language, name, id),
      );
      return c.json(take);
    })
    .post(
      "/:language/:name/phone",
      adminOnly,
      limitBody(MAX_WORDS_BYTES),
      validate("param", Place),
      validate("json", Phone),
      async (c) => {
        const { language, name } = c.req.valid("param");
        const { userId, operatorId: own } = c.get("user");
        const wanted = c.req.valid("json").operatorId;
        const operatorId = wanted === undefined ? own : toOperatorId(wanted);
        if (operatorId === null) throw new ApiError(409, "no-phone-of-yours");
        await asked(() => deps.prompts.takes(language, name));
        const begun = deps.phoneRecorder.begin({ operatorId, language, name, userId });
        if (!begun.ok) throw new ApiError(409, begun.reason);
        return c.json({ id: begun.id }, 202);
      },
    )
    .put(
      "/:language/:name",
      adminOnly,
      // The form's own boundaries and headers come on top of the file.
      limitBody(MAX_UPLOAD_BYTES + 64 * 1024),
      validate("param", Place),
      validate("form", Upload),
      async (c) => {
        const { language, name } = c.req.valid("param");
        const { audio, source } = c.req.valid("form");
        if (audio.size > MAX_UPLOAD_BYTES) throw new ApiError(413, "too-large");
        const { userId } = c.get("user");
        const take = await change(deps, { userId, action: "prompt-uploaded", language, name }, async () =>
          deps.prompts.upload(language, name, new Uint8Array(await audio.arrayBuffer()), source),
        );
        return c.json(take);
      },
    )
    .delete("/:language/:name", adminOnly, validate("param", Place), async (c) => {
      const { language, name } = c.req.valid("param");
      const { userId } = c.get("user");
      const take = await change(deps, { userId, action: "prompt-upload-removed", language, name }, () =>
        deps.prompts.removeUpload(language, name),
      );
      return c.json({ take });
    })
    .put(
      "/:language/:name/text",
      adminOnly,
      limitBody(MAX_TEXT_BYTES),
      validate("param", Place),
      validate("json", Text),
      async (c) => {
        const { language, name } = c.req.valid("param");
        const { text } = c.req.valid("json");
        const { userId } = c.get("user");
        const take = await change(deps, { userId, action: "prompt-text-changed", language, name }, () =>
          deps.prompts.speak(language, name, text),
        );
        return c.json(take);
      },
    );
