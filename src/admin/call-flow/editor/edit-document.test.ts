import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeId } from "../../../calls/ids.ts";
import { FlowContent, type FlowContentInput, nodeOf } from "../../../flows/ivr/document.ts";
import { exitsOf } from "../../../flows/ivr/graph.ts";
import { buildTemplate, emptyFlow } from "../../../flows/ivr/templates.ts";
import { branchesOf, drawnBranches, freeKeys, withBranch } from "./branches.ts";
import {
  addKey,
  canRemove,
  changeKey,
  insert,
  lead,
  newNode,
  onlyThrough,
  remove,
  removeKey,
  removeWithRest,
  targetOf,
} from "./edit-document.ts";
import { STEP_GROUPS } from "./step-kinds.ts";

const id = nodeId;
const shop = () => buildTemplate("shop", "en");
const flow = (nodes: FlowContentInput["nodes"], start = "a", operators = "people") =>
  FlowContent.parse({ start, operators, nodes: { people: { type: "ring-group" }, ...nodes } });
const KINDS = STEP_GROUPS.flatMap(({ types }) => [...types]);

describe("the branches of a step", () => {
  test("are the same as those that calls take and the losses count", () => {
    const document = KINDS.reduce(
      (grown, type) => insert(grown, "start", type).document,
      buildTemplate("service", "en"),
    );
    for (const [name, node] of Object.entries(document.nodes)) {
      const drawn = branchesOf(node).map(({ via, to }) => `${via} ${to}`);
      const walked = exitsOf(document, name)
        .filter(({ via }) => via !== "0")
        .map(({ via, to }) => `${via} ${to}`);
      expect({ name, branches: drawn.toSorted() }).toEqual({ name, branches: walked.toSorted() });
    }
  });

  test("every kind can be added, and every branch of it led elsewhere", () => {
    for (const type of KINDS) {
      const node = newNode(type);
      for (const { via } of branchesOf(node)) {
        const led = branchesOf(withBranch(node, via, id("there")));
        expect({ type, led: led.filter(({ to }) => to === "there") }).toEqual({ type, led: [{ via, to: "there" }] });
      }
      expect(withBranch(node, "no-such-branch", id("there"))).toEqual(node);
    }
    expect(new Set(KINDS).size).toBe(17);
  });

  test("that 0 leads to a person is not drawn, but where it leads elsewhere is", () => {
    const document = flow({ a: { type: "menu", choices: { "0": "people", "1": "people", "*": "a" } } });
    const [usual] = [document.nodes["a"]].filter((node) => node !== undefined);
    expect(usual && drawnBranches(document, usual).map(({ via }) => via)).toEqual(["1", "*", "otherwise"]);
    const other = lead(document, { from: id("a"), via: "0" }, id("a"));
    expect(other.nodes["a"] && drawnBranches(other, other.nodes["a"]).map(({ via }) => via)).toContain("0");
  });

  test("keys are added from 1 on, changed and removed; one that is taken stays", () => {
    let document = flow({ a: { type: "menu" } });
    document = addKey(addKey(document, id("a")), id("a"));
    document = lead(document, { from: id("a"), via: "2" }, id("people"));
    expect(changeKey(document, id("a"), "2", "1")).toEqual(document);
    document = changeKey(document, id("a"), "2", "9");
    expect(targetOf(document, { from: id("a"), via: "9" })).toBe("people");
    document = removeKey(document, id("a"), "1");
    const node = document.nodes["a"];
    expect(node?.type === "menu" && freeKeys(node.choices)).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
      "8",
      "0",
      "*",
      "#",
    ]);
  });
});

describe("a new step", () => {
  test("comes in between: what the branch led to comes after it", () => {
    const document = shop();
    const before = targetOf(document, { from: id("greeting"), via: "next" });
    const { document: grown, id: added } = insert(document, { from: id("greeting"), via: "next" }, "tag");
    expect(targetOf(grown, { from: id("greeting"), via: "next" })).toBe(added);
    expect(targetOf(grown, { from: added, via: "next" })).toBe(before);
    expect(grown.nodes["greeting"]).not.toBe(document.nodes["greeting"]);
    expect(document.nodes[added]).toBeUndefined();
  });

  test("gets a name of its own, however many there are", () => {
    let document = shop();
    const ids = new Set<string>();
    for (let count = 0; count < 5; count += 1) {
      const grown = insert(document, "start", "menu");
      ids.add(grown.id);
      document = grown.document;
    }
    expect([...ids]).toEqual(["menu-2", "menu-3", "menu-4", "menu-5", "menu-6"]);
    expect(document.start).toBe("menu-6");
  });

  test("where it can fail, callers come to a person; a closed door is left to think about", () => {
    const { document, id: added } = insert(shop(), "start", "look-up");
    expect(targetOf(document, { from: added, via: "failed" })).toBe(document.operators);
    const hours = insert(shop(), "start", "hours");
    expect(targetOf(hours.document, { from: hours.id, via: "closed" })).toBe("");
  });
});

describe("a step is taken out", () => {
  test("and what led to it leads to what came after it", () => {
    const document = remove(shop(), id("greeting"));
    expect(document.nodes["greeting"]).toBeUndefined();
    expect(targetOf(document, { from: id("hours"), via: "open" })).toBe("menu");
    const first = remove(shop(), id("language"));
    expect(first.start).toBe("hours");
  });

  test("but not the one to which 0 leads, nor the only one", () => {
    expect(canRemove(shop(), id("operators"))).toBe(false);
    expect(remove(shop(), id("operators"))).toEqual(shop());
    const alone = flow({ a: { type: "hang-up" } });
    expect(canRemove(alone, id("a"))).toBe(false);
    expect(canRemove(alone, id("nobody"))).toBe(false);
  });

  test("with all that callers reach only through it", () => {
    expect(onlyThrough(shop(), id("information")).toSorted()).toEqual(["information"]);
    const document = removeWithRest(shop(), id("information"));
    expect(document.nodes["information"]).toBeUndefined();
    expect(document.nodes["goodbye"]).toBeDefined();
    expect(targetOf(document, { from: id("menu"), via: "2" })).toBe("");
    expect(removeWithRest(shop(), id("language"))).toEqual(shop());
  });
});

test("whatever is done to a flow, it stays one that can be kept, and no branch leads to a step that is gone", () => {
  const kind = fc.constantFrom(...KINDS);
  const number = fc.nat(500);
  const act = fc.record({
    name: fc.constantFrom("insert", "remove", "removeWithRest", "lead"),
    kind,
    number,
    other: number,
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      let document = emptyFlow();
      for (const { name, kind: type, number: at, other } of acts) {
        const ids = Object.keys(document.nodes).map(nodeId);
        const from = ids[at % ids.length] ?? document.start;
        const branches = branchesOf(nodeOf(document, from) ?? newNode("hang-up"));
        const via = branches[other % Math.max(1, branches.length)]?.via;
        const place = via === undefined ? "start" : { from, via };
        if (name === "insert") document = insert(document, place, type).document;
        else if (name === "remove") document = remove(document, from);
        else if (name === "removeWithRest") document = removeWithRest(document, from);
        else document = lead(document, place, ids[other % ids.length] ?? document.start);
        expect(FlowContent.parse(document)).toEqual(document);
        expect(nodeOf(document, document.start)).toBeDefined();
        expect(nodeOf(document, document.operators)).toBeDefined();
        for (const node of Object.values(document.nodes)) {
          for (const { to } of branchesOf(node)) expect(to === "" || nodeOf(document, to) !== undefined).toBe(true);
        }
      }
    }),
    { numRuns: 150 },
  );
});
