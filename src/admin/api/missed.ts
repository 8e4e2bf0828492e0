import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useToday } from "./calls.ts";
import { answer, api, type Today } from "./client.ts";
import { keys } from "./query-client.ts";

export type TicketState = "open" | "closed";
export type MessageState = "new" | "heard";

export function useTickets(state: TicketState, q: string) {
  return useQuery({
    queryKey: keys.ticketList(state, q),
    queryFn: ({ signal }) =>
      answer(api.tickets.$get({ query: { state, ...(q === "" ? {} : { q }) } }, { init: { signal } })),
    placeholderData: (previous) => previous,
    // When somebody is due moves by itself: with opening hours, with settings.
    refetchInterval: 60_000,
  });
}

export function useTicket(ticketId: string) {
  return useQuery({
    queryKey: keys.ticket(ticketId),
    queryFn: ({ signal }) => answer(api.tickets[":id"].$get({ param: { id: ticketId } }, { init: { signal } })),
  });
}

type TicketAct = "take" | "release" | "call-now";

function useRefreshTickets() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.tickets }),
      client.invalidateQueries({ queryKey: keys.blockedNumbers }),
      client.invalidateQueries({ queryKey: keys.today }),
    ]);
  };
}

export function useActOnTicket() {
  const refresh = useRefreshTickets();
  return useMutation({
    mutationFn: ({ ticketId, act }: { ticketId: number; act: TicketAct }) =>
      answer(api.tickets[":id"][act].$post({ param: { id: String(ticketId) } })),
    // Also after a refusal: somebody else was quicker, and the list is old.
    onSettled: refresh,
  });
}

export function useCloseTicket() {
  const refresh = useRefreshTickets();
  return useMutation({
    mutationFn: ({ ticketId, reason }: { ticketId: number; reason: string }) =>
      answer(api.tickets[":id"].close.$post({ param: { id: String(ticketId) }, json: { reason } })),
    onSettled: refresh,
  });
}

export function useReopenTicket() {
  const refresh = useRefreshTickets();
  return useMutation({
    mutationFn: ({ ticketId, wasMachine }: { ticketId: number; wasMachine: boolean }) =>
      answer(api.tickets[":id"].reopen.$post({ param: { id: String(ticketId) }, json: { wasMachine } })),
    onSettled: refresh,
  });
}

export function useBlockedNumbers() {
  return useQuery({ queryKey: keys.blockedNumbers, queryFn: () => answer(api["blocked-numbers"].$get()) });
}

export function useBlockNumber() {
  const refresh = useRefreshTickets();
  return useMutation({
    mutationFn: (number: string) => answer(api["blocked-numbers"].$post({ json: { number } })),
    onSettled: refresh,
  });
}

export function useUnblockNumber() {
  const refresh = useRefreshTickets();
  return useMutation({
    mutationFn: (number: string) => answer(api["blocked-numbers"][":number"].$delete({ param: { number } })),
    onSettled: refresh,
  });
}

const PAGE_SIZE = "50";

export function useMessages(state: MessageState) {
  return useInfiniteQuery({
    queryKey: keys.messages(state),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.voicemail.$get(
          { query: { state, limit: PAGE_SIZE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          { init: { signal } },
        ),
      ),
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function useMarkMessage() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ recordingId, state }: { recordingId: string; state: MessageState }) =>
      answer(api.voicemail[":id"][state].$post({ param: { id: recordingId } })),
    onSettled: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.voicemail }),
        client.invalidateQueries({ queryKey: keys.today }),
      ]);
    },
  });
}

function countOf(today: Today, kind: Today["attention"][number]["kind"]): number {
  return Number(today.attention.find((item) => item.kind === kind)?.params["count"] ?? 0);
}

/** How many callers and how many messages wait for somebody; undefined until it is known. */
export function useWaitingCounts(): { callers: number; messages: number } | undefined {
  const { data } = useToday();
  if (data === undefined) return undefined;
  return { callers: countOf(data, "missed-callers"), messages: countOf(data, "new-voicemail") };
}
