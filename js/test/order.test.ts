import { expect, test } from "vitest";
import order from "../src/order";
import { FakeModel, View, click, press } from "./page";

function open(values: object = {}) {
  const model = new FakeModel({
    prompt: {
      item: "o",
      kind: "order",
      text: "Put in order.",
      first: "earliest",
      last: "latest",
      entries: ["a", "b", "c", "d"].map((id) => ({ id, text: `Entry ${id}` })),
    },
    ...values,
  });
  const view = new View(order.render, model);
  view.enter();
  return { model, view };
}
const onScreen = (view: View) => view.all("[role=option]").map((item) => item.dataset["id"]).join("");

test.each(["Alt+ArrowDown", "Ctrl+ArrowDown"])("%s moves the entry, says where it is, keeps the focus", (key) => {
  const { model, view } = open();
  press(key, key);
  expect(model.answer).toEqual({ order: ["b", "c", "a", "d"] });
  expect(onScreen(view)).toBe("bcad");
  expect(view.announced).toBe("Entry a, now 3 of 4.");
  expect((document.activeElement as HTMLElement).dataset["id"]).toBe("a");
});

test("at the end an entry stays, and the learner hears why", () => {
  const { model, view } = open();
  press("Alt+ArrowUp");
  expect(model.answer).toEqual({});
  expect(view.announced).toBe("Entry a, already first.");
});

test("Space grabs, arrows move, Space puts down: one answer, one step of undo", () => {
  const { model, view } = open();
  press("Space", "ArrowDown", "ArrowDown");
  expect(model.answer).toEqual({});
  expect(onScreen(view)).toBe("bcad");
  expect(document.activeElement!.textContent).toContain("grabbed");
  press("Space");
  expect(model.answer).toEqual({ order: ["b", "c", "a", "d"] });
  press("Ctrl+z");
  expect(model.answer).toEqual({});
  expect(onScreen(view)).toBe("abcd");
});

test("Escape puts a grabbed entry back and does not leave", () => {
  const { model, view } = open();
  press("Space", "ArrowDown", "Escape");
  expect(model.answer).toEqual({});
  expect(onScreen(view)).toBe("abcd");
  expect(view.el.contains(document.activeElement)).toBe(true);
});

test("walking off with an entry in hand puts it down", () => {
  const { model } = open();
  press("Space", "ArrowDown");
  (document.activeElement as HTMLElement).blur();
  expect(model.answer).toEqual({ order: ["b", "a", "c", "d"] });
});

test("an answer from elsewhere ends a move in progress", () => {
  const { model, view } = open();
  press("Space", "ArrowDown");
  model.set("answer", { order: ["d", "c", "b", "a"] });
  expect(onScreen(view)).toBe("dcba");
  press("Space", "Escape");
  expect(model.answer).toEqual({ order: ["d", "c", "b", "a"] });
});

test("putting an entry down where it was is no answer", () => {
  const { model } = open();
  press("Space", "ArrowDown", "ArrowUp", "Space");
  expect(model.answer).toEqual({});
});

test("buttons move the entry that was last in focus", () => {
  const { model, view } = open();
  press("ArrowDown");
  click(view.named("Move down"));
  click(view.named("Move down"));
  expect(model.answer).toEqual({ order: ["a", "c", "d", "b"] });
  expect(view.named("Move down").getAttribute("aria-disabled")).toBe("true");
});

test.each(["key", "button"])("keeping the order as it is makes it the answer (%s)", (way) => {
  const { model, view } = open();
  expect(view.el.textContent).toContain("not your answer yet");
  if (way === "key") press("k");
  else click(view.named("Keep this order"));
  expect(model.answer).toEqual({ order: ["a", "b", "c", "d"] });
  expect(view.el.textContent).not.toContain("not your answer yet");
});

test("a drag moves the entry with the pointer", () => {
  const { model, view } = open();
  const items = view.all("[role=option]");
  items.forEach((item, i) => (item.getBoundingClientRect = () => new DOMRect(0, i * 40, 100, 40)));
  const list = view.one("[role=listbox]");
  list.setPointerCapture = () => {};
  const send = (target: HTMLElement, type: string, clientY: number) =>
    target.dispatchEvent(new MouseEvent(type, { bubbles: true, button: 0, clientY }));
  send(items[0]!, "pointerdown", 20);
  send(items[0]!, "pointermove", 23);
  expect(onScreen(view)).toBe("abcd");
  send(items[0]!, "pointermove", 105);
  expect(model.answer).toEqual({});
  send(items[0]!, "pointerup", 105);
  expect(model.answer).toEqual({ order: ["b", "c", "a", "d"] });
});

test("an answer that lacks an entry or has a strange one is made whole on screen", () => {
  const { view } = open({ answer: { order: ["c", "zzz", "c", "a"] } });
  expect(onScreen(view)).toBe("cabd");
});
