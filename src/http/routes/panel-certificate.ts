import { Hono } from "hono";
import { z } from "zod";
import type { AcmeView } from "../../calls/acme.ts";
import { writeAudit } from "../../database/audit.ts";
import { readPublicName } from "../../flows/box/public-name.ts";
import { ApiError, fieldError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";

/** The longest chains with the longest keys are a tenth of it. */
const pem = z.string().trim().min(1).max(100_000);
const iso = (ms: number) => new Date(ms).toISOString();

const LETS_ENCRYPT = "acme-v02.api.letsencrypt.org";
const LETS_ENCRYPT_TERMS = "https://letsencrypt.org/repository/";

const Wanted = z.object({
  domain: z.string().transform((text, context) => {
    const read = readPublicName(text);
    if ("name" in read) return read.name;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  }),
  email: z.email({ error: "not-an-address" }).max(254).nullable(),
  hasAgreed: z.boolean().refine((hasAgreed) => hasAgreed, { error: "has-to-agree" }),
});

/** Whom the owner agrees with. */
function authorityOf(directory: string): { name: string; terms: string | null } {
  const { host } = new URL(directory);
  return host === LETS_ENCRYPT ? { name: "Let’s Encrypt", terms: LETS_ENCRYPT_TERMS } : { name: host, terms: null };
}

function acmeView({ domain, email, isTrying, validUntilMs, failure, nextTryMs }: AcmeView) {
  return {
    ...{ domain, email, isTrying, nextTry: iso(nextTryMs) },
    validUntil: validUntilMs === null ? null : iso(validUntilMs),
    failure: failure && { reason: failure.reason, said: failure.said, at: iso(failure.atMs) },
  };
}

function view({ https }: Pick<RouteDeps, "https">) {
  const found = https?.certificate.view ?? null;
  if (https === null || found === null) return { certificate: null };
  const { directory, view: acme } = https.acme;
  const { authority, names, announced, validUntilMs, own } = found;
  return {
    certificate: {
      authority: { fingerprint: authority.fingerprint, validUntil: iso(authority.validUntilMs) },
      ...{ names, announced, validUntil: iso(validUntilMs) },
      own: own && { names: own.names, issuer: own.issuer, validUntil: iso(own.validUntilMs), isForBox: own.isForBox },
      acme: { authority: authorityOf(directory), wanted: acme && acmeView(acme) },
    },
  };
}

/** By which certificate browsers know the panel, and one of the owner's in its place. */
export const panelCertificateRoutes = (deps: RouteDeps) => {
  const served = () => {
    if (deps.https === null) throw new ApiError(409, "no-https");
    return deps.https;
  };
  return new Hono<ApiEnv>()
    .get("/", (c) => c.json(view(deps)))
    .put("/own", validate("json", z.object({ certificate: pem, key: pem })), async (c) => {
      const { certificate, acme } = served();
      try {
        await acme.giveWay(async () => await certificate.useOwn(c.req.valid("json")));
      } catch (error) {
        const refusal = certificate.refusalOf(error);
        if (refusal === null) throw error;
        throw fieldError(422, "invalid-input", refusal.field, refusal.problem);
      }
      const { userId } = c.get("user");
      await writeAudit(deps.db, { userId, action: "panel-certificate-changed", data: { isOwn: true } });
      return c.json(view(deps));
    })
    .delete("/own", async (c) => {
      const { certificate, acme } = served();
      await acme.giveWay(async () => await certificate.dropOwn());
      const { userId } = c.get("user");
      await writeAudit(deps.db, { userId, action: "panel-certificate-changed", data: { isOwn: false } });
      return c.json(view(deps));
    })
    .put("/acme", validate("json", Wanted), async (c) => {
      const { domain, email } = c.req.valid("json");
      await served().acme.turnOn({ domain, email });
      const { userId } = c.get("user");
      await writeAudit(deps.db, { userId, action: "panel-certificate-wanted", data: { domain } });
      return c.json(view(deps));
    })
    .delete("/acme", async (c) => {
      await served().acme.turnOff();
      const { userId } = c.get("user");
      await writeAudit(deps.db, { userId, action: "panel-certificate-wanted", data: { domain: null } });
      return c.json(view(deps));
    });
};
