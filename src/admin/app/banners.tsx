import {
  IconDatabaseExclamation,
  IconDatabaseOff,
  IconFlask,
  IconPlugConnectedX,
  IconWifiOff,
} from "@tabler/icons-react";
import { useStatus } from "../api/session.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import classes from "./shell.module.css";

/** What concerns every page: switch, database or disk are in trouble, the switch is the one for trying, the page no longer hears the daemon. */
export function Banners({ isStreamLost }: { isStreamLost: boolean }) {
  const t = useWords();
  const { data: status } = useStatus();
  const isSwitchAway = status !== undefined && !status.switch.connected;
  const reason = status?.switch.reason ?? "lost";
  const databaseTrouble = status?.database.reason ?? null;
  return (
    <div className={classes["banners"]}>
      <div role="status">
        {isStreamLost && (
          <Callout tone="warn" icon={IconWifiOff} title={t("stream.lostTitle")} testId="stream-lost">
            {t("stream.lostText")}
          </Callout>
        )}
      </div>
      <div role="alert">
        {isSwitchAway && (
          <Callout tone="bad" icon={IconPlugConnectedX} title={t("switch.awayTitle")} testId="switch-away">
            {/* Nothing answers: it does not run, so there is no fallback either. */}
            {reason === "refused" ? t("switch.downText") : t("switch.awayText")} {t(`switch.reason.${reason}`)}
          </Callout>
        )}
        {databaseTrouble !== null && (
          <Callout tone="warn" icon={IconDatabaseOff} title={t("database.awayTitle")} testId="database-away">
            {t("database.awayText")} {t(`database.reason.${databaseTrouble}`)}
          </Callout>
        )}
        {status?.disk?.level === "critical" && (
          <Callout tone="bad" icon={IconDatabaseExclamation} title={t("disk.fullTitle")} testId="disk-full">
            {t("disk.fullText")}
          </Callout>
        )}
      </div>
      {status?.switch.isLab === true && (
        <Callout tone="calm" icon={IconFlask} testId="lab-switch">
          {t("switch.labText")}
        </Callout>
      )}
    </div>
  );
}
