/**
 * Mails messages. Which ones are due stands in the ledger, written in the same statement that made them ready; a row is locked as long as it is
 * being sent, so two never send the same, and after a `kill -9` it is free at once. SMTP knows no transactions: should the daemon die
 * between the server's acceptance and our commit, the mail goes out again with the same Message-ID.
 */
import { join } from "node:path";
import { sql } from "kysely";
import type { SendMailOptions } from "nodemailer";
import type { Logger } from "pino";
import type { CallId } from "../calls/ids.ts";
import { isDue } from "../database/due.ts";
import { readMailSettings, type SmtpServer } from "../database/mail-settings.ts";
import type { Db, Tx } from "../database/schema.ts";
import { readSiteSettings } from "../database/site-settings.ts";
import { type MailProblem, sendMail } from "../mail/send-mail.ts";
import { messageText } from "./message-text.ts";

export interface MessageMailOptions {
  db: Db;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** Where the encoded files are. */
  recordingsDirectory: string;
  password: () => Promise<string | null>;
  onChange: (callId: CallId, recordingId: string) => void;
  timing?: Partial<MailTiming>;
}

interface MailTiming {
  retryDelayMs: (attempt: number) => number;
  /** With the usual delays: about three days. */
  maxAttempts: number;
  awayRetryMs: number;
  idleMs: number;
}

const USUAL_TIMING: MailTiming = {
  retryDelayMs: (attempt) => Math.min(15_000 * 2 ** (attempt - 1), 3_600_000),
  maxAttempts: 80,
  awayRetryMs: 5_000,
  idleMs: 60_000,
};
/** The lock on the row must not look like a forgotten transaction while the server is slow. */
const KEEP_ALIVE_MS = 5_000;

export class MessageMail {
  readonly #options: MessageMailOptions;
  readonly #timing: MailTiming;
  readonly #signals = new EventTarget();
  #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #isWoken = false;
  #isTroubleKnown = false;

  constructor(options: MessageMailOptions) {
    this.#options = options;
    this.#timing = { ...USUAL_TIMING, ...options.timing };
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    this.#running = null;
  }

  /** A message is ready, or the settings have changed. */
  wake(): void {
    this.#isWoken = true;
    this.#signals.dispatchEvent(new Event("wake"));
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false;
      let waitMs: number;
      try {
        waitMs = (await this.#sendNext(signal)) ? 0 : await this.#idleForMs();
        this.#isTroubleKnown = false;
      } catch (error) {
        if (!this.#isTroubleKnown) this.#options.log.error({ err: error }, "messages wait to be mailed");
        this.#isTroubleKnown = true;
        waitMs = this.#timing.awayRetryMs;
      }
      if (waitMs > 0 && !this.#isWoken) await this.#sleep(waitMs, signal);
    }
  }

  /** False when nothing is due, or mails are not wanted. @throws what the database throws */
  async #sendNext(signal: AbortSignal): Promise<boolean> {
    const { db, log, onChange } = this.#options;
    const sent = await db.transaction().execute(async (tx) => {
      const [{ voicemailEmail, smtp }, site] = [await readMailSettings(tx), await readSiteSettings(tx)];
      if (voicemailEmail === null || smtp === null || site === null) return null;
      const due = await claim(tx);
      if (due === null) return null;
      const mail = {
        from: smtp.user?.includes("@") ? smtp.user : voicemailEmail,
        to: voicemailEmail,
        messageId: `<message-${due.id}@${voicemailEmail.slice(voicemailEmail.lastIndexOf("@") + 1)}>`,
        ...messageText(due, site.language, site.timeZone),
        attachments: [
          {
            filename: `message-${due.startedAt.toISOString().slice(0, 16).replaceAll(":", "")}.ogg`,
            path: join(this.#options.recordingsDirectory, due.path),
            contentType: "audio/ogg",
          },
        ],
      };
      const problem = await keepingAlive(tx, () => this.#send(smtp, mail, signal));
      // Stopped in the middle: the lock goes, and the next start sends it.
      if (problem !== null && signal.aborted) return null;
      const attempts = due.attempts + 1;
      const isOver = problem === "refused" || attempts >= this.#timing.maxAttempts;
      await tx
        .updateTable("recordings")
        .set({
          mail_state: problem === null ? "sent" : isOver ? "failed" : "waiting",
          mail_problem: problem,
          mail_attempts: attempts,
          mail_next_try_at: sql<Date>`clock_timestamp() + ${this.#timing.retryDelayMs(attempts)} * interval '1 millisecond'`,
        })
        .where("id", "=", due.id)
        .execute();
      return { id: due.id, callId: due.callId, problem };
    });
    if (sent === null) return false;
    const { id: recordingId, callId, problem } = sent;
    if (problem === null) log.info({ recordingId }, "message mailed");
    else log.warn({ recordingId, problem }, "message not mailed");
    onChange(callId, recordingId);
    return true;
  }

  /** Null when the server has taken it. */
  async #send(smtp: SmtpServer, mail: SendMailOptions, signal: AbortSignal): Promise<MailProblem | null> {
    const password = smtp.user === null ? null : await this.#options.password();
    const { problem } = await sendMail({ smtp, password }, mail, signal, (error) =>
      this.#options.log.warn({ err: error }, "the mail server did not take a message"),
    );
    return problem;
  }

  async #idleForMs(): Promise<number> {
    const row = await this.#options.db
      .selectFrom("recordings")
      .select(sql<number | null>`(extract(epoch from min(mail_next_try_at) - now()) * 1000)::float8`.as("ms"))
      .where("mail_state", "=", "waiting")
      .executeTakeFirst();
    // One that is due and was not taken is in somebody's hands, or mails are not wanted at the moment.
    const ms = row?.ms ?? 0;
    const dueInMs = ms <= 0 ? this.#timing.idleMs : Math.ceil(ms);
    return Math.min(dueInMs, this.#timing.idleMs);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#signals.removeEventListener("wake", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#signals.addEventListener("wake", wake);
    });
  }
}

async function claim(tx: Tx) {
  const row = await tx
    .selectFrom("recordings as r")
    .innerJoin("calls as c", "c.id", "r.call_id")
    .select([
      "r.id",
      "r.call_id as callId",
      "r.path",
      "r.started_at as startedAt",
      "r.duration_ms as durationMs",
      "r.mail_attempts as attempts",
      "c.caller_number as callerNumber",
      "c.caller_name as callerName",
      "c.is_caller_hidden as isCallerHidden",
      "c.dialled",
    ])
    .where("r.mail_state", "=", "waiting")
    .where(isDue("r.mail_next_try_at"))
    .where("r.state", "=", "ready")
    .orderBy("r.mail_next_try_at")
    .limit(1)
    .forUpdate("r")
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined || row.path === null) return null;
  return { ...row, path: row.path, durationMs: row.durationMs ?? 0 };
}

/** Says something to the database from time to time while `work` goes on. */
async function keepingAlive<Result>(tx: Tx, work: () => Promise<Result>): Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(() => sql`select 1`.execute(tx));
    // Whether the lock is still ours is seen at the next statement.
    last.catch(() => undefined);
  }, KEEP_ALIVE_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await last.catch(() => undefined);
  }
}
