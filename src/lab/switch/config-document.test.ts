import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigDocumentError, childNamed, childrenNamed, loadDocument, settingsOf } from "./config-document.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lab-conf-"));
  await mkdir(join(directory, "more"));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const globals = new Map([["storage_dir", directory]]);
  return { document: loadDocument(join(directory, "freeswitch.xml"), globals), globals };
}

describe("the configuration", () => {
  it("is put together from includes in the order of their names, with variables as text", async () => {
    const { document, globals } = await load({
      "freeswitch.xml": [
        '<?xml version="1.0"?>',
        "<document>",
        '<X-PRE-PROCESS cmd="include" data="$${storage_dir}/vars.xml"/>',
        '<section name="users">',
        '<X-PRE-PROCESS cmd="include" data="more/*.xml"/>',
        '<X-PRE-PROCESS cmd="include" data="none/*.xml"/>',
        "</section>",
        "</document>",
      ].join("\n"),
      "vars.xml": '<include>\n  <X-PRE-PROCESS cmd="set" data="port=5060"/>\n</include>\n',
      "more/b.xml": '<include>\n<user id="b"/>\n</include>',
      "more/a.xml": '<include>\n<user id="a"><params><param name="port" value="$${port}"/></params></user>\n</include>',
      // FreeSWITCH drops a line with <include> in it, whatever else stands there.
      "more/c.xml": '<include><user id="c"/></include>\n',
    });
    const users = childrenNamed(childNamed(document, "section", "users"), "user");
    expect(users.map(({ attributes }) => attributes["id"])).toEqual(["a", "b"]);
    expect(settingsOf(users[0], "params").get("port")).toBe("5060");
    expect(globals.get("port")).toBe("5060");
  });

  it("is refused when it is malformed", async () => {
    await expect(load({ "freeswitch.xml": "<document>\n<section>\n</document>\n" })).rejects.toThrow(
      ConfigDocumentError,
    );
  });
});
