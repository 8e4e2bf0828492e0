import { Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import { ApiError, fieldError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";

/** The longest chains with the longest keys are a tenth of it. */
const pem = z.string().trim().min(1).max(100_000);
const iso = (ms: number) => new Date(ms).toISOString();

function view({ https }: Pick<RouteDeps, "https">) {
  const found = https?.certificate.view ?? null;
  if (found === null) return { certificate: null };
  const { authority, names, announced, validUntilMs, own } = found;
  return {
    certificate: {
      authority: { fingerprint: authority.fingerprint, validUntil: iso(authority.validUntilMs) },
      ...{ names, announced, validUntil: iso(validUntilMs) },
      own: own && { names: own.names, issuer: own.issuer, validUntil: iso(own.validUntilMs), isForBox: own.isForBox },
    },
  };
}

/** By which certificate browsers know the panel, and one of the owner's in its place. */
export const panelCertificateRoutes = (deps: RouteDeps) => {
  const served = () => {
    if (deps.https === null) throw new ApiError(409, "no-https");
    return deps.https.certificate;
  };
  return new Hono<ApiEnv>()
    .get("/", (c) => c.json(view(deps)))
    .put("/own", validate("json", z.object({ certificate: pem, key: pem })), async (c) => {
      const certificate = served();
      try {
        await certificate.useOwn(c.req.valid("json"));
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
      await served().dropOwn();
      const { userId } = c.get("user");
      await writeAudit(deps.db, { userId, action: "panel-certificate-changed", data: { isOwn: false } });
      return c.json(view(deps));
    });
};
