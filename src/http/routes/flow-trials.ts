import { Hono } from "hono";
import { z } from "zod";
import { LookUpNode } from "../../flows/ivr/document.ts";
import { lookUpRequest, readOutputs } from "../../flows/ivr/look-up-request.ts";
import { ApiError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { fileResponse } from "../send-file.ts";
import { language, validate } from "../validate.ts";

const SPEECH_DEADLINE_MS = 10_000;

const LookUp = LookUpNode.pick({ url: true, method: true, deadlineMs: true, outputs: true }).extend({
  variables: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, { error: "not-a-variable" }), z.string().max(200)),
});
const Speech = z.object({ language, text: z.string().trim().min(1).max(300) });

/** Trying parts of a call flow while it is drawn, with what callers would meet. */
export const flowTrialRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .post("/look-up", validate("json", LookUp), async (c) => {
      const { variables, ...node } = c.req.valid("json");
      const request = lookUpRequest(node, variables);
      if (typeof request === "string") return c.json({ ok: false as const, reason: request, status: null, tookMs: 0 });
      const sinceMs = Date.now();
      const { answer, status } = await deps.lookUps.try(request, c.req.raw.signal);
      const tookMs = Date.now() - sinceMs;
      if (!answer.ok) return c.json({ ok: false as const, reason: answer.reason, status, tookMs });
      const values = readOutputs(node.outputs, answer.json);
      return values === null
        ? c.json({ ok: false as const, reason: "no-such-value" as const, status, tookMs })
        : c.json({ ok: true as const, values, status, tookMs });
    })
    .get("/speech", validate("query", Speech), async (c) => {
      const { language: spoken, text } = c.req.valid("query");
      if (!deps.spokenTexts.hasVoice(spoken)) throw new ApiError(409, "no-voice");
      await deps.spokenTexts.prepare([text], spoken, SPEECH_DEADLINE_MS);
      const path = deps.spokenTexts.file(text, spoken);
      const response = path && (await fileResponse(path, { range: c.req.header("range"), contentType: "audio/wav" }));
      if (!response) throw new ApiError(503, "voice-failed");
      return response;
    });
