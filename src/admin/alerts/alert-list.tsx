import { Button } from "@mantine/core";
import { IconAlertTriangle, IconEye } from "@tabler/icons-react";
import { isCheck } from "../../calls/health.ts";
import { useAcknowledge, useAlerts } from "../api/alerts.ts";
import { useSession } from "../api/session.ts";
import { useWords } from "../messages/language.tsx";
import { Mark } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./alerts.module.css";
import { noticeProblem } from "./notice-problem.ts";

/** Alerts that still hold; nothing at all when there is none, or when it is not one's business. */
export function AlertList() {
  const t = useWords();
  const { role } = useSession();
  const { dayInSentence, clock } = useSiteTime();
  const { failed } = useNotice();
  const alerts = useAlerts(role === "admin");
  const acknowledge = useAcknowledge();
  const checkName = (check: unknown) => (typeof check === "string" && isCheck(check) ? t(`health.check.${check}`) : "");
  const open = alerts.data?.open ?? [];
  if (open.length === 0) return null;
  return (
    <Section title={t("alerts.title")} isFlush>
      <ul className={classes["list"]} data-testid="alerts">
        {open.map(({ alertId, kind, params, openedAt, acknowledgedBy, notices }) => (
          <li key={alertId} className={classes["row"]} data-kind={kind}>
            <div>
              <Mark icon={IconAlertTriangle} tone={acknowledgedBy === null ? "bad" : "calm"}>
                {t(`alerts.${kind}`, {
                  name: "",
                  number: "",
                  count: 1,
                  state: "",
                  ...params,
                  check: checkName(params["check"]),
                })}
              </Mark>
              <div className={classes["soft"]}>
                {t("alerts.since", { day: dayInSentence(openedAt), time: clock(openedAt) })}
                {acknowledgedBy !== null && ` · ${t("alerts.seenBy", { name: acknowledgedBy })}`}
              </div>
              {notices.map((notice) => {
                const problem = noticeProblem(notice, t);
                return (
                  problem !== null && (
                    <div key={notice.way} className={classes["soft"]}>
                      {problem}
                    </div>
                  )
                );
              })}
            </div>
            {acknowledgedBy === null && (
              <Button
                variant="default"
                size="sm"
                leftSection={<IconEye size={17} aria-hidden />}
                onClick={() => acknowledge.mutate(alertId, { onError: failed })}
              >
                {t("alerts.seen")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
