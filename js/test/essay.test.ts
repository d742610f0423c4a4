import { expect, test, vi } from "vitest";
import essay from "../src/essay";
import { FakeModel, View, keysSeenByNotebook, press } from "./page";

const PROMPT = {
  item: "e",
  kind: "essay",
  text: "Write it.",
  parts: [
    { id: "for", text: "The case for", help: "At its best.", words: [3, 10] },
    { id: "against", text: "The case against", help: "At its best.", words: [3, 10] },
  ],
  words: [8, 20],
  sources: 2,
  passages: ["khan.2.1", "brief.3.1"],
  rubric: [{ id: "fair", text: "Fairness", levels: ["Mocks.", "Bends.", "Weakens.", "Fair."] }],
};
function open(values: object = {}, prompt: object = {}) {
  const model = new FakeModel({ prompt: { ...PROMPT, ...prompt }, ...values });
  const view = new View(essay.render, model);
  return { model, view, fields: view.all("textarea") as HTMLTextAreaElement[] };
}
const type = (field: HTMLTextAreaElement, text: string) => {
  field.focus();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const pause = () => vi.advanceTimersByTime(1000);

test("a text is saved a second after the last key, once", () => {
  const { model, fields } = open();
  type(fields[0]!, "One");
  vi.advanceTimersByTime(900);
  type(fields[0]!, "One two");
  vi.advanceTimersByTime(900);
  expect(model.saves).toBe(0);
  pause();
  expect(model.answer).toEqual({ parts: { for: "One two" } });
  expect(model.saves).toBe(1);
});

test("leaving a field saves at once", () => {
  const { model, fields } = open();
  type(fields[1]!, "A case");
  fields[1]!.blur();
  expect(model.answer).toEqual({ parts: { against: "A case" } });
  pause();
  expect(model.saves).toBe(1);
});

test("a text that is taken away is no answer", () => {
  const { model, fields } = open({ answer: { parts: { for: "Old" } } });
  expect(fields[0]!.value).toBe("Old");
  type(fields[0]!, "  ");
  pause();
  expect(model.answer).toEqual({});
  expect(fields[0]!.value).toBe("  ");
});

test("words are counted for each part and in all, references are not words", () => {
  const { view, fields } = open();
  type(fields[0]!, "One two-three don't [khan.2.1]");
  expect(view.all(".ooc-count").map((each) => each.textContent)).toEqual(["3 of 3 to 10 words", "0 of 3 to 10 words"]);
  expect(view.all("[data-met]")).toHaveLength(1);
  expect(view.one(".ooc-progress").textContent).toBe("In all 3 of 8 to 20 words. 1 of at least 2 sources cited.");
});

test("references are listed, and those that lead nowhere are named", () => {
  const { view, fields } = open();
  type(fields[0]!, "See [Khan.2.1, brief.3.1] and [khan.9.9], again [khan.2.1], but not khan.2.1 or [sic].");
  expect(view.all(".ooc-cited li").map((each) => each.textContent)).toEqual([
    "khan.2.1 ✓",
    "brief.3.1 ✓",
    "khan.9.9: there is no such line",
  ]);
});

test("without limits for the whole and sources there is nothing below the fields", () => {
  const { view } = open({}, { words: null, sources: 0, passages: [] });
  expect(view.all(".ooc-progress, .ooc-cited")).toEqual([]);
});

test("every field is a Tab stop with its label and help, and the buttons are one", () => {
  const { view, fields } = open();
  expect(view.tabStops.filter((each) => !each.closest("details"))).toEqual([...fields, view.named("Undo")]);
  const name = (field: HTMLTextAreaElement) => view.one(`label[for="${field.id}"]`).textContent;
  expect(fields.map(name)).toEqual(["The case for", "The case against"]);
  expect(view.one(`#${fields[0]!.getAttribute("aria-describedby")}`).textContent).toBe("At its best. 3 to 10 words.");
});

test("what is being typed is not replaced by what comes in", () => {
  const { model, fields } = open();
  type(fields[0]!, "First");
  pause();
  type(fields[0]!, "First, and more");
  model.reply();
  model.set("answer", { parts: { for: "First" } });
  expect(fields[0]!.value).toBe("First, and more");
  pause();
  model.set("answer", { parts: { for: "From elsewhere" } });
  expect(fields[0]!.value).toBe("From elsewhere");
});

test("the buttons go back to what was saved before, and forward again", () => {
  const { view, fields } = open();
  type(fields[0]!, "First");
  pause();
  type(fields[0]!, "Second");
  pause();
  view.named("Undo").click();
  expect(fields[0]!.value).toBe("First");
  view.named("Redo").click();
  expect(fields[0]!.value).toBe("Second");
});

test("in a field keys are text, Ctrl+S goes on to the notebook, Escape leaves", () => {
  const { fields } = open();
  const seen = keysSeenByNotebook();
  fields[0]!.focus();
  expect(press("x").defaultPrevented).toBe(false);
  expect(press("Ctrl+z").defaultPrevented).toBe(false);
  press("Enter", "Shift+Enter", "ArrowUp");
  expect(seen).toEqual([]);
  press("Ctrl+s");
  expect(seen).toEqual(["s"]);
  press("Escape");
  expect(document.activeElement).not.toBe(fields[0]);
});

test("the rubric opens and scrolls by the keys that the browser has for that", () => {
  const { view } = open();
  const seen = keysSeenByNotebook();
  view.one("summary").focus();
  expect(press("Enter").defaultPrevented).toBe(false);
  view.one("[role=region]").focus();
  expect(press("ArrowRight").defaultPrevented).toBe(false);
  expect(seen).toEqual([]);
});

test("T in the buttons leads back to the first field", () => {
  const { view, fields } = open();
  view.named("Undo").focus();
  press("t");
  expect(document.activeElement).toBe(fields[0]);
});

test("mark-up in a text is text", () => {
  const { view, fields } = open({ answer: { parts: { for: "<img src=x> [<b>.1.1]" } } });
  expect(fields[0]!.value).toBe("<img src=x> [<b>.1.1]");
  expect(view.all("img, b")).toEqual([]);
});

test("the rubric is a table of levels, with a row for each criterion", () => {
  const { view } = open();
  expect(view.all("details th[scope=col]").map((each) => each.textContent)).toEqual([
    "What is marked", "0 points", "1 point", "2 points", "3 points",
  ]);
  expect(view.all("details tbody tr").map((row) => [...row.children].map((each) => each.textContent))).toEqual([
    ["Fairness", "Mocks.", "Bends.", "Weakens.", "Fair."],
  ]);
});
