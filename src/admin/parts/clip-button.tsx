import { Button } from "@mantine/core";
import { IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { formatDuration } from "../format/duration.ts";
import { useWords } from "../messages/language.tsx";

interface Props {
  url: string;
  label: string;
  /** It was asked for just now: where the browser lets it, it begins by itself. */
  isPlayedAtOnce?: boolean;
}

/** Plays a short sound and stops it; while it plays it shows how far it is. */
export function ClipButton({ url, label, isPlayedAtOnce = false }: Props) {
  const t = useWords();
  const audio = useRef<HTMLAudioElement>(null);
  const [seconds, setSeconds] = useState<number | null>(null);
  const [isBroken, setBroken] = useState(false);
  const stop = () => {
    audio.current?.pause();
    setSeconds(null);
  };
  useEffect(() => {
    const element = audio.current;
    return () => element?.pause();
  }, []);
  const play = () => {
    const element = audio.current;
    if (element === null) return;
    setBroken(false);
    setSeconds(0);
    element.currentTime = 0;
    element.play().catch((error: unknown) => {
      // Stopped before it began: that was asked for.
      if (!(error instanceof DOMException && error.name === "AbortError")) setBroken(true);
      setSeconds(null);
    });
  };
  const isPlaying = seconds !== null;
  return (
    <>
      <audio
        ref={audio}
        preload="none"
        autoPlay={isPlayedAtOnce}
        src={url}
        onPlay={() => setSeconds(0)}
        onTimeUpdate={(event) => {
          if (!event.currentTarget.paused) setSeconds(event.currentTarget.currentTime);
        }}
        onEnded={() => setSeconds(null)}
      />
      <Button
        variant="default"
        size="compact-md"
        aria-label={label}
        aria-pressed={isPlaying}
        onClick={isPlaying ? stop : play}
        leftSection={
          isPlaying ? <IconPlayerStopFilled size={15} aria-hidden /> : <IconPlayerPlayFilled size={15} aria-hidden />
        }
      >
        <span className="numeric">{isPlaying ? formatDuration(seconds) : t("prompt.play")}</span>
      </Button>
      {isBroken && <span role="alert">{t("recording.broken")}</span>}
    </>
  );
}
