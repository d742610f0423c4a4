import axe from "axe-core";
import { describe, expect, test, vi } from "vitest";
import choice from "../src/choice";
import label from "../src/label";
import map from "../src/map";
import order from "../src/order";
import { NO_REPLY, REPLY_WITHIN_MS } from "../src/session";
import { FakeModel, View, click, keysSeenByNotebook, press } from "./page";

const prompts = {
  choice: () => ({
    text: "Which?",
    multiple: false,
    confidence: true,
    options: ["a", "b", "c"].map((id) => ({ id, text: `Option ${id}` })),
  }),
  label: () => ({
    text: "Label.",
    labels: ["p", "q"].map((id) => ({ id, text: `Label ${id}`, help: `Help ${id}` })),
    segments: ["a", "b", "c"].map((id) => ({ id, text: `Segment ${id}`, note: "" })),
  }),
  map: () => ({
    item: "m",
    text: "Draw.",
    claims: ["a", "b", "c"].map((id) => ({ id, text: `Claim ${id}`, note: "", implicit: false })),
    given: [{ id: "g1", kind: "support", sources: ["b"], target: "a" }],
    free: true,
    segments: ["d", "e"].map((id) => ({ id, text: `Passage ${id}`, note: "" })),
    main: true,
  }),
  order: () => ({
    text: "Order.",
    first: "earliest",
    last: "latest",
    entries: ["a", "b", "c"].map((id) => ({ id, text: `Entry ${id}` })),
  }),
};
const renders = { choice: choice.render, label: label.render, map: map.render, order: order.render };
type Kind = keyof typeof prompts;
const kinds = Object.keys(prompts) as Kind[];
const change: Record<Kind, string> = { choice: "2", label: "1", map: "m", order: "Alt+ArrowDown" };

function open(kind: Kind, values: object = {}) {
  const model = new FakeModel({ prompt: prompts[kind](), ...values });
  const view = new View(renders[kind], model);
  view.enter();
  return { model, view };
}

describe.each(kinds)("%s", (kind) => {
  test("has one Tab stop, wherever the focus goes", () => {
    const { view } = open(kind);
    expect(view.tabStops).toHaveLength(1);
    for (const key of ["ArrowDown", "t", "ArrowRight", "ArrowUp", "Home", "End", "ArrowLeft"]) {
      press(key);
      expect(view.tabStops).toEqual([document.activeElement]);
    }
  });

  test("arrows alone reach every control and never leave", () => {
    const { view } = open(kind);
    const controls = view.all("button, [role=radio], [role=checkbox], [role=option]");
    const reached = new Set<Element>();
    const sweep = (key: string) => {
      for (let i = 0; i < controls.length; i++) {
        press(key);
        reached.add(document.activeElement!);
      }
    };
    for (let i = 0; i < controls.length; i++) press("ArrowUp");
    for (let level = 0; level < 12; level++) {
      press("Home");
      reached.add(document.activeElement!);
      if (document.activeElement!.closest(".ooc-levels, [role=toolbar]")) sweep("ArrowRight");
      press("End", "ArrowDown");
      reached.add(document.activeElement!);
    }
    for (let i = 0; i < controls.length; i++) press("ArrowUp");
    sweep("ArrowDown");
    expect(controls.filter((control) => !reached.has(control)).map((control) => control.textContent)).toEqual([]);
  });

  test("every change raises seq by one and is saved once", () => {
    const { model } = open(kind);
    press(change[kind]);
    expect([model.get("seq"), model.saves]).toEqual([1, 1]);
    press("Ctrl+z");
    expect([model.get("seq"), model.saves, model.answer]).toEqual([2, 2, {}]);
  });

  test("undo and redo by key and by button", () => {
    const { model, view } = open(kind);
    press(change[kind]);
    const answer = model.answer;
    for (const [undo, redo] of [["Ctrl+z", "Ctrl+Shift+Z"], ["Meta+z", "Meta+Shift+z"], ["Ctrl+z", "Ctrl+y"]]) {
      press(undo!);
      expect(model.answer).toEqual({});
      press(redo!);
      expect(model.answer).toEqual(answer);
    }
    click(view.named("Undo", "button"));
    expect(model.answer).toEqual({});
    expect(view.named("Undo", "button").getAttribute("aria-disabled")).toBe("true");
    click(view.named("Redo", "button"));
    expect(model.answer).toEqual(answer);
  });

  test("keys that it handles never reach the notebook, also with nothing to do", () => {
    const { view } = open(kind);
    const seen = keysSeenByNotebook();
    const handled = ["ArrowUp", "ArrowLeft", "Ctrl+z", "Ctrl+Shift+Z", "Ctrl+y", "?", "?", "Home", "End", "t", "t", "Space", "Space"];
    if (kind !== "order") handled.push("0", "0", "1", "9");
    for (const key of handled) expect(press(key).defaultPrevented, key).toBe(true);
    expect(seen).toEqual([]);
    expect(view.el.contains(document.activeElement)).toBe(true);
  });

  test.each(["Ctrl+s", "Meta+s", "Shift+Enter", "Ctrl+Enter", "Tab", "Shift+Tab", "Ctrl+c", "F5"])(
    "%s goes its way",
    (key) => {
      const seen = keysSeenByNotebook();
      const { model } = open(kind);
      expect(press(key).defaultPrevented).toBe(false);
      expect(seen).toHaveLength(1);
      expect(model.saves).toBe(0);
    },
  );

  test("a stray letter does nothing: in the notebook it could cut the cell", () => {
    const seen = keysSeenByNotebook();
    const { model } = open(kind);
    // In a map d and m are keys of its own.
    for (const key of kind === "map" ? ["x", "c", "b"] : ["x", "d", "d", "m"]) expect(press(key).defaultPrevented).toBe(false);
    expect([seen.length, model.saves]).toEqual([0, 0]);
  });

  test("Enter on a button presses it and stays in the widget", () => {
    const { view } = open(kind);
    const seen = keysSeenByNotebook();
    view.named("Keys", "button").focus();
    expect(press("Enter").defaultPrevented).toBe(false);
    expect(seen).toEqual([]);
  });

  test("keys outside the widget are not its own", () => {
    const { model } = open(kind);
    const outside = document.body.appendChild(document.createElement("input"));
    outside.focus();
    const seen = keysSeenByNotebook();
    expect(press(change[kind]).defaultPrevented).toBe(false);
    expect([seen.length, model.saves]).toEqual([1, 0]);
  });

  test("Escape hands the focus to the notebook's cell", () => {
    const cell = document.body.appendChild(document.createElement("div"));
    cell.className = "jp-Cell";
    cell.tabIndex = 0;
    const view = new View(renders[kind], new FakeModel({ prompt: prompts[kind]() }), cell);
    view.enter();
    press("Escape");
    expect(document.activeElement).toBe(cell);
  });

  test("Escape without a notebook lets the focus go", () => {
    const { view } = open(kind);
    press("Escape");
    expect(view.el.contains(document.activeElement)).toBe(false);
  });

  test("? shows and hides the keys", () => {
    const { view } = open(kind);
    const panel = view.one(".ooc-keys");
    press("?");
    expect(panel.hidden).toBe(false);
    expect(view.announced).toContain("Leave, back to the notebook");
    expect(view.named("Keys", "button").getAttribute("aria-expanded")).toBe("true");
    press("?");
    expect(panel.hidden).toBe(true);
  });

  test("an answer from Python is shown, takes no focus, and undo does not lose it", () => {
    const { model, view } = open(kind);
    press(change[kind]);
    const own = model.answer;
    press("Ctrl+z");
    const outside = document.body.appendChild(document.createElement("button"));
    outside.focus();
    model.set("answer", own);
    expect(document.activeElement).toBe(outside);
    expect(model.saves).toBe(2);
    view.enter();
    press("Ctrl+z");
    expect(model.answer).toEqual({});
    press("Ctrl+y");
    expect(model.answer).toEqual(own);
  });

  test("undo survives a new view of the same model, and two views agree", () => {
    const { model, view } = open(kind);
    press(change[kind]);
    const second = new View(renders[kind], model);
    const screen = (of: View) => of.all("[aria-checked], .ooc-state").map((e) => e.getAttribute("aria-checked") ?? e.textContent);
    expect(screen(second)).toEqual(screen(view));
    view.dispose();
    second.enter();
    press("Ctrl+z");
    expect(model.answer).toEqual({});
  });

  test("leaves nothing behind when it goes", () => {
    const { model, view } = open(kind);
    press(change[kind]);
    const root = view.one(".ooc");
    view.dispose();
    expect(model.listening).toBe(0);
    expect(view.el.childElementCount).toBe(0);
    document.body.append(root);
    (root.querySelector("[tabindex='0']") as HTMLElement).focus();
    vi.advanceTimersByTime(REPLY_WITHIN_MS);
    expect(press("Ctrl+z").defaultPrevented).toBe(false);
    expect(root.textContent).not.toContain(NO_REPLY);
  });

  test("two on one page share no id and do not interfere", () => {
    const first = open(kind);
    const second = open(kind);
    press(change[kind]);
    expect([first.model.saves, second.model.saves]).toEqual([0, 1]);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("breaks no rule that axe can check", async () => {
    const { view } = open(kind);
    press(change[kind], "?");
    vi.useRealTimers();
    // jsdom does not lay out or paint: contrast is checked in a browser.
    // It hides the titles of SVG elements too, which are the names in a drawing.
    const off = ["color-contrast", "region", ...(kind === "map" ? ["aria-toggle-field-name"] : [])];
    const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
    const result = await axe.run(view.el, { rules });
    expect(result.violations.map((violation) => `${violation.id}: ${violation.help}`)).toEqual([]);
  });
});

describe("status line", () => {
  test("shows Python's word about the change on screen", () => {
    const { model, view } = open("choice");
    press("1");
    model.reply({ text: "Saved at 10:42." });
    expect(view.one(".ooc-status [role=status]").textContent).toBe("Saved at 10:42.");
    vi.advanceTimersByTime(REPLY_WITHIN_MS * 2);
    expect(view.status).toBe("Saved at 10:42.");
  });

  test("a refusal is shown as one", () => {
    const { model, view } = open("choice");
    press("1");
    model.reply({ state: "refused", text: "Not saved: the disk is full." });
    expect(view.status).toBe("Not saved: the disk is full.");
    expect(view.one(".ooc-status").dataset["state"]).toBe("refused");
  });

  test("without a reply in time an alert says so, and the choice stays", () => {
    const { view } = open("choice");
    press("2");
    vi.advanceTimersByTime(REPLY_WITHIN_MS - 1);
    expect(view.status).toBe("");
    vi.advanceTimersByTime(1);
    expect(view.one("[role=alert]").textContent).toBe(NO_REPLY);
    expect(view.named("Option b").getAttribute("aria-checked")).toBe("true");
  });

  test("a late reply replaces the alert", () => {
    const { model, view } = open("choice");
    press("2");
    vi.advanceTimersByTime(REPLY_WITHIN_MS);
    model.reply();
    expect(view.one("[role=alert]").textContent).toBe("");
    expect(view.status).toBe("Saved.");
  });

  test("a word about an older change does not count", () => {
    const { model, view } = open("choice");
    press("1", "2");
    model.reply({ seq: 1 });
    expect(view.status).toBe("");
    vi.advanceTimersByTime(REPLY_WITHIN_MS);
    expect(view.status).toBe(NO_REPLY);
  });

  test("a kernel that is gone at once still leads to the alert", () => {
    const model = new FakeModel({ prompt: prompts.choice() });
    model.save_changes = () => {
      throw new Error("Kernel is dead");
    };
    const view = new View(choice.render, model);
    view.enter();
    const silence = (event: ErrorEvent) => event.preventDefault();
    window.addEventListener("error", silence);
    press("1");
    window.removeEventListener("error", silence);
    vi.advanceTimersByTime(REPLY_WITHIN_MS);
    expect(view.status).toBe(NO_REPLY);
  });

  test("a restored widget shows the last word and does not wait", () => {
    const status = { seq: 3, state: "saved", text: "Saved yesterday." };
    const { view } = open("choice", { seq: 3, status, answer: { choices: ["a"], confidence: null } });
    expect(view.status).toBe("Saved yesterday.");
    vi.advanceTimersByTime(REPLY_WITHIN_MS);
    expect(view.status).toBe("Saved yesterday.");
  });

  test("a view that is drawn again in mid-flight goes on waiting", () => {
    const { model, view } = open("choice");
    press("1");
    view.dispose();
    const again = new View(choice.render, model);
    vi.advanceTimersByTime(REPLY_WITHIN_MS);
    expect(again.status).toBe(NO_REPLY);
  });
});
