import pino from "pino";
import { expect, test } from "vitest";
import { withTestDatabase } from "../testing/test-database.ts";
import { toldError } from "./told-error.ts";

test("an error of the database is logged with what helps, and without what stands in its rows", async () => {
  await withTestDatabase(async ({ db }) => {
    const lines: string[] = [];
    const log = pino({ base: null, serializers: { err: toldError } }, { write: (line) => lines.push(line) });
    const nino = { name: "Nino Beridze", extension: "101", sip_ha1: "0".repeat(32) };
    await db.insertInto("operators").values(nino).execute();
    const error = await db
      .insertInto("operators")
      .values({ ...nino, name: "Giorgi" })
      .execute()
      .catch((caught: unknown) => caught);
    const row = await db
      .insertInto("operators")
      .values({ ...nino, extension: null as never })
      .execute()
      .catch((caught: unknown) => caught);
    log.error({ err: error }, "not written down");
    log.error(new Error("what was around it", { cause: row }), "not written down");
    log.error({ err: row }, "not written down");
    log.error({ err: new RangeError("another") }, "of another kind");
    const text = lines.join("");
    expect(text).toContain('"code":"23505"');
    expect(text).toContain("operators_extension");
    expect(text).toContain("told-error.db.test.ts");
    expect(text).toContain('"type":"RangeError","message":"another"');
    expect(text).not.toContain("(101)");
    expect(text).not.toContain("Nino");
  });
});
