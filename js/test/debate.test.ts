import { expect, test } from "vitest";
import debate from "../src/debate";
import { FakeModel, View, press } from "./page";

const STANDING = {
  a: { status: "stands", reason: "It stands, because nothing attacks it.", changed: false },
  b: { status: "falls", reason: "It falls, because a attacks it.", changed: false },
  c: { status: "undecided", reason: "It is undecided.", changed: false },
};

function open(values: object = {}) {
  const model = new FakeModel({
    prompt: {
      text: "What stands?",
      claims: ["a", "b", "c"].map((id) => ({ id, text: `Claim ${id}`, note: id === "a" ? "khan.2.1" : "" })),
      main: "b",
    },
    standing: STANDING,
    ...values,
  });
  const view = new View(debate.render, model);
  view.enter();
  return { model, view };
}
const statuses = (view: View) => view.all(".ooc-chip").map((chip) => chip.textContent);
const shown = (view: View) =>
  view.all(".ooc-claim").filter((claim) => !claim.closest<HTMLElement>("li")!.hidden).map((claim) => claim.dataset["id"]);

test("each claim shows its status in words, and the main claim says that it is", () => {
  const { view } = open();
  expect(statuses(view)).toEqual(["Stands", "Falls · main claim", "Undecided"]);
});

test("each claim shows the reason for its status", () => {
  const { view } = open();
  expect(view.all(".ooc-reason").map((reason) => reason.textContent)).toEqual(
    Object.values(STANDING).map(({ reason }) => reason),
  );
});

test("pressing a claim rejects it, and pressing it again takes that back", () => {
  const { model, view } = open();
  view.all(".ooc-claim")[1]!.click();
  expect(model.answer).toEqual({ rejected: ["b"] });
  expect(view.all(".ooc-claim")[1]!.getAttribute("aria-pressed")).toBe("true");
  view.all(".ooc-claim")[1]!.click();
  expect(model.answer).toEqual({});
});

test("the same choice in another order is the same answer", () => {
  const { model, view } = open();
  for (const i of [2, 0]) view.all(".ooc-claim")[i]!.click();
  expect(model.answer).toEqual({ rejected: ["a", "c"] });
});

test("what Python finds out is shown when it comes", () => {
  const { model, view } = open();
  model.set("standing", { ...STANDING, c: { status: "stands", reason: "It stands.", changed: true } });
  expect(statuses(view)[2]).toBe("Stands · changed");
});

test("a rejected claim says that the learner rejects it, whatever Python says", () => {
  const { view } = open();
  view.all(".ooc-claim")[0]!.click();
  expect(view.all(".ooc-reason")[0]!.textContent).toBe("You reject it.");
});

test("0 rejects nothing again, and undo brings the rejection back", () => {
  const { model, view } = open();
  view.all(".ooc-claim")[0]!.click();
  press("0");
  expect(model.answer).toEqual({});
  press("Ctrl+z");
  expect(model.answer).toEqual({ rejected: ["a"] });
});

test("C shows only claims that changed or are rejected, and the one with the focus", () => {
  const { model, view } = open({ standing: { ...STANDING, c: { status: "stands", reason: "", changed: true } } });
  model.set("answer", { rejected: ["b"] });
  view.all(".ooc-claim")[0]!.focus();
  press("c");
  expect(shown(view)).toEqual(["a", "b", "c"]);
  press("ArrowDown", "c", "c");
  expect(shown(view)).toEqual(["b", "c"]);
  expect(view.announced).toBe("Only claims that changed are shown.");
});

test("a claim's text is never read as mark-up", () => {
  const prompt = { text: "?", claims: [{ id: "x", text: "<img src=x>", note: "" }], main: null };
  const { view } = open({ prompt, standing: {} });
  expect(view.el.querySelector("img")).toBeNull();
  expect(statuses(view)).toEqual(["Undecided"]);
});
