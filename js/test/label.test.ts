import { expect, test } from "vitest";
import label from "../src/label";
import { FakeModel, View, click, press } from "./page";

function open(values: object = {}, size = 4) {
  const model = new FakeModel({
    prompt: {
      item: "l",
      kind: "label",
      text: "Label each.",
      labels: [
        { id: "claim", text: "Claim", help: "What is argued." },
        { id: "premise", text: "Premise", help: "Why." },
      ],
      segments: Array.from({ length: size }, (_, i) => ({ id: `s${i}`, text: `Sentence ${i}.`, note: i ? "" : "khan" })),
    },
    ...values,
  });
  const view = new View(label.render, model);
  view.enter();
  return { model, view };
}
const labels = (model: FakeModel) => (model.answer as { labels?: object }).labels ?? {};
const selected = (view: View) => view.all("[aria-selected=true]").map((item) => view.all("[role=option]").indexOf(item));

test("a digit labels the passage in focus", () => {
  const { model, view } = open();
  press("1", "ArrowDown", "2");
  expect(labels(model)).toEqual({ s0: "claim", s1: "premise" });
  expect(view.announced).toBe("Premise. 2 of 4 labelled.");
  expect(view.one(".ooc-progress").textContent).toBe("2 of 4 labelled");
});

test("Shift with an arrow extends and shrinks the selection, a digit labels all of it", () => {
  const { model, view } = open();
  press("ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp");
  expect(selected(view)).toEqual([1, 2]);
  press("2");
  expect(labels(model)).toEqual({ s1: "premise", s2: "premise" });
  press("ArrowUp");
  expect(selected(view)).toEqual([1]);
});

test("Ctrl+A selects all passages, Shift+Home and Shift+End to the ends", () => {
  const { model, view } = open();
  press("Ctrl+a", "1");
  expect(Object.keys(labels(model))).toHaveLength(4);
  press("ArrowDown", "Shift+End");
  expect(selected(view)).toEqual([1, 2, 3]);
  press("ArrowUp", "Shift+Home");
  expect(selected(view)).toEqual([0, 1, 2]);
});

test("Ctrl with an arrow moves alone, and Space adds to the selection", () => {
  const { model } = open();
  press("Ctrl+ArrowDown", "Ctrl+ArrowDown", "Space", "1");
  expect(labels(model)).toEqual({ s0: "claim", s2: "claim" });
});

test.each(["0", "Delete", "Backspace"])("%s takes the label away", (key) => {
  const { model } = open({ answer: { labels: { s0: "claim", s1: "claim" } } });
  press(key);
  expect(labels(model)).toEqual({ s1: "claim" });
  press("ArrowDown", key);
  expect(model.answer).toEqual({});
});

test("n goes to the next passage without a label, around the end", () => {
  const { model, view } = open({ answer: { labels: { s1: "claim", s3: "claim" } } });
  press("n");
  expect(document.activeElement).toBe(view.all("[role=option]")[2]);
  press("1", "n");
  expect(document.activeElement).toBe(view.all("[role=option]")[0]);
  press("1", "n");
  expect(labels(model)).toEqual({ s0: "claim", s1: "claim", s2: "claim", s3: "claim" });
  expect(view.announced).toBe("Every passage has a label.");
});

test("clicks select, with Shift a range, with Ctrl one more; the label buttons apply", () => {
  const { model, view } = open();
  const items = view.all("[role=option]");
  click(items[0]!);
  click(items[2]!, { shiftKey: true });
  expect(selected(view)).toEqual([0, 1, 2]);
  click(items[1]!, { ctrlKey: true });
  click(view.named("Premise", "button"));
  expect(labels(model)).toEqual({ s0: "premise", s2: "premise" });
  click(view.named("Clear", "button"));
  expect(model.answer).toEqual({});
});

test("a name holds text, note, position and label, and the chip is more than a colour", () => {
  const { view } = open({ answer: { labels: { s0: "claim" } } });
  const [first, second] = view.all("[role=option]");
  const name = (item: HTMLElement) => {
    const copy = item.cloneNode(true) as HTMLElement;
    copy.querySelectorAll("[aria-hidden=true]").forEach((hidden) => hidden.remove());
    return copy.textContent;
  };
  expect(name(first!)).toBe("Sentence 0.khan – 1 of 4 – Claim");
  expect(name(second!)).toBe("Sentence 1. – 2 of 4 – no label");
  expect(first!.querySelector(".ooc-chip")!.textContent).toBe("Claim1");
  expect(first!.querySelector(".ooc-chip path")).not.toBeNull();
});

test("each label button is described by its help", () => {
  const { view } = open();
  const button = view.named("Claim", "button");
  expect(document.getElementById(button.getAttribute("aria-describedby")!)!.textContent).toBe("What is argued.");
});

test("the arrow above the first passage reaches the labels, and keeps the selection", () => {
  const { model, view } = open();
  press("Shift+ArrowDown", "Shift+ArrowUp", "Shift+ArrowDown");
  press("t");
  expect(document.activeElement!.textContent).toBe("Undo");
  press("2");
  expect(labels(model)).toEqual({ s0: "premise", s1: "premise" });
  press("t", "Home", "ArrowUp");
  expect(document.activeElement).toBe(view.named("Claim", "button"));
});
