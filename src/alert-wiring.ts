import type { Logger } from "pino";
import type { CallLog } from "./calls/call-fact.ts";
import type { SecretFiles } from "./config/secret-files.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import { SMTP_SECRET } from "./database/mail-settings.ts";
import type { Db } from "./database/schema.ts";
import { ownNumber } from "./flows/routing/own-number.ts";
import type { EventHub } from "./http/event-hub.ts";
import { AlertDesk } from "./jobs/alert-desk.ts";
import { AlertNotices } from "./jobs/alert-notices.ts";
import { UnknownNumbers } from "./jobs/unknown-numbers.ts";
import type { HttpLookUps } from "./look-ups/http-look-ups.ts";

interface AlertParts {
  db: Db;
  log: Logger;
  configuration: Pick<ConfigurationSnapshot, "current">;
  secrets: SecretFiles;
  lookUps: HttpLookUps;
  events: EventHub;
}

/** What tells the owner, and how it leaves the box. */
export class Alerts {
  readonly desk: AlertDesk;
  readonly #log: Logger;
  readonly #notices: AlertNotices;
  readonly #unknownNumbers: UnknownNumbers;

  constructor({ db, log, configuration, secrets, lookUps, events }: AlertParts) {
    this.#log = log;
    const onChanged = () => events.alertsChanged();
    const notices = new AlertNotices({
      ...{ db, log, onChanged, site: () => configuration.current.site },
      password: async () => await secrets.read(SMTP_SECRET),
      post: async (url, body, { deadlineMs, signal }) => {
        const { status, answer } = await lookUps.try({ url, method: "POST", body, deadlineMs }, signal);
        return { status, problem: answer.ok ? "" : answer.reason };
      },
    });
    this.#notices = notices;
    this.desk = new AlertDesk({
      ...{ db, log, onChanged, settings: () => configuration.current.site.alerts },
      onNotice: () => notices.wake(),
    });
    this.#unknownNumbers = new UnknownNumbers({
      ...{ db, log, desk: this.desk, nowMs: () => Date.now() },
      trunkName: (gateway) => configuration.current.trunks.find((trunk) => trunk.gateway === gateway)?.name ?? gateway,
      isOurs: (number) =>
        ownNumber(configuration.current.numbers, number, configuration.current.site.country) !== undefined,
    });
  }

  /** The same log, listened to. */
  hearing(log: CallLog): CallLog {
    return {
      append: (facts) => {
        log.append(facts);
        try {
          this.#unknownNumbers.hear(facts);
        } catch (error) {
          // No call is to suffer from it.
          this.#log.warn({ err: error }, "a call for an unknown number was not told of");
        }
      },
    };
  }

  start(): void {
    this.#notices.start();
    this.#unknownNumbers.start();
  }

  async stop(): Promise<void> {
    await this.#unknownNumbers.stop();
    await this.#notices.stop();
  }
}
