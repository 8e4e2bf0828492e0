/** One mail by the site's mail server. */
import { createTransport, type SendMailOptions } from "nodemailer";
import type { SmtpServer } from "../database/mail-settings.ts";

/** `server-away`: nobody there, or it broke off; `sign-in-refused`; `refused`: it will not take this mail. */
export type MailProblem = "server-away" | "sign-in-refused" | "refused";

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 20_000;

/**
 * Never fails: what went wrong is told in a word, and whole to `onError`.
 * @returns null when the server has taken it
 */
export async function sendMail(
  { smtp, password }: { smtp: SmtpServer; password: string | null },
  mail: SendMailOptions,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<MailProblem | null> {
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    ...(smtp.user !== null && password !== null ? { auth: { user: smtp.user, pass: password } } : {}),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableUrlAccess: true,
  });
  const stop = () => transport.close();
  signal.addEventListener("abort", stop);
  try {
    await transport.sendMail(mail);
    return null;
  } catch (error) {
    onError(error);
    return problemOf(error);
  } finally {
    signal.removeEventListener("abort", stop);
    transport.close();
  }
}

/** By nodemailer's codes and the server's reply (RFC 5321, section 4.2.1: 5yz is a permanent refusal). */
function problemOf(error: unknown): MailProblem {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  if (code === "EAUTH") return "sign-in-refused";
  return responseCode !== undefined && responseCode >= 500 ? "refused" : "server-away";
}
