import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Status, SwitchStatus } from "./client.ts";
import { keys } from "./query-client.ts";
import { Refresher } from "./refresher.ts";

/** A stream that broke is said to be lost when it is not back after this. */
const LOST_AFTER_MS = 3_000;
const REOPEN_MS = 3_000;
/**
 * A stream that is silent for this long is lost, though the browser takes it for open: the box lost its power, or the network forgot the
 * connection. The daemon sends a sign of life every 10 s.
 */
const SILENT_MS = 25_000;

/**
 * Keeps what is shown in step with the daemon. The browser reconnects by itself and asks for what it missed
 * (`Last-Event-ID`); where it gives up (an HTTP error) or hears nothing, the stream is opened anew and everything is asked again. A tab that
 * nobody looks at has none: browsers open six connections to a host, and each stream keeps one of them from all other tabs.
 * @returns whether the stream is lost at the moment
 */
export function useLiveEvents(): boolean {
  const client = useQueryClient();
  const [isLost, setLost] = useState(false);

  useEffect(() => {
    let source: EventSource | null = null;
    let lostTimer: ReturnType<typeof setTimeout> | undefined;
    let reopenTimer: ReturnType<typeof setTimeout> | undefined;
    let silenceTimer: ReturnType<typeof setTimeout> | undefined;
    const refresher = new Refresher(client);

    const hear = () => {
      clearTimeout(silenceTimer);
      silenceTimer = setTimeout(() => {
        setLost(true);
        open(true);
      }, SILENT_MS);
    };
    const open = (isAgain: boolean) => {
      clearTimeout(reopenTimer);
      source?.close();
      source = new EventSource("/api/events");
      hear();
      source.addEventListener("open", () => {
        hear();
        clearTimeout(lostTimer);
        lostTimer = undefined;
        setLost(false);
        if (isAgain) client.invalidateQueries().catch(reportError);
      });
      source.addEventListener("error", () => {
        lostTimer ??= setTimeout(() => setLost(true), LOST_AFTER_MS);
        if (source?.readyState === EventSource.CLOSED) {
          clearTimeout(reopenTimer);
          reopenTimer = setTimeout(() => open(true), REOPEN_MS);
        }
      });
      listen(source, client, refresher, hear);
    };

    const close = () => {
      clearTimeout(lostTimer);
      lostTimer = undefined;
      clearTimeout(reopenTimer);
      clearTimeout(silenceTimer);
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

/** @param hear called whenever anything comes */
function listen(source: EventSource, client: QueryClient, refresher: Refresher, hear: () => void): void {
  const on = (name: string, take: (data: unknown) => void) => {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      hear();
      take(JSON.parse(event.data));
    });
  };
  const refresh = (...queryKeys: (readonly unknown[])[]) => {
    for (const queryKey of queryKeys) refresher.refresh(queryKey);
  };
  const put = (queryKey: readonly unknown[], data: unknown) => {
    refresher.put(queryKey, data).catch(reportError);
  };
  // Nothing that is under way is waited for: it may be from before.
  const refreshAll = () => {
    client.invalidateQueries().catch(reportError);
  };

  on("here", () => undefined);

  on("live-calls", (data) => {
    put(keys.liveCalls, data);
    // Each takes a channel of its line.
    refresh(keys.trunks);
  });
  on("operators", (data) => put(keys.presence, data));
  on("switch", (data) => {
    client.setQueryData<Status>(keys.status, (status) => status && { ...status, switch: data as SwitchStatus });
    refresh(keys.today);
  });
  on("database", (data) => {
    const database = data as Status["database"];
    const before = client.getQueryData<Status>(keys.status)?.database;
    client.setQueryData<Status>(keys.status, (status) => status && { ...status, database });
    // What failed meanwhile is asked for again.
    if (database.connected && before?.connected === false) refreshAll();
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
  on("reset", refreshAll);
}
