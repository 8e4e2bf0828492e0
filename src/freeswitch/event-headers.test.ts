import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEventHeaders } from "./event-headers.ts";

describe("an event's headers", () => {
  test("those that are read are as JSON has them, whatever else there is", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom('","Event-Name":"X', "\\", '\\"'),
    );
    fc.assert(
      fc.property(texts, texts, fc.dictionary(texts, texts), (id, name, others) => {
        const event = { ...others, "Unique-ID": id, "Caller-Caller-ID-Name": name };
        const read = readEventHeaders(JSON.stringify(event));
        expect(read["Unique-ID"]).toBe(id);
        expect(read["Caller-Caller-ID-Name"]).toBe(name);
        expect(read["Event-Name"]).toBe((event as Record<string, string>)["Event-Name"]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the others are left out", () => {
    expect(readEventHeaders('{"Event-Name":"DTMF","FreeSWITCH-Hostname":"x","DTMF-Digit":"1"}')).toEqual({
      "Event-Name": "DTMF",
      "DTMF-Digit": "1",
    });
  });

  test.each([
    '{ "Event-Name": "DTMF" }',
    '{"variable_x":["a","b"],"Event-Name":"DTMF"}',
    '{"Event-Name":"DTMF","x":1}',
  ])("%s is JSON too", (json) => expect(readEventHeaders(json)["Event-Name"]).toBe("DTMF"));

  test.each(["", "{", '{"Event-Name":"DTMF"', '{"Event-Name":"DTMF"} {', '{"Event-Name":"DT\nMF"}', '{"Event-Name"}'])(
    "%j is none",
    (text) => expect(() => readEventHeaders(text)).toThrow(SyntaxError),
  );
});
