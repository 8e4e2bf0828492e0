import { useEffect, useState } from "react";
import { serverNowMs } from "../api/server-clock.ts";

/** The daemon's time in Unix ms, renewed each second. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(serverNowMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(serverNowMs()), 1000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
