/**
 * Sends alerts: by mail, and by HTTP to a server of the owner's. What is to be sent stands in the database, so nothing is lost by a restart;
 * whoever dies between the sending and the note of it sends it again, under the same id.
 */
import type { AlertSettings } from "../calls/alert.ts";
import type { Language } from "../calls/language.ts";
import { claimNotice, type DueNotice, settleNotice } from "../database/alerts.ts";
import { isPassing } from "../database/failure.ts";
import { readMailSettings } from "../database/mail-settings.ts";
import type { Db } from "../database/schema.ts";
import { sendMail } from "../mail/send-mail.ts";
import { alertText } from "./alert-text.ts";

/** Sends JSON to a server; null status: it was not reached, and why. Never fails. */
type PostJson = (
  url: string,
  body: object,
  options: { deadlineMs: number; signal: AbortSignal },
) => Promise<{ status: number | null; problem: string }>;

interface AlertNoticesParts {
  db: Db;
  log: {
    info(data: Record<string, unknown>, message: string): void;
    warn(data: Record<string, unknown>, message: string): void;
  };
  site: () => { firmName: string; language: Language; timeZone: string; alerts: AlertSettings };
  password: () => Promise<string | null>;
  post: PostJson;
  onChanged: () => void;
  retryMs?: (attempt: number) => number;
}

const LOOK_MS = 5_000;
/** Longer than any sending takes. */
const CLAIM_MS = 120_000;
const POST_MS = 10_000;
/** With the usual delays: about a day. What is amiss still is told whenever there is a way again. */
const MOST_ATTEMPTS = 30;
const usualRetryMs = (attempt: number) => Math.min(5_000 * 2 ** (attempt - 1), 3_600_000);

export class AlertNotices {
  readonly #parts: AlertNoticesParts;
  #stopping = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #isAway = false;
  /** By the id of a notice that the mail server took for some alone: who has it not yet. */
  readonly #refusedFor = new Map<number, readonly string[]>();

  constructor(parts: AlertNoticesParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#timer = setInterval(() => this.wake(), LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#sending;
  }

  /** Something may be there to send. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#sending ??= this.#sendAndReport().finally(() => {
      this.#sending = null;
    });
  }

  async #sendAndReport(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted && (await this.#sendNext())) this.#isAway = false;
    } catch (error) {
      // That the database is away others say.
      if (!this.#isAway && !isPassing(error)) this.#parts.log.warn({ err: error }, "alerts wait to be sent");
      this.#isAway = true;
    }
  }

  /** @returns false when nothing is due. @throws what the database throws */
  async #sendNext(): Promise<boolean> {
    const { db, log, onChanged, retryMs = usualRetryMs } = this.#parts;
    const due = await claimNotice(db, CLAIM_MS);
    if (due === null) return false;
    const problem = due.way === "mail" ? await this.#mail(due) : await this.#post(due);
    // Stopped in the middle: the next start sends it, and this try was none.
    if (problem !== null && this.#stopping.signal.aborted) return false;
    const isOver = problem === "not-wanted" || (due.attempts >= MOST_ATTEMPTS && due.alert.closedAt !== null);
    const state = problem === null ? "sent" : isOver ? "failed" : "waiting";
    if (state !== "waiting") this.#refusedFor.delete(due.noticeId);
    await settleNotice(db, due.noticeId, { state, problem, retryMs: problem === null ? 0 : retryMs(due.attempts) });
    const what = { alertId: due.alert.alertId, way: due.way, about: due.about };
    if (problem === null) log.info(what, "alert sent");
    else log.warn({ ...what, problem }, "alert not sent");
    onChanged();
    return true;
  }

  async #mail({ noticeId, about, alert }: DueNotice): Promise<string | null> {
    const { db, log, site, password } = this.#parts;
    const { alerts, ...words } = site();
    const { smtp } = await readMailSettings(db);
    const [first] = alerts.emails;
    if (first === undefined) return "not-wanted";
    if (smtp === null) return "no-mail-server";
    const refusedFor = this.#refusedFor.get(noticeId);
    // Whom it reached is not told again for the sake of the others.
    const to = alerts.emails.filter((address) => refusedFor?.includes(address.toLowerCase()) ?? true);
    if (to.length === 0) return null;
    const from = smtp.user?.includes("@") ? smtp.user : first;
    const mail = {
      ...{ from, to: alerts.emails, envelope: { from, to } },
      messageId: `<alert-${alert.alertId}-${about}@${first.slice(first.lastIndexOf("@") + 1)}>`,
      ...alertText({ ...alert, about }, words),
    };
    const secret = smtp.user === null ? null : await password();
    const sent = await sendMail({ smtp, password: secret }, mail, this.#stopping.signal, (error) =>
      log.warn({ err: error }, "the mail server did not take an alert"),
    );
    if (sent.problem !== null) return refusedFor === undefined ? sent.problem : "not-for-all";
    this.#refusedFor.set(noticeId, sent.refusedFor);
    return sent.refusedFor.length === 0 ? null : "not-for-all";
  }

  async #post({ about, alert }: DueNotice): Promise<string | null> {
    const { site, post } = this.#parts;
    const { alerts, firmName } = site();
    if (alerts.webhookUrl === null) return "not-wanted";
    const { alertId, kind, subject, params, openedAt, closedAt } = alert;
    const body = {
      event: about === "opened" ? "alert-opened" : "alert-closed",
      ...{ alertId, kind, subject, params, firm: firmName },
      openedAt: openedAt.toISOString(),
      closedAt: closedAt?.toISOString() ?? null,
    };
    const { status, problem } = await post(alerts.webhookUrl, body, {
      deadlineMs: POST_MS,
      signal: this.#stopping.signal,
    });
    if (status === null) return problem;
    return status >= 200 && status < 300 ? null : `status-${status}`;
  }
}
