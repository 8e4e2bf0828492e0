import { expect, test } from "vitest";
import type { UpdateProblem } from "../calls/update.ts";
import { noUpdates, withApi } from "../testing/test-api.ts";
import type { UpdateOffice } from "./ports.ts";

class Refusal extends Error {
  readonly problem: UpdateProblem;
  constructor(problem: UpdateProblem) {
    super(`${problem}: for the log`);
    this.problem = problem;
  }
}

function office(changes: Partial<UpdateOffice> = {}): UpdateOffice {
  return {
    ...{ ...noUpdates, isBox: true },
    problemOf: (error) => (error instanceof Refusal ? error.problem : null),
    ...changes,
  };
}

test("an update is uploaded as it is, larger than any other request, and by the admin alone", async () => {
  const BYTES = 8 * 1024 * 1024;
  let received = 0;
  const receive: UpdateOffice["receive"] = async (stream, bytes) => {
    for await (const chunk of stream) received += chunk.length;
    expect(received).toBe(bytes);
  };
  await withApi(
    async (api) => {
      const body = new Uint8Array(BYTES);
      expect((await api.newPanel().fetch("/update-upload", { method: "POST", body })).status).toBe(401);
      expect(received).toBe(0);
      expect((await api.panel.fetch("/update-upload", { method: "POST", body })).status).toBe(200);
      expect(received).toBe(BYTES);
      expect((await api.newPanel().fetch("/updates")).status).toBe(401);
    },
    { updates: office({ receive }) },
  );
});

test("what cannot be is refused with a word that the panel explains", async () => {
  const throws = (problem: UpdateProblem) => () => {
    throw new Refusal(problem);
  };
  await withApi(
    async (api) => {
      await expect(api.panel.post("/updates/begin", { offerId: "x" })).rejects.toThrow("update-signature");
      const wish = { moment: "now", isInsisting: false };
      await expect(api.panel.post("/updates/restart", wish)).rejects.toThrow("update-in-conversation");
      await expect(api.panel.post("/updates/restart", { ...wish, moment: "soon" })).rejects.toThrow("422");
      expect(JSON.stringify(await api.panel.get("/updates"))).not.toContain("for the log");
    },
    { updates: office({ begin: throws("signature"), restart: throws("in-conversation") }) },
  );
});

test.each(["ftp://example.ge/channel.json", "example.ge", "file:///etc/passwd", "javascript:alert(1)"])(
  "%s is no address for updates",
  async (channel) => {
    await withApi(
      async (api) => {
        await expect(api.panel.put("/updates/channel", { channel })).rejects.toThrow("not-a-web-address");
      },
      { updates: office() },
    );
  },
);
