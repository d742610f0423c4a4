import { expect, test } from "vitest";
import { aif, argdown, picture, unwritable } from "../src/map-export";
import { boardOf, type Board } from "../src/map-state";
import type { MapAnswer, MapPrompt } from "../src/model";

const own = (id: string, text: string, more: object = {}) => ({ id, text, segments: [], implicit: false, ...more });
const prompt: MapPrompt = { item: "m", text: "", claims: [], given: [], free: true, segments: [], main: true };
const harbour = {
  claims: [
    own("c1", "The harbour closes."),
    own("c2", "The dredger is broken.", { segments: ["s3"] }),
    own("c3", "Nobody repairs dredgers.", { implicit: true }),
    own("c4", "The dredger runs."),
  ],
  relations: [
    { id: "r1", kind: "support", sources: ["c2", "c3"], target: "c1" },
    { id: "r2", kind: "undermine", sources: ["c4"], target: "c2" },
    { id: "r3", kind: "undercut", sources: ["c4"], target: "r1" },
  ],
  main: "c1",
} satisfies MapAnswer;
const board = (answer: MapAnswer = harbour): Board => boardOf(prompt, answer);

test("Argdown is written as docs/interchange.md shows it", () => {
  expect(argdown(board())).toBe(`[c1]: The harbour closes. {"main": true}

[c2]: The dredger is broken. {"segments": ["s3"]}

[c3]: Nobody repairs dredgers. {"implicit": true}

[c4]: The dredger runs.

<r1>

(1) [c2]
(2) [c3]
----
(3) [c1]

[c4]
  -> [c2] {"relations": {"r2": {"kind": "undermine"}}}

[c4]
  _> <r1> {"relations": {"r3": {"kind": "undercut"}}}

`);
});

test("markup, line breaks and ends of braces in texts do no harm in Argdown", () => {
  const text = argdown(board({ ...harbour, claims: [own("constructor", "a*b\n{x} “é” 3.5")], relations: [], main: null }));
  expect(text).toBe(
    '[constructor.]: a\\*b \\{x\\} “é” 3\\.5 {"text": "a*b\\n\\u007bx\\u007d \\u201c\\u00e9\\u201d 3.5"}\n\n',
  );
});

test("an attack that is attacked itself, or that two claims make, is an argument in Argdown", () => {
  const relations: MapAnswer["relations"] = [
    { id: "r1", kind: "rebut", sources: ["c2", "c3"], target: "c1" },
    { id: "r2", kind: "undercut", sources: ["c4"], target: "r1" },
  ];
  expect(argdown(board({ ...harbour, relations }))).toContain(
    '<r1>\n\n(1) [c2]\n(2) [c3]\n-- {"kind": "rebut"} --\n(3) [r1 against c1]\n  -> [c1]\n',
  );
});

test("AIF has I-, RA- and CA-nodes, and the rest under our key", () => {
  const document = JSON.parse(aif(board()));
  expect(document.nodes.map((node: { type: string }) => node.type)).toEqual(["I", "I", "I", "I", "RA", "CA", "CA"]);
  expect(document.edges.map((edge: { fromID: string; toID: string }) => `${edge.fromID}>${edge.toID}`)).toEqual([
    "2>5", "3>5", "5>1", "4>6", "6>2", "4>7", "7>5",
  ]);
  expect(document.openOrClosed).toEqual({
    format: 1,
    main: "c1",
    claims: [
      { node: "1", id: "c1" },
      { node: "2", id: "c2", segments: ["s3"] },
      { node: "3", id: "c3", implicit: true },
      { node: "4", id: "c4" },
    ],
    relations: [
      { node: "5", id: "r1", to: "1", kind: "support" },
      { node: "6", id: "r2", to: "2", kind: "undermine" },
      { node: "7", id: "r3", to: "5", kind: "undercut", target: "r1" },
    ],
  });
});

test("a relation with an end that the formats do not have is named", () => {
  expect(unwritable(board())).toBeUndefined();
  const wrong = { id: "r9", kind: "undercut", sources: ["c4"], target: "c1" } as const;
  expect(unwritable(board({ ...harbour, relations: [...harbour.relations, { ...wrong, sources: ["c4"] }] }))!.id).toBe("r9");
});

test("the picture stands alone: well-formed, with styles, a title and the map in words", () => {
  const { text, width, height } = picture(board({ ...harbour, main: "c1", claims: [...harbour.claims, own("c5", "a < b & c \u0007")] }), "Argument map: m");
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  expect(parsed.querySelector("parsererror")).toBeNull();
  expect(parsed.querySelector("title")!.textContent).toBe("Argument map: m");
  expect(parsed.querySelector("desc")!.textContent).toContain("Relation r1: claims 2 and 3 together support claim 1, undercut by claim 4.");
  expect(parsed.querySelector("style")!.textContent).toContain(".ooc-box");
  expect(parsed.querySelectorAll(".ooc-box")).toHaveLength(5);
  expect(parsed.querySelector("[tabindex], [role=option], .ooc-check")).toBeNull();
  expect(width).toBeGreaterThan(300);
  expect(height).toBeGreaterThan(200);
});
