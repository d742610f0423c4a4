import { expect, test, vi } from "vitest";
import map from "../src/map";
import type { MapAnswer, MapPrompt } from "../src/model";
import { FakeModel, View, click, keysSeenByNotebook, press } from "./page";

const claim = (id: string, text: string) => ({ id, text, note: "", implicit: false });
const TEXTS = ["Main point.", "First reason.", "Second reason.", "Third reason.", "An objection.", "A doubt about the step."];

function open(values: { prompt?: Partial<MapPrompt>; answer?: unknown } = {}) {
  const prompt = {
    item: "m",
    kind: "map",
    text: "Draw it.",
    claims: TEXTS.map((text, i) => claim(`k${i + 1}`, text)),
    given: [],
    free: false,
    segments: [],
    main: true,
    ...values.prompt,
  };
  const model = new FakeModel({ prompt, ...(values.answer ? { answer: values.answer } : {}) });
  const view = new View(map.render, model);
  view.enter();
  return { model, view };
}
const answer = (model: FakeModel) => model.answer as MapAnswer;
const node = (view: View, id: string) => view.all(`[data-id="${id}"]`).find((element) => !element.closest("[hidden]"))!;
const name = (element: Element) => element.querySelector("title, .ooc-unseen")!.textContent;
const focused = () => document.activeElement!.getAttribute("data-id");
const relate = (id: string, kind: string, sources: string[], target: string) => ({ id, kind, sources, target });
const button = (view: View, text: string) => view.all("button").find((element) => element.textContent!.startsWith(text))!;
const type = (text: string) => {
  const field = document.activeElement as HTMLTextAreaElement;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const filled = {
  claims: [],
  main: "k1",
  relations: [
    relate("r1", "support", ["k2", "k3"], "k1"),
    relate("r2", "rebut", ["k5"], "k1"),
    relate("r3", "undercut", ["k6"], "r1"),
  ],
};
/** Goes to a claim by its number; a pause lets the next digit start a new number. */
const go = (number: number) => {
  vi.advanceTimersByTime(2000);
  press(...String(number));
};

test("marked reasons support, rebut and undermine the claim that one is at", () => {
  const { model, view } = open();
  go(3);
  press("Space");
  go(2);
  press("Space");
  go(1);
  press("s");
  expect(answer(model).relations).toEqual([relate("r1", "support", ["k2", "k3"], "k1")]);
  expect(view.announced).toBe("Claims 2 and 3 together support claim 1.");
  expect(view.all("[aria-selected=true]")).toEqual([]);
  expect(focused()).toBe("k1");
  go(5);
  press("Space");
  go(1);
  press("r");
  go(4);
  press("Space");
  go(2);
  press("d");
  expect(answer(model).relations.slice(1)).toEqual([
    relate("r2", "rebut", ["k5"], "k1"),
    relate("r3", "undermine", ["k4"], "k2"),
  ]);
});

test("an undercut leads to a relation, which the arrows reach", () => {
  const { model, view } = open({ answer: { ...filled, relations: filled.relations.slice(0, 1) } });
  go(6);
  press("Space");
  go(1);
  press("u");
  expect(view.announced).toBe("An undercut leads to a relation. Go to the sign of one.");
  press("ArrowDown");
  expect(focused()).toBe("r1");
  press("s");
  expect(view.announced).toBe("Only an undercut leads to a relation. Go to a claim, or press U.");
  press("u");
  expect(answer(model).relations[1]).toEqual(relate("r2", "undercut", ["k6"], "r1"));
  expect(view.announced).toBe("Claim 6 undercuts relation r1, the step from claims 2 and 3 to claim 1.");
});

test("what cannot be drawn is said, and changes nothing", () => {
  const { model, view } = open({ answer: filled });
  const before = model.answer;
  press("s");
  expect(view.announced).toBe("Mark the reasons first, each with Space.");
  press("Space", "s");
  expect(view.announced).toBe("Claim 1 is marked as a reason itself. Go to another claim.");
  press("Space");
  go(5);
  press("Space");
  go(1);
  press("r");
  expect(view.announced).toBe("Relation r2 says so already.");
  press("Escape");
  go(2);
  press("Delete");
  expect(view.announced).toBe("Claim 2 is given and stays on the board.");
  expect(model.answer).toEqual(before);
});

test("with nothing marked, a verb at a relation changes its kind", () => {
  const { model, view } = open({ answer: filled });
  node(view, "r2").focus();
  press("d");
  expect(answer(model).relations[1]!.kind).toBe("undermine");
  expect(view.announced).toBe("Change relation r2: claim 5 undermines claim 1.");
  press("u");
  expect(answer(model).relations[1]!.kind).toBe("undermine");
  node(view, "r3").focus();
  press("s");
  expect(answer(model).relations[2]!.kind).toBe("undercut");
});

test("A adds the marked claims to a relation, and takes them out when all are in it", () => {
  const { model, view } = open({ answer: filled });
  go(4);
  press("Space");
  node(view, "r1").focus();
  press("a");
  expect(answer(model).relations[0]!.sources).toEqual(["k2", "k3", "k4"]);
  expect(view.announced).toBe("Add claim 4: claims 2, 3 and 4 together support claim 1.");
  go(2);
  press("Space");
  go(3);
  press("Space");
  node(view, "r1").focus();
  press("a");
  expect(answer(model).relations[0]!.sources).toEqual(["k4"]);
  go(4);
  press("Space");
  node(view, "r1").focus();
  press("a");
  expect(view.announced).toBe("No reason would be left. Delete the relation instead.");
});

test("M names the main claim, and takes the name away", () => {
  const { model, view } = open();
  press("m");
  expect(answer(model).main).toBe("k1");
  expect(view.announced).toBe("Claim 1 is the main claim.");
  expect(view.one(".ooc-progress").textContent).toBe("6 claims · 0 relations · main claim: 1");
  press("m");
  expect(model.answer).toEqual({});
});

test("a deleted relation takes those that hang on it with it; undo and redo say what they do", () => {
  const { model, view } = open({ answer: filled });
  node(view, "r1").focus();
  press("Delete");
  expect(answer(model).relations.map(({ id }) => id)).toEqual(["r2"]);
  expect(view.announced).toBe("Delete relations r1 and r3.");
  expect(view.el.contains(document.activeElement)).toBe(true);
  press("Ctrl+z");
  expect(model.answer).toEqual(filled);
  expect(view.announced).toContain("Claims 2 and 3 together support claim 1; claim 6 undercuts relation r1");
  press("Ctrl+y");
  expect(answer(model).relations).toHaveLength(1);
  expect(view.announced).toContain("gone");
});

test("names tell what leads to a claim, whether it is the main claim, and what it does", () => {
  const { view } = open({ answer: filled });
  const expected = {
    k1: "claim 1, “Main point.”, supported by claims 2 and 3 together, rebutted by claim 5; main claim",
    k2: "claim 2, “First reason.”; with claim 3 supports claim 1",
    k6: "claim 6, “A doubt about the step.”; undercuts relation r1",
    r1: "relation r1: claims 2 and 3 together support claim 1, undercut by claim 6",
  };
  for (const key of ["drawing", "outline"]) {
    expect(node(view, "k1").getAttribute("role")).toBe(key === "drawing" ? "option" : "treeitem");
    for (const [id, words] of Object.entries(expected)) expect(name(node(view, id))).toBe(words);
    press("v");
  }
});

test("the outline has each claim once, its relations below it, and does what the drawing does", () => {
  const { model, view } = open({ answer: filled });
  press("v");
  expect(focused()).toBe("k1");
  const rows = view.all("[role=treeitem]").map((row) => `${row.dataset["id"]} ${row.getAttribute("aria-level")}`);
  expect(rows).toEqual(["k1 1", "r1 2", "r3 3", "r2 2", "k2 1", "k3 1", "k4 1", "k5 1", "k6 1"]);
  press("ArrowDown", "ArrowRight");
  expect(focused()).toBe("r3");
  press("ArrowLeft", "ArrowLeft");
  expect(focused()).toBe("k1");
  go(4);
  press("Space");
  go(2);
  press("s");
  expect(answer(model).relations[3]).toEqual(relate("r4", "support", ["k4"], "k2"));
  expect(view.all("[role=treeitem]").map((row) => row.dataset["id"])).toContain("r4");
});

test("the mouse marks with the box, chooses with a click and draws with a button", () => {
  const { model, view } = open();
  click(node(view, "k2").querySelector<HTMLElement>(".ooc-check-box")!);
  click(node(view, "k3"), { ctrlKey: true });
  click(node(view, "k1"));
  expect(view.one(".ooc-sentence").textContent).toBe("Claims 2 and 3 together … claim 1, “Main point.”");
  expect(button(view, "Supports").title).toBe("Claims 2 and 3 together support claim 1");
  click(button(view, "Supports"));
  expect(answer(model).relations).toEqual([relate("r1", "support", ["k2", "k3"], "k1")]);
  expect(button(view, "Supports").getAttribute("aria-disabled")).toBe("true");
});

test("in a free map claims are typed, renamed, deleted, and numbered anew", () => {
  const { model, view } = open({ prompt: { free: true, claims: [] } });
  expect(document.activeElement).toBe(button(view, "New claim"));
  press("n");
  type("One.");
  press("Enter");
  expect(focused()).toBe("c1");
  expect(view.announced).toBe("Claim 1, “One.”, added.");
  press("n");
  type("Two.");
  press("Enter", "e");
  type("Two and a half.");
  press("Enter");
  expect(answer(model).claims.map(({ id, text }) => [id, text])).toEqual([["c1", "One."], ["c2", "Two and a half."]]);
  go(1);
  press("Space");
  go(2);
  press("s", "m");
  go(1);
  press("Delete");
  expect(view.announced).toBe("Delete claim 1 and relation r1.");
  expect(answer(model)).toEqual({ claims: [expect.objectContaining({ id: "c2" })], relations: [], main: "c2" });
  expect(focused()).toBe("c2");
  press("n");
  type("New.");
  press("Enter");
  expect(answer(model).claims.map(({ id }) => id)).toEqual(["c2", "c1"]);
});

test("Escape leaves the form without a claim, and the letters in it are text", () => {
  const { model } = open({ prompt: { free: true } });
  const seen = keysSeenByNotebook();
  press("n", "s", "1");
  expect(document.activeElement!.tagName).toBe("TEXTAREA");
  expect(press("x").defaultPrevented).toBe(false);
  press("Ctrl+z", "Escape");
  expect(model.answer).toEqual({});
  expect(seen).toEqual([]);
  press("Ctrl+s");
  expect(seen).toEqual(["s"]);
});

test("passages become claims that rest on them; a claim without one is implicit", () => {
  const segments = [1, 2, 3].map((n) => ({ id: `t.1.${n}`, text: `Passage ${n}.`, note: "" }));
  const { model, view } = open({ prompt: { free: true, claims: [], segments } });
  press("p", "Enter");
  expect((document.activeElement as HTMLTextAreaElement).value).toBe("Passage 1.");
  press("Enter", "ArrowDown", "Space", "ArrowDown", "Space", "n");
  press("Enter");
  press("p", "n");
  type("Unsaid.");
  press("Enter");
  expect(answer(model).claims).toEqual([
    { id: "c1", text: "Passage 1.", segments: ["t.1.1"], implicit: false },
    { id: "c2", text: "Passage 2. Passage 3.", segments: ["t.1.2", "t.1.3"], implicit: false },
    { id: "c3", text: "Unsaid.", segments: [], implicit: true },
  ]);
  expect(view.all(".ooc-used").map((used) => used.textContent)).toEqual(["claim 1", "claim 2", "claim 2"]);
});

test("given relations are drawn and stay; in a map that is not free no claim comes or goes", () => {
  const { model, view } = open({ prompt: { given: [relate("r1", "support", ["k2"], "k1") as never] } });
  node(view, "r1").focus();
  press("Delete");
  expect(view.announced).toBe("Relation r1 is given and stays as it is.");
  press("r", "n", "e");
  expect(model.answer).toEqual({});
  expect(name(node(view, "r1"))).toBe("relation r1: claim 2 supports claim 1; given");
  go(3);
  press("Space");
  go(1);
  press("s");
  expect(answer(model).relations[0]!.id).toBe("r2");
});

test("finding leaves the claims with the words and what they are joined to", () => {
  const { view } = open({ answer: filled });
  press("/");
  type("objection");
  expect(view.announced).toBe("2 of 6 claims shown.");
  press("Enter");
  expect(view.all("[role=option]").map((option) => option.getAttribute("data-id"))).toEqual(["k1", "k5", "r2"]);
  press("Escape");
  expect(view.all("[role=option]")).toHaveLength(9);
  press("/");
  type("nothing like it");
  expect(view.announced).toBe("0 of 6 claims shown.");
  press("Escape");
  expect(view.all("[role=option]")).toHaveLength(9);
  expect(focused()).toBe("k1");
});

test("there is one Tab stop, in both views and after everything in focus is gone", () => {
  const { model, view } = open({ answer: filled });
  const stops = () => view.tabStops.filter((stop) => !stop.closest("[hidden]")).length;
  expect(view.tabStops).toHaveLength(1);
  press("v");
  expect(stops()).toBe(1);
  press("v", "ArrowDown");
  model.set("answer", {});
  expect(stops()).toBe(1);
  expect(view.el.contains(document.activeElement)).toBe(true);
});

test("the arrows go along relations, along rows, and past the edges to the buttons", () => {
  const { view } = open({ answer: filled });
  press("ArrowDown");
  expect(focused()).toBe("r1");
  press("ArrowRight");
  expect(focused()).toBe("r3");
  press("ArrowDown");
  expect(focused()).toBe("k6");
  press("ArrowLeft");
  expect(focused()).toBe("k3");
  press("ArrowUp", "ArrowUp", "ArrowUp");
  expect(document.activeElement).toBe(button(view, "Drawing"));
  press("ArrowDown");
  expect(focused()).toBe("k1");
  press("t");
  expect(document.activeElement).toBe(button(view, "Supports"));
});

test("Escape takes the marks away, then leaves", () => {
  const { view } = open();
  press("Space", "Escape");
  expect(view.all("[aria-selected=true]")).toEqual([]);
  expect(view.el.contains(document.activeElement)).toBe(true);
  press("Escape");
  expect(view.el.contains(document.activeElement)).toBe(false);
});

test("letters that mean something to the notebook stay here, Ctrl+S does not", () => {
  open();
  const seen = keysSeenByNotebook();
  press("0", "0", "d", "d", "x", "Delete", "Ctrl+z", "f", "=", "Shift+ArrowUp");
  expect(seen).toEqual([]);
  press("Ctrl+s");
  expect(seen).toEqual(["s"]);
});

test("two-digit numbers are typed in one go", () => {
  const { view } = open({ prompt: { claims: Array.from({ length: 12 }, (_, i) => claim(`k${i + 1}`, "Text.")) } });
  go(12);
  expect(focused()).toBe("k12");
  go(44);
  expect(view.announced).toBe("There is no claim 44.");
});

test("an answer that makes no sense is drawn as far as it goes, and kept", () => {
  const strange = {
    extra: { kept: true },
    main: "nobody",
    claims: [5, { id: "c1" }, { id: "k1", text: "Twice." }],
    relations: [
      null,
      "k1 supports k2",
      relate("r1", "support", ["k1", "ghost"], "k2"),
      relate("r2", "support", ["k2"], "k1"),
      relate("r3", "undercut", ["k3"], "r4"),
      relate("r4", "undercut", ["k4"], "r3"),
      relate("r5", "undercut", ["k5"], "r1"),
      relate("r6", "undercut", ["k6"], "r5"),
      relate("r7", "rebut", ["k5"], "nowhere"),
      relate("r8", "rebut", ["k5"], "k5"),
      relate("r9", "undercut", ["k5"], "k1"),
      relate("r10", "support", ["k5"], "r1"),
      relate("r11", "guess", ["k5"], "k1"),
      relate("r12", "support", [], "k1"),
      relate("r1", "support", ["k3"], "k1"),
    ],
  };
  const { model, view } = open({ answer: strange });
  expect(view.all("[role=option].ooc-relation")).toHaveLength(11);
  press("v");
  expect(view.all("[role=treeitem]")).toHaveLength(17);
  press("v");
  go(4);
  press("Space");
  go(3);
  press("s");
  const { relations, ...rest } = answer(model);
  expect(rest).toEqual({ extra: strange.extra, main: "nobody", claims: strange.claims });
  expect(relations).toEqual([...strange.relations, relate("r13", "support", ["k4"], "k3")]);
  node(view, "r1").focus();
  go(3);
  press("Space");
  node(view, "r1").focus();
  press("a");
  expect(answer(model).relations[2]!.sources).toEqual(["k1", "k3", "ghost"]);
});

test.each([{ relations: 7, claims: "x", main: 3 }, { claims: null }, { relations: [[]] }])(
  "an answer of another shape does not stop the widget: %j",
  (shape) => {
    const { view } = open({ answer: shape });
    expect(view.all("[role=option]")).toHaveLength(6);
    press("v", "Delete", "a", "u");
  },
);

test("more than a thousand nodes are refused, with the limit and the way by typing", () => {
  const { model, view } = open({ prompt: { claims: Array.from({ length: 1001 }, (_, i) => claim(`k${i}`, "Text.")) } });
  expect(view.all("[role=option]")).toEqual([]);
  expect(view.one("[role=note]").textContent).toContain("1,001 claims and relations. This form shows at most 1,000.");
  expect(view.one("[role=note]").textContent).toContain('answer("m", {');
  press("s", "Space", "n", "v", "1", "f");
  expect(model.answer).toEqual({});
});

test("no relation is added beyond the limit", () => {
  const relations = Array.from({ length: 300 }, (_, i) => relate(`r${i}`, "support", ["k2"], "k1"));
  const { model, view } = open({ answer: { claims: [], relations, main: null } });
  go(3);
  press("Space");
  go(1);
  press("s");
  expect(view.announced).toBe("A map has at most 300 relations.");
  expect(answer(model).relations).toHaveLength(300);
});

test("an answer from another view is shown, said, and can be undone", () => {
  const { model, view } = open();
  model.set("answer", filled);
  expect(name(node(view, "k1"))).toContain("supported by claims 2 and 3 together");
  expect(view.announced).toContain("claim 5 rebuts claim 1");
  press("Ctrl+z");
  expect(model.answer).toEqual({});
});

test("a view that is disposed of leaves nothing behind", () => {
  const { model, view } = open();
  view.dispose();
  expect(model.listening).toBe(0);
  expect(view.el.children).toHaveLength(0);
});

test("what is far outside the panel is not painted, and is again when the drawing is shown whole", () => {
  const { view } = open({ answer: filled });
  const unpainted = () => view.all("[data-far]").length;
  expect(unpainted()).toBe(0);
  press("+", "+", "+", "+", "+");
  expect(unpainted()).toBeGreaterThan(0);
  press("f");
  expect(unpainted()).toBe(0);
});

test("a map of more than a hundred relations is drawn more simply", () => {
  const claims = Array.from({ length: 103 }, (_, i) => claim(`k${i + 1}`, `Claim ${i + 1}.`));
  const relations = claims.slice(1).map((each, i) => relate(`r${i + 1}`, "support", [each.id], "k1"));
  const large = (number: number) =>
    open({ prompt: { claims }, answer: { claims: [], main: "k1", relations: relations.slice(0, number) } }).view.all("[data-large]").length;
  expect(large(100)).toBe(0);
  expect(large(101)).toBe(1);
});
