import {
  IconCircleCheck,
  IconHeadset,
  IconPhoneOff,
  IconPhoneRinging,
  IconUserPause,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";
import { usePresence } from "../api/calls.ts";
import type { Presence } from "../api/client.ts";
import { type MessageKey, useWords } from "../messages/language.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import classes from "./live.module.css";

interface Sign {
  icon: TablerIcon;
  tone: Tone;
  text: MessageKey;
}

const NO_PHONE: Sign = { icon: IconPhoneOff, tone: "bad", text: "presence.noPhone" };
const SIGNS: Record<Presence["state"], Sign> = {
  free: { icon: IconCircleCheck, tone: "good", text: "presence.free" },
  ringing: { icon: IconPhoneRinging, tone: "warn", text: "presence.ringing" },
  talking: { icon: IconHeadset, tone: "accent", text: "presence.talking" },
  away: { icon: IconUserPause, tone: "calm", text: "presence.away" },
};

/** What an operator does now. A phone that is not registered cannot ring, whatever else is said of its owner. */
export function PresenceMark({ presence }: { presence: Presence }) {
  const t = useWords();
  const { icon, tone, text } = presence.isRegistered ? SIGNS[presence.state] : NO_PHONE;
  return (
    <Mark icon={icon} tone={tone}>
      {t(text)}
    </Mark>
  );
}

export function PresenceList() {
  const t = useWords();
  const query = usePresence();
  return (
    <Loaded query={query} skeleton={<Lines count={3} />}>
      {(people) =>
        people.length === 0 ? (
          <Empty icon={IconUsers} title={t("team.none")} text={t("team.noneText")} />
        ) : (
          <ul className={classes["list"]} data-testid="presence">
            {people.map((person) => (
              <li key={person.operatorId} className={classes["person"]}>
                <span className={classes["personName"]} title={person.name}>
                  <bdi>{person.name}</bdi> <span className={classes["extension"]}>{person.extension}</span>
                </span>
                <span className={classes["personState"]}>
                  <PresenceMark presence={person} />
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
