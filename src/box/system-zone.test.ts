import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { systemZone } from "./system-zone.ts";

test("a zone that the system has by its newer name alone is that one; all others stay as they are", async () => {
  await withTemporaryDir(async (folder) => {
    await mkdir(join(folder, "Asia"));
    await writeFile(join(folder, "Asia/Ulaanbaatar"), "");
    await writeFile(
      join(folder, "tzdata.zi"),
      "# version 2026a\nL Europe/Kyiv Europe/Kiev\nL Asia/Ulaanbaatar Asia/Ulan_Bator\n",
    );
    expect(await systemZone("Europe/Kiev", folder)).toBe("Europe/Kyiv");
    expect(await systemZone("Asia/Ulaanbaatar", folder)).toBe("Asia/Ulaanbaatar");
    expect(await systemZone("Asia/Nowhere", folder)).toBe("Asia/Nowhere");
    expect(await systemZone("Europe/Kiev", join(folder, "none"))).toBe("Europe/Kiev");
  });
});
