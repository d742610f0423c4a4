import { assign, cap, drawing, h, uniqueId } from "./dom";
import { widget } from "./frame";
import type { Bindings } from "./keys";
import type { LabelAnswer, LabelPrompt, Wire } from "./model";
import type { Group } from "./rover";

/** One shape for each of the nine labels that a digit can reach, so that colour never stands alone. */
const SHAPES = [
  "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
  "M3 3h10v10H3z",
  "M8 2l6.5 12h-13z",
  "M8 1l7 7-7 7-7-7z",
  "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",
  "M1.5 2h13L8 14z",
  "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  "M2 2h12v4H2zM2 10h12v4H2z",
  "M3 3h10v10H3zM6 6v4h4V6z",
];

const render = widget<LabelPrompt, LabelAnswer>((session, frame) => {
  const { labels, segments } = session.prompt;
  const read = () => (session.answer as Partial<LabelAnswer>).labels ?? {};
  const labelled = () => segments.filter((segment) => read()[segment.id]).length;
  const progressText = () => `${labelled()} of ${segments.length} labelled`;

  const chip = (index: number) =>
    h(
      "span",
      { class: "ooc-chip", "data-hue": String((index % SHAPES.length) + 1) },
      drawing(SHAPES[index % SHAPES.length]!),
      h("span", { class: "ooc-chip-text" }, labels[index]!.text),
      ...(index < 9 ? [cap(String(index + 1))] : []),
    );

  const selected = new Set<number>();
  let anchor = 0;
  const focused = () => items.indexOf(frame.rover.current);
  const select = (from: number, to: number) => {
    selected.clear();
    for (let i = Math.min(from, to); i <= Math.max(from, to); i++) selected.add(i);
    anchor = from;
    frame.redraw();
  };
  const toggle = (i: number) => {
    if (!selected.delete(i)) selected.add(i);
    anchor = i;
    frame.redraw();
  };

  /** Gives the selected passages a label, or takes it away. */
  const apply = (index: number | null) => {
    const label = index === null ? undefined : labels[index];
    if (index !== null && !label) return;
    const next = { ...read() };
    const targets = selected.size ? [...selected] : [Math.max(0, items.indexOf(lastItem))];
    for (const i of targets) {
      if (label) next[segments[i]!.id] = label.id;
      else delete next[segments[i]!.id];
    }
    session.commit((Object.keys(next).length ? { labels: next } : {}) as Wire<LabelAnswer>);
    frame.announce(`${label ? label.text : "No label"}. ${progressText()}.`);
  };

  const buttons = labels.map((label, i) => {
    const helpId = uniqueId();
    const button = h(
      "button",
      {
        type: "button",
        class: "ooc-label",
        "aria-describedby": helpId,
        ...(i < 9 && { "aria-keyshortcuts": String(i + 1) }),
      },
      chip(i),
    );
    button.addEventListener("click", () => apply(i));
    return { button, row: h("div", { class: "ooc-legend-row" }, button, h("span", { class: "ooc-help", id: helpId }, label.help)) };
  });
  const clear = h(
    "button",
    { type: "button", class: "ooc-button", "aria-keyshortcuts": "0" },
    "Clear",
    cap("0"),
  );
  clear.addEventListener("click", () => apply(null));
  const legend = h(
    "div",
    { class: "ooc-legend", role: "toolbar", "aria-label": "Labels" },
    ...buttons.map(({ row }) => row),
    h("div", { class: "ooc-legend-row" }, clear, h("span", { class: "ooc-help" }, "Take the label away.")),
  );

  const items: HTMLElement[] = segments.map((segment, i) => {
    const item = h(
      "li",
      { class: "ooc-row ooc-segment", role: "option" },
      h("span", { class: "ooc-number", "aria-hidden": "true" }, String(i + 1)),
      h(
        "span",
        { class: "ooc-segment-body" },
        h(
          "span",
          { class: "ooc-text" },
          segment.text,
          ...(segment.note ? [h("span", { class: "ooc-note" }, segment.note)] : []),
        ),
        h("span", { class: "ooc-slot", "aria-hidden": "true" }),
        // Completes the accessible name: text, position, label.
        h("span", { class: "ooc-unseen ooc-state" }),
      ),
    );
    // A click with Shift would mark text from the last click to here.
    item.addEventListener("mousedown", (event) => {
      if (!event.shiftKey) return;
      event.preventDefault();
      frame.rover.focus(item);
    });
    item.addEventListener("click", (event) => {
      if (event.shiftKey) select(anchor, i);
      else if (event.ctrlKey || event.metaKey) toggle(i);
      else select(i, i);
    });
    item.addEventListener("focus", () => {
      lastItem = item;
      if (!selected.size) select(i, i);
    });
    return item;
  });
  let lastItem = items[0]!;
  const list = h(
    "ul",
    {
      class: "ooc-list",
      role: "listbox",
      "aria-multiselectable": "true",
      "aria-labelledby": frame.promptId,
      "aria-describedby": frame.hintId,
    },
    ...items,
  );
  const progress = h("p", { class: "ooc-progress" });
  const bar = h("span", { class: "ooc-bar-fill" });

  const passages: Group = { axis: "vertical", items: () => items };
  const palette: Group = { axis: "horizontal", items: () => [...buttons.map(({ button }) => button), clear] };

  const step = (key: "ArrowUp" | "ArrowDown") => () => {
    frame.rover.step(key);
    if (focused() >= 0) select(focused(), focused());
  };
  /** Moves within the list only; what happens to the selection is the caller's affair. */
  const move = (by: number): boolean => {
    const next = items[focused() + by];
    if (focused() < 0 || !next) return false;
    frame.rover.focus(next);
    return true;
  };
  const extend = (by: number) => () => {
    const from = anchor;
    if (move(by)) select(from, focused());
  };
  const extendTo = (end: () => number) => () => {
    const from = anchor;
    if (focused() < 0) return;
    frame.rover.focus(items[end()]!);
    select(from, end());
  };
  const jump = (end: "first" | "last") => () => {
    frame.rover.toEnd(end);
    if (focused() >= 0) select(focused(), focused());
  };
  const nextUnlabelled = () => {
    const answer = read();
    const start = items.indexOf(lastItem);
    const order = segments.map((_, k) => (start + 1 + k) % segments.length);
    const found = order.find((i) => !answer[segments[i]!.id]);
    if (found === undefined) {
      frame.announce("Every passage has a label.");
      return;
    }
    frame.rover.focus(items[found]!);
    select(found, found);
  };

  const bindings: Bindings = {
    ArrowUp: step("ArrowUp"),
    ArrowDown: step("ArrowDown"),
    Home: jump("first"),
    End: jump("last"),
    "Shift+ArrowUp": extend(-1),
    "Shift+ArrowDown": extend(1),
    "Shift+Home": extendTo(() => 0),
    "Shift+End": extendTo(() => items.length - 1),
    "Mod+ArrowUp": () => void move(-1),
    "Mod+ArrowDown": () => void move(1),
    Space: () => {
      if (focused() >= 0) toggle(focused());
    },
    "Mod+a": () => {
      select(0, items.length - 1);
      frame.announce(`All ${items.length} passages selected.`);
    },
    n: nextUnlabelled,
    "0": () => apply(null),
    Delete: () => apply(null),
    Backspace: () => apply(null),
  };
  // A digit without a label is still the widget's: it must not change the notebook.
  for (let digit = 1; digit <= 9; digit++) bindings[digit] = () => apply(digit - 1);

  const shown: string[] = [];
  const draw = () => {
    const answer = read();
    segments.forEach((segment, i) => {
      const index = labels.findIndex((label) => label.id === answer[segment.id]);
      const name = labels[index]?.text;
      const item = items[i]!;
      assign(item, { "aria-selected": String(selected.has(i)) });
      if (shown[i] === (name ?? "")) return;
      shown[i] = name ?? "";
      item.querySelector(".ooc-state")!.textContent = ` – ${i + 1} of ${segments.length} – ${name ?? "no label"}`;
      item.querySelector(".ooc-slot")!.replaceChildren(...(name ? [chip(index)] : []));
    });
    const text = progressText();
    if (progress.textContent !== text) progress.textContent = text;
    bar.style.width = `${(100 * labelled()) / Math.max(1, segments.length)}%`;
  };

  frame.setHint("Give each passage one label. Select a passage, then choose its label or press its number.");
  return {
    body: [
      legend,
      list,
      h("div", { class: "ooc-progress-line" }, progress, h("span", { class: "ooc-bar", "aria-hidden": "true" }, bar)),
    ],
    groups: [palette, passages],
    home: passages,
    bindings,
    keyLines: [
      ["↑ ↓", "Move between the labels, the passages and the buttons"],
      [`1 to ${Math.min(labels.length, 9)}`, "Label the selected passages"],
      ["0, Delete or Backspace", "Take the label away"],
      ["N", "Go to the next passage without a label"],
      ["Shift+↑ ↓", "Select several passages"],
      ["Ctrl+↑ ↓, then Space", "Add a passage to the selection, or take it out"],
      ["Ctrl+A", "Select all passages"],
    ],
    draw,
  };
});

export default { render };
