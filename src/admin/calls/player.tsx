import { ActionIcon, Button, SegmentedControl, Skeleton, useComputedColorScheme } from "@mantine/core";
import { IconDownload, IconLock, IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type WaveSurfer from "wavesurfer.js";
import { ApiError } from "../api/api-error.ts";
import { audioUrl, usePeaks } from "../api/calls.ts";
import type { Recording } from "../api/client.ts";
import { formatDuration } from "../format/duration.ts";
import { formatBytes } from "../format/quantity.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { loadPart } from "../parts/load-part.ts";
import { Mark } from "../parts/mark.tsx";
import classes from "./player.module.css";

const SKIP_SECONDS = 5;
const SPEEDS = ["1", "1.5", "2"] as const;

interface Props {
  recording: Pick<Recording, "recordingId" | "kind"> & { bytes: number | null };
  hasKeys: boolean;
  /** Begins by itself: whoever opened it has asked for the sound. */
  isAutomatic?: boolean;
}

/**
 * Plays a recording: the caller's half above, the operator's below; of a message there is only the caller.
 * Space plays and pauses, the arrows go 5 s. Whoever may not hear it is told who may.
 */
export function Player({ recording, hasKeys, isAutomatic = false }: Props) {
  const t = useWords();
  const { kind, recordingId } = recording;
  const peaks = usePeaks(kind, recordingId);
  const url = audioUrl(kind, recordingId);
  const download = <Download url={url} bytes={recording.bytes} />;
  const name = kind === "message" ? t("recording.message") : t("recording.title");
  if (peaks.error instanceof ApiError && peaks.error.code === "not-allowed") {
    return (
      <Mark icon={IconLock} tone="calm">
        {t("recording.notAllowed")}
      </Mark>
    );
  }
  return (
    <div className={classes["player"]} data-testid="player">
      {peaks.isPending && <Skeleton height={kind === "message" ? 44 : 88} />}
      {peaks.isError && (
        // Without its picture a recording can still be heard.
        <>
          <audio className={classes["plain"]} controls preload="metadata" src={url} aria-label={name} />
          <div className={classes["controls"]}>{download}</div>
        </>
      )}
      {peaks.data !== undefined && (
        <WavePlayer
          url={url}
          peaks={peaks.data}
          isMono={kind === "message"}
          hasKeys={hasKeys}
          isAutomatic={isAutomatic}
          download={download}
        />
      )}
      {hasKeys && peaks.data !== undefined && <div className={classes["keys"]}>{t("recording.keys")}</div>}
    </div>
  );
}

function Download({ url, bytes }: { url: string; bytes: number | null }) {
  const t = useWords();
  const { language } = useLanguage();
  const size = bytes === null ? null : formatBytes(bytes, language);
  return (
    <Button
      className={classes["end"] ?? ""}
      component="a"
      href={`${url}?download=1`}
      download
      variant="subtle"
      size="compact-sm"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      {t("recording.download")}
      {size !== null && ` (${t(`size.${size.unit}`, { value: size.value })})`}
    </Button>
  );
}

interface Peaks {
  durationMs: number;
  left: number[];
  right: number[];
}

interface WaveProps {
  url: string;
  peaks: Peaks;
  isMono: boolean;
  hasKeys: boolean;
  isAutomatic: boolean;
  download: ReactNode;
}

function WavePlayer({ url, peaks, isMono, hasKeys, isAutomatic, download }: WaveProps) {
  const t = useWords();
  const container = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer | null>(null);
  const hasBegun = useRef(false);
  const [isPlaying, setPlaying] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const [seconds, setSeconds] = useState(0);
  const [speed, setSpeed] = useState<string>("1");
  const scheme = useComputedColorScheme("light");
  const totalSeconds = peaks.durationMs / 1000;

  useEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    let isGone = false;
    const open = async () => {
      const { default: Surfer } = await loadPart(() => import("wavesurfer.js"));
      if (isGone) return;
      const colours = readColours(element, scheme);
      const created = Surfer.create({
        container: element,
        url,
        peaks: isMono ? [peaks.left] : [peaks.left, peaks.right],
        duration: totalSeconds,
        height: 44,
        barWidth: 2,
        barGap: 1,
        barRadius: 2,
        barMinHeight: 1,
        cursorWidth: 2,
        cursorColor: colours.cursor,
        maxPeak: 1,
        dragToSeek: true,
        hideScrollbar: true,
        ...(isMono
          ? { waveColor: colours.operator, progressColor: colours.operatorPlayed }
          : {
              splitChannels: [
                { waveColor: colours.caller, progressColor: colours.callerPlayed },
                { waveColor: colours.operator, progressColor: colours.operatorPlayed },
              ],
            }),
      });
      created.on("play", () => setPlaying(true));
      created.on("pause", () => setPlaying(false));
      created.on("finish", () => setPlaying(false));
      created.on("timeupdate", setSeconds);
      created.on("error", () => setBroken(true));
      surfer.current = created;
      if (isAutomatic && !hasBegun.current) {
        hasBegun.current = true;
        // A browser that wants another press first leaves it paused, ready to play.
        created.once("ready", () => void created.play().catch(() => setPlaying(false)));
      }
    };
    open().catch(() => setBroken(true));
    return () => {
      isGone = true;
      surfer.current?.destroy();
      surfer.current = null;
    };
  }, [url, peaks, totalSeconds, scheme, isMono, isAutomatic]);

  const toggle = () => {
    surfer.current?.playPause().catch(() => setBroken(true));
  };
  const skip = (bySeconds: number) => surfer.current?.skip(bySeconds);
  const take = (key: string): boolean => {
    if (key === " ") toggle();
    else if (key === "ArrowLeft") skip(-SKIP_SECONDS);
    else if (key === "ArrowRight") skip(SKIP_SECONDS);
    else return false;
    return true;
  };
  const takeKey = useRef(take);
  useEffect(() => {
    takeKey.current = take;
  });

  useEffect(() => {
    if (!hasKeys) return undefined;
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target instanceof Element && event.target.closest(TAKES_KEYS) !== null) return;
      if (takeKey.current(event.key)) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [hasKeys]);

  const onSliderKey = (event: KeyboardEvent) => {
    if (event.key === "Home") surfer.current?.setTime(0);
    else if (event.key === "End") surfer.current?.setTime(totalSeconds);
    else if (!take(event.key)) return;
    event.preventDefault();
  };

  const position = `${formatDuration(seconds)} / ${formatDuration(totalSeconds)}`;
  return (
    <>
      <div className={classes["wave"]} data-mono={isMono}>
        {!isMono && (
          <div className={classes["channels"]}>
            <span>{t("recording.caller")}</span>
            <span>{t("recording.operator")}</span>
          </div>
        )}
        <div
          ref={container}
          className={classes["canvas"]}
          role="slider"
          tabIndex={0}
          aria-label={t("recording.position")}
          aria-valuemin={0}
          aria-valuemax={Math.round(totalSeconds)}
          aria-valuenow={Math.round(seconds)}
          aria-valuetext={position}
          onKeyDown={onSliderKey}
        />
      </div>
      <div className={classes["controls"]}>
        <ActionIcon
          size={40}
          radius="xl"
          onClick={toggle}
          aria-label={isPlaying ? t("recording.pause") : t("recording.play")}
        >
          {isPlaying ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
        </ActionIcon>
        <span className={classes["time"]} data-testid="player-time">
          {position}
        </span>
        <SegmentedControl
          size="xs"
          aria-label={t("recording.speed")}
          value={speed}
          onChange={(wanted) => {
            setSpeed(wanted);
            surfer.current?.setPlaybackRate(Number(wanted), true);
          }}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
        />
        {download}
      </div>
      {isBroken && <div role="alert">{t("recording.broken")}</div>}
    </>
  );
}

/** Where keys already mean something. */
const TAKES_KEYS = "input, textarea, select, button, a, [role='slider'], [role='radio'], [contenteditable]";

function readColours(element: HTMLElement, scheme: "light" | "dark") {
  const style = getComputedStyle(element);
  const read = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const isDark = scheme === "dark";
  const shade = (color: string, light: number, dark: number) =>
    read(`--mantine-color-${color}-${isDark ? dark : light}`, "gray");
  return {
    cursor: shade("petrol", 8, 1),
    caller: shade(isDark ? "dark" : "gray", 4, 3),
    callerPlayed: shade(isDark ? "dark" : "gray", 7, 1),
    operator: shade("petrol", 2, 6),
    operatorPlayed: shade("petrol", 7, 3),
  };
}
