import { describe, expect, test } from "vitest";
import choice from "../src/choice";
import { FakeModel, View, click, press } from "./page";

const prompt = (more: object = {}) => ({
  item: "c",
  kind: "choice",
  text: "Read this.\n\nWhich one?",
  multiple: false,
  confidence: true,
  options: ["a", "b", "c"].map((id) => ({ id, text: `Option ${id}` })),
  ...more,
});
function open(more: object = {}, values: object = {}) {
  const model = new FakeModel({ prompt: prompt(more), ...values });
  const view = new View(choice.render, model);
  view.enter();
  return { model, view };
}
const checked = (view: View) => view.all("[aria-checked=true]").map((element) => element.textContent);

describe("one answer", () => {
  test("arrows move without choosing, Space and Enter choose", () => {
    const { model } = open();
    press("ArrowDown");
    expect(model.answer).toEqual({});
    press("Space");
    expect(model.answer).toEqual({ choices: ["b"], confidence: null });
    press("ArrowUp", "Enter");
    expect(model.answer).toEqual({ choices: ["a"], confidence: null });
  });

  test("a digit chooses the option with that number", () => {
    const { model } = open();
    press("3");
    expect(model.answer).toEqual({ choices: ["c"], confidence: null });
    press("7", "0");
    expect(model.answer).toEqual({ choices: ["c"], confidence: null });
  });

  test("a digit typed with Shift, as on a French keyboard, counts", () => {
    const { model } = open();
    press("Shift+2");
    expect(model.answer).toEqual({ choices: ["b"], confidence: null });
  });

  test("a click chooses, and the screen says so", () => {
    const { model, view } = open();
    click(view.named("Option b"));
    expect(model.answer).toEqual({ choices: ["b"], confidence: null });
    expect(checked(view)).toEqual(["Option b2"]);
    expect(view.one("[role=radiogroup]").getAttribute("aria-labelledby")).toBe(view.one(".ooc-prompt").id);
  });

  test("choosing the chosen option again changes nothing", () => {
    const { model } = open();
    press("1", "1");
    expect(model.saves).toBe(1);
  });
});

describe("several answers", () => {
  test("options turn on and off and keep the order of the options", () => {
    const { model, view } = open({ multiple: true });
    press("3", "1");
    expect(model.answer).toEqual({ choices: ["a", "c"], confidence: null });
    expect(view.all("[role=checkbox]")).toHaveLength(3);
    press("3", "1");
    expect(model.answer).toEqual({});
  });
});

describe("confidence", () => {
  test("g, f and s set it, also before a choice", () => {
    const { model } = open();
    press("g");
    expect(model.answer).toEqual({ choices: [], confidence: "guess" });
    press("f", "1", "s");
    expect(model.answer).toEqual({ choices: ["a"], confidence: "sure" });
  });

  test("arrows past the last option reach it", () => {
    const { model } = open();
    press("End", "ArrowDown", "ArrowRight", "Space");
    expect(model.answer).toEqual({ choices: [], confidence: "fairly" });
  });

  test("is absent when it is not asked for", () => {
    const { model, view } = open({ confidence: false });
    press("s");
    expect(model.answer).toEqual({});
    expect(view.el.textContent).not.toContain("How sure");
  });
});

test("shows the answer that it is given and ignores one that makes no sense", () => {
  const { view } = open({}, { answer: { choices: ["b", "zzz"], confidence: "sure" } });
  expect(checked(view)).toEqual(["Option b2", "SureS"]);
});

test("mark-up in a prompt is shown as text", () => {
  const { view } = open({ text: "<img src=x onerror=alert(1)>", options: [{ id: "a", text: "<b>bold</b>" }] });
  expect(view.all("img, b")).toHaveLength(0);
  expect(view.one("[role=radio]").textContent).toContain("<b>bold</b>");
});

test("a blank line separates paragraphs", () => {
  const { view } = open();
  expect(view.all(".ooc-prompt p").map((p) => p.textContent)).toEqual(["Read this.", "Which one?"]);
});
