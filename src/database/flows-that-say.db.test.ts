import { expect, it } from "vitest";
import { flowId } from "../calls/ids.ts";
import { FlowContent } from "../flows/ivr/document.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { publishFlow } from "./call-flows.ts";
import { readFlowsThatSay } from "./flows-that-say.ts";

const saying = (prompt: string) =>
  FlowContent.parse({
    start: "say",
    operators: "people",
    nodes: { say: { type: "say", prompt, next: "people" }, people: { type: "ring-group" } },
  });

it("a prompt is in use by flows that say it now, or that will once their draft is published", async () => {
  await withTestDatabase(async ({ db }) => {
    await db
      .insertInto("flows")
      .values([
        { id: "sales", name: "Sales" },
        { id: "night", name: "Night" },
      ])
      .execute();
    const publish = async (prompt: string) =>
      await db
        .transaction()
        .execute(async (tx) => await publishFlow(tx, flowId("sales"), saying(prompt), { by: null }));
    await publish("own-11111111");
    expect(await readFlowsThatSay(db, "own-11111111")).toEqual([{ flowId: "sales", name: "Sales" }]);
    await publish("own-22222222");
    expect(await readFlowsThatSay(db, "own-11111111")).toEqual([]);
    const document = JSON.stringify(saying("own-11111111"));
    await db.insertInto("flow_drafts").values({ flow_id: "night", revision: 1, document, based_on: null }).execute();
    expect(await readFlowsThatSay(db, "own-11111111")).toEqual([{ flowId: "night", name: "Night" }]);
    expect(await readFlowsThatSay(db, "own-1111111")).toEqual([]);
  });
});
