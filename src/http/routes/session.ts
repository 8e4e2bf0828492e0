import { type Context, Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import type { SiteConfiguration } from "../../database/configuration-snapshot.ts";
import { countTry, takeTryBack } from "../../database/login-failures.ts";
import { findPasswordHash, findUserByLogin, updateUserLanguage } from "../../database/users.ts";
import { hashPassword, isPassword } from "../../workforce/credentials.ts";
import { ApiError, fieldError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { bannedError, clientAddress } from "../request-guard.ts";
import { giveToken, readToken, type SignedInUser, signedIn, takeToken } from "../sessions.ts";
import { language, password, validate } from "../validate.ts";

function sessionView(user: SignedInUser, { site }: SiteConfiguration) {
  const { userId, name, login, role, language, operatorId, mustChangePassword } = user;
  const { firmName, timeZone, country } = site;
  return {
    userId,
    name,
    login,
    role,
    language,
    operatorId: operatorId as number | null,
    mustChangePassword,
    site: { firmName, timeZone, country: country as string, language: site.language },
  };
}

const Credentials = z.object({ login: z.string().trim().min(1).max(200), password: z.string().min(1).max(1000) });

const PasswordChange = z.object({ current: z.string().min(1).max(1000), password });

/** Guessing one person's password, one address guessing at many, and many addresses guessing at one, in that order. */
function limitsOf(login: string, address: string) {
  return [
    { key: `login-at:${address}:${login}`, limit: 5 },
    { key: `address:${address}`, limit: 30 },
    { key: `login:${login}`, limit: 100 },
  ];
}

function tooMany(c: Context, retryAfterSeconds: number): ApiError {
  c.header("retry-after", String(retryAfterSeconds));
  return new ApiError(429, "too-many-attempts", { params: { retryAfterSeconds } });
}

export const sessionRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .post("/", validate("json", Credentials), async (c) => {
      const { login, password } = c.req.valid("json");
      const address = clientAddress(c.env);
      const { keeper } = deps.bans;
      const ban = keeper.banOf(address);
      if (ban !== null) throw bannedError(ban);
      const limits = limitsOf(login.toLowerCase().slice(0, 64), address);
      // Counted before the slow check, and taken back after success.
      const retryAfterSeconds = await countTry(deps.db, limits, new Date());
      if (retryAfterSeconds > 0) {
        keeper.signInRefused(address, login);
        throw tooMany(c, retryAfterSeconds);
      }
      const user = await findUserByLogin(deps.db, login);
      const isRight = await isPassword(user?.passwordHash ?? null, password);
      if (!user || !isRight || user.isDisabled) {
        keeper.signInRefused(address, login);
        throw new ApiError(401, "wrong-login-or-password");
      }
      keeper.signedIn(address, login);
      await takeTryBack(deps.db, limits);
      const token = await deps.sessions.open(deps.db, user.userId);
      await writeAudit(deps.db, { userId: user.userId, action: "signed-in", data: { from: address } });
      giveToken(c, token);
      return c.json(sessionView(user, deps.configuration.current));
    })
    .get("/", signedIn(deps.sessions), (c) => c.json(sessionView(c.get("user"), deps.configuration.current)))
    .patch("/", signedIn(deps.sessions), validate("json", z.object({ language })), async (c) => {
      const user = c.get("user");
      const { language } = c.req.valid("json");
      await updateUserLanguage(deps.db, user.userId, language);
      deps.sessions.distrustAll();
      // Operators are spoken to in it.
      await deps.configuration.refresh();
      return c.json(sessionView({ ...user, language }, deps.configuration.current));
    })
    .put("/password", signedIn(deps.sessions), validate("json", PasswordChange), async (c) => {
      const user = c.get("user");
      const { current, password } = c.req.valid("json");
      const limits = limitsOf(user.login, clientAddress(c.env));
      const retryAfterSeconds = await countTry(deps.db, limits, new Date());
      if (retryAfterSeconds > 0) throw tooMany(c, retryAfterSeconds);
      if (!(await isPassword(await findPasswordHash(deps.db, user.userId), current)))
        throw fieldError(422, "invalid-input", "current", "wrong-password");
      await takeTryBack(deps.db, limits);
      if (password === current) throw fieldError(422, "invalid-input", "password", "same-password");
      const passwordHash = await hashPassword(password);
      await deps.db.transaction().execute(async (tx) => {
        await deps.sessions.changePassword(tx, user.userId, passwordHash, readToken(c));
        await writeAudit(tx, { userId: user.userId, action: "password-changed" });
      });
      deps.sessions.distrustAll();
      return c.json(sessionView({ ...user, mustChangePassword: false }, deps.configuration.current));
    })
    .delete("/", async (c) => {
      const token = readToken(c);
      if (token !== null) await deps.sessions.close(token);
      takeToken(c);
      return c.json({});
    });
