import { Button } from "@mantine/core";
import { IconMicrophone, IconPlayerStopFilled } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { formatDuration } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";
import { ClipButton } from "../parts/clip-button.tsx";
import classes from "./call-flow.module.css";

/** As long as a prompt may be. */
const LONGEST_MS = 5 * 60_000;
/** What browsers can make; the daemon reads all of them. */
const KINDS = ["audio/webm", "audio/mp4", "audio/ogg"];

type RecorderState =
  | { name: "idle" }
  | { name: "refused" }
  | { name: "recording"; recorder: MediaRecorder; sinceMs: number }
  | { name: "recorded"; file: File; url: string };

interface Props {
  title: string;
  isSaving: boolean;
  use: (file: File) => void;
}

/** Records by the computer's microphone; what was recorded is heard before it is used. */
export function PromptRecorder({ title, isSaving, use }: Props) {
  const t = useWords();
  const { state, start, stop, forget } = useRecorder();
  // Browsers give the microphone only to pages that came by https, or from this computer.
  if (!window.isSecureContext || typeof MediaRecorder === "undefined")
    return <span className={classes["note"]}>{t("recorder.notSecure")}</span>;
  if (state.name === "recording") {
    return (
      <Button
        color="red"
        size="compact-md"
        leftSection={<IconPlayerStopFilled size={16} aria-hidden />}
        aria-label={t("recorder.stop", { name: title })}
        onClick={stop}
      >
        <Elapsed sinceMs={state.sinceMs} />
      </Button>
    );
  }
  if (state.name === "recorded") {
    return (
      <span className={classes["recorded"]} role="group" aria-label={t("recorder.done")}>
        <ClipButton url={state.url} label={t("recorder.listen", { name: title })} />
        <Button size="compact-md" loading={isSaving} onClick={() => use(state.file)}>
          {t("recorder.use")}
        </Button>
        <Button size="compact-md" variant="default" onClick={start}>
          {t("recorder.again")}
        </Button>
        <Button size="compact-md" variant="subtle" onClick={forget}>
          {t("action.cancel")}
        </Button>
      </span>
    );
  }
  return (
    <>
      <Button
        variant="default"
        size="compact-md"
        leftSection={<IconMicrophone size={17} aria-hidden />}
        aria-label={t("recorder.start", { name: title })}
        onClick={start}
      >
        {t("recorder.record")}
      </Button>
      {state.name === "refused" && <span role="alert">{t("recorder.refused")}</span>}
    </>
  );
}

function useRecorder() {
  const [state, setState] = useState<RecorderState>({ name: "idle" });
  const open = useRef<{ recorder: MediaRecorder; stream: MediaStream } | null>(null);
  /** Which wish for a microphone counts: people are asked for their leave, and may press again or go meanwhile. */
  const wish = useRef(0);
  const close = useCallback(() => {
    const { recorder, stream } = open.current ?? {};
    open.current = null;
    wish.current += 1;
    if (recorder?.state === "recording") recorder.stop();
    if (stream) giveBack(stream);
  }, []);
  useEffect(() => close, [close]);
  const url = state.name === "recorded" ? state.url : null;
  useEffect(() => () => (url === null ? undefined : URL.revokeObjectURL(url)), [url]);

  const begin = async () => {
    close();
    const own = wish.current;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    if (own !== wish.current) return giveBack(stream);
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
    const pieces: Blob[] = [];
    const tooLong = setTimeout(close, LONGEST_MS);
    recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    recorder.addEventListener("stop", () => {
      clearTimeout(tooLong);
      const file = new File(pieces, "recording", { type: recorder.mimeType });
      setState({ name: "recorded", file, url: URL.createObjectURL(file) });
    });
    open.current = { recorder, stream };
    recorder.start();
    setState({ name: "recording", recorder, sinceMs: Date.now() });
  };
  return {
    state,
    start: () => {
      begin().catch((error: unknown) => {
        if (!(error instanceof DOMException)) throw error;
        close();
        setState({ name: "refused" });
      });
    },
    stop: close,
    forget: () => setState({ name: "idle" }),
  };
}

function giveBack(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function Elapsed({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(sinceMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return <span className="numeric">{formatDuration((nowMs - sinceMs) / 1000)}</span>;
}
