import { IconFlask, IconPlugConnectedX, IconWifiOff } from "@tabler/icons-react";
import { useStatus } from "../api/session.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import classes from "./shell.module.css";

/** What concerns every page: the switch is gone, the switch is the one for trying, the page no longer hears the daemon. */
export function Banners({ isStreamLost }: { isStreamLost: boolean }) {
  const t = useWords();
  const { data: status } = useStatus();
  const isSwitchAway = status !== undefined && !status.switch.connected;
  const reason = status?.switch.reason ?? "lost";
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
            {t("switch.awayText")} {t(`switch.reason.${reason}`)}
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
