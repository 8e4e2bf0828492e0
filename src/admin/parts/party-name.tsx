import type { Party } from "../api/client.ts";
import { showControlCharacters } from "../format/untrusted-text.ts";
import { useWords } from "../messages/language.tsx";
import classes from "./parts.module.css";

/** Text that a stranger chose: shown as text, in its own direction, on one line; the whole of it in the tooltip (up to a screenful). */
export function Untrusted({ text }: { text: string }) {
  const shown = showControlCharacters(text);
  return <bdi title={shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}>{shown.slice(0, 300)}</bdi>;
}

/** A caller: the number as people write it, and below it the name that came with the call. */
export function PartyName({ party }: { party: Party }) {
  const t = useWords();
  const number = party.isHidden || party.formatted === "" ? t("party.hidden") : party.formatted;
  const hasName = party.name.trim() !== "" && party.name !== party.number;
  return (
    <span className={classes["party"]}>
      <span className={`${classes["partyLine"]} ${classes["partyMain"]}`}>
        <Untrusted text={number} />
      </span>
      {hasName && (
        <span className={`${classes["partyLine"]} ${classes["partySub"]}`}>
          <Untrusted text={party.name} />
        </span>
      )}
    </span>
  );
}
