import { Button } from "@mantine/core";
import { useBlockedNumbers, useUnblockNumber } from "../api/missed.ts";
import { useWords } from "../messages/language.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Untrusted } from "../parts/party-name.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./missed.module.css";

/** Numbers that are never called back; shown only once there is one. */
export function BlockedNumbers() {
  const t = useWords();
  const { date } = useSiteTime();
  const query = useBlockedNumbers();
  const unblock = useUnblockNumber();
  const { failed } = useNotice();
  const blocked = query.data ?? [];
  if (blocked.length === 0) return null;
  return (
    <Section title={t("missed.blockedTitle")} hint={t("missed.blockedTitleHint")} isFlush>
      <ul className={classes["list"]} data-testid="blocked-numbers">
        {blocked.map(({ number, formatted, note, createdAt }) => (
          <li key={number} className={classes["blocked"]}>
            <span className="numeric">
              <bdi>{formatted}</bdi>
            </span>
            <span className={classes["soft"]}>
              {t("missed.blockedSince", { day: date(createdAt) })}
              {note !== null && (
                <>
                  {" · "}
                  <Untrusted text={note} />
                </>
              )}
            </span>
            <Button
              variant="default"
              size="compact-sm"
              loading={unblock.isPending && unblock.variables === number}
              aria-label={t("missed.unblockOf", { number: formatted })}
              onClick={() => unblock.mutate(number, { onError: failed })}
            >
              {t("missed.unblock")}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
