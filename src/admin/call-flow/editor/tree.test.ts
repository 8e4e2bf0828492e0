import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeId } from "../../../calls/ids.ts";
import { FlowContent, type FlowContentInput } from "../../../flows/ivr/document.ts";
import { BUSINESSES, buildTemplate } from "../../../flows/ivr/templates.ts";
import { layoutTree } from "./layout.ts";
import { stepBeside } from "./step-beside.ts";
import { flowTree } from "./tree.ts";

const flow = (nodes: FlowContentInput["nodes"]) => FlowContent.parse({ start: "a", operators: "people", nodes });
const shapeOf = (document: FlowContent) =>
  flowTree(document).steps.map(({ id, depth, branches }) => [
    id,
    depth,
    ...branches.map(({ via, to, kind }) => (kind === "below" ? via : `${via}${kind === "open" ? "?" : `>${to}`}`)),
  ]);

describe("a flow as a tree", () => {
  test("has each step once, below the branch by which callers come there soonest; other branches name it", () => {
    const document = flow({
      a: { type: "menu", choices: { "1": "b", "2": "people" }, otherwise: "people" },
      b: { type: "say", next: "people" },
      people: { type: "ring-group", noAnswer: "" },
    });
    expect(shapeOf(document)).toEqual([
      ["a", 0, "1", "2", "otherwise>people"],
      ["b", 1, "next>people"],
      ["people", 1, "no-answer?"],
    ]);
  });

  test("steps that nobody comes to stand beside it, with what follows them", () => {
    const document = flow({
      a: { type: "say", next: "people" },
      people: { type: "ring-group", noAnswer: "end" },
      end: { type: "hang-up" },
      lost: { type: "tag", next: "also-lost" },
      "also-lost": { type: "tag", next: "end" },
      circle: { type: "tag", next: "back" },
      back: { type: "tag", next: "circle" },
    });
    expect(flowTree(document).roots).toEqual(["a", "lost", "circle"]);
    expect(flowTree(document).steps).toHaveLength(7);
  });

  test("a step to which only 0 leads is not forgotten", () => {
    const document = flow({ a: { type: "say", next: "a" }, people: { type: "ring-group", noAnswer: "a" } });
    expect(flowTree(document).roots).toEqual(["a", "people"]);
  });

  test("names every step of every template exactly once", () => {
    for (const business of BUSINESSES) {
      const document = buildTemplate(business, "en");
      const { steps } = flowTree(document);
      expect(steps.map(({ id }) => id).toSorted()).toEqual(Object.keys(document.nodes).toSorted());
    }
  });
});

const sizeOf = (id: string) => ({ width: 240 + (id.length % 7) * 30, height: 90 + (id.length % 3) * 20 });

describe("its drawing", () => {
  test("keeps branches in their order, children below their parents, and nothing on top of another", () => {
    const link = fc.record({ parent: fc.nat(60), wide: fc.boolean() });
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 40 }), (links) => {
        const nodes: Record<string, { type: "menu"; choices: Record<string, string> }> = {
          a: { type: "menu", choices: {} },
        };
        const names = ["a"];
        for (const [index, { parent }] of links.entries()) {
          const above = nodes[names[parent % names.length] ?? "a"];
          const key = String(Object.keys(above?.choices ?? {}).length + 1);
          if (above === undefined || Number(key) > 9) continue;
          const name = `n${"x".repeat(index % 9)}${index}`;
          above.choices[key] = name;
          nodes[name] = { type: "menu", choices: {} };
          names.push(name);
        }
        const tree = flowTree(FlowContent.parse({ start: "a", operators: "a", nodes }));
        const places = layoutTree(tree, sizeOf);
        for (const { id, branches } of tree.steps) {
          const here = places.get(id);
          const below = branches.flatMap(({ to, kind }) => (kind === "below" ? [places.get(to)] : []));
          for (const child of below) expect(child?.y).toBeGreaterThan((here?.y ?? 0) + sizeOf(id).height);
          const lefts = below.map((child) => child?.x ?? 0);
          expect(lefts).toEqual(lefts.toSorted((left, right) => left - right));
        }
        const boxes = [...places].map(([id, place]) => ({ ...place, ...sizeOf(id) }));
        for (const [index, one] of boxes.entries())
          for (const other of boxes.slice(index + 1))
            expect(
              one.x + one.width <= other.x ||
                other.x + other.width <= one.x ||
                one.y + one.height <= other.y ||
                other.y + other.height <= one.y,
            ).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("arrow keys lead down to the first branch, up to where callers come from, and along the row", () => {
    const document = buildTemplate("clinic", "en");
    const tree = flowTree(document);
    const places = layoutTree(tree, sizeOf);
    const beside = (from: string, key: string) => stepBeside(tree, places, nodeId(from), key);
    expect(beside("language", "ArrowDown")).toBe("hours");
    expect(beside("hours", "ArrowUp")).toBe("language");
    expect(beside("language", "ArrowUp")).toBeNull();
    expect(beside("greeting", "ArrowRight")).toBe("closed");
    expect(beside("closed", "ArrowLeft")).toBe("greeting");
    expect(beside("hours", "Enter")).toBeNull();
    expect(beside("nobody", "ArrowDown")).toBeNull();
  });
});
