import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type RecordingKind } from "./client.ts";
import { keys } from "./query-client.ts";

const PAGE_SIZE = "50";

/** The filters of the call log exactly as they stand in the address bar; empty ones are left out. */
export type CallFilters = Partial<
  Record<
    | "from"
    | "to"
    | "direction"
    | "outcome"
    | "operatorId"
    | "q"
    | "hasRecording"
    | "hasLostRecording"
    | "flow"
    | "node"
    | "via"
    | "ended"
    | "tag",
    string
  >
>;

export function useCallPages(filters: CallFilters) {
  return useInfiniteQuery({
    queryKey: keys.callPages(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.calls.$get(
          { query: { ...filters, limit: PAGE_SIZE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          { init: { signal } },
        ),
      ),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (previous) => previous,
  });
}

export function useCall(callId: string) {
  return useQuery({
    queryKey: keys.call(callId),
    queryFn: ({ signal }) => answer(api.calls[":callId"].$get({ param: { callId } }, { init: { signal } })),
  });
}

/** A message may be heard by everybody, a conversation not: they have their own places. */
export function usePeaks(kind: RecordingKind, recordingId: string) {
  return useQuery({
    queryKey: keys.peaks(kind, recordingId),
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => {
      const request = { param: { id: recordingId } };
      const init = { init: { signal } };
      return kind === "message"
        ? answer(api.voicemail[":id"].peaks.$get(request, init))
        : answer(api.recordings[":id"].peaks.$get(request, init));
    },
  });
}

export function useToday() {
  return useQuery({ queryKey: keys.today, queryFn: () => answer(api.today.$get()), refetchInterval: 60_000 });
}

/** Filled by the event stream; asked for once so that the page has something before the stream speaks. */
export function useLiveCalls() {
  return useQuery({ queryKey: keys.liveCalls, queryFn: () => answer(api.calls.live.$get()), staleTime: 60_000 });
}

export function usePresence() {
  return useQuery({ queryKey: keys.presence, queryFn: () => answer(api.operators.presence.$get()), staleTime: 60_000 });
}

export function audioUrl(kind: RecordingKind, recordingId: string): string {
  return `/api/${kind === "message" ? "voicemail" : "recordings"}/${encodeURIComponent(recordingId)}/audio`;
}

export function csvUrl(filters: CallFilters): string {
  const query = new URLSearchParams(filters).toString();
  return query === "" ? "/api/calls.csv" : `/api/calls.csv?${query}`;
}
