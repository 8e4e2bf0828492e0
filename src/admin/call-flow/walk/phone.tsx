import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import { IconPhoneEnd, IconPlayerSkipForward, IconVolume, IconVolumeOff } from "@tabler/icons-react";
import { type Digit, isDigit } from "../../../calls/digit.ts";
import { nodeOf } from "../../../flows/ivr/document.ts";
import { formatDuration } from "../../format/duration.ts";
import { useWords } from "../../messages/language.tsx";
import { useFlowWorld } from "../editor/flow-world.ts";
import { useStepWords } from "../editor/step-words.ts";
import { nextDueMs, type SimulatedCall, talkingWith } from "./simulation.ts";
import { wordsOf } from "./use-sound.ts";
import classes from "./walk.module.css";

const KEYS: readonly Digit[] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LETTERS: Partial<Record<Digit, string>> = {
  "2": "abc",
  "3": "def",
  "4": "ghi",
  "5": "jkl",
  "6": "mno",
  "7": "pqrs",
  "8": "tuv",
  "9": "wxyz",
  "0": "+",
};

interface Props {
  call: SimulatedCall;
  isMuted: boolean;
  setMuted: (isMuted: boolean) => void;
  press: (digit: Digit) => void;
  skip: () => void;
  hangUp: () => void;
}

/** The caller's telephone: what they hear stands on its screen. */
export function Phone({ call, isMuted, setMuted, press, skip, hangUp }: Props) {
  const t = useWords();
  const isOver = call.ended !== null;
  useWindowEvent("keydown", (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (isOver || isTyping || event.ctrlKey || event.metaKey || event.altKey || !isDigit(event.key)) return;
    event.preventDefault();
    press(event.key);
  });
  return (
    <div className={classes["phone"]} role="group" aria-label={t("walk.phone")} data-testid="phone">
      <Screen call={call} />
      <div className={classes["keys"]}>
        {KEYS.map((digit) => (
          <button
            key={digit}
            type="button"
            className={classes["key"]}
            disabled={isOver}
            aria-label={t("editor.key", { key: digit })}
            onClick={() => press(digit)}
          >
            <span>{digit}</span>
            <span className={classes["letters"]} aria-hidden>
              {LETTERS[digit] ?? ""}
            </span>
          </button>
        ))}
      </div>
      <div className={classes["foot"]}>
        <Tooltip label={isMuted ? t("walk.soundOn") : t("walk.soundOff")}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={44}
            aria-label={isMuted ? t("walk.soundOn") : t("walk.soundOff")}
            onClick={() => setMuted(!isMuted)}
          >
            {isMuted ? <IconVolumeOff size={22} /> : <IconVolume size={22} />}
          </ActionIcon>
        </Tooltip>
        <Button color="red" radius="xl" size="md" onClick={hangUp} disabled={isOver} aria-label={t("walk.hangUp")}>
          <IconPhoneEnd size={24} />
        </Button>
        <Tooltip label={t("walk.skip")}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={44}
            aria-label={t("walk.skip")}
            disabled={isOver || (call.playing?.isLooped !== false && nextDueMs(call) === null)}
            onClick={skip}
          >
            <IconPlayerSkipForward size={22} />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}

function Screen({ call }: { call: SimulatedCall }) {
  const t = useWords();
  const words = useStepWords();
  const { prompts, operators } = useFlowWorld();
  const { document, stage } = call.ivr;
  const place = "node" in stage ? stage.node : null;
  const seconds = (call.nowMs - call.setup.startedAtMs) / 1000;
  const who = talkingWith(call);
  const heard = call.playing === null ? "" : wordsOf(call.playing.speech, prompts);
  const dueMs = nextDueMs(call);
  const state = (() => {
    if (call.ended !== null) return t(`walk.ended.${call.ended.by}`);
    if (who !== null) {
      const name = operators.find(({ operatorId }) => operatorId === who)?.name;
      return name === undefined ? t("walk.talkingOutside") : t("walk.talking", { name });
    }
    if (call.isRecording) return t("walk.recording");
    if (call.lookUp !== null) return t("walk.lookingUp");
    if (stage.name === "collecting" && stage.digits !== "") return stage.digits;
    if (call.playing === null && dueMs !== null)
      return t("walk.waiting", { time: formatDuration(Math.ceil(dueMs / 1000)) });
    return "";
  })();
  return (
    <div className={classes["screen"]} data-ended={call.ended !== null}>
      <div className={classes["screenTop"]}>
        <span data-testid="phone-step">
          {place !== null && nodeOf(document, place) ? words.nameIn(document, place) : ""}
        </span>
        <span className="numeric">{formatDuration(seconds)}</span>
      </div>
      <div className={classes["heard"]} lang={call.ivr.language} data-testid="phone-hears">
        {heard}
      </div>
      <div className={classes["state"]} role="status" data-testid="phone-state">
        {state}
        {call.ended !== null && <span className={classes["outcome"]}>{t(`outcome.${call.ended.outcome}`)}</span>}
      </div>
    </div>
  );
}
