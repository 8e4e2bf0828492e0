import { Hono } from "hono";
import { z } from "zod";
import { LANGUAGES, type Language } from "../../calls/language.ts";
import type { VoiceServer } from "../../calls/voice-server.ts";
import { writeAudit } from "../../database/audit.ts";
import { readSiteSettings, UNCONFIGURED, writeVoiceServer } from "../../database/site-settings.ts";
import { PromptError } from "../../prompts/prompt-error.ts";
import { hasVoice } from "../../prompts/voice.ts";
import { voiceSecret } from "../../prompts/voices.ts";
import { ApiError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { language, validate } from "../validate.ts";
import { webAddress } from "../web-address.ts";
import { PROMPT_STATUS } from "./prompts.ts";

const Named = z.object({ language });

const printable = z
  .string()
  .max(500)
  .refine((text) => /^[\x21-\x7e]*$/.test(text), { error: "not-one-line" });

const Server = z.object({
  url: webAddress,
  voice: z
    .string()
    .trim()
    .max(100)
    .transform((text) => (text === "" ? null : text))
    .nullable(),
  /** Left out or empty: the one that is kept stays, as long as the server is the same. */
  token: printable.optional(),
});
const Trial = Server.extend({ text: z.string().trim().min(1).max(300) });

type ServerInput = Omit<z.output<typeof Trial>, "text">;

/** Who speaks to callers, language by language. Tokens are never given back. */
export const voiceRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps)))
    .put("/:language", validate("param", Named), validate("json", Server), async (c) => {
      const { language: spoken } = c.req.valid("param");
      const { url, voice, token = "" } = c.req.valid("json");
      const { userId } = c.get("user");
      await deps.db.transaction().execute(async (tx) => {
        const before = (await readSiteSettings(tx))?.voices[spoken] ?? null;
        const kept = keptSince(before, url);
        const tokenSetAt = token === "" ? kept : new Date().toISOString();
        if (token !== "") await deps.secrets.write(voiceSecret(spoken), token);
        else if (kept === null) await deps.secrets.remove(voiceSecret(spoken));
        await writeVoiceServer(tx, spoken, { url, voice, tokenSetAt });
        await writeAudit(tx, { userId, action: "voice-changed", subject: `voice:${spoken}` });
      });
      await refreshConfiguration(deps);
      return c.json(await view(deps));
    })
    .delete("/:language", validate("param", Named), async (c) => {
      const { language: spoken } = c.req.valid("param");
      const { userId } = c.get("user");
      await deps.db.transaction().execute(async (tx) => {
        await writeVoiceServer(tx, spoken, null);
        await deps.secrets.remove(voiceSecret(spoken));
        await writeAudit(tx, { userId, action: "voice-removed", subject: `voice:${spoken}` });
      });
      await refreshConfiguration(deps);
      return c.json(await view(deps));
    })
    .post("/:language/try", validate("param", Named), validate("json", Trial), async (c) => {
      const { language: spoken } = c.req.valid("param");
      const { text, ...server } = c.req.valid("json");
      const token = await tokenFor(deps, spoken, server);
      try {
        const { wav } = await deps.httpVoice.speak(server, token, { language: spoken, text }, c.req.raw.signal);
        return c.body(new Uint8Array(wav), 200, { "content-type": "audio/wav", "cache-control": "no-store" });
      } catch (error) {
        if (error instanceof PromptError) throw new ApiError(PROMPT_STATUS[error.reason], error.reason);
        throw error;
      }
    });

async function view(deps: RouteDeps) {
  const { voices } = (await readSiteSettings(deps.db)) ?? UNCONFIGURED;
  return LANGUAGES.map((spoken) => {
    const server = voices[spoken];
    return {
      language: spoken,
      hasOwnVoice: hasVoice(spoken),
      server: server && { url: server.url, voice: server.voice, hasToken: server.tokenSetAt !== null },
    };
  });
}

/** A token goes with its server: another one is not to be told it. */
function keptSince(before: VoiceServer | null, url: string): string | null {
  return before !== null && new URL(before.url).origin === new URL(url).origin ? before.tokenSetAt : null;
}

async function tokenFor(deps: RouteDeps, spoken: Language, { url, token = "" }: ServerInput): Promise<string | null> {
  if (token !== "") return token;
  const before = (await readSiteSettings(deps.db))?.voices[spoken] ?? null;
  return keptSince(before, url) === null ? null : await deps.secrets.read(voiceSecret(spoken));
}
