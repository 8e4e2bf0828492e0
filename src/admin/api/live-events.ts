import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Status, SwitchStatus } from "./client.ts";
import { keys } from "./query-client.ts";

/** A stream that is silent for this long is taken for lost: the daemon sends a sign of life more often. */
const LOST_AFTER_MS = 3_000;
const REOPEN_MS = 3_000;

/**
 * Keeps what is shown in step with the daemon. The browser reconnects by itself and asks for what it missed
 * (`Last-Event-ID`); where it gives up (an HTTP error), the stream is opened anew and everything is asked again. A tab that nobody looks at
 * has none: browsers open six connections to a host, and each stream keeps one of them from all other tabs.
 * @returns whether the stream is lost at the moment
 */
export function useLiveEvents(): boolean {
  const client = useQueryClient();
  const [isLost, setLost] = useState(false);

  useEffect(() => {
    let source: EventSource | null = null;
    let lostTimer: ReturnType<typeof setTimeout> | undefined;
    let reopenTimer: ReturnType<typeof setTimeout> | undefined;

    const open = (isAgain: boolean) => {
      source = new EventSource("/api/events");
      source.addEventListener("open", () => {
        clearTimeout(lostTimer);
        lostTimer = undefined;
        setLost(false);
        if (isAgain) client.invalidateQueries().catch(reportError);
      });
      source.addEventListener("error", () => {
        lostTimer ??= setTimeout(() => setLost(true), LOST_AFTER_MS);
        if (source?.readyState === EventSource.CLOSED) {
          source.close();
          clearTimeout(reopenTimer);
          reopenTimer = setTimeout(() => open(true), REOPEN_MS);
        }
      });
      listen(source, client);
    };

    const close = () => {
      clearTimeout(lostTimer);
      lostTimer = undefined;
      clearTimeout(reopenTimer);
      source?.close();
      source = null;
    };
    const follow = () => {
      if (document.visibilityState === "hidden") close();
      else if (source === null) open(true);
    };

    if (document.visibilityState !== "hidden") open(false);
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      close();
    };
  }, [client]);

  return isLost;
}

function listen(source: EventSource, client: QueryClient): void {
  const on = (name: string, take: (data: unknown) => void) => {
    source.addEventListener(name, (event: MessageEvent<string>) => take(JSON.parse(event.data)));
  };
  const refresh = (...queryKeys: (readonly unknown[])[]) => {
    for (const queryKey of queryKeys) client.invalidateQueries({ queryKey }).catch(reportError);
  };

  on("live-calls", (data) => {
    client.setQueryData(keys.liveCalls, data);
    // Each takes a channel of its line.
    refresh(keys.trunks);
  });
  on("operators", (data) => client.setQueryData(keys.presence, data));
  on("switch", (data) => {
    client.setQueryData<Status>(keys.status, (status) => status && { ...status, switch: data as SwitchStatus });
    refresh(keys.today);
  });
  on("database", (data) => {
    const database = data as Status["database"];
    const before = client.getQueryData<Status>(keys.status)?.database;
    client.setQueryData<Status>(keys.status, (status) => status && { ...status, database });
    // What failed meanwhile is asked for again.
    if (database.connected && before?.connected === false) refresh([]);
  });
  on("disk", (data) => {
    client.setQueryData<Status>(keys.status, (status) => status && { ...status, disk: data as Status["disk"] });
    refresh(keys.today);
  });
  on("trunks", () => refresh(keys.trunks, keys.outgoing, keys.today, keys.trunkWatch));
  on("alerts-changed", () => refresh(keys.alerts, keys.today));
  on("health-changed", () => refresh(keys.bans, keys.health, keys.today));
  on("box-changed", () => refresh(keys.box));
  on("backup-changed", () => refresh(keys.backup, keys.health));
  on("updates-changed", () => refresh(keys.updates));
  on("call-changed", () => refresh(keys.calls, keys.unknownNumbers, keys.outgoing, keys.today));
  on("recording-changed", (data) => refresh(keys.call((data as { callId: string }).callId), keys.voicemail));
  on("voicemail-changed", (data) =>
    refresh(keys.voicemail, keys.call((data as { callId: string }).callId), keys.today),
  );
  on("hours-changed", () => refresh(keys.schedules, keys.flow, keys.today));
  on("ticket-changed", () => refresh(keys.tickets, keys.blockedNumbers, keys.today));
  on("reset", () => refresh([]));
}
