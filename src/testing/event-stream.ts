import type { PanelClient } from "./panel-client.ts";

interface Message {
  id: string;
  event: string;
  data: unknown;
}

/** An open event stream, as a browser reads it. */
export async function openEvents(panel: PanelClient, lastEventId?: string) {
  const abort = new AbortController();
  const response = await panel.fetch("/events", {
    signal: abort.signal,
    headers: lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId },
  });
  const messages: Message[] = [];
  const reading = (async () => {
    let buffered = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (buffered + chunk).split("\n\n");
      buffered = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
        if (fields["event"])
          messages.push({ id: fields["id"], event: fields["event"], data: JSON.parse(fields["data"]) });
      }
    }
  })().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    response,
    messages,
    named: (name: string) => messages.filter(({ event }) => event === name).map(({ data }) => data),
    /** Resolves when the other side has ended the stream. */
    ended: reading,
    close: async () => {
      abort.abort();
      await reading;
    },
  };
}
