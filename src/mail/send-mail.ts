/** One mail by the site's mail server. */
import { createTransport, type SendMailOptions } from "nodemailer";
import type { SmtpServer } from "../database/mail-settings.ts";

/**
 * `server-away`: nobody there, or it broke off; `certificate`: not trusted, or for another name; `encryption`: it does not speak TLS from the
 * first byte; `sign-in-refused`; `refused`: it will not take this mail.
 */
export type MailProblem = "server-away" | "certificate" | "encryption" | "sign-in-refused" | "refused";

/** Of OpenSSL's verification (X509_STORE_CTX_get_error), and of Node for a name that is not the certificate's. */
const MISTRUSTED =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CERT_[A-Z_]+|UNABLE_TO_[A-Z_]+|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)$/;
const NO_TLS = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"]);

export interface MailEnd {
  /** Null: the server has taken it, perhaps not for everybody. */
  problem: MailProblem | null;
  /** For whom it did not take what it took for others, in small letters. */
  refusedFor: readonly string[];
}

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 20_000;

/** Never fails: what went wrong is told in a word, and whole to `onError`. */
export async function sendMail(
  { smtp, password }: { smtp: SmtpServer; password: string | null },
  mail: SendMailOptions,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<MailEnd> {
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
    const { rejected, rejectedErrors = [] } = await transport.sendMail(mail);
    for (const error of rejectedErrors) onError(error);
    return { problem: null, refusedFor: rejected.map((address) => address.toLowerCase()) };
  } catch (error) {
    onError(error);
    return { problem: problemOf(error), refusedFor: [] };
  } finally {
    signal.removeEventListener("abort", stop);
    transport.close();
  }
}

interface MailError {
  code?: string;
  /** Of the system or of TLS, where nodemailer has put its own in the place of it. */
  originalCode?: string;
  responseCode?: number;
}

/** By nodemailer's codes and the server's reply (RFC 5321, section 4.2.1: 5yz is a permanent refusal). */
function problemOf(error: unknown): MailProblem {
  const { code, originalCode = "", responseCode } = error as MailError;
  if (code === "EAUTH") return "sign-in-refused";
  if (MISTRUSTED.test(originalCode)) return "certificate";
  if (NO_TLS.has(originalCode)) return "encryption";
  return responseCode !== undefined && responseCode >= 500 ? "refused" : "server-away";
}
