import { setTimeout as pause } from "node:timers/promises";
import { InfiniteQueryObserver, QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { Refresher } from "./refresher.ts";

/** Events come every 20 ms, an answer takes 100 ms, as on a busy day with a long log. */
const EVENT_MS = 20;
const ANSWER_MS = 100;
const KEY = ["calls"];

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function begin() {
  const client = new QueryClient();
  const refresher = new Refresher(client);
  ends.push(() => client.clear());
  return { client, refresher };
}

function eventsGoOn(refresher: Refresher): () => void {
  const events = setInterval(() => refresher.refresh(KEY), EVENT_MS);
  const end = () => clearInterval(events);
  ends.push(end);
  return end;
}

test("what is shown is renewed while events come faster than answers, and shows the last of them", async () => {
  const { client, refresher } = begin();
  let happened = 0;
  let asked = 0;
  const observer = new QueryObserver(client, {
    queryKey: KEY,
    queryFn: async () => {
      asked += 1;
      const seen = happened;
      await pause(ANSWER_MS);
      return seen;
    },
  });
  ends.push(observer.subscribe(() => undefined));
  const shown = () => observer.getCurrentResult().data;
  await vi.waitFor(() => expect(shown()).toBe(0));
  const happening = setInterval(() => {
    happened += 1;
  }, EVENT_MS);
  const end = eventsGoOn(refresher);
  await vi.waitFor(() => expect(shown()).toBeGreaterThan(0), { timeout: 2_000 });
  await pause(1_000);
  clearInterval(happening);
  refresher.refresh(KEY);
  end();
  await vi.waitFor(() => expect(shown()).toBe(happened), { timeout: 2_000 });
  // Not once an event.
  expect(asked).toBeLessThan(happened / 4);
});

test("the next page comes while events go on", async () => {
  const { client, refresher } = begin();
  const observer = new InfiniteQueryObserver(client, {
    queryKey: KEY,
    initialPageParam: 0,
    queryFn: async ({ pageParam, signal }) => {
      await pause(ANSWER_MS, undefined, { signal });
      return pageParam;
    },
    getNextPageParam: (last: number) => last + 1,
  });
  ends.push(observer.subscribe(() => undefined));
  const pages = () => observer.getCurrentResult().data?.pages;
  await vi.waitFor(() => expect(pages()).toEqual([0]));
  eventsGoOn(refresher);
  observer.fetchNextPage().catch(() => undefined);
  await vi.waitFor(() => expect(pages()).toEqual([0, 1]), { timeout: 2_000 });
});

test("an answer that was read before the stream spoke does not take its place", async () => {
  const { client, refresher } = begin();
  const answers = ["a call", "a call that ended meanwhile"];
  const observer = new QueryObserver(client, {
    queryKey: KEY,
    queryFn: async () => {
      const seen = answers.shift();
      await pause(ANSWER_MS);
      return seen;
    },
  });
  ends.push(observer.subscribe(() => undefined));
  const shown = () => observer.getCurrentResult().data;
  await vi.waitFor(() => expect(shown()).toBe("a call"));
  const asking = observer.refetch();
  await refresher.put(KEY, "no call");
  await asking;
  await pause(2 * ANSWER_MS);
  expect(shown()).toBe("no call");
});

test("what the stream says is shown although nothing was answered yet", async () => {
  const { client, refresher } = begin();
  const observer = new QueryObserver(client, { queryKey: KEY, queryFn: () => pause(ANSWER_MS, "a call") });
  ends.push(observer.subscribe(() => undefined));
  await refresher.put(KEY, "no call");
  await pause(2 * ANSWER_MS);
  expect(observer.getCurrentResult()).toMatchObject({ data: "no call", isError: false });
});
